"""What bench/compare.py measured over time: bench/history.json, one line a row.

Ratios to peers of the same run are kept rather than times, which depend on the machine and on what else it did.
"""
import json
import subprocess
import time
from pathlib import Path

FILE = Path(__file__).resolve().parent / "history.json"
WHAT = ("bench", "shape", "pass", "dtype", "device", "peer", "threads")  # a series has one of each, and one processor
KEPT = ("ours_ms", "peer_ms", "ratio", "cpu_ratio", "ours_mb", "peer_mb")
# A fall by less is the machine's.
TOLERANCE = 0.15


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def commit():
    done = subprocess.run(["git", "-C", str(FILE.parent), "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def load(file=FILE):
    return json.loads(file.read_text()) if file.exists() else []


def entry(row, on, at, when):
    """A row as it is kept."""
    return {"date": when, "commit": at, "processor": on, **{key: row[key] for key in WHAT + KEPT if row.get(key) is not None}}


def series_of(one):
    return tuple(one.get(key) for key in ("processor", *WHAT))


def falls(fresh, past):
    """A sentence for each of the fresh entries whose ratio fell below the last of its series."""
    last = {series_of(one): one for one in past}
    for one in fresh:
        before = last.get(series_of(one))
        if before and one["cpu_ratio"] < (1 - TOLERANCE) * before["cpu_ratio"]:
            yield (f"{one['bench']} {one['shape']} {one['pass']} against {one['peer']}: {one['cpu_ratio']} times, "
                   f"{before['cpu_ratio']} at {before['commit']} ({before['date']})")


def save(entries, file=FILE):
    lines = ",\n".join(json.dumps(one) for one in entries)
    fresh = file.with_suffix(".new")
    fresh.write_text(f"[\n{lines}\n]\n")
    fresh.rename(file)


def record(rows, file=FILE):
    """Adds the rows; returns what fell."""
    on, at, when = processor(), commit(), time.strftime("%Y-%m-%d")
    past = load(file)
    fresh = [entry(row, on, at, when) for row in rows if row.get("cpu_ratio") is not None]
    save(past + fresh, file)
    return list(falls(fresh, past))
