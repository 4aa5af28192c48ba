"""Makes the inputs of the benchmarks, the same on every machine: `synthetic_data.py KIND FOLDER`.

    cocoeval [IMAGES]   truths.json and detections.json with the statistics of COCO's val2017
    json [MB]           instances.json with outlines, as instances_train2017 has them
    image               photo.jpg, 640 x 480, about 110 kB
    match OBJECTS       inputs.safetensors: predictions of R50 before it has learnt anything, objects of two images

compare.py starts it with a Python that has numpy and Pillow and keeps what it made in build/bench/data.
"""
import json
import os
import sys
from pathlib import Path

import numpy

WIDTH, HEIGHT, CLASSES = 640, 480, 80
TRUTHS_PER_IMAGE, DETECTIONS_PER_IMAGE = 7.2, 100
# COCO's ids have holes; so have these.
CATEGORY_IDS = numpy.array([i for i in range(1, 91) if i % 9 != 0])
FREQUENCY = 1 / numpy.arange(1.0, CLASSES + 1)
FREQUENCY /= FREQUENCY.sum()


def write(path, text):
    """A reader never meets half a file, even when two runs make it at once."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    if isinstance(text, bytes):
        beside.write_bytes(text)
    else:
        beside.write_text(text)
    beside.rename(path)


def random_boxes(rng, count, largest):
    """x, y, width, height: sizes are log-normal about 55 pixels, inside the image."""
    size = numpy.exp(rng.normal(4.0, 1.0, (count, 2))).clip(3, largest)
    place = rng.random((count, 2)) * (numpy.array([WIDTH, HEIGHT]) - size)
    return numpy.concatenate([place, size], 1)


def make_truths(rng, images):
    count = int(images * TRUTHS_PER_IMAGE)
    return {"image": numpy.sort(rng.integers(0, images, count)),
            "category": rng.choice(CLASSES, count, p=FREQUENCY),
            "box": numpy.round(random_boxes(rng, count, (600, 440)), 2),
            "crowd": rng.random(count) < 0.01, "fill": rng.uniform(0.45, 0.95, count)}


def detections_of_image(rng, truths, own):
    """Category, box, score of one image: jittered copies of its truths, often twice, then false alarms."""
    copies = numpy.repeat(own, 2)[:DETECTIONS_PER_IMAGE]
    box = random_boxes(rng, DETECTIONS_PER_IMAGE, (400, 400))
    category = rng.choice(CLASSES, DETECTIONS_PER_IMAGE, p=FREQUENCY)
    score = rng.random(DETECTIONS_PER_IMAGE) ** 3
    n = len(copies)
    found = truths["box"][copies]
    jitter = rng.normal(0, 0.12, (n, 4))
    box[:n, :2] = found[:, :2] + jitter[:, :2] * found[:, 2:]
    box[:n, 2:] = found[:, 2:] * numpy.exp(jitter[:, 2:])
    wrong = rng.random(n) < 0.15
    category[:n] = numpy.where(wrong, rng.integers(0, CLASSES, n), truths["category"][copies])
    score[:n] = rng.random(n) ** 0.5
    order = numpy.argsort(-score, kind="stable")
    return category[order], box[order].round(2), score[order].round(4)


def coco_frame(images, annotations):
    names = [{"id": int(i), "name": f"class {i}", "supercategory": "thing"} for i in CATEGORY_IDS]
    return {"info": {}, "licenses": [], "images": images, "annotations": annotations, "categories": names}


def make_cocoeval(folder, images=5000):
    rng = numpy.random.default_rng(20)
    ids = [37 + 101 * i for i in range(images)]
    truths = make_truths(rng, images)
    annotations = [{"id": k + 1, "image_id": ids[i], "category_id": int(CATEGORY_IDS[c]), "bbox": box.tolist(),
                    "area": round(float(box[2] * box[3] * fill), 2), "iscrowd": int(crowd)}
                   for k, (i, c, box, crowd, fill) in enumerate(zip(truths["image"], truths["category"], truths["box"],
                                                                    truths["crowd"], truths["fill"]))]
    frames = [{"id": i, "file_name": f"{i:012d}.jpg", "width": WIDTH, "height": HEIGHT} for i in ids]
    detections = []
    begins = numpy.searchsorted(truths["image"], numpy.arange(images + 1))
    for index, image_id in enumerate(ids):
        own = numpy.arange(begins[index], begins[index + 1])
        for c, box, score in zip(*detections_of_image(rng, truths, own)):
            detections.append({"image_id": image_id, "category_id": int(CATEGORY_IDS[c]), "bbox": box.tolist(),
                               "score": float(score)})
    write(folder / "truths.json", json.dumps(coco_frame(frames, annotations)))
    write(folder / "detections.json", json.dumps(detections))


def make_json(folder, megabytes=120):
    rng = numpy.random.default_rng(21)
    images = megabytes * 260
    frames = [{"license": 1, "file_name": f"{i:012d}.jpg", "coco_url": f"images/train/{i:012d}.jpg",
               "height": HEIGHT, "width": WIDTH, "date_captured": "2013-11-14 17:02:52",
               "flickr_url": f"photos/{i:012d}_z.jpg", "id": i} for i in range(images)]
    annotations, size = [], len(json.dumps(frames))
    while size < megabytes * 1_000_000:
        outline = (rng.random(2 * int(rng.integers(8, 45))) * 480).round(2).tolist()
        box = random_boxes(rng, 1, (600, 440))[0].round(2)
        annotations.append(json.dumps({
            "segmentation": [outline], "area": round(float(box[2] * box[3]) * 0.7, 4), "iscrowd": 0,
            "image_id": int(rng.integers(images)), "bbox": box.tolist(),
            "category_id": int(CATEGORY_IDS[rng.choice(CLASSES, p=FREQUENCY)]), "id": len(annotations) + 1}))
        size += len(annotations[-1]) + 2
    frame = json.dumps(coco_frame(frames, ["@"]))
    write(folder / "instances.json", frame.replace('"@"', ", ".join(annotations)))


def make_image(folder):
    """Smooth patches, sharp edges and grain, so that it costs what a photograph costs."""
    import io

    import PIL.Image
    rng = numpy.random.default_rng(22)
    coarse = PIL.Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=numpy.uint8))
    pixels = numpy.asarray(coarse.resize((WIDTH, HEIGHT), PIL.Image.Resampling.BICUBIC)).astype(int)
    for x, y, w, h in random_boxes(rng, 50, (150, 150)).astype(int):
        pixels[y:y + h, x:x + w] = rng.integers(0, 256, 3)
    pixels = (pixels + rng.normal(0, 6.6, pixels.shape)).clip(0, 255).astype(numpy.uint8)
    out = io.BytesIO()
    PIL.Image.fromarray(pixels).save(out, "JPEG", quality=90)
    write(folder / "photo.jpg", out.getvalue())


def safetensors(tensors):
    """The bytes of a file of {name: float32 or int64 array}: length, JSON header, data."""
    header, end = {}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": {"float32": "F32", "int64": "I64"}[str(array.dtype)], "shape": array.shape,
                        "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(array.tobytes() for array in tensors.values())


def make_match(folder, objects):
    """6 decoder layers, 2 images, 300 queries, 91 classes; boxes are cx, cy, width, height as fractions."""
    rng = numpy.random.default_rng(23)

    def boxes(*shape):
        place, size = rng.random((*shape, 2)) * 0.6 + 0.2, rng.random((*shape, 2)) * 0.3 + 0.05
        return numpy.concatenate([place, size], -1).astype(numpy.float32)
    write(folder / "inputs.safetensors", safetensors({
        "logits": rng.standard_normal((6, 2, 300, 91)).astype(numpy.float32), "boxes": boxes(6, 2, 300),
        "labels": rng.integers(0, 91, (2, objects)), "target_boxes": boxes(2, objects)}))


def main():
    kind, folder, *size = sys.argv[1:]
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    {"cocoeval": make_cocoeval, "json": make_json, "image": make_image, "match": make_match}[kind](folder, *map(int, size))


if __name__ == "__main__":
    main()
