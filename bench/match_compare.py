"""Matching of one training step: build/bench/match_bench against PyTorch's cost matrix and SciPy's assignment.

6 decoder layers, 2 images, 300 queries, 91 classes. Each visit is a process that matches until it is warm and reports
its best call. All must find the same pairs.
"""
import match_peers
import rounds
from synthetic_inputs import synthetic

SHAPES = {"objects7": 7, "objects40": 40}


def visited(process):
    result = rounds.last_json(process["out"])
    return {"ms": result["ms"], "cpu_ms": result["cpu_ms"], "mb": process["mb"], "pairs": result["pairs"]}


def visit_ours(program, path, threads, cpus):
    return visited(rounds.run_measured([program, path, "--threads", str(threads)], cpus, threads))


def visit_peer(peer, path, threads, cpus):
    script = str(rounds.BENCH / "match_peers.py")
    return visited(rounds.run_measured([rounds.peer_python(), script, peer, path, str(threads)], cpus, threads))


def compare_shape(shape, args):
    program = rounds.our_program("bench/match_bench", "tools/build.sh bench")
    path = str(synthetic("match", shape, SHAPES[shape]) / "inputs.safetensors")
    visits = {"ours": lambda cpus: visit_ours(program, path, args.threads, cpus)}
    for peer in args.peers_of(match_peers.PEERS):
        visits[peer] = lambda cpus, peer=peer: visit_peer(peer, path, args.threads, cpus)
    best = rounds.by_turns(visits, args.rounds, args.threads)
    ours = best.pop("ours")
    for peer, theirs in best.items():
        differ = sum(a != b for a, b in zip(theirs["pairs"], ours["pairs"], strict=True))
        if differ:
            args.report_error(f"{peer}: matches {differ} of {len(ours['pairs'])} layers and images differently")
        yield rounds.row("match", shape, "match", peer, ours, theirs, args.threads)
