"""What the tests of the program share, of the demo model that ships with it."""
import pathlib

import program
import pytest


@pytest.fixture(scope="session")
def street():
    return program.STREET


@pytest.fixture(scope="session")
def detections(street):
    """The results of one image, computed once."""
    return program.run("detect", street, "--json", code=0).json()


@pytest.fixture(scope="session")
def points_picture(street, tmp_path_factory):
    """The default picture of `explain`, drawn once: its folder holds explain.png."""
    folder = tmp_path_factory.mktemp("points")
    program.run("explain", street, cwd=folder, code=0)
    return folder / "explain.png"


@pytest.fixture
def broken_images(tmp_path):
    """Files that no image can be read from, by what is wrong with them."""
    whole = (program.IMAGES / "Town01_005820.jpg").read_bytes()
    contents = {
        "empty.jpg": b"",
        "cut.jpg": whole[:400],
        "text.png": b"this is no picture\n",
        "cut.png": program.png_header(64, 64)[:50],
        "huge.png": program.png_header(100_000, 100_000),
    }
    folder = pathlib.Path(tmp_path) / "broken"
    folder.mkdir()
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return folder
