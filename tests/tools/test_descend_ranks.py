"""Gradients averaged over processes that `saccade launch` starts, on one machine and on two."""
import os
import subprocess

import pytest
from program import PROGRAM, ROOT

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
