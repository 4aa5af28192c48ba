"""Writes the inputs that the fuzz targets start from, tests/fuzz/seeds/TARGET/*, out of the tests' own files.

A few small files for each target. They are committed; run this again (.venv/bin/python tests/fuzz/make_seeds.py) after a
format has got something new to read.
"""
import io
import json
import pathlib
import shutil
import struct
import zipfile

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
GOLDENS = HERE.parent / "goldens"
SEEDS = HERE / "seeds"
LARGEST = 10000  # bytes of a seed

COCO = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}, {"id": "b", "file_name": "d/b.png", "width": 9, "height": 9}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 3, "bbox": [1.5, 2, 10, 20.25], "area": 200, "iscrowd": 0,
         "segmentation": [[1, 2, 11, 2, 11, 22, 1, 22]]},
        {"id": 2, "image_id": 1, "category_id": 3, "bbox": [0, 0, 64, 48], "iscrowd": 1,
         "segmentation": {"size": [48, 64], "counts": [10, 20, 3042]}},
        {"id": 3, "image_id": "b", "category_id": 7, "bbox": [1e0, 2, 3, 4], "segmentation": {"size": [9, 9], "counts": "Q11O"}}],
    "categories": [{"id": 3, "name": "car", "supercategory": "vehicle"}, {"id": 7, "name": "gr\u00fcn"}]}
RESULTS = [{"image_id": 1, "category_id": 2, "bbox": [1.25, 2, 30, 40], "score": 0.75, "query": 3},
           {"image_id": "a", "category_id": 1, "bbox": [0, 0, 1e-3, 5], "score": -0.0},
           {"image_id": 4, "category_id": 3, "bbox": [3, 4, 5, 6], "score": 1, "segmentation": {"size": [4, 4], "counts": "44440"}}]
LOG = ('{"train_lr": 0.0002, "train_loss": 31.5, "test_coco_eval_bbox": [0.1, 0.2, -1.0], "epoch": 0, "n_parameters": 5}\n'
       '{"train_lr": 0.0002, "train_loss": NaN, "test_coco_eval_bbox": [0.1, Infinity, null], "epoch": 1, "text": "a\\"b"}\n'
       '{"train_loss": 3e1, "epoch": 1}\n{"train_loss": 2, "ep')
INTERVENTIONS = ["enc.0-2=off", "dec.*.cross.head5=off(mean)", "dec.3.cross.head1,3,5-7=off(zero)", "enc.*.level3.point0=off(renorm)",
                 "dec.0.cross.weights=temperature(0.5)", "dec.1.cross.head2.weights=values(0.5 0.25 0.25)", "enc.1.offset=jitter(2.5,7)",
                 "dec.2.cross.offset=at(10 20;30.5 40)", "dec.1.cross.head0=patch(other.jpg)", "dec.*.cross.reference=move(-3,4.25)",
                 "query[0-4,9]=off(key)", "memory.region(10 20;200 20;90 150)=prefer(1.5)", "memory.region(1,2,3,4)=forbid",
                 "output=layer(2)", "dec.*.self.head1.query[3]=off", "dec.4.ffn=off"]
INTERVENTION_FILE = {"saccade_interventions": 1, "name": "n", "note": "a\nb", "author": "x", "weights_sha256": "0" * 64,
                     "interventions": INTERVENTIONS[:3]}
TOKEN = "0123456789abcdef0123456789abcdef"
RUN = {"model": "run@4", "interventions": INTERVENTIONS[:2], "viewer": "v-1", "longest_side": 480}
REQUESTS = [f"/api/run?model=a&x=dec.*.cross.head5%3Doff%28mean%29&viewer=v&longest_side=480&token={TOKEN}\nHlocalhost:8017\n\n",
            f"/a%20b?x=1+2\nH[::1]:80\nChello=1; saccade_token_80={TOKEN}; b=2\nFcross-site\nMnavigate\n\n{json.dumps(RUN)}",
            f"/\nH127.0.0.1\nABearer {TOKEN}\nOhttp://127.0.0.1\n\n{{}}"]
HTTP = ["GET /a?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /api HTTP/1.1\r\nHost: localhost:80\r\nContent-Length: 14\r\nExpect: 100-continue\r\n\r\n{\"model\": \"a\"}",
        "POST /api HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"vie\r\na;x=y\r\nwer\": \"v\"}\r\n0\r\n\r\n",
        "HEAD / HTTP/1.0\r\nHost: 127.0.0.1\r\nCookie: a=b\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n"]
YOLO_LABELS = ["0 0.5 0.5 0.25 0.125\n79 0.1 0.2 0.05 0.05\n", "3 0.1 0.1 0.5 0.1 0.5 0.5\r\n\n3.0 1e-1 1 .2 .2\n",
               "\ufeff1 0.0 0.0 1.0 1.0\n"]
YOLO_CONFIG = ["path: .\ntrain: images/train\nval:\n  - images/val\nnc: 2\nnames: [car, 'bike']\n",
               "train: ../images/train # a comment\ntiny: images/tiny\nnames: {0: car, 1: \"b\\u00fcs\"}\n", "val: &v images/val\ntest: *v\nnames:\n  0: a\n",
               "val: images/val\nnames: {0: \"b\\uFFFF\"}\n"]
