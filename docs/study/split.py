"""Writes into a folder what the training part of the study wants: learn.json and held.json, which share out the validation
images by blocks of ten frames (neighbours are alike), and backbone.safetensors, the demo model's backbone alone."""
import json
import pathlib
import struct
import sys

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)

truth = json.loads(pathlib.Path("assets/val/instances.json").read_text())
images = sorted(truth["images"], key=lambda image: image["file_name"])
held = {image["id"] for i, image in enumerate(images) if i // 10 % 3 == 2}
for name, is_in in (("learn", lambda i: i not in held), ("held", lambda i: i in held)):
    part = truth | {"images": [image for image in images if is_in(image["id"])],
                    "annotations": [a for a in truth["annotations"] if is_in(a["image_id"])]}
    (out / f"{name}.json").write_text(json.dumps(part))

raw = pathlib.Path("assets/street_r18.safetensors").read_bytes()
length = struct.unpack("<Q", raw[:8])[0]
header, data = json.loads(raw[8:8 + length]), raw[8 + length:]
prefix, kept, chunks, at = "backbone.0.body.", {}, [], 0
for name, tensor in header.items():
    if name.startswith(prefix):
        begin, end = tensor["data_offsets"]
        kept[name[len(prefix):]] = tensor | {"data_offsets": [at, at + end - begin]}
        chunks.append(data[begin:end])
        at += end - begin
text = json.dumps(kept).encode()
text += b" " * (-len(text) % 8)
(out / "backbone.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"".join(chunks))
