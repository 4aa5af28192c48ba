"""Runs build/bin/saccade as a user does, and makes the files that the tests give it."""
import csv
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
STREET = IMAGES / "Town03_013980.jpg"
STREET_SET = ["--images", IMAGES, "--annotations", IMAGES / "instances.json"]  # twelve images
SMALL_INPUT = ["--size", "192,640,32"]  # what the demo model sees is a third: for what holds at any size


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


def read_csv(path):
    """The rows of a table, each by the names of the columns."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def pixels_of(path):
    """[height, width, 3] of a picture, 0 to 255, as integers that may be subtracted."""
    with PIL.Image.open(path) as picture:
        return numpy.asarray(picture.convert("RGB")).astype(int)


def corners(bbox):
    """COCO's x, y, width, height as x0, y0, x1, y1."""
    x, y, width, height = bbox
    return x, y, x + width, y + height


def overlap(a, b):
    """Intersection over union of two boxes by their corners."""
    width, height = (min(a[i + 2], b[i + 2]) - max(a[i], b[i]) for i in (0, 1))
    both = max(0, width) * max(0, height)
    area = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return both / (sum(area) - both)


def kind_of_picture(path):
    start = pathlib.Path(path).read_bytes()[:5]
    return {b"\x89PNG\r": ".png", b"<?xml": ".svg", b"%PDF-": ".pdf"}.get(start)
