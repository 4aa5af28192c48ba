"""Distributed evaluation and training under a real Slurm: a controller and two nodes on loopback, run by the test."""
import json
import math
import os
import shutil
import subprocess
import time

import pytest
import training
from program import IMAGES, ROOT
from rank_processes import free_ports

NEEDED = ["slurmctld", "slurmd", "srun", "sinfo", "scontrol", "munged", "mungekey", "munge"]
CONFIG = """ClusterName=t
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={munge}
StateSaveLocation={folder}/st
SlurmdSpoolDir={folder}/sp/%n
SlurmctldPidFile={folder}/ctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/log/ctld.log
SlurmdLogFile={folder}/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MpiDefault=none
SlurmctldPort={ports[0]}
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[1]} CPUs=1 State=UNKNOWN
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[2]} CPUs=1 State=UNKNOWN
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES
"""


def wait_until(done, what, seconds=30):
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            pytest.fail(f"{what} within {seconds} s")
        time.sleep(0.2)


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """Environment of a running cluster of two nodes with a core each."""
    missing = [name for name in NEEDED if shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin") is None]
    if missing or os.geteuid() != 0:
        pytest.skip("needs root and Slurm (apt-get install slurm-wlm munge); missing: " + (", ".join(missing) or "root"))
    folder = tmp_path_factory.mktemp("slurm")
    for name in ("st", "sp/n1", "sp/n2", "log"):
        (folder / name).mkdir(parents=True)
    environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf"), "PATH": os.environ["PATH"] + ":/usr/sbin"}
    munge = tmp_path_factory.mktemp("munge")
    socket_path = munge / "socket"
    (folder / "slurm.conf").write_text(CONFIG.format(folder=folder, munge=socket_path, ports=free_ports(3)))
    daemons = [start_munge(munge, socket_path, environment)]
    wait_until(socket_path.exists, "munged did not listen")
    for words in (["slurmctld", "-D"], ["slurmd", "-D", "-N", "n1"], ["slurmd", "-D", "-N", "n2"]):
        daemons.append(subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    try:
        idle = lambda: subprocess.run(["sinfo", "-h", "-t", "idle", "-o", "%D"], env=environment, capture_output=True,
                                      text=True).stdout.strip() == "2"
        wait_until(idle, f"two idle nodes did not appear (logs in {folder}/log)")
        yield environment
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
        for daemon in daemons:
            daemon.wait(timeout=30)


def start_munge(folder, socket_path, environment):
    """munged with a key of the test's own."""
    key = folder / "key"
    subprocess.run(["mungekey", "-k", str(key)], env=environment, check=True)
    words = ["munged", "-F", "-f", "-S", str(socket_path), "--key-file", str(key), "--pid-file", str(folder / "pid"),
             "--log-file", str(folder / "log"), "--seed-file", str(folder / "seed")]
    return subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def script_words(job, *words):
    return [str(ROOT / "tools" / "run_dist_slurm.sh"), "debug", job, *map(str, words)]


def script_variables():
    """Both nodes have one host name here, so the address of rank 0 is given."""
    return {"GPUS_PER_NODE": "1", "CPUS_PER_TASK": "1", "SRUN_ARGS": "--gres=none", "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(free_ports(1)[0])}


def run_script(slurm, *words):
    return subprocess.run(script_words("job", *words), env=slurm | script_variables(), cwd=ROOT, capture_output=True, text=True,
                          timeout=120)


def test_two_nodes_share_an_evaluation(slurm):
    done = run_script(slurm, 2, "eval", "--images", IMAGES, "--annotations", IMAGES / "instances.json", "--json",
                      "--quiet", "--threads", "1")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["processes"] == 2 and report["images"] == 12


def test_two_nodes_train_what_one_process_does(slurm, tmp_path):
    """The original's command: the script, a partition, a job, two processes and a config."""
    options = [str(word) for word in [*training.DATA, *training.SMALL, "--epochs", 1, "--dropout", 0, "--no_augment",
                                      "--quiet"]]
    done = run_script(slurm, 2, "configs/r50_deformable_detr.sh", *options, "--batch_size", "1", "--output_dir",
                      tmp_path / "two")
    assert done.returncode == 0, done.stderr
    training.train("--epochs", 1, "--dropout", 0, "--no_augment", "--quiet", "--output_dir", tmp_path / "one")
    assert json.loads((tmp_path / "two" / "config.json").read_text())["processes"] == 2
    one, two = (training.log_of(tmp_path / name)[0]["train_loss"] for name in ("one", "two"))
    assert math.isclose(one, two, rel_tol=1e-5)
    assert training.weights_difference(*(tmp_path / name / "checkpoint.pth" for name in ("one", "two"))) < 1e-4


def test_a_preempted_job_goes_on_where_it_stopped(slurm, tmp_path):
    """Slurm sends SIGUSR1 before it takes a node away; the same command again resumes."""
    options = [str(word) for word in [*training.DATA, *training.SMALL, "--epochs", 400, "--batch_size", 1, "--quiet",
                                      "--resume", "auto", "--output_dir", tmp_path]]
    job = subprocess.Popen(script_words("preempted", 2, "configs/r50_deformable_detr.sh", *options), env=slurm | script_variables(),
                           cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_until((tmp_path / "log.txt").exists, "the job wrote no log", 60)
    subprocess.run(["scancel", "--signal=USR1", "--name=preempted"], env=slurm, check=True)
    job.communicate(timeout=60)
    assert job.returncode != 0
    before = len(training.log_of(tmp_path))
    done = run_script(slurm, 2, "configs/r50_deformable_detr.sh", *options, "--epochs", before + 1)
    assert done.returncode == 0, done.stderr
    assert [line["epoch"] for line in training.log_of(tmp_path)] == list(range(before + 1))


def test_a_failing_rank_ends_the_job(slurm):
    begun = time.monotonic()
    done = run_script(slurm, 2, "bash", "-c", "[ $SLURM_PROCID = 1 ] && exit 5; sleep 60")
    assert done.returncode not in (0, None) and time.monotonic() - begun < 50
