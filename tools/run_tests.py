"""Runs every test program and the Python tests; the last line is `N passed, N failed, N skipped`.

Test programs are build/tests/*_tests and build/tests/goldens (GoogleTest); Python tests are tests/**/test_*.py.
Usage: tools/run_tests.py [FILTER], where FILTER is part of a program's name.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]


def run_quietly(command, environment):
    """What it prints may quote any bytes: of a file that broke it, say."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", env=os.environ | environment)


def broke(done, tests):
    """1 where a program whose tests all passed went wrong all the same, or had none: a name that was changed chooses nothing."""
    return int(done.returncode != 0 or tests == 0)


def run_gtest(program, *options, **environment):
    """(passed, failed, skipped, output on failure) of one GoogleTest program."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        # Files of its own: another build of the same program may run beside it.
        done = run_quietly([str(program), f"--gtest_output=json:{report}", *options], environment | {"TEST_TMPDIR": folder})
        if not report.exists():
            return 0, 1, 0, done.stdout[-4000:] + done.stderr[-4000:]
        suites = json.loads(report.read_text())
    failed = suites["failures"] + suites.get("errors", 0)
    skipped = sum(test.get("result") == "SKIPPED" for suite in suites["testsuites"] for test in suite["testsuite"])
    passed = suites["tests"] - failed - skipped - suites.get("disabled", 0)
    failed = failed or broke(done, suites["tests"])
    return passed, failed, skipped, done.stdout[-6000:] + done.stderr[-2000:] if failed else ""


def python_parts(count=3):
    """The Python tests in parts: those of the page, which share a server and a browser, and others of about equal work, as
    the files' sizes tell. More parts than cores, so that no core waits for long at the end."""
    parts = [[0, []] for _ in range(count)]
    files = sorted((ROOT / "tests").rglob("test_*.py"), key=lambda f: (-f.stat().st_size, f))
    page = [file for file in files if file.parent.name == "web"]
    for file in files:
        if file in page:
            continue
        least = min(parts, key=lambda part: part[0])
        least[0] += file.stat().st_size
        least[1].append(str(file))
    return [[str(file) for file in page], *(files for _, files in parts)]


def run_pytest(files, *options, **environment):
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.xml"
        done = run_quietly([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *options, *files],
                           environment)
        if not report.exists():
            return 0, 1, 0, done.stdout[-4000:] + done.stderr[-4000:]
        suite = xml.etree.ElementTree.parse(report).getroot().find("testsuite")
    tests, skipped = int(suite.get("tests")), int(suite.get("skipped"))
    failed = int(suite.get("failures")) + int(suite.get("errors"))
    passed = tests - failed - skipped
    failed = failed or broke(done, tests)
    return passed, failed, skipped, done.stdout[-6000:] if failed else ""


def timed(job):
    begun = time.monotonic()
    return *job(), time.monotonic() - begun


def run_all(jobs):
    """Runs calls that give (passed, failed, skipped, output), by name, as many at a time as there are cores; the exit code."""
    # Several programs share the cores: threads that wait must not spin.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    totals = [0, 0, 0]
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        running = {pool.submit(timed, job): name for name, job in jobs.items()}
        for done in concurrent.futures.as_completed(running):
            *counts, output, seconds = done.result()
            totals = [a + b for a, b in zip(totals, counts)]
            print(f"{running[done]:22} {counts[0]:5} passed {counts[1]:3} failed {counts[2]:3} skipped {seconds:5.0f} s", flush=True)
            if output:
                print(output)
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    return 1 if totals[1] or not totals[0] else 0


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    programs = sorted((ROOT / "build" / "tests").glob("*_tests")) + [ROOT / "build" / "tests" / "goldens"]
    jobs = {f"python {i}": (lambda f=files: run_pytest(f)) for i, files in enumerate(python_parts(), 1)}
    jobs |= {program.name: (lambda p=program: run_gtest(p)) for program in programs if os.access(program, os.X_OK)}
    return run_all({name: job for name, job in jobs.items() if re.search(wanted, name)})


if __name__ == "__main__":
    sys.exit(main())
