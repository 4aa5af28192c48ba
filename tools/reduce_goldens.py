"""Copies the keys of a safetensors file that match a pattern: tools/reduce_goldens.py IN OUT REGEX.

How the small files in tests/goldens were made from the full goldens.
"""
import json
import re
import struct
import sys


def main(source, target, pattern):
    with open(source, "rb") as f:
        size = struct.unpack("<Q", f.read(8))[0]
        header = json.loads(f.read(size))
        start = 8 + size
        kept, blobs, at = {}, [], 0
        if "__metadata__" in header:
            kept["__metadata__"] = header.pop("__metadata__")
        for name, info in header.items():
            if not re.search(pattern, name):
                continue
            begin, end = info["data_offsets"]
            f.seek(start + begin)
            blobs.append(f.read(end - begin))
            kept[name] = dict(info, data_offsets=[at, at + end - begin])
            at += end - begin
    text = json.dumps(kept).encode()
    text += b" " * (-len(text) % 8)
    with open(target, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


if __name__ == "__main__":
    main(*sys.argv[1:])
