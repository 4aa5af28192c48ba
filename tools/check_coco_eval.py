"""Compares `saccade eval` with pycocotools on random data sets: every number of its arrays.

    python3 -m venv /tmp/referee && /tmp/referee/bin/pip install numpy pycocotools==2.0.11
    /tmp/referee/bin/python tools/check_coco_eval.py [--sets 200] [--seed 0]

The sets hold crowds, equal scores, equal and touching boxes, images without truths or detections, sparse
ids, areas exactly on the borders of the ranges, more than 100 detections of a class on an image, an
annotation id 0 (compared with --pycocotools_id0), and masks as polygons, counts and text.
"""
import argparse
import contextlib
import io
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy
from pycocotools import mask as mask_api
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

PROGRAM = pathlib.Path(__file__).resolve().parents[1] / "build" / "bin" / "saccade"
BORDERS = [0, 1024, 9216, 1e10, 1023.9999999999999, 1024.0000000000002]


def random_box(rng, size):
    kind = rng.integers(4)
    if kind == 0:  # a grid makes equal boxes, equal IoUs and boxes that touch
        x, y, w, h = (rng.integers(0, 8, 2) * 16).tolist() + rng.choice([16, 32, 64, 96], 2).tolist()
    elif kind == 1:  # w * h on a border
        (w, h), (x, y) = [(32, 32), (96, 96), (64, 16), (128, 72)][rng.integers(4)], rng.integers(0, 100, 2)
    else:
        x, y = rng.random(2) * size * 0.7
        w, h = numpy.exp(rng.normal(3.2, 1, 2)).clip(1, size)
    digits = rng.integers(0, 4)
    return [round(float(v), int(digits)) for v in (x, y, w, h)]


def near(rng, box):
    if rng.random() < 0.2:
        return list(box)
    return [float(v) for v in numpy.array(box) + rng.normal(0, 0.12, 4) * (box[2], box[3], box[2], box[3])
            * (1, 1, 0.7, 0.7)]


def polygon_of(rng, box):
    x, y, w, h = box
    count = int(rng.integers(3, 12))
    angles = numpy.sort(rng.random(count)) * 2 * numpy.pi
    radius = 0.5 + 0.5 * rng.random(count)
    points = numpy.stack([x + w / 2 + w / 2 * radius * numpy.cos(angles),
                          y + h / 2 + h / 2 * radius * numpy.sin(angles)], 1)
    return [round(float(v), 2) for v in points.ravel()]


def random_outline(rng, box, size):
    height, width = size
    polygons = [polygon_of(rng, box) for _ in range(rng.integers(1, 3))]
    kind = rng.integers(3)
    if kind == 0:
        return polygons
    rle = mask_api.merge(mask_api.frPyObjects(polygons, height, width))
    if kind == 1:
        return {"size": [height, width], "counts": rle["counts"].decode()}
    flat = mask_api.decode(rle).ravel(order="F")
    changes = numpy.flatnonzero(numpy.diff(flat)) + 1
    counts = numpy.diff(numpy.concatenate([[0], changes, [len(flat)]])).tolist()
    return {"size": [height, width], "counts": ([0] if flat[0] else []) + counts}


