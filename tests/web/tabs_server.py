"""Answers as `saccade view` does what the tabs "Data set" and "Runs" ask, from files; with the program's Content-Security-Policy.

By hand: python tests/web/tabs_server.py --sweep DIR --run DIR --images DIR, then open the address it prints.
"""
import argparse
import io
import json
import pathlib
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import PIL.Image
from mock_server import model_shape, run_reply

HERE = pathlib.Path(__file__).resolve().parent
WEB = HERE.parents[1] / "web"
POLICY = "default-src 'self'; img-src 'self' blob: data:; style-src 'self'"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".jpg": "image/jpeg"}


class Refusal(Exception):
    pass


class TabsServer(ThreadingHTTPServer):
    """`sweeps`: name to text of sweep.json; `runs`: name to bytes of log.txt; `images`: name to bytes; `truths`: name to boxes;
    `checkpoints`: name of a run to its epochs. All may change while it serves."""

    daemon_threads = True
    request_queue_size = 64  # a page asks for all its modules at once

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.sweeps, self.runs, self.images, self.truths, self.checkpoints = {}, {}, {}, {}, {}
        self.intervened, self.gate = [], threading.Event()  # a closed gate holds replies of models back
        self.gate.set()
        self.broken = set()  # epochs whose checkpoints cannot be read
        self.age_s, self.requests, self.sha256 = 31, [], ""
        self.url = f"http://127.0.0.1:{self.server_port}/tabs_harness.html"

    def start(self):
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        path, _, query = self.path.partition("?")
        self.server.requests.append(self.path)
        self.answer(path, query)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.intervened.append(body)
        self.server.gate.wait(60)
        self.answer(self.path, body)

    def answer(self, path, query):
        try:
            status, kind, body = 200, *self.reply([urllib.parse.unquote(p) for p in path.strip("/").split("/")], query)
        except Refusal as refusal:
            status, kind, body = 404, "application/json", json.dumps({"error": str(refusal)}).encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": len(body), "Content-Security-Policy": POLICY, "Cache-Control": "no-store"}.items():
            self.send_header(name, str(value))
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # a newer request took its place

    def reply(self, parts, query):
        if parts[0] != "api":
            return self.file(parts[-1])
        if len(parts) == 2:
            return "application/json", json.dumps(self.listing(parts[1])).encode()
        what, name = parts[1:3]
        if what == "sweep" and name in self.server.sweeps:
            return "application/json", self.server.sweeps[name].encode()
        if what == "run" and parts[-1] == "checkpoints":
            return "application/json", json.dumps({"epochs": self.server.checkpoints.get(name, [])}).encode()
        if what == "run" and name in self.server.runs:
            log, begin = self.server.runs[name], int(urllib.parse.parse_qs(query)["from"][0])
            return "text/plain; charset=utf-8", log[begin : log.rfind(b"\n") + 1]
        if what == "image":
            return self.image(name, parts[3] if len(parts) > 3 else "", query)
        raise Refusal(f"{name}: there is no such {what}")

    def image(self, key, what, query):
        name, data = list(self.server.images.items())[int(key[1:])]
        if what == "photo":
            return "image/jpeg", data
        if what == "truth":
            return "application/json", json.dumps({"boxes": self.server.truths[name]}).encode()
        width, height = PIL.Image.open(io.BytesIO(data)).size
        image = {"id": key, "name": name, "width": width, "height": height, "boxes": self.server.truths.get(name, [])}
        if what == "intervene":
            return "application/octet-stream", self.detect(image, query)
        return "application/json", json.dumps(image | {"truth": bool(image["boxes"])}).encode()

    def detect(self, image, wanted):
        run, _, epoch = wanted["model"].partition("@")
        if not epoch:
            return run_reply(image, wanted["interventions"], "deformable_detr")
        if int(epoch) in self.server.broken:
            raise Refusal(f"checkpoint{int(epoch):04}.pth: not a checkpoint, or it was cut off")
        of = model_shape("deformable_detr") | {"name": wanted["model"], "sha256": f"{int(epoch):08x}" * 8}
        return run_reply(image, wanted["interventions"], "deformable_detr", of, gain=(1 + int(epoch)) / (1 + self.server.checkpoints[run][-1]))

    def listing(self, what):
        server = self.server
        if what == "model":
            model = model_shape("deformable_detr") | {"sha256": server.sha256}
            return {"models": {"a": model, "b": None}, "command": "--weights street_r18.pth --images street/val", "exif": True, "sweeps": list(server.sweeps), "runs": bool(server.runs)}
        if what == "images":
            return {"images": [{"id": f"i{i}", "name": name, "truth": name in server.truths} for i, name in enumerate(server.images)]}
        if what == "runs":
            return {"runs": [{"name": name, "bytes": len(log), "age_s": server.age_s} for name, log in server.runs.items()]}
        raise Refusal(f"{what}: there is no such address")

    def file(self, name):
        for folder in (HERE, WEB):
            if (folder / name).is_file():
                return TYPES.get(pathlib.Path(name).suffix, "application/octet-stream"), (folder / name).read_bytes()
        raise Refusal(f"{name}: there is no such file")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8765)
    for option in ("--sweep", "--run", "--images"):
        parser.add_argument(option, type=pathlib.Path, action="append", default=[])
    options = parser.parse_args()
    server = TabsServer(options.port)
    server.sweeps = {folder.name: (folder / "sweep.json").read_text() for folder in options.sweep}
    server.images = {file.name: file.read_bytes() for folder in options.images for file in sorted(folder.glob("*.jpg"))}
    server.start()
    print(server.url, flush=True)
    while True:
        server.runs = {folder.name: (folder / "log.txt").read_bytes() for folder in options.run}
        time.sleep(1)


if __name__ == "__main__":
    main()
