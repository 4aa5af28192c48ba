"""The launch scripts: what they call with which arguments and variables, seen by a stand-in."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build" / "bin" / "saccade"
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


def test_the_launch_script_runs_a_script_in_every_process(stand_in):
    calls = call(LAUNCH, "2", stand_in("seen"), "--epochs", "1", SACCADE=str(PROGRAM), MASTER_PORT="4001")
    assert [words for words, _ in calls] == 2 * [["--epochs", "1"]]
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
    (arguments, _), = call(SLURM, "debug", "a job", gpus, "./job.sh", "--eval",
                           PATH=f"{folder}:{os.environ['PATH']}", **variables)
    assert arguments == ["-p", "debug", "--job-name=a job", *expected, "./job.sh", "--eval"]


def test_the_slurm_script_knows_commands_of_the_program(stand_in):
    folder = stand_in("srun").parent
    for command in ("eval", "detect"):
        (arguments, variables), = call(SLURM, "p", "j", "1", command, "--seed", "1",
                                       PATH=f"{folder}:{os.environ['PATH']}")
        assert arguments[-4:] == [str(PROGRAM), command, "--seed", "1"] and variables["SACCADE"] == str(PROGRAM)
