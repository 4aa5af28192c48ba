"""Runs the longer tests; the last line is `N passed, N failed, N skipped`.

Usage: tools/run_slow.py [sanitizers|others], both by default.
sanitizers: every test without tensors under the address and undefined-behaviour sanitizers, with 100,000 random mutations
of the good files; what shares memory between threads under the thread sanitizer.
others: 20 seconds of every fuzz target; training killed at 30 random moments; hostile requests and many clients; the
packages of `make package`, unpacked; the Python package as a wheel.
"""
import os
import re
import subprocess
import sys

from run_tests import ROOT, run_all, run_gtest, run_pytest

MUTATIONS = "100000"


def run_script(*command, **environment):
    """(passed, failed, skipped, output on failure): what the last line counts, or the exit code alone."""
    done = subprocess.run(command, cwd=ROOT, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=os.environ | environment)
    counts = re.search(r"^(\d+) passed, (\d+) failed\n\Z", done.stdout, re.MULTILINE)
    passed, failed = map(int, counts.groups()) if counts else (int(done.returncode == 0), 0)
    failed = max(failed, int(done.returncode != 0))
    return passed, failed, 0, done.stdout[-6000:] if failed else ""


def sanitizers():
    asan, tsan = ROOT / "build-asan" / "tests", ROOT / "build-tsan" / "tests"
    jobs = {
        "checkpoints, mutated": lambda: run_script(str(asan / "mutate_checkpoints"), "tests/goldens/checkpoints", MUTATIONS),
        "annotations, mutated": lambda: run_gtest(asan / "data_tests", "--gtest_filter=CocoMutation.*", SACCADE_MUTATIONS=MUTATIONS),
        "requests, random": lambda: run_gtest(asan / "server_tests", "--gtest_filter=HttpServerTest.RandomRequests*",
                                              SACCADE_HOSTILE_REQUESTS="10000"),
    }
    for name, tests in (("asan", asan), ("tsan", tsan)):
        programs = sorted(tests.glob("*_tests"))
        assert programs, f"{tests} has no test program: `make test-sanitizers` builds them"
        jobs |= {f"{name} {program.name}": lambda p=program: run_gtest(p) for program in programs}
    return jobs


def others():
    # Fuzzing begins at the same seed every time, so that a change is to blame for what it finds; `make fuzz` looks elsewhere.
    return {
        "fuzz": lambda: run_script("tools/fuzz.sh", FUZZ_SEED="1", FUZZ_SECONDS="20", JOBS="1"),
        "wheel": lambda: run_pytest(["tests/python/test_package.py"], "-k", "wheel", SACCADE_WHEEL="1"),
        "kills": lambda: run_pytest(["tests/cli/test_train.py"], "-k", "kill", SACCADE_KILLS="30"),
        "hostile and many": lambda: run_pytest(["tests/cli/test_view_refusals.py", "tests/cli/test_view_load.py"], "-k", "hostile or many_clients",
                                               SACCADE_LOAD_SECONDS="60", SACCADE_HOSTILE_REQUESTS="10000"),
        "packages": lambda: run_script("tests/tools/package_test.sh"),
    }


def main():
    parts = {"sanitizers": sanitizers, "others": others}
    names = sys.argv[1:] or list(parts)
    if unknown := [name for name in names if name not in parts]:
        print(f"run_slow: no part '{unknown[0]}': {' or '.join(parts)}", file=sys.stderr)
        return 2
    jobs = {}
    for name in names:
        jobs |= parts[name]()
    return run_all(jobs)


if __name__ == "__main__":
    sys.exit(main())
