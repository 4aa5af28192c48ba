"""Runs build/bin/saccade as a user does, and makes the files that the tests give it."""
import json
import pathlib
import struct
import subprocess
import zlib

import numpy
import PIL.Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build" / "bin" / "saccade"
IMAGES = ROOT / "assets" / "images"
SHIPPED_WEIGHTS = ROOT / "assets" / "street_r18.safetensors"


class Result:
    """What a call printed and how it ended."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()

    def json(self):
        return json.loads(self.out)

    def failed_with(self, code, *words):
        """One line `saccade: error: ...` on stderr that holds the words, nothing on stdout."""
        lines = self.err.splitlines()
        assert self.code == code, (self.code, self.out, self.err)
        assert len(lines) == 1 and lines[0].startswith("saccade: error: "), self.err
        for word in words:
            assert str(word) in lines[0], lines[0]
        assert self.out == ""
        return lines[0]


def run(*arguments, cwd=None, code=None, timeout=120):
    """A call of the program with two threads; `code` is the exit code that is expected, `timeout` in seconds."""
    words = [str(word) for word in arguments]
    if words and words[0] in ("detect", "explain", "eval") and "--threads" not in words and "--help" not in words:
        words += ["--threads", "2"]
    result = Result(subprocess.run([str(PROGRAM)] + words, cwd=cwd, capture_output=True, timeout=timeout))
    assert code is None or result.code == code, (words, result.code, result.out, result.err)
    return result


def files_in(folder):
    """Every file below a folder, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*") if path.is_file())


def read_safetensors(path):
    """(tensors by name, metadata) of a safetensors file."""
    data = pathlib.Path(path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    metadata = header.pop("__metadata__", {})
    types = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "I64": "<i8", "BOOL": "?"}
    tensors = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        values = numpy.frombuffer(data[8 + size + begin:8 + size + end], types[info["dtype"]])
        tensors[name] = values.reshape(info["shape"])
    return tensors, metadata


def write_safetensors(path, tensors, metadata):
    types = {"float32": "F32", "float16": "F16", "float64": "F64", "int64": "I64"}
    header, blobs, at = {"__metadata__": metadata}, [], 0
    for name, values in tensors.items():
        blob = numpy.ascontiguousarray(values).tobytes()
        header[name] = {"dtype": types[values.dtype.name], "shape": list(values.shape),
                        "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width, height):
    """A PNG that claims a size and holds next to nothing."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(b"\0" * 64)) + png_chunk(b"IEND", b"")


def write_png(path, pixels, orientation=None):
    """Pixels as a PNG; `orientation` is the EXIF tag of 1 to 8."""
    exif = PIL.Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    PIL.Image.fromarray(pixels).save(path, exif=exif)


def kind_of_picture(path):
    start = pathlib.Path(path).read_bytes()[:5]
    return {b"\x89PNG\r": ".png", b"<?xml": ".svg", b"%PDF-": ".pdf"}.get(start)
