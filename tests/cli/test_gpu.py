"""What the program says of GPUs: with a driver that the tests make, since none may be there."""
import json
import os
import pathlib
import subprocess

import pytest
from program import PROGRAM

PLUGIN = PROGRAM.parents[1] / "libexec" / "saccade" / "libsaccade_cuda.so"
H200 = "NVIDIA H200,9,0,140"
HAS_CUDA = PLUGIN.exists()
# A build has CUDA kernels or has none: what it says of a device differs, and each can show its own side only. CI builds
# with kernels, a user's `make test` without.
without_kernels = pytest.mark.skipif(HAS_CUDA, reason="this build has CUDA kernels")
with_kernels = pytest.mark.skipif(not HAS_CUDA, reason="this build has no CUDA kernels (SACCADE_CUDA=on)")


@pytest.fixture(scope="session")
def driver_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("driver")
    source = pathlib.Path(__file__).with_name("fake_driver.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "libcuda.so.1", source], check=True)
    return folder


@pytest.fixture
def call(driver_folder):
    """Calls the program on a machine whose driver says `fake`."""

    def run(*words, fake, **variables):
        environment = {**os.environ, "LD_LIBRARY_PATH": str(driver_folder), "FAKE_CUDA": fake, **variables}
        done = subprocess.run([str(PROGRAM), *words], capture_output=True, text=True, env=environment, timeout=120)
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def doctor(call):
    def run(fake, **variables):
        code, out, _ = call("doctor", "--json", fake=fake, **variables)
        report = json.loads(out)
        assert code == (0 if all(finding["ok"] for finding in report.values()) else 1)
        return report

    return run


def test_doctor_names_the_driver_and_every_device(doctor):
    report = doctor(f"13000;0;{H200};Tesla T4,7,5,15")
    assert report["NVIDIA driver"]["found"] == "for CUDA 13.0"
    assert report["GPU 0"]["found"] == "NVIDIA H200, sm_90, 140 GiB"
    assert report["GPU 1"]["found"] == "Tesla T4, sm_75, 15 GiB"


def test_a_driver_that_does_not_start_is_told_with_its_number(doctor):
    report = doctor("13000;999")
    assert not report["GPU"]["ok"]
    assert "does not start: error 999" in report["GPU"]["advice"]


def test_devices_that_a_variable_hides_are_told_as_that(doctor):
    report = doctor("13000;100", CUDA_VISIBLE_DEVICES="7")
    assert report["GPU"]["advice"] == "CUDA_VISIBLE_DEVICES='7' leaves no device to see"


@without_kernels
def test_a_build_without_kernels_says_how_to_get_them(doctor):
    report = doctor(f"13000;0;{H200}")
    assert not report["GPU 0"]["ok"]
    assert "make build SACCADE_CUDA=on" in report["GPU 0"]["advice"]


@with_kernels
def test_a_device_that_the_kernels_are_not_compiled_for_is_named(doctor):
    report = doctor("13000;0;Tesla T4,7,5,15")
    assert not report["GPU 0"]["ok"]
    assert "Tesla T4 is sm_75, the kernels are compiled for" in report["GPU 0"]["advice"]
    assert "CUDA_ARCHITECTURES=75" in report["GPU 0"]["advice"]


@with_kernels
def test_a_driver_older_than_the_kernels_is_named(doctor):
    report = doctor(f"12040;0;{H200}")
    assert "knows CUDA 12.4, these kernels want 13.0: install driver 580" in report["GPU 0"]["advice"]


@with_kernels
def test_libraries_that_do_not_load_are_named(doctor, tmp_path):
    broken = tmp_path / "libsaccade_cuda.so"
    broken.write_bytes(b"no library")
    report = doctor(f"13000;0;{H200}", SACCADE_CUDA_PLUGIN=str(broken))
    assert str(broken) in report["CUDA libraries"]["found"]
    assert not report["CUDA libraries"]["ok"]
    assert "make setup-full" in report["CUDA libraries"]["advice"]


def test_selftest_says_why_a_gpu_is_left_out(call):
    _, out, _ = call("selftest", fake=f"12040;0;{H200}")
    reason = "the NVIDIA driver knows CUDA 12.4" if HAS_CUDA else "this build has no CUDA kernels"
    assert f"no check on a GPU: computing on the CPU: {reason}" in out
    assert out.splitlines()[-1] == "all checking is True"
