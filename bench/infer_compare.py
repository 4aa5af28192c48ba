"""A forward pass of Deformable DETR R50, from pixels to boxes: build/bench/infer_bench against transformers.

Each visit is a process that reports its fastest pass after some to warm up; memory is the device's, on the CPU the process'.
"""
import subprocess

import infer_peers
import model_visits
import rounds

# Height, width, batch, precision.
SHAPES = {"r50_480": (480, 640, 1, "fp32"), "r50_480_bf16": (480, 640, 1, "bf16"),
          "r50_1066": (800, 1066, 1, "fp32"), "r50_1066_bf16": (800, 1066, 1, "bf16"),
          "r50_800": (800, 1333, 1, "fp32"), "r50_800_bf16": (800, 1333, 1, "bf16"),
          "r50_800_bf16_batch8": (800, 1333, 8, "bf16")}
# What a comparison is about when no shape is named.
USUAL = {"cpu": ["r50_480", "r50_480_bf16", "r50_1066", "r50_1066_bf16"], "cuda": ["r50_800", "r50_800_bf16", "r50_800_bf16_batch8"]}


def visited(process):
    result = rounds.last_json(process["out"])
    return {"ms": result["ms"], "cpu_ms": result.get("cpu_ms"), "mb": result["device_peak_mb"] or process["mb"]}


def peers_for(shape, args):
    """The peers that can run such a pass; exports what they read."""
    height, width, batch, precision = SHAPES[shape]
    peers = [peer for peer in args.peers_of(infer_peers.PEERS) if infer_peers.can(peer, batch, precision, args.device)]
    if any(peer in infer_peers.EXPORTED for peer in peers):
        subprocess.run([rounds.peer_python(), infer_peers.__file__, "export", str(height), str(width)], check=True)
    return peers


def compare_shape(shape, args):
    ours, peers = model_visits.best_visits("infer", SHAPES[shape], args, peers_for(shape, args), visited)
    for peer, theirs in peers.items():
        yield rounds.row("infer", shape, "forward", peer, ours, theirs, args.threads)
