"""A forward pass of Deformable DETR R50, from pixels to boxes: build/bench/infer_bench against transformers.

Each visit is a process that reports its fastest pass after some to warm up; memory is the device's, on the CPU the process'.
"""
import infer_peers
import rounds

# Height, width, batch, precision.
SHAPES = {"r50_480": (480, 640, 1, "fp32"), "r50_480_bf16": (480, 640, 1, "bf16"),
          "r50_800": (800, 1333, 1, "fp32"), "r50_800_bf16": (800, 1333, 1, "bf16"),
          "r50_800_bf16_batch8": (800, 1333, 8, "bf16")}
# What a comparison is about when no shape is named.
USUAL = {"cpu": ["r50_480", "r50_480_bf16"], "cuda": ["r50_800", "r50_800_bf16", "r50_800_bf16_batch8"]}


def visited(process):
    result = rounds.last_json(process["out"])
    return {"ms": result["ms"], "cpu_ms": result.get("cpu_ms"), "mb": result["device_peak_mb"] or process["mb"]}


def visit_ours(program, shape, args, cpus):
    height, width, batch, precision = shape
    options = {"--height": height, "--width": width, "--batch": batch, "--precision": precision,
               "--threads": args.threads, "--device": args.device}
    words = [str(word) for option in options.items() for word in option]
    return visited(rounds.run_measured([program, *words], cpus, args.threads))


def visit_peer(peer, shape, args, cpus):
    height, width, batch, precision = shape
    words = [str(word) for word in (height, width, batch, args.threads, precision, args.device)]
    return visited(rounds.run_measured([rounds.peer_python(), str(rounds.BENCH / "infer_peers.py"), peer, *words],
                                       cpus, args.threads))


def compare_shape(shape, args):
    program = rounds.our_program("bench/infer_bench", "tools/build.sh bench")
    visits = {"ours": lambda cpus: visit_ours(program, SHAPES[shape], args, cpus)}
    for peer in args.peers_of(infer_peers.PEERS):
        visits[peer] = lambda cpus, peer=peer: visit_peer(peer, SHAPES[shape], args, cpus)
    best = rounds.by_turns(visits, args.rounds, args.threads)
    ours = best.pop("ours")
    for peer, theirs in best.items():
        yield rounds.row("infer", shape, "forward", peer, ours, theirs, args.threads)
