"""Training on two machines: network namespaces, joined by a cable, each with the original's command."""
import math
import os
import subprocess

import training
from program import ROOT
from rank_processes import result_of


def start_node(machine, node_rank, options, **others):
    variables = {"GPUS_PER_NODE": "1", "MASTER_ADDR": "10.77.0.1", "NODE_RANK": str(node_rank), **others}
    return subprocess.Popen([*machine, str(ROOT / "tools" / "run_dist_launch.sh"), "2",
                             "./configs/r50_deformable_detr.sh", *map(str, options)], env=os.environ | variables,
                            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_two_machines_train_what_one_process_does(two_machines, tmp_path):
    options = [*training.DATA, *training.SMALL, "--epochs", 1, "--dropout", 0, "--no_augment", "--quiet"]
    nodes = [start_node(machine, i, [*options, "--batch_size", 1, "--output_dir", tmp_path / "two"])
             for i, machine in enumerate(two_machines)]
    for node in nodes:
        result = result_of(node)
        assert result.code == 0, result.err
    training.train("--epochs", 1, "--dropout", 0, "--no_augment", "--quiet", "--output_dir", tmp_path / "one")
    one, two = (training.log_of(tmp_path / name)[0]["train_loss"] for name in ("one", "two"))
    assert math.isclose(one, two, rel_tol=1e-5)
    assert training.weights_difference(*(tmp_path / name / "checkpoint.pth" for name in ("one", "two"))) < 1e-4


def test_a_machine_that_never_comes_is_named(two_machines):
    node = start_node(two_machines[0], 0, [*training.DATA, *training.SMALL, "--steps", 1], SACCADE_DIST_TIMEOUT="4")
    result = result_of(node, timeout=40)
    assert result.code != 0 and "rank 1" in result.err and "10.77.0.1:29500" in result.err, result.err
