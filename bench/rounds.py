"""Visits programs by turns and measures each: wall clock, processor time, peak memory.

Every visit is a process of its own on a fixed set of processors, so that one thread means one for all. Peers run in
.venv-peers where `make setup-peers` made it, else in the Python that runs this.
"""
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
# A visit longer than this is made in the first round only: its ratio is in the hundreds, its noise is not.
SLOW_MS = 15_000


class Failed(Exception):
    """A program that could not be measured; the text is one line."""


def note(text):
    print(text, file=sys.stderr, flush=True)


def stop(text):
    sys.exit(f"compare.py: error: {text}")


def peer_python():
    python = ROOT / ".venv-peers" / "bin" / "python"
    return str(python) if python.exists() else sys.executable


def our_program(path, hint):
    """A program of the build folder."""
    program = ROOT / "build" / path
    if not program.exists():
        stop(f"build/{path} is missing; run {hint}")
    return str(program)


def installed(modules):
    """Those of {peer: module} whose module the peers' Python finds, the others are named."""
    code = "import importlib.util, sys; print(*[m for m in sys.argv[1:] if importlib.util.find_spec(m)])"
    found = subprocess.run([peer_python(), "-c", code, *modules.values()], check=True, stdout=subprocess.PIPE,
                           text=True).stdout.split()
    for peer, module in modules.items():
        if module not in found:
            note(f"{peer}: not installed, left out (make setup-peers)")
    return [peer for peer, module in modules.items() if module in found]


def processors(round_index, threads):
    """The processors of a round: another first one each time, in case one of them is busy."""
    available = sorted(os.sched_getaffinity(0))
    return {available[(round_index + i) % len(available)] for i in range(min(threads, len(available)))}


def thread_limits(threads):
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
    return {**os.environ, **{name: str(threads) for name in names}}


def into_page_cache(path):
    """Reads a file in small pieces: a child's peak memory as the system counts it begins with that of this process."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 16):
            pass


def run_measured(command, cpus, threads):
    """{"ms", "cpu_ms", "mb", "out"} of a process from its start to its end. Throws Failed."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)  # inherited; set here so that the child's clock does not run meanwhile
    try:
        with tempfile.TemporaryFile() as errors:
            start = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=thread_limits(threads))
            out = process.stdout.read().decode()
            process.stdout.close()
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            complaint = errors.read().decode(errors="replace").strip().splitlines()
    finally:
        os.sched_setaffinity(0, before)
    if process.returncode != 0:
        raise Failed(f"exit code {process.returncode}: {complaint[-1][:300] if complaint else 'no message'}")
    return {"ms": wall * 1e3, "cpu_ms": (usage.ru_utime + usage.ru_stime) * 1e3, "mb": usage.ru_maxrss / 1024,
            "out": out}


def last_json(out):
    """The JSON object on the last line of a program's output."""
    lines = [line for line in out.splitlines() if line.startswith("{")]
    if not lines:
        raise Failed(f"printed no JSON object: {out.strip()[:200]!r}")
    return json.loads(lines[-1])


def json_of(out):
    """The output as one JSON object, on however many lines."""
    try:
        return json.loads(out)
    except ValueError:
        return last_json(out)


def merge(best, visit):
    """Least times, greatest memory; the rest as it was last."""
    if best is None:
        return visit
    merged = {**visit}
    for key, value in visit.items():
        if key.endswith("ms") and best[key] is not None and value is not None:
            merged[key] = min(best[key], value)
    merged["mb"] = max(best["mb"], visit["mb"])
    return merged


def by_turns(visits, rounds, threads):
    """{name: best visit}; `visits` is {name: function(processors) -> visit}, "ours" among them."""
    best, out_of_it = {}, set()
    for round_index in range(rounds):
        cpus = processors(round_index, threads)
        for name, visit in visits.items():
            if name in out_of_it:
                continue
            try:
                result = visit(cpus)
            except Failed as error:
                if name == "ours":
                    stop(f"ours: {error}")
                note(f"{name}: {error}; left out")
                out_of_it.add(name)
                best.pop(name, None)
                continue
            best[name] = merge(best.get(name), result)
            if result["ms"] > SLOW_MS and name != "ours":
                note(f"{name}: {result['ms'] / 1e3:.0f} s, so it is visited once")
                out_of_it.add(name)
    return best


def ratio(peer, ours):
    return round(peer / ours, 2) if peer is not None and ours else None


def rounded(number, digits=3):
    return None if number is None else round(number, digits)


def row(bench, shape, pass_name, peer, ours, theirs, threads):
    """One line of the table; `ours` and `theirs` are visits."""
    return {"bench": bench, "shape": shape, "pass": pass_name, "peer": peer,
            "ours_ms": rounded(ours["ms"]), "peer_ms": rounded(theirs["ms"]), "ratio": ratio(theirs["ms"], ours["ms"]),
            "ours_mb": rounded(ours["mb"], 1), "peer_mb": rounded(theirs["mb"], 1), "threads": threads,
            "ours_cpu_ms": rounded(ours["cpu_ms"]), "peer_cpu_ms": rounded(theirs["cpu_ms"]),
            "cpu_ratio": ratio(theirs["cpu_ms"], ours["cpu_ms"])}
