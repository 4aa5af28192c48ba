"""A stand-in for `saccade view`: serves web/ and answers docs/http-api.md with made-up numbers, for work on the page alone."""
import argparse
import hashlib
import http.server
import json
import pathlib
import re
import time
import urllib.parse

import numpy
import PIL.Image
from replies import packed

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUERIES, ENC, DEC, HEADS, LEVELS, POINTS = 100, 3, 6, 8, 4, 4
CLASSES = [None, "vehicle", "bike", "motorbike", "traffic_light", "traffic_sign"]
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".json": "application/json"}
CSP = "default-src 'self'; img-src 'self' blob: data:; style-src 'self'"


class Refusal(Exception):
    """A 4xx with its sentence."""

    def __init__(self, status, error, **more):
        super().__init__(error)
        self.status, self.body = status, {"error": error, **more}


class Images:
    """The images of a folder and those that were uploaded."""

    def __init__(self, folder):
        notes = json.loads((folder / "instances.json").read_text())
        named = {i["file_name"]: i["id"] for i in notes["images"]}
        self.items = {}
        for number, path in enumerate(sorted(folder.glob("*.jpg"))):
            boxes = [a for a in notes["annotations"] if a["image_id"] == named.get(path.name)]
            self.add(f"i{number}", path.name, path.read_bytes(), [self.truth(a) for a in boxes])

    @staticmethod
    def truth(a):
        x, y, w, h = a["bbox"]
        return {"class": a["category_id"], "name": CLASSES[a["category_id"]], "box": [x, y, x + w, y + h], "crowd": False}

    def add(self, key, name, data, truth):
        import io
        with PIL.Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
        self.items[key] = {"id": key, "name": name, "width": width, "height": height, "data": data, "boxes": truth}
        return self.items[key]

    def get(self, key):
        if key not in self.items:
            raise Refusal(410, "this image is no longer in memory: open it again")
        return self.items[key]


def check(texts):
    """Refuses what the model lacks."""
    for number, text in enumerate(texts):
        if "=" not in text:
            raise Refusal(400, f"{text}: expected = and an action", intervention=number, at=len(text))
        if "patch" in text:
            raise Refusal(400, "patch reads a file, which this server does not", intervention=number, at=0)
        head = re.search(r"head(\d+)", text)
        if head and int(head[1]) >= HEADS:
            raise Refusal(400, f"head{head[1]}: this model has heads 0 to {HEADS - 1}", intervention=number, at=head.start())


def reach(texts):
    """The first decoder layer that is changed."""
    first = DEC
    for text in texts:
        layer = re.match(r"dec\.(\d)", text)
        first = min(first, int(layer[1]) if layer else 0)
    return first


