"""Runs the tests of faults: disks, folders, memory, signals, clocks and kills. The last line is `N passed, N failed`.

These are tests/faults/, the tests of tests/cli/ with the marker `fault`, and the GoogleTest cases below. A table of what
was tried comes before the last line, as docs/reliability.md has it: each row is what a test told once it had passed
(the fixture `tell`, tests/support/tell_fault.h).
"""
import json
import os
import pathlib
import sys
import tempfile

from run_tests import ROOT, run_gtest, run_pytest

# Test programs, and which of their cases are about a fault.
CASES = {
    "core_tests": "FileIo.*",
    "checkpoint_tests": "*EveryCutOff*",
    "event_file_tests": "*FullDisk*:*CannotBeMade*",
    "study_tests": "*CutOff*:*Damage*",
    "train_tests": "*AFailedWrite*:StopSignal.*",
    "dist_tests": "*KilledRank*:*Failed*:*Failure*",
    "image_tests": "*CutOff*",
    "data_tests": "*CutOffAnywhere*:*CannotBeWritten*",
}
# Python tests with the marker `fault`.
FOLDERS = ("faults", "cli")


def jobs():
    """Their names, and calls that give (passed, failed, skipped, output)."""
    for name, cases in CASES.items():
        yield name, lambda: run_gtest(ROOT / "build" / "tests" / name, f"--gtest_filter={cases}")
    yield "python", lambda: run_pytest([str(ROOT / "tests" / folder) for folder in FOLDERS], "-m", "fault")


def told(report):
    """What the tests have told so far."""
    return [json.loads(line) for line in report.read_text().splitlines()] if report.exists() else []


def main():
    totals = [0, 0, 0]
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.jsonl"
        os.environ["SACCADE_FAULT_REPORT"] = str(report)
        os.environ.setdefault("SACCADE_KILLS", "10")
        for name, job in jobs():
            before = len(told(report))
            *counts, output = job()
            if not counts[1] and (not any(counts) or counts[0] and len(told(report)) == before):  # renamed away is not passed
                counts[1], output = 1, f"{name}: no test told of a fault"
            totals = [a + b for a, b in zip(totals, counts)]
            print(f"{name:18} {counts[0]:5} passed {counts[1]:3} failed {counts[2]:3} skipped", flush=True)
            if output:
                print(output)
        rows = told(report)
    print("\n| fault | tries | what happened |\n|---|---|---|")
    for row in rows:
        print(f"| {row['fault']} | {row['tries']} | {row['outcome']} |")
    if totals[2]:
        print(f"{totals[2]} skipped: this machine could not try them")
    print(f"{totals[0]} passed, {totals[1]} failed")
    return 1 if totals[1] or not totals[0] else 0


if __name__ == "__main__":
    sys.exit(main())
