"""One training step of Deformable DETR R50, batch 2, in float32 and in bfloat16 (autocast): build/bench/train_bench against transformers.

Forward, losses with matching, backward, clipping and AdamW; a row for the whole step and one for each part. Each visit
is a process that makes three steps and reports the fastest but the first; memory is the peak of the process.
"""
import rounds
import train_peers

SHAPES = {"r50_480": (480, 640, "fp32"), "r50_480_bf16": (480, 640, "bf16"),
          "r50_800": (800, 1333, "fp32"), "r50_800_bf16": (800, 1333, "bf16")}
# What a comparison is about when no shape is named.
USUAL = {"cpu": ["r50_480", "r50_480_bf16"], "cuda": ["r50_800", "r50_800_bf16"]}
BATCH = 2
PASSES = {"step": "ms", "forward_loss": "forward_loss_ms", "backward": "backward_ms", "optimizer": "optimizer_ms"}


def visited(process):
    """Memory is the device's where there is one."""
    result = rounds.last_json(process["out"])
    return {**{key: result[key] for key in (*PASSES.values(), "cpu_ms")},
            "mb": result.get("device_peak_mb") or process["mb"]}


def visit_ours(program, shape, args, cpus):
    height, width, precision = shape
    options = {"--height": height, "--width": width, "--batch": BATCH, "--threads": args.threads,
               "--precision": precision, "--device": args.device}
    words = [str(word) for option in options.items() for word in option]
    return visited(rounds.run_measured([program, *words], cpus, args.threads))


def visit_peer(peer, shape, args, cpus):
    height, width, precision = shape
    words = [str(word) for word in (height, width, BATCH, args.threads, precision, args.device)]
    return visited(rounds.run_measured([rounds.peer_python(), str(rounds.BENCH / "train_peers.py"), peer, *words],
                                       cpus, args.threads))


def of_pass(visit, pass_name):
    return {"ms": visit[PASSES[pass_name]], "cpu_ms": visit["cpu_ms"] if pass_name == "step" else None,
            "mb": visit["mb"]}


def compare_shape(shape, args):
    program = rounds.our_program("bench/train_bench", "tools/build.sh bench")
    visits = {"ours": lambda cpus: visit_ours(program, SHAPES[shape], args, cpus)}
    for peer in args.peers_of(train_peers.PEERS):
        visits[peer] = lambda cpus, peer=peer: visit_peer(peer, SHAPES[shape], args, cpus)
    best = rounds.by_turns(visits, args.rounds, args.threads)
    ours = best.pop("ours")
    for peer, theirs in best.items():
        for pass_name in PASSES:
            yield rounds.row("train", shape, pass_name, peer, of_pass(ours, pass_name), of_pass(theirs, pass_name),
                             args.threads)
