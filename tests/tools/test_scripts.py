"""The launch scripts and configs: what they call with which arguments and variables, seen by a stand-in."""
import json
import os
import subprocess
import sys

import pytest
from program import PROGRAM, ROOT

NAMES = ["MASTER_ADDR", "MASTER_PORT", "WORLD_SIZE", "RANK", "LOCAL_RANK", "SACCADE"]
VARIABLES = ["GPUS_PER_NODE", "NODE_RANK", "CPUS_PER_TASK", "SRUN_ARGS", *NAMES]


@pytest.fixture
def stand_in(tmp_path):
    """A program that prints its arguments and variables as one line of JSON."""
    def make(name):
        path = tmp_path / name
        path.write_text(f"#!{sys.executable}\nimport json, os, sys\n"
                        f"line = json.dumps([sys.argv[1:], {{k: os.environ.get(k) for k in {NAMES}}}])\n"
                        "os.write(1, (line + '\\n').encode())\n")
        path.chmod(0o755)
        return path
    return make


def call(script, *words, code=0, cwd=ROOT, **variables):
    """The (arguments, variables) that each stand-in got; with another code, what was said."""
    clean = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    done = subprocess.run([str(script), *map(str, words)], cwd=cwd, env={**clean, **variables}, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stderr if code else [json.loads(line) for line in done.stdout.splitlines()]


CONFIGS = {
    "r50_deformable_detr": [],
    "r50_deformable_detr_single_scale": ["--num_feature_levels", "1"],
    "r50_deformable_detr_single_scale_dc5": ["--num_feature_levels", "1", "--dilation"],
    "r50_deformable_detr_plus_iterative_bbox_refinement": ["--with_box_refine"],
    "r50_deformable_detr_plus_iterative_bbox_refinement_plus_plus_two_stage": ["--with_box_refine", "--two_stage"],
    "detr_r50": ["--model", "detr"],
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_trains_with_its_options_and_ours(name, stand_in):
    (arguments, _), = call(ROOT / "configs" / f"{name}.sh", "--resume", "a b.pth", "--eval",
                           SACCADE=str(stand_in("saccade")))
    assert arguments == ["train", "--output_dir", f"exps/{name}", *CONFIGS[name], "--resume", "a b.pth", "--eval"]


def test_every_config_is_tested():
    assert {path.stem for path in (ROOT / "configs").glob("*.sh")} == set(CONFIGS) | {"demo"}


def test_the_demo_config_wants_the_folder_of_its_data(stand_in):
    (arguments, _), = call(ROOT / "configs" / "demo.sh", "--epochs", "2", SACCADE=str(stand_in("saccade")), DATA="a b")
    assert arguments[:5] == ["train", "--output_dir", "exps/demo", "--images", "a b/train"]
    assert arguments[-2:] == ["--epochs", "2"]
    done = subprocess.run([str(ROOT / "configs" / "demo.sh")], capture_output=True, text=True,
                          env={name: value for name, value in os.environ.items() if name != "DATA"})
    assert done.returncode != 0 and "DATA=carla-street" in done.stderr


def test_a_config_finds_the_program_of_its_repository(tmp_path, stand_in):
    """From any folder: by its own place, not by the working directory."""
    for folder in ("configs", "build/bin"):
        (tmp_path / "tree" / folder).mkdir(parents=True)
    config = tmp_path / "tree" / "configs" / "r50_deformable_detr.sh"
    config.write_bytes((ROOT / "configs" / "r50_deformable_detr.sh").read_bytes())
    config.chmod(0o755)
    stand_in("saccade").rename(tmp_path / "tree" / "build" / "bin" / "saccade")
    (arguments, _), = call(config, cwd=tmp_path)
    assert arguments == ["train", "--output_dir", "exps/r50_deformable_detr"]


LAUNCH = ROOT / "tools" / "run_dist_launch.sh"


def launch_arguments(nodes, rank, per_node, address, port, *command):
    return ["launch", "--nnodes", nodes, "--node_rank", rank, "--nproc_per_node", per_node, "--master_addr", address,
            "--master_port", port, "--", *command]


@pytest.mark.parametrize("gpus, variables, expected", [
    ("2", {}, ("1", "0", "2", "127.0.0.1", "29500")),
    ("8", {}, ("1", "0", "8", "127.0.0.1", "29500")),
    ("16", {}, ("2", "0", "8", "127.0.0.1", "29500")),
    ("8", {"GPUS_PER_NODE": "4", "NODE_RANK": "1", "MASTER_ADDR": "10.0.0.1", "MASTER_PORT": "4000"},
     ("2", "1", "4", "10.0.0.1", "4000")),
])
def test_the_launch_script_has_the_originals_variables(gpus, variables, expected, stand_in):
    (arguments, _), = call(LAUNCH, gpus, "./a config.sh", "--eval", SACCADE=str(stand_in("saccade")), **variables)
    assert arguments == launch_arguments(*expected, "./a config.sh", "--eval")


def test_the_launch_script_runs_a_config_in_every_process(stand_in, tmp_path):
    """The real launch, a stand-in for what the config calls."""
    seen = stand_in("seen")
    wrapper = tmp_path / "saccade"  # launch is the program's, train the stand-in's
    wrapper.write_text(f'#!/bin/sh\n[ "$1" = launch ] && exec {PROGRAM} "$@"\nexec {seen} "$@"\n')
    wrapper.chmod(0o755)
    calls = call(LAUNCH, "2", "./configs/r50_deformable_detr.sh", "--epochs", "1", SACCADE=str(wrapper),
                 MASTER_PORT="4001")
    assert [words for words, _ in calls] == 2 * [["train", "--output_dir", "exps/r50_deformable_detr", "--epochs", "1"]]
    ranks = sorted((v["RANK"], v["LOCAL_RANK"], v["WORLD_SIZE"], v["MASTER_ADDR"], v["MASTER_PORT"]) for _, v in calls)
    assert ranks == [("0", "0", "2", "127.0.0.1", "4001"), ("1", "1", "2", "127.0.0.1", "4001")]


def test_wrong_calls_of_the_scripts_are_told():
    assert "usage: tools/run_dist_launch.sh" in call(LAUNCH, "8", code=2)
    assert "GPUS is 'eight'" in call(LAUNCH, "eight", "true", code=2)
    assert "12 GPUS are no multiple of GPUS_PER_NODE=8" in call(LAUNCH, "12", "true", code=2)
    assert "usage: tools/run_dist_slurm.sh" in call(SLURM, "debug", "job", "8", code=2)
    assert "GPUS is '0'" in call(SLURM, "debug", "job", "0", "true", code=2)


SLURM = ROOT / "tools" / "run_dist_slurm.sh"


@pytest.mark.parametrize("gpus, variables, expected", [
    ("4", {}, ["--gres=gpu:4", "--ntasks=4", "--ntasks-per-node=4", "--cpus-per-task=4", "--kill-on-bad-exit=1"]),
    ("16", {"CPUS_PER_TASK": "2", "SRUN_ARGS": "--mem=8G  --exclusive"},
     ["--gres=gpu:8", "--ntasks=16", "--ntasks-per-node=8", "--cpus-per-task=2", "--kill-on-bad-exit=1", "--mem=8G",
      "--exclusive"]),
    ("2", {"GPUS_PER_NODE": "1"},
     ["--gres=gpu:1", "--ntasks=2", "--ntasks-per-node=1", "--cpus-per-task=4", "--kill-on-bad-exit=1"]),
])
def test_the_slurm_script_has_the_originals_variables(gpus, variables, expected, stand_in):
    folder = stand_in("srun").parent
    (arguments, _), = call(SLURM, "debug", "a job", gpus, "configs/r50_deformable_detr.sh", "--eval",
                           PATH=f"{folder}:{os.environ['PATH']}", **variables)
    assert arguments == ["-p", "debug", "--job-name=a job", *expected, "configs/r50_deformable_detr.sh", "--eval"]


def test_the_slurm_script_knows_commands_of_the_program(stand_in):
    folder = stand_in("srun").parent
    for command in ("train", "eval"):
        (arguments, variables), = call(SLURM, "p", "j", "1", command, "--seed", "1",
                                       PATH=f"{folder}:{os.environ['PATH']}")
        assert arguments[-4:] == [str(PROGRAM), command, "--seed", "1"] and variables["SACCADE"] == str(PROGRAM)
