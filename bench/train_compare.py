"""One training step of Deformable DETR R50, batch 2, in float32 and in bfloat16 (autocast): build/bench/train_bench against transformers.

Forward, losses with matching, backward, clipping and AdamW; a row for the whole step and one for each part. Each visit
is a process that makes three steps and reports the fastest but the first; memory is the peak of the process.
"""
import model_visits
import rounds
import train_peers

BATCH = 2
# Height, width, batch, precision.
SHAPES = {"r50_480": (480, 640, BATCH, "fp32"), "r50_480_bf16": (480, 640, BATCH, "bf16"),
          "r50_800": (800, 1333, BATCH, "fp32"), "r50_800_bf16": (800, 1333, BATCH, "bf16")}
# What a comparison is about when no shape is named.
USUAL = {"cpu": ["r50_480", "r50_480_bf16"], "cuda": ["r50_800", "r50_800_bf16"]}
PASSES = {"step": "ms", "forward_loss": "forward_loss_ms", "backward": "backward_ms", "optimizer": "optimizer_ms"}


def visited(process):
    """Memory is the device's where there is one."""
    result = rounds.last_json(process["out"])
    return {**{key: result[key] for key in (*PASSES.values(), "cpu_ms")},
            "mb": result.get("device_peak_mb") or process["mb"]}


def of_pass(visit, pass_name):
    return {"ms": visit[PASSES[pass_name]], "cpu_ms": visit["cpu_ms"] if pass_name == "step" else None,
            "mb": visit["mb"]}


def compare_shape(shape, args):
    ours, peers = model_visits.best_visits("train", SHAPES[shape], args, args.peers_of(train_peers.PEERS), visited)
    for peer, theirs in peers.items():
        for pass_name in PASSES:
            yield rounds.row("train", shape, pass_name, peer, of_pass(ours, pass_name), of_pass(theirs, pass_name),
                             args.threads)
