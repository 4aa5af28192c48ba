"""saccade launch: what each process finds, how one failure ends all, signals, distributed evaluation."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import numpy
import pytest
from program import IMAGES, PROGRAM, run

TRUTH = IMAGES / "instances.json"
SHOW = "echo $RANK $LOCAL_RANK $WORLD_SIZE $LOCAL_WORLD_SIZE $MASTER_ADDR $MASTER_PORT $OMP_NUM_THREADS"


def launch(*words, **others):
    return run("launch", *words, **others)


def start(script, *options, count=2):
    """A launch of a shell script that is still running."""
    command = [str(PROGRAM), "launch", "-n", str(count), *options, "--", "bash", "-c", script]
    # A shell that started the tests in the background has SIGINT ignored, and bash cannot trap what was ignored before it.
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def wait_for_files(*paths):
    end = time.monotonic() + 20
    while not all(path.exists() for path in paths):
        assert time.monotonic() < end, paths
        time.sleep(0.02)


def is_alive(process):
    """Whether a process, by the file that holds its id, runs (a zombie does not)."""
    status = pathlib.Path(f"/proc/{int(process.read_text())}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.fixture(autouse=True)
def no_threads_variable(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


def test_each_process_finds_its_place(monkeypatch):
    rows = sorted(line.split() for line in launch("-n", "3", "--", "bash", "-c", SHOW, code=0).out.splitlines())
    threads = str(max(1, len(os.sched_getaffinity(0)) // 3))
    port = rows[0][5]
    assert rows == [[str(r), str(r), "3", "3", "127.0.0.1", port, threads] for r in range(3)]
    with socket.socket() as free:  # chosen for this run: nobody listens there
        free.bind(("127.0.0.1", int(port)))
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert launch("-n", "1", "--", "bash", "-c", SHOW, code=0).out.split()[6] == "5"


def test_the_second_node_counts_on():
    rows = launch("-n", "2", "--nnodes", "3", "--node-rank", "1", "--master_addr", "10.0.0.7", "--", "bash", "-c", SHOW,
                  code=0).out.splitlines()
    assert sorted(row.split()[:6] for row in rows) == [["2", "0", "6", "2", "10.0.0.7", "29500"],
                                                       ["3", "1", "6", "2", "10.0.0.7", "29500"]]
    given = launch("-n", "1", "--master_port", "4321", "--", "bash", "-c", SHOW, code=0).out.split()
    assert given[5] == "4321"


def test_words_of_the_command_arrive_as_they_are():
    words = ["[a,b]", "", "--node-rank", "--nope", "a b", "--"]
    out = launch("-n", "1", "--", "bash", "-c", "printf '<%s>' \"$@\"", "x", *words, code=0).out
    assert out == "".join(f"<{word}>" for word in words)


def test_wrong_usage_is_told():
    launch("-n", "2").failed_with(2, "needs a command after --")
    launch("-n", "2", "true").failed_with(2, "true")
    launch("-n", "0", "--", "true").failed_with(2, "-n 0: expected 1 to 1024")
    launch("--nnodes", "2", "--", "true").failed_with(2, "--nnodes needs --master_addr")
    launch("--nnodes", "2", "--master_addr", "a", "--node_rank", "2", "--", "true").failed_with(2, "--node_rank 2")
    launch("--node_rnk", "0", "--", "true").failed_with(2, "did you mean --node_rank?")
    launch("-n", "2", "--", "no_such_program").failed_with(1, "no_such_program: cannot be started: No such file")


def test_the_first_failure_ends_all_and_is_named(tmp_path):
    """Also what the other ranks have started: here a shell waits for its own child."""
    script = f"sleep 60 & echo $! > {tmp_path}/$RANK; [ $RANK = 1 ] || wait; until [ -s {tmp_path}/0 ]; do :; done; exit 7"
    begun = time.monotonic()
    launch("-n", "2", "--", "bash", "-c", script).failed_with(7, "rank 1 of 2 ended with exit code 7")
    assert time.monotonic() - begun < 20
    time.sleep(0.1)
    assert not is_alive(tmp_path / "0") and not is_alive(tmp_path / "1")


def test_a_rank_that_ignores_sigterm_is_killed_after_the_grace(tmp_path):
    script = f"trap '' TERM; touch {tmp_path}/$RANK; [ $RANK = 0 ] && while :; do sleep 0.1; done; " \
             f"until [ -e {tmp_path}/0 ]; do :; done; kill -9 $$"
    begun = time.monotonic()
    launch("-n", "2", "--grace", "1", "--", "bash", "-c", script).failed_with(137, "rank 1 of 2 was ended by signal 9")
    assert 1 <= time.monotonic() - begun < 20


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_signals_reach_every_rank(tmp_path, number):
    """And the ranks may take their time: rank 1 ends later than rank 0, which fails."""
    script = f"trap 'sleep 0.$RANK; touch {tmp_path}/got$RANK; exit $((3 * (1 - RANK)))' {number}; " \
             f"touch {tmp_path}/$RANK; while :; do sleep 0.05; done"
    if number == signal.SIGUSR1:  # no wish to end: here all end well
        script = script.replace("exit $((3 * (1 - RANK)))", "exit 0")
    running = start(script)
    wait_for_files(tmp_path / "0", tmp_path / "1")
    running.send_signal(number)
    _, err = running.communicate(timeout=20)
    assert (tmp_path / "got0").exists() and (tmp_path / "got1").exists()
    if number == signal.SIGUSR1:  # and what a rank has started does not get it
        assert (running.returncode, err) == (0, "")
    else:
        assert running.returncode == 3
        assert err.splitlines()[-1] == "saccade: error: rank 0 of 2 ended with exit code 3"


def test_ranks_do_not_outlive_a_killed_launch(tmp_path):
    running = start(f"echo $$ > {tmp_path}/part; mv {tmp_path}/part {tmp_path}/0; while :; do sleep 0.1; done", count=1)
    wait_for_files(tmp_path / "0")
    running.kill()
    running.communicate(timeout=20)
    end = time.monotonic() + 10
    while is_alive(tmp_path / "0") and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_alive(tmp_path / "0")


def test_ranks_read_nothing_and_print_as_they_are():
    done = subprocess.run([str(PROGRAM), "launch", "-n", "2", "--", "bash", "-c", "cat; echo out; echo err >&2"],
                          input=b"not for ranks", capture_output=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"out\nout\n", b"err\nerr\n")


def test_distributed_evaluation_has_the_numbers_of_one_process():
    words = ["eval", "--images", IMAGES, "--annotations", TRUTH, "--json", "--quiet", "--threads", "1"]
    report = json.loads(launch("-n", "2", "--", *words, code=0).out)
    alone = run(*words, code=0).json()
    assert report["processes"] == 2 and alone["processes"] == 1
    assert numpy.isclose(report["AP"], alone["AP"], rtol=0, atol=5e-4)


def test_an_error_of_the_evaluation_is_that_of_the_launch(tmp_path):
    result = launch("-n", "2", "--", "eval", "--images", IMAGES, "--annotations", tmp_path / "none.json")
    assert result.code in (1, 2) and result.out == ""
    assert "none.json" in result.err and "saccade: error: rank " in result.err.splitlines()[-1]


def find_torchrun():
    """One that runs; in the light set-up it does not."""
    for venv in (".venv", ".venv-peers"):
        torchrun = PROGRAM.parents[2] / venv / "bin" / "torchrun"
        if torchrun.exists() and subprocess.run([str(torchrun), "--help"], capture_output=True).returncode == 0:
            return torchrun
    pytest.skip("needs torchrun (make setup-full or setup-peers)")


def test_torchrun_may_start_it_too():
    """Its agent serves the store on the port itself."""
    torchrun = find_torchrun()
    words = ["eval", "--images", IMAGES, "--annotations", TRUTH, "--json", "--quiet", "--threads", "1"]
    done = subprocess.run([str(torchrun), "--no-python", "--standalone", "--nproc_per_node", "2", str(PROGRAM),
                           *map(str, words)], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["processes"] == 2