def cells(width, height):
    w, h = max(32, round(width / 32) * 32), max(32, round(height / 32) * 32)
    return w, h, [{"height": -(-h // s), "width": -(-w // s), "stride": s} for s in (8, 16, 32, 64)]


def decode(image, texts):
    """Boxes, scores, references, points and weights that look like a detector's."""
    rng = numpy.random.default_rng(int(hashlib.sha256(image["name"].encode()).hexdigest()[:8], 16))
    size = numpy.array([image["width"], image["height"]], numpy.float64)
    centre = rng.uniform(0, 1, (QUERIES, 2)) * size
    extent = rng.uniform(.03, .15, (QUERIES, 2)) * size
    best, score = rng.integers(1, 6, QUERIES), rng.uniform(.01, .18, QUERIES)
    places = rng.permutation(QUERIES)
    for q, truth in zip(places, image["boxes"]):
        box = numpy.array(truth["box"])
        centre[q], extent[q] = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
        best[q], score[q] = truth["class"], rng.uniform(.35, .96)
    start = centre + rng.normal(0, 30, (QUERIES, 2))
    first = reach(texts)
    push = numpy.zeros(QUERIES)
    for text in texts:
        noise = numpy.random.default_rng(int(hashlib.sha256(text.encode()).hexdigest()[:8], 16))
        push += noise.normal(-.05, .12, QUERIES) * (score > .2)
        off = re.fullmatch(r"query\[(\d+)\]=off.*", text)
        if off:
            push[int(off[1])] = -1
    scores = numpy.zeros((DEC, QUERIES, len(CLASSES)), numpy.float32)
    boxes = numpy.zeros((DEC, QUERIES, 4), numpy.float32)
    for layer in range(DEC):
        part = .4 + .6 * layer / (DEC - 1)
        value = score * part + (push if layer >= first else 0)
        scores[layer] = rng.uniform(0, .04, (QUERIES, len(CLASSES)))
        scores[layer, :, 0] = 0
        scores[layer, range(QUERIES), best] = numpy.clip(value, 0, .99)
        c = centre + (start - centre) * (1 - part) + (push[:, None] * 6 if layer >= first else 0)
        boxes[layer] = numpy.concatenate([c - extent / 2 * (2 - part), c + extent / 2 * (2 - part)], 1)
    reference = numpy.repeat(start[None] * .3 + centre[None] * .7, DEC, 0).astype(numpy.float32)
    offset = rng.normal(0, .45, (DEC, QUERIES, HEADS, LEVELS, POINTS, 2)) * extent[None, :, None, None, None] * numpy.array([.5, .8, 1.1, 1.6])[None, None, None, :, None, None]
    points = reference[:, :, None, None, None] + offset + rng.normal(0, .3, (1, 1, HEADS, 1, 1, 2)) * extent[None, :, None, None, None]
    logits = rng.normal(0, 1.1, (DEC, QUERIES, HEADS, LEVELS * POINTS))
    weights = numpy.exp(logits) / numpy.exp(logits).sum(-1, keepdims=True)
    weights = weights.reshape(DEC, QUERIES, HEADS, LEVELS, POINTS)
    for text in texts:
        move(text, points, reference, weights)
    return scores, boxes, reference, points / size, weights


def move(text, points, reference, weights):
    at = re.fullmatch(r"dec\.(\d)\.cross\.head(\d)\.level(\d)\.point(\d)\.query\[(\d+)\]\.offset=at\(([\d.-]+),([\d.-]+)\)", text)
    if at:
        layer, head, level, point, query = map(int, at.groups()[:5])
        points[layer, query, head, level, point] = float(at[6]), float(at[7])
    to = re.fullmatch(r"dec\.(\d)\.cross\.query\[(\d+)\]\.reference=set\(([\d.-]+),([\d.-]+)\)", text)
    if to:
        layer, query = int(to[1]), int(to[2])
        by = numpy.array([float(to[3]), float(to[4])]) - reference[layer, query]
        reference[layer, query] += by
        points[layer, query] += by
    level = re.fullmatch(r"dec\.\*\.cross\.level(\d)=off.*", text)
    if level:
        weights[:, :, :, int(level[1])] = 0
        weights /= numpy.maximum(weights.sum((3, 4), keepdims=True), 1e-9)


def u16(shares):
    return numpy.clip(numpy.round((shares + 1) / 3 * 65535), 0, 65535).astype("<u2")


def model_shape(family):
    return {"name": "street_r18", "sha256": "3f9c1a2e" * 8, "family": family, "backbone": "resnet18", "queries": QUERIES,
            "enc_layers": ENC, "dec_layers": DEC, "heads": HEADS, "levels": LEVELS if family == "deformable_detr" else 1, "enc_points": POINTS, "dec_points": POINTS,
            "with_box_refine": False, "two_stage": False, "size": "380,640,32", "classes": CLASSES}


def overlap(a, b):
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


def matches_of(found, boxes, truths):
    """What each (query, class) is: 0 hit, 1 Cls, 2 Loc, 3 Both, 4 Dupe, 5 Bkg; and the truth that it concerns."""
    taken, matches = set(), []
    for query, label in found:
        by_class = {True: (0, -1), False: (0, -1)}
        for at, truth in enumerate(truths):
            same = truth["class"] == label
            by_class[same] = max(by_class[same], (overlap(boxes[query], truth["box"]), at))
        (own, own_at), (other, other_at) = by_class[True], by_class[False]
        if own >= .5:
            matches.append((4 if own_at in taken else 0, own_at))
            taken.add(own_at)
        else:
            matches.append((1, other_at) if other >= .5 else (2, own_at) if own >= .1 else (3, other_at) if other >= .1 else (5, -1))
    return numpy.array(matches, "<i4").reshape(-1, 2)


def run_reply(image, texts, family, of=None, gain=1):
    """`of`: the shape of a checkpoint's model; `gain`: on its scores."""
    check(texts)
    scores, boxes, reference, points, weights = decode(image, texts)
    scores = (scores * gain).astype("<f4")
    flat = scores[-1].reshape(-1)
    order = numpy.argsort(-flat, kind="stable")[:100]
    w, h, levels = cells(image["width"], image["height"])
    run = {"image": {"id": image["id"], "name": image["name"], "width": image["width"], "height": image["height"], "input_width": w, "input_height": h},
           "model": "a", "interventions": texts, "words": [f"what {t} does" for t in texts], "encoder": any(t.startswith("enc") for t in texts),
           "first_layer": reach(texts), "ms": 24.1, "levels": levels}
    if of:
        run["of"] = of
    tensors = {"scores": scores, "boxes": boxes,
               "detections": numpy.stack([order // len(CLASSES), order % len(CLASSES)], 1).astype("<i4")}
    if image["boxes"]:
        tensors["matches"] = matches_of(tensors["detections"], boxes[-1], image["boxes"])
    if family == "detr":
        run["levels"] = levels[2:3]
    else:
        tensors |= {"reference": reference.astype("<f4"), "points": u16(points), "weights": numpy.round(weights * 65535).astype("<u2")}
    return packed({"run": json.dumps(run)}, tensors)


def token_reply(image, at, level):
    w, h, levels = cells(image["width"], image["height"])
    grid = levels[level]
    x, y = at
    column = min(grid["width"] - 1, int(x / image["width"] * grid["width"]))
    row = min(grid["height"] - 1, int(y / image["height"] * grid["height"]))
    first = sum(l["height"] * l["width"] for l in levels[:level])
    centre = numpy.array([(column + .5) / grid["width"], (row + .5) / grid["height"]])
    rng = numpy.random.default_rng(first + row * 1000 + column)
    cell = numpy.array([[1 / l["width"], 1 / l["height"]] for l in levels])
    points = centre + rng.normal(0, 1.6, (ENC, HEADS, LEVELS, POINTS, 2)) * cell[None, None, :, None]
    weights = rng.dirichlet(numpy.ones(16), (ENC, HEADS)).reshape(ENC, HEADS, LEVELS, POINTS)
    tensors = {"points": u16(points), "weights": numpy.round(weights * 65535).astype("<u2")}
    for number, l in enumerate(levels):
        gy, gx = numpy.mgrid[:l["height"], :l["width"]]
        far = ((gx + .5) / l["width"] - centre[0]) ** 2 + ((gy + .5) / l["height"] - centre[1]) ** 2
        tensors[f"read_by.{number}"] = numpy.stack([.1 * numpy.exp(-far * 300 / (1 + k)) for k in range(ENC)]).astype("<f4")
    cw, ch = image["width"] / grid["width"], image["height"] / grid["height"]
    token = {"token": first + row * grid["width"] + column, "level": level, "column": column, "row": row,
             "cell": [column * cw, row * ch, (column + 1) * cw, (row + 1) * ch]}
    return packed({"token": json.dumps(token)}, tensors)


class Handler(http.server.BaseHTTPRequestHandler):
    images = None
    family = ""
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, body, kind="application/json", status=200):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(data)

    def handle_with(self, answer):
        try:
            answer()
        except Refusal as refusal:
            self.answer(refusal.body, status=refusal.status)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def do_GET(self):
        self.handle_with(self.get)

    def do_POST(self):
        self.handle_with(self.post)

    def do_DELETE(self):
        self.answer({})

    def get(self):
        url = urllib.parse.urlparse(self.path)
        query = urllib.parse.parse_qs(url.query)
        parts = url.path.strip("/").split("/")
        if url.path == "/api/model":
            shape = model_shape(self.family)
            return self.answer({"version": "0.1.0", "device": "cpu", "threads": 2, "precision": "fp32", "exif": True, "memory_budget_mb": 2048,
                                "upload_limit_mb": 32, "command": "", "models": {"a": shape, "b": None}, "interventions": [], "sweeps": [], "runs": False})
        if url.path == "/api/images":
            return self.answer({"images": [{"id": i["id"], "name": i["name"], "truth": bool(i["boxes"])} for i in self.images.items.values()]})
        if url.path == "/api/events":
            return self.events()
        if parts[:2] == ["api", "image"]:
            return self.get_image(self.images.get(parts[2]), parts[3] if len(parts) > 3 else "", query)
        if parts[0] == "api":
            raise Refusal(404, f"{url.path}: there is no such thing here")
        path = ROOT / "web" / (url.path.strip("/") or "index.html")
        if not path.is_file():
            raise Refusal(404, f"{url.path}: there is no such file")
        return self.answer(path.read_bytes(), TYPES.get(path.suffix, "application/octet-stream"))

    def get_image(self, image, what, query):
        if what == "photo":
            return self.answer(image["data"], "image/jpeg")
        if what == "truth":
            return self.answer({"boxes": image["boxes"]})
        if what == "decoder.bin":
            return self.answer(run_reply(image, query.get("x", []), self.family), "application/octet-stream")
        if what == "token":
            x, y = map(float, query["at"][0].split(","))
            return self.answer(token_reply(image, (x, y), int(query["level"][0])), "application/octet-stream")
        return self.answer({k: image[k] for k in ("id", "name", "width", "height")} | {"truth": bool(image["boxes"])})

    def events(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        while True:
            time.sleep(1)
            self.wfile.write(b": still here\n\n")
            self.wfile.flush()

    def post(self):
        url = urllib.parse.urlparse(self.path)
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if url.path == "/api/image":
            name = urllib.parse.parse_qs(url.query)["name"][0]
            if data[:2] != b"\xff\xd8" and data[:8] != b"\x89PNG\r\n\x1a\n":
                raise Refusal(415, f"{name}: not a JPEG or PNG file")
            key = "u" + hashlib.sha256(data).hexdigest()[:16]
            try:
                image = self.images.add(key, name, data, [])
            except OSError:
                raise Refusal(422, f"{name}: cannot be decoded") from None
            return self.answer({k: image[k] for k in ("id", "name", "width", "height")}, status=201)
        body = json.loads(data)
        return self.answer(run_reply(self.images.get(url.path.split("/")[3]), body["interventions"], self.family), "application/octet-stream")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--images", type=pathlib.Path, default=ROOT / "assets" / "images")
    options.add_argument("--family", default="deformable_detr", choices=["deformable_detr", "detr"])
    given = options.parse_args()
    Handler.images = Images(given.images)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", given.port), Handler)
    server.daemon_threads = True
    Handler.family = given.family
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
