"""Runs the tests of faults: disks, folders, memory, signals, clocks and kills. The last line is `N passed, N failed`.

These are tests/faults/, the tests of tests/cli/ with the marker `fault`, and the GoogleTest cases below. A table of what
was tried comes before the last line; docs/reliability.md has it with the outcomes of the GoogleTest cases spelt out.
"""
import json
import os
import pathlib
import sys
import tempfile

from run_tests import ROOT, run_gtest, run_pytest

# Test programs: which of their cases are about a fault, and what of it.
CASES = {
    "core_tests": ("FileIo.*", "reading and writing files: failed writes, links in the way, folders that cannot be made, a signal every 200 µs"),
    "checkpoint_tests": ("*EveryCutOff*", "`.pth` in both layouts and safetensors cut off at every byte"),
    "event_file_tests": ("*FullDisk*:*CannotBeMade*", "TensorBoard's events on a full disk"),
    "study_tests": ("*CutOff*:*Damage*", "partial files of studies, cut off and damaged"),
    "train_tests": ("*AFailedWrite*:StopSignal.*", "a checkpoint that cannot be written; signals that end a run"),
    "dist_tests": ("*KilledRank*:*Failed*:*Failure*", "one rank of several killed or failing"),
    "image_tests": ("*CutOff*", "JPEG and PNG cut off anywhere"),
    "data_tests": ("*CutOffAnywhere*:*CannotBeWritten*", "annotation and result files cut off anywhere"),
}
# Python tests with the marker `fault`.
FOLDERS = ("faults", "cli")


def jobs():
    """Their names, and calls that give (passed, failed, skipped, output)."""
    for name, (cases, _) in CASES.items():
        yield name, lambda: run_gtest(ROOT / "build" / "tests" / name, f"--gtest_filter={cases}")
    yield "python", lambda: run_pytest([str(ROOT / "tests" / folder) for folder in FOLDERS], "-m", "fault")


def main():
    totals, rows = [0, 0, 0], []
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.jsonl"
        os.environ["SACCADE_FAULT_REPORT"] = str(report)
        os.environ.setdefault("SACCADE_KILLS", "10")
        for name, job in jobs():
            *counts, output = job()
            if not any(counts):  # a test that was renamed away is not one that passed
                counts[1], output = 1, f"{name}: no test of faults was found"
            totals = [a + b for a, b in zip(totals, counts)]
            print(f"{name:18} {counts[0]:5} passed {counts[1]:3} failed {counts[2]:3} skipped", flush=True)
            if output:
                print(output)
            if name in CASES and counts[0] and not counts[1]:
                rows.append({"fault": CASES[name][1], "tries": f"{counts[0]} tests", "outcome": "errors that name file or rank; no crash"})
        rows += [json.loads(line) for line in report.read_text().splitlines()] if report.exists() else []
    print("\n| fault | tries | what happened |\n|---|---|---|")
    for row in rows:
        print(f"| {row['fault']} | {row['tries']} | {row['outcome']} |")
    if totals[2]:
        print(f"{totals[2]} skipped: this machine could not try them")
    print(f"{totals[0]} passed, {totals[1]} failed")
    return 1 if totals[1] or not totals[0] else 0


if __name__ == "__main__":
    sys.exit(main())
