"""Two machines of which both are this one, for the tests of runs over a network."""
import os
import shutil
import subprocess

import pytest


@pytest.fixture
def two_machines():
    """Two network namespaces joined by a cable, at 10.77.0.1 and 10.77.0.2; the words that run a program in each."""
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
