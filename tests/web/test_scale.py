"""?scale= enlarges the page for a projector, and the pointer still meets what it points at."""
import re

import pytest
from maps_page import pictured
from test_layout import WALK
from viewer_page import STREET, expect


def measure(viewer, selector):
    return viewer.page.locator(selector).first.bounding_box()


def test_everything_is_larger(viewer):
    viewer.open()
    plain = {s: measure(viewer, s) for s in ("#top", "#detections .detection", ".cell", "#status")}
    viewer.page.goto("about:blank")
    viewer.page.set_viewport_size({"width": 1800, "height": 1125})
    viewer.address += "?scale=1.25"
    viewer.open()
    for selector, box in plain.items():
        assert measure(viewer, selector)["height"] == pytest.approx(box["height"] * 1.25, abs=.6), selector
    assert viewer.page.evaluate("() => { const c = document.getElementById('c-boxes'); return c.width / parseFloat(c.style.width); }") == pytest.approx(1.25, abs=.01)
    assert viewer.page.evaluate("document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight")
    assert "scale=1.25" in viewer.page.url


def test_pointer_meets_the_box(viewer):
    viewer.address += "?scale=1.25"
    viewer.page.set_viewport_size({"width": 1920, "height": 1080})
    viewer.open()
    run, tensors = viewer.run()
    x0, y0, x1, y1 = map(float, tensors["boxes"][-1][tensors["detections"][0][0]])
    box, image = measure(viewer, "#stage"), run["image"]
    by = min((box["width"] - 20) / image["width"], (box["height"] - 20) / image["height"])  # 8 px of the page on each side
    place = [box[edge] + (box[size] - image[size] * by) / 2 + by * at for edge, size, at in (("x", "width", (x0 + x1) / 2), ("y", "height", (y0 + y1) / 2))]
    viewer.page.mouse.move(*place)
    viewer.settle()
    x, y = map(int, re.search(r"x (\d+), y (\d+) px", viewer.page.locator("#status").inner_text()).groups())
    assert (x, y) == (pytest.approx((x0 + x1) / 2, abs=2), pytest.approx((y0 + y1) / 2, abs=2))
    chart = measure(viewer, ".chart")
    viewer.page.mouse.click(chart["x"] + 40 * 1.25, chart["y"] + chart["height"] / 2)
    expect(viewer.page.locator(".chart")).to_have_attribute("aria-valuetext", "dec.0")


def test_pointer_meets_the_place_on_a_map(viewer):
    viewer.page.goto(f"{viewer.address}?scale=1.25#img={STREET}&q=12&tab=maps")
    pictured(viewer)  # until then each map that comes puts another canvas there
    canvas = measure(viewer, ".maps-canvas")
    viewer.page.mouse.move(canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2)
    expect(viewer.page.locator("#status")).to_contain_text(re.compile(r"x (319|320), y (189|190) px"))


@pytest.mark.parametrize("width, height, tabs", [(1440, 900, True), (1920, 1080, False)])
def test_folds_as_a_smaller_window_does(viewer, width, height, tabs):
    viewer.page.set_viewport_size({"width": width, "height": height})
    viewer.address += "?scale=1.25"
    viewer.open()
    expect(viewer.page.locator("#image-nav .name")).to_have_text(STREET)
    assert viewer.page.locator("#panel-tabs").is_visible() == tabs
    assert [f for f in viewer.page.evaluate(WALK)["layout"] if "off the grid" not in f] == []  # 4 px of the page are 5
