"""Decoding and resizing are bit for bit what Pillow does, on pictures made here."""
import pathlib
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageOps

ROOT = pathlib.Path(__file__).resolve().parents[2]
DUMP = ROOT / "build" / "tests" / "image_dump"


def ours(path, exif=False, size=None):
    command = [str(DUMP), str(path), "1" if exif else "0"] + [str(s) for s in size or ()]
    out = subprocess.run(command, capture_output=True, check=True).stdout
    head, pixels = out.split(b"\n", 1)
    width, height = map(int, head.split())
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)


def picture(width, height, channels=3, seed=0):
    """Smooth colour waves with noise: every JPEG path gets something to do."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 90 * np.sin(x / (3 + c) + c) * np.cos(y / (5 + 2 * c)) for c in range(channels)]
    noisy = np.stack(planes, -1) + rng.normal(0, 12, (height, width, channels))
    return np.clip(noisy, 0, 255).astype(np.uint8)


JPEGS = {
    "420": dict(subsampling=2), "422": dict(subsampling=1), "444": dict(subsampling=0),
    "progressive": dict(progressive=True), "quality20": dict(quality=20), "restart": dict(restart_marker_blocks=3),
}


@pytest.mark.parametrize("name", JPEGS)
@pytest.mark.parametrize("size", [(64, 48), (33, 17), (1, 1), (7, 130)])
def test_jpeg(tmp_path, name, size):
    path = tmp_path / "a.jpg"
    Image.fromarray(picture(*size)).save(path, **JPEGS[name])
    assert np.array_equal(ours(path), np.array(Image.open(path).convert("RGB")))


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_jpeg_modes(tmp_path, mode):
    path = tmp_path / "a.jpg"
    channels = 1 if mode == "L" else 4
    data = picture(50, 39, channels)
    Image.fromarray(data[..., 0] if mode == "L" else data, mode=mode).save(path)
    assert np.array_equal(ours(path), np.array(Image.open(path).convert("RGB")))


def png_images():
    rgb = picture(41, 29)
    grey = Image.fromarray(rgb[..., 0])
    wide = (np.arange(41 * 29, dtype=np.uint16).reshape(29, 41) * 53)
    return {
        "rgb": Image.fromarray(rgb), "rgba": Image.fromarray(picture(41, 29, 4)), "grey": grey,
        "grey_alpha": Image.fromarray(picture(41, 29, 2), mode="LA"), "palette": Image.fromarray(rgb).quantize(200),
        "palette16": Image.fromarray(rgb).quantize(13), "palette2": Image.fromarray(rgb).quantize(2),
        "bilevel": grey.convert("1"), "grey16": Image.fromarray(wide),
    }


@pytest.mark.parametrize("name", sorted(png_images()))
def test_png(tmp_path, name):
    path = tmp_path / "a.png"
    options = dict(transparency=0) if name in ("palette", "rgb", "grey") else {}
    if name == "rgb":
        options = dict(transparency=(1, 2, 3))
    png_images()[name].save(path, **options)
    assert np.array_equal(ours(path), np.array(Image.open(path).convert("RGB")))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_exif(tmp_path, orientation, suffix):
    path = tmp_path / f"a.{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture(23, 14)).save(path, exif=exif)
    stored = Image.open(path)
    assert np.array_equal(ours(path), np.array(stored.convert("RGB")))
    assert np.array_equal(ours(path, exif=True), np.array(ImageOps.exif_transpose(stored).convert("RGB")))


@pytest.mark.parametrize("seed", range(12))
def test_resize(tmp_path, seed):
    """Aspect-keeping sizes, up and down, as every evaluation resize is."""
    rng = np.random.default_rng(seed)
    width, height = (int(n) for n in rng.integers(5, 300, 2))
    scale = float(rng.uniform(0.2, 3.0))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    path = tmp_path / "a.png"
    Image.fromarray(picture(width, height, seed=seed)).save(path)
    want = Image.open(path).convert("RGB")
    # Pillow 13 may run the vertical pass first; horizontal first is what older ones, and we, always do.
    want = want.resize((size[0], height), Image.BILINEAR).resize(size, Image.BILINEAR)
    assert np.array_equal(ours(path, size=size), np.array(want))
