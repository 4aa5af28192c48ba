"""The tab Maps of `saccade view`: how its tests open it, wait for it and read it."""
import json
import struct

import numpy
from viewer_page import STREET, expect


def opened(viewer, fragment):
    """The tab, as an address opens it in a fresh page."""
    viewer.page.goto("about:blank")
    viewer.page.goto(f"{viewer.address}#tab=maps&img={STREET}&{fragment}")
    pictured(viewer, ".maps-choice" if "e=&" in fragment else ".maps-row")


def pictured(viewer, first=".maps-row"):
    """Waits for the maps, and for the photograph under them, which comes when it comes."""
    viewer.page.locator(first).first.wait_for(timeout=60_000)
    computed(viewer)
    middle = "c => c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data[3]"
    for _ in range(600):
        if viewer.page.locator(".maps-canvas").first.evaluate(middle) == 255:
            return
        viewer.settle()
    raise AssertionError("there is no photograph")


def computed(viewer):
    viewer.settle()  # what was chosen is asked for
    expect(viewer.page.locator(".maps-row", has_text="Computing")).to_have_count(0, timeout=60_000)
    viewer.settle()


def names(viewer):
    return viewer.page.locator(".maps-name label").all_inner_texts()


def numbers(viewer, which):
    """{name: text} of one row."""
    row = viewer.page.locator(f"[data-map={which}]")
    return dict(zip(row.locator("dt").all_inner_texts(), row.locator("dd").all_inner_texts()))


def first_number(text):
    return float(text.split()[0].rstrip(",").replace("−", "-"))


def panes(viewer):
    return viewer.page.locator(".maps-pane h2").all_inner_texts()


def pixels(viewer, pane):
    return viewer.page.locator(".maps-canvas").nth(pane).evaluate("c => c.toDataURL()")


def map_of(viewer, words):
    """The tensors of the server's map, asked for as any program may."""
    images = viewer.page.request.get(viewer.address + "api/images").json()["images"]
    key = next(i["id"] for i in images if i["name"] == STREET)
    data = viewer.page.request.get(f"{viewer.address}api/image/{key}/map?{words}&model=a&viewer=test").body()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    return {name: numpy.frombuffer(data[8 + size + e["data_offsets"][0]:8 + size + e["data_offsets"][1]], "<f4").reshape(e["shape"])
            for name, e in header.items() if name != "__metadata__"}


def of_levels(levels, image, part, columns, rows):
    """Values per pixel on a grid over a part of the image: bilinear between the cells' centres."""
    (width, height), (x0, y0, x1, y1), values = image, part, 0
    for level in levels.values():
        xs = (x0 + (numpy.arange(columns) + 0.5) / columns * (x1 - x0)) / width * level.shape[1] - 0.5
        ys = (y0 + (numpy.arange(rows) + 0.5) / rows * (y1 - y0)) / height * level.shape[0] - 0.5
        across = numpy.array([numpy.interp(xs, range(level.shape[1]), row) for row in level])
        down = numpy.array([numpy.interp(ys, range(level.shape[0]), column) for column in across.T]).T
        values = values + down * level.size / (width * height)
    return values


def colour_at(viewer, pane, x, y, image):
    """Red, green and blue of the large map at a place of the image."""
    box = viewer.page.locator(".maps-canvas").nth(pane).bounding_box()
    scale = min((box["width"] - 16) / image[0], (box["height"] - 16) / image[1])
    left, top = (box["width"] - image[0] * scale) / 2, (box["height"] - image[1] * scale) / 2
    at = [round(left + x * scale), round(top + y * scale)]
    return viewer.page.locator(".maps-canvas").nth(pane).evaluate("(c, [x, y]) => [...c.getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3)", at)


def asked(viewer, method):
    return [r for r in viewer.requests if f"method={method}" in r]
