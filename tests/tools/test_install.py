"""What `cmake --install` writes: the program elsewhere, the library for a project of one's own, LibTorch brought along."""
import json
import os
import re
import shutil
import subprocess

import pytest

from program import IMAGES, PROGRAM, ROOT, SHIPPED_WEIGHTS, run

CMAKE = ROOT / ".venv" / "bin" / "cmake"
IMAGE = IMAGES / "Town01_005820.jpg"


def checked(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    assert done.returncode == 0, (words, done.stdout[-3000:], done.stderr[-3000:])
    return done.stdout


def install(prefix, *words):
    checked(CMAKE, "--install", ROOT / "build", "--prefix", prefix, *words)
    return prefix


def detections(program):
    found = json.loads(checked(program, "detect", IMAGE, "--json", "--threads", "2"))
    return [[one["score"], *one["bbox"]] for one in found]


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    return install(tmp_path_factory.mktemp("prefix"))


def test_the_installed_program_finds_its_parts(prefix):
    assert detections(prefix / "bin" / "saccade") == detections(PROGRAM)
    assert checked(prefix / "bin" / "saccade", "--version") == checked(PROGRAM, "--version")


def test_what_is_installed(prefix):
    files = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file()}
    for needed in ("share/saccade/street_r18.safetensors", "share/saccade/images/LICENSE", "share/doc/saccade/LICENSE",
                   "include/saccade/model/detector.h", "include/saccade/op/ms_deform_attn.h"):
        assert needed in files
    # LibTorch comes when it is asked for; tests, sources and the validation images never do.
    assert not [name for name in files if re.search(r"libtorch_cpu|_test\.|\.cpp$|/val/", name)]


def test_with_libtorch_brought_along_nothing_else_is_loaded(tmp_path):
    prefix = install(tmp_path, "--component", "runtime")
    install(tmp_path, "--component", "libtorch")
    program = prefix / "libexec" / "saccade" / "saccade-torch"
    loaded = dict(re.findall(r"(\S+) => (\S+)", checked("ldd", program)))
    own = os.path.realpath(next(prefix.rglob("libtorch_cpu.so")).parent)
    for name in ("libtorch_cpu.so", "libc10.so", "libgomp.so.1", "libcudart.so.13", "libcupti.so.13"):
        assert os.path.realpath(loaded[name]).startswith(own), loaded
    assert str(ROOT) not in checked("ldd", program)
    assert detections(prefix / "bin" / "saccade") == detections(PROGRAM)
    licences = prefix / "share" / "doc" / "saccade" / "licences"
    assert {path.name for path in licences.iterdir()} == {"torch", "nvidia_cuda_runtime", "nvidia_cuda_cupti"}
    assert all(any(folder.iterdir()) for folder in licences.iterdir())


def test_a_project_of_ones_own_builds_on_the_library(prefix, tmp_path):
    source = shutil.copytree(ROOT / "examples" / "find_package", tmp_path / "project")
    environment = os.environ | {"PATH": f"{CMAKE.parent}:{os.environ['PATH']}"}
    checked(CMAKE, "-S", source, "-B", tmp_path / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}", env=environment)
    checked(CMAKE, "--build", tmp_path / "build", env=environment)
    lines = checked(tmp_path / "build" / "where_it_looked", SHIPPED_WEIGHTS, IMAGE).splitlines()
    found = [one for one in run("detect", IMAGE, "--json", code=0).json() if one["score"] >= 0.5]
    assert len(lines) == len(found) > 0
    for line, one in zip(lines, found):
        name, score = line.split()[:2]
        assert float(score) == pytest.approx(one["score"], abs=6e-4)
        x0, y0, x1, y1 = map(int, re.search(r"box (-?\d+),(-?\d+) to (-?\d+),(-?\d+)", line).groups())
        assert [x0, y0, x1 - x0, y1 - y0] == pytest.approx(one["bbox"], abs=1.1)
        x, y = map(int, re.search(r"most: (-?\d+),(-?\d+)", line).groups())
        assert -200 < x < 840 and -200 < y < 580  # a street photograph of 640 x 380, or near it


def test_every_header_can_be_included(prefix, tmp_path):
    include = prefix / "include"
    headers = sorted(str(path.relative_to(include)) for path in include.rglob("*.h"))
    assert len(headers) > 200
    unit = tmp_path / "all.cpp"
    unit.write_text("".join(f'#include "{name}"\n' for name in headers))
    torch = next((ROOT / ".venv" / "lib").glob("python3*/site-packages/torch/include"))
    checked("g++", "-std=c++20", "-fsyntax-only", f"-I{include}", f"-isystem{torch}",
            f"-isystem{torch}/torch/csrc/api/include", *checked("pkg-config", "--cflags", "cairo", "freetype2").split(), unit)


def test_another_libtorch_is_refused_by_its_version(prefix, tmp_path):
    source = shutil.copytree(ROOT / "examples" / "find_package", tmp_path / "project")
    config = next(prefix.rglob("SaccadeConfig.cmake"))
    other = shutil.copytree(prefix, tmp_path / "other") / config.relative_to(prefix)
    other.write_text(config.read_text().replace("LibTorch 2.", "LibTorch 3."))
    done = subprocess.run([str(CMAKE), "-S", str(source), "-B", str(tmp_path / "build"), "-G", "Ninja",
                           f"-DCMAKE_PREFIX_PATH={tmp_path / 'other'}"], capture_output=True, text=True,
                          env=os.environ | {"PATH": f"{CMAKE.parent}:{os.environ['PATH']}"})
    assert done.returncode != 0 and "LibTorch" in done.stderr, done.stderr
