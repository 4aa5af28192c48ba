"""COCO box evaluation, two files to twelve numbers: `saccade eval` against the evaluators of Python.

Ours is timed as a user has it, the whole process; of a peer without (peer_ms) and with (peer_process_ms) the start of
Python and its imports. All must print the same numbers to 1e-9.
"""
import cocoeval_peers
import rounds
from synthetic_inputs import synthetic

SHAPES = {"val2017": 5000, "small": 500}
KEYS = ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"]


def visit_ours(program, files, threads, cpus):
    visit = rounds.run_measured([program, "eval", "--annotations", files[0], "--detections", files[1], "--json",
                                 "--threads", str(threads)], cpus, threads)
    result = rounds.json_of(visit.pop("out"))
    return {**visit, "numbers": [result[key] for key in KEYS]}


def visit_peer(peer, files, threads, cpus):
    script = str(rounds.BENCH / "cocoeval_peers.py")
    process = rounds.run_measured([rounds.peer_python(), script, peer, *files], cpus, threads)
    return {**rounds.last_json(process["out"]), "process_ms": process["ms"], "mb": process["mb"]}


def disagreements(visits):
    """A line for each evaluator whose numbers are not those of the first of the list."""
    reference = next(iter(visits))
    for name, visit in visits.items():
        for key, number, expected in zip(KEYS, visit["numbers"], visits[reference]["numbers"]):
            if not abs(number - expected) <= 1e-9:
                yield f"{name}: {key} is {number!r}, {reference} says {expected!r}"
                break


def compare_shape(shape, args):
    program = rounds.our_program("bin/saccade", "make build")
    folder = synthetic("cocoeval", shape, SHAPES[shape])
    files = [str(folder / "truths.json"), str(folder / "detections.json")]
    visits = {peer: lambda cpus, peer=peer: visit_peer(peer, files, args.threads, cpus)
              for peer in args.peers_of(cocoeval_peers.PEERS)}
    visits["ours"] = lambda cpus: visit_ours(program, files, args.threads, cpus)
    best = rounds.by_turns(visits, args.rounds, args.threads)
    for line in disagreements(best):
        args.report_error(line)
    for peer, theirs in best.items():
        if peer != "ours":
            row = rounds.row("cocoeval", shape, "files_to_numbers", peer, best["ours"], theirs, args.threads)
            yield {**row, "peer_process_ms": rounds.rounded(theirs["process_ms"]),
                   "process_ratio": rounds.ratio(theirs["process_ms"], best["ours"]["ms"])}
