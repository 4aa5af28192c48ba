"""Training on two machines: network namespaces, joined by a cable, each with the original's command."""
import math
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cli"))
import training  # noqa: E402


def ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, text=True)


@pytest.fixture
def machines():
    """Names of two namespaces with the addresses 10.77.0.1 and 10.77.0.2."""
    names = [f"saccade{os.getpid()}{letter}" for letter in "ab"]
    cables = [f"sc{os.getpid() % 100000}{letter}" for letter in "ab"]
    if shutil.which("ip") is None or os.geteuid() != 0 or ip("netns", "add", names[0]).returncode != 0:
        pytest.skip("needs root, iproute2 and the right to make network namespaces")
    try:
        assert ip("netns", "add", names[1]).returncode == 0
        if ip("link", "add", cables[0], "type", "veth", "peer", "name", cables[1]).returncode != 0:
            pytest.skip("this kernel has no veth")
        for i, (name, cable) in enumerate(zip(names, cables)):
            assert ip("link", "set", cable, "netns", name).returncode == 0
            assert ip("-n", name, "addr", "add", f"10.77.0.{i + 1}/24", "dev", cable).returncode == 0
            assert ip("-n", name, "link", "set", cable, "up").returncode == 0
            assert ip("-n", name, "link", "set", "lo", "up").returncode == 0
        yield names
    finally:
        for name in names:
            ip("netns", "delete", name)


def start_node(machine, node_rank, options, **others):
    variables = {"GPUS_PER_NODE": "1", "MASTER_ADDR": "10.77.0.1", "NODE_RANK": str(node_rank), **others}
    return subprocess.Popen(["ip", "netns", "exec", machine, str(ROOT / "tools" / "run_dist_launch.sh"), "2",
                             "./configs/r50_deformable_detr.sh", *map(str, options)], env=os.environ | variables,
                            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_two_machines_train_what_one_process_does(machines, tmp_path):
    options = [*training.DATA, *training.SMALL, "--epochs", 1, "--dropout", 0, "--no_augment", "--quiet"]
    nodes = [start_node(machine, i, [*options, "--batch_size", 1, "--output_dir", tmp_path / "two"])
             for i, machine in enumerate(machines)]
    for node in nodes:
        result = training.result_of(node)
        assert result.code == 0, result.err
    training.train("--epochs", 1, "--dropout", 0, "--no_augment", "--quiet", "--output_dir", tmp_path / "one")
    one, two = (training.log_of(tmp_path / name)[0]["train_loss"] for name in ("one", "two"))
    assert math.isclose(one, two, rel_tol=1e-5)
    assert training.weights_difference(*(tmp_path / name / "checkpoint.pth" for name in ("one", "two"))) < 1e-4


def test_a_machine_that_never_comes_is_named(machines):
    node = start_node(machines[0], 0, [*training.DATA, *training.SMALL, "--steps", 1], SACCADE_DIST_TIMEOUT="4")
    result = training.result_of(node, timeout=40)
    assert result.code != 0 and "rank 1" in result.err and "10.77.0.1:29500" in result.err, result.err
