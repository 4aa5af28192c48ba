#!/usr/bin/env python3
"""Times our program and its peers in alternating rounds of one run and prints the ratios.

    bench/compare.py op [--shape enc800] [--pass forward]   # the operator
    bench/compare.py cocoeval [--shape val2017]             # two files to twelve numbers
    bench/compare.py json                                   # loading a COCO instances file of 120 MB
    bench/compare.py image                                  # a JPEG to a model's input
    bench/compare.py match [--shape objects40]              # predictions and objects of a training step
    bench/compare.py train                                  # one training step
    bench/compare.py infer                                  # one forward pass
    bench/compare.py intervene                              # an intervention on one image, and all heads in turn
    bench/compare.py op --device cuda --dtype bfloat16      # on a GPU, by the device's clock
    ... [--threads 1] [--rounds 5] [--peers NAME,NAME] [--json] [--record]

Needs tools/build.sh bench; `make setup-peers` installs the peers in .venv-peers. A peer that is not installed is named
and left out. Read ratios, not milliseconds: every peer is visited once per round, so other load on the machine hits
all alike, and the best round of each counts. ratio = peer / ours by wall clock; cpu_ratio is that of processor time
(all threads), the steadier figure on a busy machine. Exit code 1 where results of two programs disagree, and where
--record finds a ratio that fell.
"""
import argparse
import importlib
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import history  # noqa: E402
import rounds  # noqa: E402

BENCHES = {"op": "multi-scale deformable attention alone", "cocoeval": "COCO box evaluation, files to numbers",
           "json": "loading a COCO instances file", "image": "JPEG to resized, normalised planes",
           "match": "matching of predictions and objects, one training step",
           "train": "one training step of Deformable DETR R50", "infer": "one forward pass of Deformable DETR R50",
           "intervene": "detecting again with interventions on one image"}
# Of these the larger inputs are the default; the small ones are for a quick look.
DEFAULT_SHAPES = {"cocoeval": ["val2017"], "json": ["instances120mb"]}
ON_GPU = ["op", "train", "infer", "intervene"]
ROUNDS = {"op": 5, "cocoeval": 5, "json": 5, "image": 5, "match": 5, "train": 2, "infer": 3,
          "intervene": 2}


class Arguments(argparse.Namespace):
    """What was asked for, and the errors found on the way."""

    def __init__(self):
        super().__init__()
        self.errors = []

    def report_error(self, line):
        rounds.note(f"compare.py: error: {line}")
        self.errors.append(line)

    def peers_of(self, modules):
        """The peers that are asked for and installed, in the order of `modules` ({peer: module or (module, ...)})."""
        wanted = {peer: found if isinstance(found, str) else found[0] for peer, found in modules.items()}
        if self.peers:
            unknown = [peer for peer in self.peers.split(",") if peer not in wanted]
            if unknown:
                rounds.stop(f"--peers {unknown[0]}: expected of {', '.join(wanted)}")
            wanted = {peer: module for peer, module in wanted.items() if peer in self.peers.split(",")}
        return rounds.installed(wanted)


def module_of(bench):
    return importlib.import_module(f"{bench}_compare")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    benches = parser.add_subparsers(dest="bench", required=True)
    for name, text in BENCHES.items():
        bench = benches.add_parser(name, help=text)
        bench.add_argument("--shape", choices=list(module_of(name).SHAPES), help="input (default: the large ones)")
        bench.add_argument("--rounds", type=int, default=ROUNDS[name])
        bench.add_argument("--device", default="cpu", choices=["cpu", "cuda"] if name in ON_GPU else ["cpu"])
        bench.add_argument("--threads", type=int, default=1)
        bench.add_argument("--json", action="store_true", help="one JSON object per line")
        bench.add_argument("--record", action="store_true",
                           help="add the rows to bench/history.json; a ratio that fell by 15 %% is an error")
        if name == "op":
            bench.add_argument("--dtype", default="float32", choices=["float32", "bfloat16", "float16"])
            bench.add_argument("--pass", dest="pass_name", choices=module_of(name).PASSES, help="default: both")
        bench.add_argument("--peers", help="names with commas between (default: all)")
    return parser.parse_args(namespace=Arguments())


def use_peer_python():
    """Starts this script again in .venv-peers, whose torch the operator's peers run in."""
    python = rounds.peer_python()
    if Path(sys.prefix).resolve() != Path(python).parent.parent.resolve() and python != sys.executable:
        os.execv(python, [python, *sys.argv])


def print_table(rows):
    if not rows:
        return
    columns = [column for column in ("shape", "pass", "device", "dtype", "threads", "peer", "ours_ms", "peer_ms", "ratio", "ours_cpu_ms",
                                     "peer_cpu_ms", "cpu_ratio", "ours_mb", "peer_mb", "peer_process_ms",
                                     "process_ratio") if column in rows[0]]
    text = [columns] + [["" if row[c] is None else str(row[c]) for c in columns] for row in rows]
    widths = [max(len(line[i]) for line in text) for i in range(len(columns))]
    words = {"shape", "pass", "device", "dtype", "threads", "peer"}
    for line in text:
        print("  ".join(cell.ljust(width) if column in words else cell.rjust(width)
                        for column, cell, width in zip(columns, line, widths)).rstrip())


def main():
    args = parse_arguments()
    bench = module_of(args.bench)
    if args.bench == "op":
        use_peer_python()
        bench.report_missing(args)
    # A worker that spins while it waits takes the processor from whoever is being timed next.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    rows = []
    usual = getattr(bench, "USUAL", {}).get(args.device) or DEFAULT_SHAPES.get(args.bench, bench.SHAPES)
    for shape in [args.shape] if args.shape else usual:
        for row in bench.compare_shape(shape, args):
            rows.append(row)
            if args.json:
                print(json.dumps(row), flush=True)
    if not args.json:
        print_table(rows)
    if args.record:
        for line in history.record(rows):
            args.report_error("slower than before: " + line)
    return 1 if args.errors else 0


if __name__ == "__main__":
    sys.exit(main())
