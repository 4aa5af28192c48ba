"""Detecting again with an intervention: build/bench/intervene_bench, whose session keeps the encoder's memory, against whole
forward passes of the same program, which is what one has without it.

`variant` is one decoder head off, the mean over layers; `heads` every cross-attention head of the decoder in turn, where
the peer runs as many forward passes.
"""
import rounds

WEIGHTS = rounds.ROOT / "assets" / "street_r18.safetensors"
# Further words for the program, decoder heads.
SHAPES = {"demo": (["--weights", str(WEIGHTS), "--height", "320", "--width", "544"], 48),
          "r50_480": (["--height", "480", "--width", "640"], 48)}


def visited(process):
    return {**rounds.last_json(process["out"]), "ms": process["ms"], "cpu_ms": process["cpu_ms"], "mb": process["mb"]}


def compare_shape(shape, args):
    words, heads = SHAPES[shape]
    program = rounds.our_program("bench/intervene_bench", "tools/build.sh bench")
    command = [program, *words, "--threads", str(args.threads), "--device", args.device]
    best = rounds.by_turns({"ours": lambda cpus: visited(rounds.run_measured(command, cpus, args.threads))},
                           args.rounds, args.threads)["ours"]
    for pass_name, times in (("variant", 1), ("heads", heads)):
        ours = {"ms": best[f"{pass_name}_ms"], "cpu_ms": None, "mb": best["mb"]}
        theirs = {"ms": best["full_ms"] * times, "cpu_ms": None, "mb": best["mb"]}
        yield rounds.row("intervene", shape, pass_name, "full_forward", ours, theirs, args.threads)
