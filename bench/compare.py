#!/usr/bin/env python3
"""Times our program and its peers in alternating rounds of one run and prints the ratios.

    bench/compare.py op [--shape enc800] [--pass forward] [--threads 1] [--rounds 5] [--json]

Needs `make bench` (or tools/build.sh bench). A peer that is not installed is named and left out. Read ratios,
not milliseconds: every peer is visited once per round, so other load on the machine hits all alike,
and the best round of each counts. ratio = peer / ours by wall clock; cpu_ratio is that of processor
time (all threads), the steadier figure on a busy machine.
"""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import op_peers  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
OP_SHAPES = ["enc480", "enc800", "enc1333", "dec800"]
OP_PASSES = ["forward", "forward_backward"]


def note(text):
    print(text, file=sys.stderr, flush=True)


def program(name):
    path = ROOT / "build" / "bench" / name
    if not path.exists():
        sys.exit(f"compare.py: error: {path.relative_to(ROOT)} is missing; run tools/build.sh bench")
    return str(path)


def op_bench(shape, pass_name, threads, rounds, peers):
    """One run of build/bench/op_bench: {peer: its JSON object}."""
    command = [program("op_bench"), "--shape", shape, "--pass", pass_name, "--threads", str(threads),
               "--rounds", str(rounds), "--peers", ",".join(peers)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {row["peer"]: row for row in map(json.loads, out.splitlines())}


def compare_op_case(shape, pass_name, args):
    """Rows of one shape and pass: ours and eager share a process, Python peers run in this one."""
    best = {}  # peer: (wall ms, processor ms)
    python_peers = op_peers.prepare(shape, pass_name, args.threads, note)
    for _ in range(args.rounds):
        visited = {name: (row["min_ms"], row["cpu_ms"]) for name, row in
                   op_bench(shape, pass_name, args.threads, 1,
                            ["ours", "eager", "reference_gemm1024"]).items()}
        for name, run in python_peers.items():
            visited[name] = op_peers.visit(run)
        for name, times in visited.items():
            best[name] = tuple(map(min, times, best.get(name, times)))
    peak = {name: op_bench(shape, pass_name, args.threads, 1, [name])[name]["process_peak_mb"]
            for name in ("ours", "eager")}
    gemm = best.pop("reference_gemm1024")
    note(f"op {shape} {pass_name}: a 1024^3 matrix product took {gemm[0]:.1f} ms, "
         f"{gemm[1]:.1f} ms of processor time")
    ours, ours_cpu = best.pop("ours")
    return [{"bench": "op", "shape": shape, "pass": pass_name, "peer": name,
             "ours_ms": round(ours, 3), "peer_ms": round(wall, 3), "ratio": round(wall / ours, 2),
             "ours_mb": round(peak["ours"], 1),
             "peer_mb": round(peak[name], 1) if name in peak else None, "threads": args.threads,
             "ours_cpu_ms": round(ours_cpu, 3), "peer_cpu_ms": round(cpu, 3),
             "cpu_ratio": round(cpu / ours_cpu, 2)}
            for name, (wall, cpu) in best.items()]


def compare_op(args):
    if args.device != "cpu":
        sys.exit(f"compare.py: error: device {args.device}: the operator runs on cpu only")
    for missing in op_peers.missing():
        note(f"{missing}: not installed, left out")
    for shape in [args.shape] if args.shape else OP_SHAPES:
        for pass_name in [args.pass_name] if args.pass_name else OP_PASSES:
            yield from compare_op_case(shape, pass_name, args)


def print_table(rows):
    columns = ["shape", "pass", "threads", "peer", "ours_ms", "peer_ms", "ratio", "ours_cpu_ms",
               "peer_cpu_ms", "cpu_ratio", "ours_mb", "peer_mb"]
    text = [columns] + [["" if row[c] is None else str(row[c]) for c in columns] for row in rows]
    widths = [max(len(line[i]) for line in text) for i in range(len(columns))]
    for line in text:
        print("  ".join(cell.rjust(width) if i > 3 else cell.ljust(width)
                        for i, (cell, width) in enumerate(zip(line, widths))))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    benches = parser.add_subparsers(dest="bench", required=True)
    op = benches.add_parser("op", help="multi-scale deformable attention alone")
    op.add_argument("--shape", choices=OP_SHAPES, help="default: each of them")
    op.add_argument("--pass", dest="pass_name", choices=OP_PASSES, help="default: both")
    op.add_argument("--rounds", type=int, default=5)
    op.set_defaults(run=compare_op)
    for bench in (op,):
        bench.add_argument("--device", default="cpu")
        bench.add_argument("--threads", type=int, default=1)
        bench.add_argument("--json", action="store_true", help="one JSON object per line")
    args = parser.parse_args()
    # A worker that spins while it waits takes the processor from whoever is being timed next.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    rows = []
    for row in args.run(args):
        rows.append(row)
        if args.json:
            print(json.dumps(row), flush=True)
    if not args.json:
        print_table(rows)


if __name__ == "__main__":
    main()
