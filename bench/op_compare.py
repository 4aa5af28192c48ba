"""The operator: build/bench/op_bench, which runs ours and eager PyTorch, and the Python peers of op_peers.

The Python peers run in this process: compare.py starts itself again in .venv-peers for them.
"""
import json
import subprocess

import op_peers
import rounds
from peer_clock import best_of

SHAPES = ["enc480", "enc800", "enc1333", "dec800"]
PASSES = ["forward", "forward_backward"]
VISIT_S = 0.15


def op_bench(shape, pass_name, args, peers):
    """One round of build/bench/op_bench: {peer: its JSON object}."""
    program = rounds.our_program("bench/op_bench", "tools/build.sh bench")
    command = [program, "--shape", shape, "--pass", pass_name, "--threads", str(args.threads), "--rounds", "1",
               "--device", args.device, "--dtype", args.dtype, "--peers", ",".join(peers)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        rounds.stop(f"{','.join(peers)}: exit code {done.returncode}: {done.stderr.strip()[-300:] or 'no message'}")
    return {row["peer"]: row for row in map(json.loads, done.stdout.splitlines())}


def wanted_peers(args):
    """The Python peers that are asked for and installed; eager is always visited."""
    known = ["eager", *op_peers.needs(args.device)]
    asked = args.peers.split(",") if args.peers else known
    for peer in asked:
        if peer not in known:
            rounds.stop(f"--peers {peer}: expected of {', '.join(known)}")
    missing = op_peers.missing(args.device)
    return [peer for peer in op_peers.needs(args.device) if peer in asked and peer not in missing]


def compare_op_case(shape, pass_name, args):
    """Rows of one shape and pass: ours and eager share a process, Python peers run in this one."""
    best = {}  # peer: (wall ms, processor ms)
    on_cpu = args.device == "cpu"
    python_peers = op_peers.prepare(shape, pass_name, args, wanted_peers(args), rounds.note)
    peak = {} if on_cpu else {name: op_peers.device_megabytes(run) for name, run in python_peers.items()}
    for _ in range(args.rounds):
        rows = op_bench(shape, pass_name, args, ["ours", "eager", "reference_gemm1024"])
        visited = {name: (row["min_ms"], row["cpu_ms"]) for name, row in rows.items()}
        for name, run in python_peers.items():
            visited[name] = best_of(run, VISIT_S) if on_cpu else op_peers.visit_device(run)
        for name, times in visited.items():
            best[name] = tuple(map(min, times, best.get(name, times)))
    for name in ("ours", "eager"):
        row = op_bench(shape, pass_name, args, [name])[name] if on_cpu else rows[name]
        peak[name] = row["process_peak_mb" if on_cpu else "device_mb"]
    gemm = best.pop("reference_gemm1024")
    rounds.note(f"op {shape} {pass_name}: a 1024^3 matrix product took {gemm[0]:.3g} ms, "
                f"{gemm[1]:.3g} ms of processor time")
    ours, ours_cpu = best.pop("ours")
    return [{"bench": "op", "shape": shape, "pass": pass_name, "peer": name,
             "ours_ms": round(ours, 3), "peer_ms": round(wall, 3), "ratio": round(wall / ours, 2),
             "ours_mb": round(peak["ours"], 1),
             "peer_mb": round(peak[name], 1) if name in peak else None, "threads": args.threads,
             "device": args.device, "dtype": args.dtype,
             **(processor_columns(ours_cpu, cpu) if on_cpu else {})}
            for name, (wall, cpu) in best.items()]


def processor_columns(ours, theirs):
    return {"ours_cpu_ms": round(ours, 3), "peer_cpu_ms": round(theirs, 3), "cpu_ratio": round(theirs / ours, 2)}


def compare_shape(shape, args):
    if args.device == "cpu" and args.dtype != "float32":
        rounds.stop(f"--dtype {args.dtype}: only with --device cuda; LibTorch samples no grids of half types on a CPU")
    for pass_name in [args.pass_name] if args.pass_name else PASSES:
        yield from compare_op_case(shape, pass_name, args)


def report_missing(args):
    for missing in op_peers.missing(args.device):
        if not args.peers or missing in args.peers.split(","):
            rounds.note(f"{missing}: not installed, left out (make setup-peers)")
