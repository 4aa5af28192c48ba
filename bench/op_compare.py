"""The operator: build/bench/op_bench, which runs ours and eager PyTorch, and the Python peers of op_peers.

The Python peers run in this process: compare.py starts itself again in .venv-peers for them.
"""
import json
import subprocess

import op_peers
import rounds

SHAPES = ["enc480", "enc800", "enc1333", "dec800"]
PASSES = ["forward", "forward_backward"]


def op_bench(shape, pass_name, threads, peers):
    """One round of build/bench/op_bench: {peer: its JSON object}."""
    program = rounds.our_program("bench/op_bench", "tools/build.sh bench")
    command = [program, "--shape", shape, "--pass", pass_name, "--threads", str(threads), "--rounds", "1",
               "--peers", ",".join(peers)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {row["peer"]: row for row in map(json.loads, out.splitlines())}


def wanted_peers(args):
    """The Python peers that are asked for and installed; eager is always visited."""
    known = ["eager", *op_peers.NEEDS]
    asked = args.peers.split(",") if args.peers else known
    for peer in asked:
        if peer not in known:
            rounds.stop(f"--peers {peer}: expected of {', '.join(known)}")
    return [peer for peer in op_peers.NEEDS if peer in asked and peer not in op_peers.missing()]


def compare_op_case(shape, pass_name, args):
    """Rows of one shape and pass: ours and eager share a process, Python peers run in this one."""
    best = {}  # peer: (wall ms, processor ms)
    python_peers = op_peers.prepare(shape, pass_name, args.threads, wanted_peers(args), rounds.note)
    for _ in range(args.rounds):
        visited = {name: (row["min_ms"], row["cpu_ms"]) for name, row in
                   op_bench(shape, pass_name, args.threads, ["ours", "eager", "reference_gemm1024"]).items()}
        for name, run in python_peers.items():
            visited[name] = op_peers.visit(run)
        for name, times in visited.items():
            best[name] = tuple(map(min, times, best.get(name, times)))
    peak = {name: op_bench(shape, pass_name, args.threads, [name])[name]["process_peak_mb"]
            for name in ("ours", "eager")}
    gemm = best.pop("reference_gemm1024")
    rounds.note(f"op {shape} {pass_name}: a 1024^3 matrix product took {gemm[0]:.1f} ms, "
                f"{gemm[1]:.1f} ms of processor time")
    ours, ours_cpu = best.pop("ours")
    return [{"bench": "op", "shape": shape, "pass": pass_name, "peer": name,
             "ours_ms": round(ours, 3), "peer_ms": round(wall, 3), "ratio": round(wall / ours, 2),
             "ours_mb": round(peak["ours"], 1),
             "peer_mb": round(peak[name], 1) if name in peak else None, "threads": args.threads,
             "ours_cpu_ms": round(ours_cpu, 3), "peer_cpu_ms": round(cpu, 3),
             "cpu_ratio": round(cpu / ours_cpu, 2)}
            for name, (wall, cpu) in best.items()]


def compare_shape(shape, args):
    for pass_name in [args.pass_name] if args.pass_name else PASSES:
        yield from compare_op_case(shape, pass_name, args)


def report_missing(args):
    for missing in op_peers.missing():
        if not args.peers or missing in args.peers.split(","):
            rounds.note(f"{missing}: not installed, left out (make setup-peers)")
