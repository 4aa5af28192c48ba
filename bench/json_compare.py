"""Loading a COCO instances file: build/bench/json_bench against the readers of Python, each in a fresh process.

The file is in the page cache; the start of either process is left out. Ours loads and indexes, as pycocotools does;
json, orjson and pysimdjson only parse.
"""
import json_peers
import rounds
from synthetic_inputs import synthetic

SHAPES = {"instances120mb": 120, "small": 12}


def visit_ours(program, path, threads, cpus):
    process = rounds.run_measured([program, path, "--threads", str(threads)], cpus, threads)
    result = rounds.json_of(process["out"])
    return {"ms": result["seconds"] * 1e3, "cpu_ms": result["cpu_s"] * 1e3, "mb": result["peak_rss_mib"],
            "items": result["items"]}


def visit_peer(peer, path, threads, cpus):
    script = str(rounds.BENCH / "json_peers.py")
    process = rounds.run_measured([rounds.peer_python(), script, peer, path], cpus, threads)
    return {**rounds.last_json(process["out"]), "mb": process["mb"]}


def compare_shape(shape, args):
    program = rounds.our_program("bench/json_bench", "tools/build.sh bench")
    path = synthetic("json", shape, SHAPES[shape]) / "instances.json"
    rounds.into_page_cache(path)
    visits = {"ours": lambda cpus: visit_ours(program, str(path), args.threads, cpus)}
    for peer in args.peers_of(json_peers.PEERS):
        visits[peer] = lambda cpus, peer=peer: visit_peer(peer, str(path), args.threads, cpus)
    best = rounds.by_turns(visits, args.rounds, args.threads)
    ours = best.pop("ours")
    for peer, theirs in best.items():
        if theirs["items"] != ours["items"]:
            args.report_error(f"{peer}: read {theirs['items']} annotations, ours {ours['items']}")
        pass_name = "parse" if peer in ("json", "orjson", "pysimdjson") else "load"
        yield rounds.row("json", shape, pass_name, peer, ours, theirs, args.threads)
