"""--device and --precision of detect, explain and eval, on a machine without a GPU too."""
import os
import subprocess

import pytest
from program import IMAGES, PROGRAM, STREET, STREET_SET, Result, corners, overlap, run

TRUTH = IMAGES / "instances.json"
COMMANDS = {"detect": ["detect", STREET, "--json"],
            "explain": ["explain", STREET, "--json", "--out", "e.png"],
            "eval": ["eval", *STREET_SET, "--json", "--quiet"]}


@pytest.fixture(params=COMMANDS)
def words(request):
    return COMMANDS[request.param]


def without_gpus(*arguments, cwd):
    """A call that sees no GPU, whatever the machine has."""
    done = subprocess.run([str(PROGRAM), *map(str, arguments)], cwd=cwd, capture_output=True, timeout=120,
                          env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
    return Result(done)


@pytest.mark.parametrize("device", ["cuda", "cuda:0", "cuda:7"])
def test_a_gpu_that_cannot_be_used_is_an_error_that_says_why(words, device, tmp_path):
    without_gpus(*words, "--device", device, cwd=tmp_path).failed_with(1, f"--device {device}: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("device", ["gpu0", "cuda:", "cuda:-1", "cuda:x", "CPU"])
def test_another_name_of_a_device_is_a_wrong_call(words, device, tmp_path):
    run(*words, "--device", device, cwd=tmp_path).failed_with(2, "--device", device, "cuda:N")


def test_auto_without_a_gpu_is_the_cpu(detections, tmp_path):
    result = without_gpus(*COMMANDS["detect"], "--device", "auto", "--threads", 2, cwd=tmp_path)
    assert result.code == 0 and result.json() == detections and "error" not in result.err


def test_fp16_on_the_cpu_is_a_wrong_call(words, tmp_path):
    run(*words, "--precision", "fp16", "--device", "cpu", cwd=tmp_path).failed_with(2, "--precision fp16", "bf16")
    run(*words, "--precision", "int8", cwd=tmp_path).failed_with(2, "--precision")


def test_result_files_need_no_precision(tmp_path):
    (tmp_path / "found.json").write_text("[]")
    run("eval", "--annotations", TRUTH, "--detections", "found.json", "--precision", "bf16",
        cwd=tmp_path).failed_with(2, "--precision")


def test_bf16_finds_what_fp32_finds(detections, tmp_path):
    """Every detection above 0.3: one of its class that overlaps by 0.95 or more, with a score within 0.05. (Queries of
    two stages are numbered by their scores, so that their numbers may change.)"""
    found = run(*COMMANDS["detect"], "--precision", "bf16", "--device", "cpu", code=0).json()
    assert found != detections
    sure = [row for row in detections if row["score"] > 0.3]
    assert len(sure) >= 5
    for row in sure:
        assert any(other["category_id"] == row["category_id"] and overlap(corners(row["bbox"]), corners(other["bbox"])) > 0.95
                   and abs(row["score"] - other["score"]) < 0.05 for other in found), row


def test_bf16_explains_the_same_query(tmp_path):
    exact = run(*COMMANDS["explain"], cwd=tmp_path, code=0).json()
    half = run(*COMMANDS["explain"], "--precision", "bf16", "--device", "cpu", "--overwrite", cwd=tmp_path, code=0).json()
    assert half["query"] == exact["query"] and half["class"] == exact["class"]
    for ours, theirs in zip(half["layers"][0]["level_share"], exact["layers"][0]["level_share"]):
        assert abs(ours - theirs) < 0.02


def test_bf16_evaluates_to_the_same_ap():
    exact, half = (run(*COMMANDS["eval"], "--precision", precision, "--device", "cpu", code=0).json()
                   for precision in ("fp32", "bf16"))
    # Of 12 images; of the 84 of assets/val it is 0.0004.
    assert abs(half["AP"] - exact["AP"]) < 0.003 and abs(half["AP50"] - exact["AP50"]) < 0.005