def random_set(rng, segm):
    """(truth, results) as COCO files hold them."""
    classes = int(rng.integers(1, 6))
    images = int(rng.integers(1, 9 if segm else 25))
    size = 120 if segm else 300
    category_ids = sorted(rng.choice(100, classes, replace=False).tolist())
    image_ids = rng.choice(10**6, images, replace=False).tolist()
    digits = int(rng.integers(1, 6))
    truth = {"images": [], "annotations": [], "categories": [{"id": c, "name": f"c{c}"} for c in category_ids]}
    results = []
    has_boxes = rng.random() < 0.5 or not segm
    for image_id in image_ids:
        shape = (size + int(rng.integers(0, 9)), size + int(rng.integers(0, 9)))
        truth["images"].append({"id": image_id, "height": shape[0], "width": shape[1], "file_name": "x.jpg"})
        own = [(random_box(rng, size), rng.choice(category_ids)) for _ in range(rng.integers(0, 12))]
        if rng.random() < 0.15:
            own = []
        for box, category in own:
            area = float(rng.choice(BORDERS)) if rng.random() < 0.2 else round(box[2] * box[3] * 0.8, 2)
            truth["annotations"].append({
                "id": 0, "image_id": image_id, "category_id": int(category), "bbox": box, "area": area,
                "iscrowd": int(rng.random() < 0.15), "ignore": int(rng.random() < 0.1)})
            if segm:
                truth["annotations"][-1]["segmentation"] = random_outline(rng, box, shape)
        count = 0 if rng.random() < 0.15 else int(rng.integers(0, 30 if segm else 60))
        if rng.random() < 0.05 and not segm:
            count += 220
        for _ in range(count):
            box, category = own[rng.integers(len(own))] if own and rng.random() < 0.7 else (
                random_box(rng, size), rng.choice(category_ids))
            if rng.random() < 0.1:
                category = rng.choice(category_ids)
            box = near(rng, box)
            box[2:] = [abs(v) + 0.5 for v in box[2:]]
            record = {"image_id": image_id, "category_id": int(category),
                      "score": round(float(rng.random()), digits)}
            if has_boxes:
                record["bbox"] = box
            if segm:
                outline = random_outline(rng, box, shape)
                if isinstance(outline, list) or isinstance(outline["counts"], list):
                    outline = mask_api.merge(mask_api.frPyObjects(outline, *shape)) if isinstance(
                        outline, list) else mask_api.frPyObjects(outline, *shape)
                    outline = {"size": list(shape), "counts": outline["counts"].decode()}
                record["segmentation"] = outline
            results.append(record)
    first = 0 if rng.random() < 0.3 else int(rng.integers(1, 50))
    ids = first + numpy.cumsum(rng.integers(1, 4, len(truth["annotations"]))) - 1
    for annotation, number in zip(truth["annotations"], rng.permutation(ids)):
        annotation["id"] = int(number)
    order = rng.permutation(len(results)) if rng.random() < 0.5 else range(len(results))
    return truth, [results[i] for i in order]


def referee(truth, results, iou_type):
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = json.loads(json.dumps(truth))
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(json.loads(json.dumps(results))), iou_type)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def ours(truth, results, iou_type, folder):
    for name, content in (("gt", truth), ("dt", results)):
        (folder / f"{name}.json").write_text(json.dumps(content))
    saved = folder / "eval.safetensors"
    command = [PROGRAM, "eval", "--annotations", folder / "gt.json", "--detections", folder / "dt.json",
               "--iou_type", iou_type, "--save_eval", saved, "--overwrite", "--json", "--pycocotools_id0"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"saccade failed: {done.stderr}")
    data = saved.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    arrays = {}
    for name in ("precision", "recall", "scores"):
        begin, end = header[name]["data_offsets"]
        values = numpy.frombuffer(data[8 + size + begin:8 + size + end], "<f8")
        arrays[name] = values.reshape(header[name]["shape"])
    return json.loads(done.stdout), arrays


def compare(truth, results, iou_type, folder):
    """(largest difference, whether every number has the same bits)."""
    theirs = referee(truth, results, iou_type)
    stats, arrays = ours(truth, results, iou_type, folder)
    pairs = [(arrays[name], theirs.eval[name]) for name in arrays]
    pairs.append((numpy.array(list(stats.values())[:12]), theirs.stats))
    worst, equal = 0.0, True
    for mine, other in pairs:
        if mine.shape != other.shape:
            raise SystemExit(f"shapes differ: {mine.shape} and {other.shape}")
        worst = max(worst, float(numpy.abs(mine - other).max(initial=0)))
        equal = equal and numpy.array_equal(mine, other)
    return worst, equal


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp())
    worst, same_bits, done = 0.0, 0, {"bbox": 0, "segm": 0}
    for i in range(arguments.sets):
        rng = numpy.random.default_rng([arguments.seed, i])
        iou_type = "segm" if i % 4 == 3 else "bbox"
        truth, results = random_set(rng, iou_type == "segm" or i % 16 == 5)
        if not results:
            continue  # pycocotools cannot load an empty list
        difference, equal = compare(truth, results, iou_type, folder)
        worst, same_bits = max(worst, difference), same_bits + equal
        done[iou_type] += 1
        if difference > 1e-12:
            print(f"set {i} ({iou_type}) differs by {difference}: see {folder}")
            return 1
    print(f"{done['bbox']} box and {done['segm']} mask sets agree; largest difference {worst}; "
          f"{same_bits} have the same bits throughout")
    return 0


if __name__ == "__main__":
    sys.exit(main())
