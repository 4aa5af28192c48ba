"""One evaluator of COCO boxes in a process of its own: `cocoeval_peers.py PEER TRUTHS DETECTIONS`.

Prints {"ms", "cpu_ms", "import_ms", "numbers"}: from two files to twelve numbers, imports of Python apart.
"""
import contextlib
import importlib
import io
import json
import sys
import time

# Peer: module to look for, modules and names of the data set and of the evaluation.
PEERS = {
    "pycocotools": ("pycocotools", "pycocotools.coco", "COCO", "pycocotools.cocoeval", "COCOeval"),
    "faster-coco-eval": ("faster_coco_eval", "faster_coco_eval", "COCO", "faster_coco_eval", "COCOeval_faster"),
    "hotcoco": ("hotcoco", "hotcoco", "COCO", "hotcoco", "COCOeval"),
    "ultrafast-pycocotools": ("ultrafast_pycocotools", "ultrafast_pycocotools.coco", "COCO",
                              "ultrafast_pycocotools.cocoeval", "COCOeval"),
}


def evaluate(data_set, evaluation, truths, detections):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = data_set(truths)
        load_results = getattr(truth, "loadRes", None) or truth.load_res
        run = evaluation(truth, load_results(detections), "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return [float(number) for number in run.stats[:12]]


def main():
    peer, truths, detections = sys.argv[1:]
    _, coco_module, coco, eval_module, evaluation = PEERS[peer]
    start = time.perf_counter()
    data_set = getattr(importlib.import_module(coco_module), coco)
    evaluation = getattr(importlib.import_module(eval_module), evaluation)
    ready, cpu = time.perf_counter(), time.process_time()
    numbers = evaluate(data_set, evaluation, truths, detections)
    print("\n" + json.dumps({"ms": (time.perf_counter() - ready) * 1e3, "cpu_ms": (time.process_time() - cpu) * 1e3,
                             "import_ms": (ready - start) * 1e3, "numbers": numbers}))


if __name__ == "__main__":
    main()
