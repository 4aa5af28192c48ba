"""What the tests of faults share: a full disk, a folder that cannot be written, a C library whose calls go wrong."""
import os
import pathlib
import subprocess

import pytest


def mounted(folder, options):
    """Whether a file system in memory now lies over the folder: takes root and a system that lets it."""
    return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True).returncode == 0


@pytest.fixture
def small_disk(tmp_path):
    """Makes a folder on a disk of its own, of so many KB."""
    folders = []

    def make(kilobytes):
        folder = tmp_path / f"disk{len(folders)}"
        folder.mkdir()
        if not mounted(folder, f"size={kilobytes}k"):
            pytest.skip("a small disk takes root and the right to mount one")
        folders.append(folder)
        return folder

    yield make
    for folder in folders:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def closed_folder(tmp_path):
    """Forbids to write in a folder, for root also."""
    closed = []

    def close(folder):
        if os.geteuid() != 0:
            folder.chmod(0o555)
        elif subprocess.run(["mount", "--bind", "-o", "ro", str(folder), str(folder)], capture_output=True).returncode != 0:
            pytest.skip("root may write everywhere, and this system lets it mount nothing")
        closed.append(folder)

    yield close
    for folder in closed:
        if os.geteuid() != 0:
            folder.chmod(0o755)
        else:
            subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="session")
def faulty_libc(tmp_path_factory):
    library = tmp_path_factory.mktemp("faulty") / "faulty_libc.so"
    source = pathlib.Path(__file__).with_name("faulty_libc.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", str(source), "-o", str(library), "-ldl"], check=True)
    return library
