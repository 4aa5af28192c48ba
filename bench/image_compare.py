"""A JPEG to a model's input: build/bench/image_bench against Pillow, OpenCV and torchvision.

Each visit is a process that decodes, resizes and normalises until it is warm and reports its best call.
"""
import image_peers
import rounds
from synthetic_inputs import synthetic

SHAPES = {"jpeg640x480": None}
PASSES = ["decode", "decode_resize_normalise"]


def measured(process):
    """A visit; "ms" is that of the whole pass."""
    result = rounds.json_of(process["out"])
    return {"ms": result["decode_resize_normalise_ms"], "decode_ms": result["decode_ms"], "cpu_ms": result["cpu_ms"],
            "decode_cpu_ms": result.get("decode_cpu_ms"), "mb": process["mb"]}


def visit_ours(program, path, threads, cpus):
    command = [program, path, "--size", f"{image_peers.SHORT},{image_peers.LONGEST}"]
    return measured(rounds.run_measured(command, cpus, threads))


def visit_peer(peer, path, threads, cpus):
    script = str(rounds.BENCH / "image_peers.py")
    command = [rounds.peer_python(), script, peer, path, str(threads)]
    return measured(rounds.run_measured(command, cpus, threads))


def of_pass(visit, pass_name):
    if pass_name == "decode":
        return {"ms": visit["decode_ms"], "cpu_ms": visit["decode_cpu_ms"], "mb": visit["mb"]}
    return visit


def compare_shape(shape, args):
    program = rounds.our_program("bench/image_bench", "tools/build.sh bench")
    path = str(synthetic("image", shape) / "photo.jpg")
    visits = {"ours": lambda cpus: visit_ours(program, path, args.threads, cpus)}
    for peer in args.peers_of(image_peers.PEERS):
        visits[peer] = lambda cpus, peer=peer: visit_peer(peer, path, args.threads, cpus)
    best = rounds.by_turns(visits, args.rounds, args.threads)
    ours = best.pop("ours")
    for pass_name in PASSES:
        for peer, theirs in best.items():
            yield rounds.row("image", shape, pass_name, peer, of_pass(ours, pass_name), of_pass(theirs, pass_name),
                             args.threads)
