"""Replies of the server changed on their way to the page, so that a test knows what the page is told."""
import json
import struct

NAMES = {"float32": "F32", "int32": "I32", "uint16": "U16"}


def packed(metadata, tensors):
    """A safetensors file."""
    header, at = {"__metadata__": metadata}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": NAMES[array.dtype.name], "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(a.tobytes() for a in tensors.values())