VOC = """<?xml version="1.0" encoding="utf-8"?>
<annotation><filename>a.jpg</filename><size><width>500</width><height>375</height><depth>3</depth></size>
<object><name>dog &amp; cat</name><difficult>1</difficult><bndbox><xmin>48</xmin><ymin>240.5</ymin><xmax>195</xmax><ymax>371</ymax></bndbox></object>
<object><name><![CDATA[bus]]></name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>1</xmax><ymax>1</ymax></bndbox><part/></object></annotation>
"""


def put(target, name, content):
    content = content.encode() if isinstance(content, str) else content
    assert len(content) <= LARGEST, (target, name, len(content))
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


CHECKPOINTS = ["legacy.pth", "bare_state_dict.pth", "zip_proto4.pth", "bad/handmade_good.pth", "bad/eval_zip.pth", "bad/self_reference.pth",
               "bad/stride0_huge.pth"]


def checkpoints():
    for name in CHECKPOINTS:
        file = GOLDENS / "checkpoints" / name
        content = file.read_bytes()
        put("pth", file.name, content)
        if content[:2] == b"PK" and len(content) < 20000:
            try:
                with zipfile.ZipFile(io.BytesIO(content)) as entries:
                    name = next(n for n in entries.namelist() if n.endswith("data.pkl"))
                    pickle = entries.read(name)
            except (zipfile.BadZipFile, StopIteration, NotImplementedError, RuntimeError):
                continue
            if len(pickle) <= LARGEST:
                put("pickle", file.stem + ".pkl", pickle)
    for file in sorted((GOLDENS / "checkpoints").glob("*.safetensors"))[:2]:
        put("safetensors", file.name, file.read_bytes())
    header = json.dumps({"__metadata__": {"args": '{"num_queries": 3, "lr": 2.0}', "class_names": '{"0": "car"}'},
                         "class_embed.0.weight": {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]},
                         "empty": {"dtype": "I64", "shape": [0, 4], "data_offsets": [12, 12]}}).encode()
    put("safetensors", "small.safetensors", struct.pack("<Q", len(header)) + header + bytes(12))
    header = b'{"t": {"dtype": "F32", "shape": [0, 4611686018427387904, 4], "data_offsets": [0, 0]}}'  # its strides left int64
    put("safetensors", "empty_and_huge.safetensors", struct.pack("<Q", len(header)) + header)


def images():
    pixels = (np.arange(13 * 11 * 3) % 251).astype(np.uint8).reshape(11, 13, 3)
    picture = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[0x0112] = 6
    made = {"rgb.png": (picture, {}), "grey.png": (picture.convert("L"), {}), "one_bit.png": (picture.convert("1"), {}),
            "palette.png": (picture.convert("P"), {"transparency": 3}), "alpha.png": (picture.convert("RGBA"), {"exif": exif}),
            "grey_16.png": (Image.fromarray((np.arange(143) * 455).astype(np.uint16).reshape(11, 13)), {}),
            "rgb.jpg": (picture, {"exif": exif}), "grey.jpg": (picture.convert("L"), {}), "cmyk.jpg": (picture.convert("CMYK"), {}),
            "progressive.jpg": (picture, {"progressive": True, "subsampling": 0}), "restarts.jpg": (picture, {"restart_marker_blocks": 1})}
    for name, (image, options) in made.items():
        out = io.BytesIO()
        image.save(out, "PNG" if name.endswith("png") else "JPEG", **options)
        put("image", name, out.getvalue())


def main():
    shutil.rmtree(SEEDS, ignore_errors=True)
    checkpoints()
    images()
    put("coco", "small.json", json.dumps(COCO))
    put("coco", "other_order.json", json.dumps({"info": {"a": [{}, []]}, **dict(reversed(COCO.items()))}, indent=1, ensure_ascii=False))
    put("results", "boxes.json", json.dumps(RESULTS))
    put("results", "one.json", json.dumps(RESULTS[:1], indent=1))
    for name, text in {"text": "\x09\x09Q11O", "small": "\x02\x022", "counts": '{"size": [4, 5], "counts": [3, 5, 12]}',
                       "compressed": '{"size": [9, 9], "counts": "Q11O"}', "polygons": "[[1, 2, 11, 2.5, 11, 22, 1, 22], [3, 3, 4, 4, 5, 3]]"}.items():
        put("rle", name, text)
    put("log", "log.txt", LOG)
    for i, text in enumerate(INTERVENTIONS):
        put("intervention", f"{i:02}.txt", text)
    put("intervention", "file.json", json.dumps(INTERVENTION_FILE))
    for target, texts in {"request": REQUESTS, "http": HTTP, "yolo_labels": YOLO_LABELS, "yolo_config": YOLO_CONFIG, "voc": [VOC]}.items():
        for i, text in enumerate(texts):
            put(target, f"{i}.txt", text)


if __name__ == "__main__":
    main()
