"""Gradients averaged over processes that `saccade launch` starts, on one machine and on two."""
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build" / "bin" / "saccade"
DESCEND = ROOT / "build" / "tests" / "descend_ranks"
QUICK = {**os.environ, "SACCADE_DIST_TIMEOUT": "20"}


def launch(*words, prefix=()):
    return subprocess.Popen([*prefix, str(PROGRAM), "launch", *words], env=QUICK, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def line_of(*launches):
    """What all print together: rank 0's line."""
    ended = [(*running.communicate(timeout=60), running.returncode) for running in launches]
    assert all(code == 0 for _, _, code in ended), ended
    slope, offset = "".join(out for out, _, _ in ended).split()
    return float(slope), float(offset)


@pytest.fixture(scope="module")
def alone():
    """One process with all points."""
    slope, offset = map(float, subprocess.run([str(DESCEND)], capture_output=True, text=True, check=True,
                                              env=QUICK).stdout.split())
    assert abs(slope - 3) < 0.1 and offset > 1  # it does learn
    return slope, offset


@pytest.mark.parametrize("count", ["1", "2", "4"])
def test_ranks_learn_what_one_process_learns(count, alone):
    assert line_of(launch("-n", count, "--", str(DESCEND))) == pytest.approx(alone, abs=1e-11)


@pytest.fixture
def two_machines():
    """Two network namespaces joined by a cable; the words that run a program in each."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("needs root and iproute2")
    names = [f"saccade{os.getpid()}{letter}" for letter in "ab"]
    cables = [f"sac{os.getpid() % 100000}{letter}" for letter in "ab"]
    commands = [f"ip netns add {names[0]}", f"ip netns add {names[1]}",
                f"ip link add {cables[0]} netns {names[0]} type veth peer name {cables[1]} netns {names[1]}"]
    for i in range(2):
        commands += [f"ip -n {names[i]} address add 10.77.0.{i + 1}/24 dev {cables[i]}",
                     f"ip -n {names[i]} link set {cables[i]} up", f"ip -n {names[i]} link set lo up"]
    try:
        for command in commands:
            done = subprocess.run(command.split(), capture_output=True, text=True)
            if done.returncode != 0:
                pytest.skip(f"no network namespaces here: {done.stderr.strip()}")
        yield [["ip", "netns", "exec", name] for name in names]
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def test_two_machines_find_each_other(two_machines, alone):
    """Each listens at the address that faces the other, not at what its host name says."""
    launches = [launch("-n", "2", "--nnodes", "2", "--node_rank", str(node), "--master_addr", "10.77.0.1", "--",
                       str(DESCEND), prefix=prefix) for node, prefix in enumerate(two_machines)]
    assert line_of(*launches) == pytest.approx(alone, abs=1e-11)


def test_a_killed_rank_ends_the_launch_and_is_named():
    script = f'[ $RANK = 1 ] && kill -9 $$; exec "{DESCEND}"'
    running = launch("-n", "2", "--", "bash", "-c", script)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (137, "")
    assert err.splitlines()[-1] == "saccade: error: rank 1 of 2 was ended by signal 9 (Killed)"
