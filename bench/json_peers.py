"""One reader of a COCO instances file in a process of its own: `json_peers.py PEER FILE`.

Prints {"ms", "cpu_ms", "items"}. `json`, `orjson` and `pysimdjson` parse only; the rest also index, as ours does.
"""
import contextlib
import io
import json
import sys
import time

PEERS = {"json": "json", "orjson": "orjson", "pysimdjson": "simdjson", "pycocotools": "pycocotools",
         "faster-coco-eval": "faster_coco_eval", "hotcoco": "hotcoco", "ultrafast-pycocotools": "ultrafast_pycocotools"}


def parser(parse):
    def run(path):
        with open(path, "rb") as file:
            return len(parse(file.read())["annotations"])
    return run


def index(data_set):
    def run(path):
        with contextlib.redirect_stdout(io.StringIO()):
            truth = data_set(path)
            get_ids = getattr(truth, "getAnnIds", None) or truth.get_ann_ids
            return len(get_ids())
    return run


def reader(peer):
    """The function that reads a file and returns how many annotations it has."""
    if peer == "json":
        return parser(json.loads)
    if peer == "orjson":
        import orjson
        return parser(orjson.loads)
    if peer == "pysimdjson":
        import simdjson
        return parser(simdjson.Parser().parse)
    if peer == "pycocotools":
        from pycocotools.coco import COCO
    elif peer == "faster-coco-eval":
        from faster_coco_eval import COCO
    elif peer == "hotcoco":
        from hotcoco import COCO
    else:
        from ultrafast_pycocotools.coco import COCO
    return index(COCO)


def main():
    peer, path = sys.argv[1:]
    read = reader(peer)
    start, cpu = time.perf_counter(), time.process_time()
    items = read(path)
    print("\n" + json.dumps({"ms": (time.perf_counter() - start) * 1e3, "cpu_ms": (time.process_time() - cpu) * 1e3,
                             "items": items}))


if __name__ == "__main__":
    main()
