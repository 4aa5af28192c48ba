"""The page of `saccade view` as the tests drive it: what a person does, what it asks the server, what its console says."""
import datetime
import json
import pathlib
import struct

import numpy
import pytest
from program import IMAGES, PROGRAM
from view_server import serving

expect = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright").expect
expect.set_options(timeout=30_000)  # as all else in playwright: where other work keeps the cores a pass of the model takes seconds

STREET = "Town03_013980.jpg"
# What the page would do by itself a second or more later, such as trying again, is left to what the test does.
NOTHING_BY_ITSELF = """(() => {
  const own = window.setTimeout;
  window.setTimeout = (act, ms, ...more) => (ms >= 1000 ? 0 : own(act, ms, ...more));
})()"""


def need_program():
    if not PROGRAM.exists():
        pytest.skip("the program is not built")


def street_server(*words, port=0):
    """`saccade view` of the street images and their annotations, with these options besides."""
    need_program()
    return serving("--images", IMAGES, "--annotations", IMAGES / "instances.json", "--threads", "2", *words, port=port)


def stop_time(page):
    """From here on time passes when the test says so: page.clock.run_for."""
    start = datetime.datetime(2030, 1, 1)
    page.clock.install(time=start)
    page.clock.pause_at(start + datetime.timedelta(hours=1))


class Viewer:
    """A page, the requests it makes and what its console says."""

    def __init__(self, page, address):
        self.page, self.address = page, address
        self.requests, self.errors, self.refusals_expected = [], [], 0
        page.on("request", lambda r: self.requests.append(r.url) if "/api/" in r.url else None)
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.errors.append(str(e)))

    def open(self, fragment=f"img={STREET}"):
        self.page.goto(self.address + "#" + fragment)
        self.page.locator("#status .state-ok").wait_for()
        self.page.locator(".detection").first.wait_for(state="attached", timeout=60_000)  # a narrow window shows another panel
        self.page.locator("#toolbar button", has_text="Truth").wait_for(state="attached")  # annotations come when they come
        self.settle()
        return self

    def settle(self):
        """Until the frame after next: what was asked for is drawn."""
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def rest(self):
        """Moves the pointer away, until what follows that late is drawn: the page tells it after 80 ms, draws 60 ms after that."""
        self.page.mouse.move(2, 2)
        for late in (80, 60):  # the page's own clock: what it had to do before is done
            self.page.evaluate("late => new Promise(done => setTimeout(done, late))", late)
            self.settle()

    def until(self, holds):
        """Waits for what is known here and not on the page."""
        for _ in range(3000):
            if holds():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("what was waited for did not come")

    def stop_time(self):
        stop_time(self.page)

    def pixels(self, canvas):
        return self.page.evaluate(f"document.getElementById('c-{canvas}').toDataURL()")

    def rows(self):
        return self.page.locator("#detections .detection").all_inner_texts()

    def lines(self):
        return self.page.locator(".line-text").evaluate_all("all => all.map(i => i.value)")

    def steps(self, count):
        """Waits until the history has this many."""
        expect(self.page.locator(".pill")).to_have_count(count, timeout=60_000)
        self.settle()

    def pin_first(self):
        self.page.locator("#detections .detection").first.click()
        self.rest()

    def screen(self, x, y):
        """Where a place of the image lies on the page, as long as nothing was zoomed."""
        box = self.page.locator("#stage").bounding_box()
        run, _ = self.run()
        width, height = run["image"]["width"], run["image"]["height"]
        scale = min((box["width"] - 16) / width, (box["height"] - 16) / height)
        left, top = box["x"] + (box["width"] - width * scale) / 2, box["y"] + (box["height"] - height * scale) / 2
        return float(left + x * scale), float(top + y * scale)

    def run(self):
        """The baseline of the image on the page, as any program may ask for it."""
        base = self.page.url.split("#")[0].split("?")[0]
        images = self.page.request.get(base + "api/images").json()["images"]
        key = next(i["id"] for i in images if i["name"] == self.page.locator("#image-nav .name").inner_text())
        return read(self.page.request.get(base + f"api/image/{key}/decoder.bin?model=a").body())

    def download(self, click):
        with self.page.expect_download() as waiting:
            click()
        return pathlib.Path(waiting.value.path()).read_bytes()


def read(data):
    """(run, tensors) of a reply; tensors of a bytearray may be written to."""
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    types = {"F32": "<f4", "I32": "<i4", "U16": "<u2"}
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin = 8 + size + entry["data_offsets"][0]
            tensors[name] = numpy.frombuffer(data, types[entry["dtype"]], numpy.prod(entry["shape"], dtype=int), begin).reshape(entry["shape"])
    return json.loads(header["__metadata__"]["run"]), tensors
