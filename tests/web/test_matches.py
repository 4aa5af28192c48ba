"""Hits and errors of detections on the page of `saccade view`, where the image has annotations."""
import json
import re

import numpy
import pytest
from replies import packed
from viewer_page import STREET, expect, read

KINDS = ["TP", "Cls", "Loc", "Both", "Dupe", "Bkg"]


@pytest.fixture
def told(viewer):
    """The page is told of the first six detections one of each kind; the truths 0, 1 and 2 are hit or claimed."""
    def answer(route):
        reply = route.fetch()
        run, tensors = read(reply.body())
        matches = numpy.full_like(tensors["detections"], -1)
        matches[:6] = [[0, 0], [1, 1], [2, 2], [3, 3], [4, 0], [5, -1]]
        tensors = {**tensors, "matches": matches}
        route.fulfill(status=200, headers=reply.headers, body=packed({"run": json.dumps(run)}, tensors))

    viewer.page.route("**/intervene", answer)
    viewer.open()
    viewer.page.get_by_role("slider", name="Score threshold").fill("0.01")
    viewer.settle()
    return viewer


def tags(viewer):
    return viewer.page.locator("#detections .detection .tag").all_inner_texts()


def truths(viewer):
    base = viewer.address
    key = next(i["id"] for i in viewer.page.request.get(base + "api/images").json()["images"] if i["name"] == STREET)
    return viewer.page.request.get(f"{base}api/image/{key}/truth").json()["boxes"]


def test_tags_say_what_each_detection_is(told):
    assert tags(told) == KINDS
    assert all(told.page.locator("#detections .detection .tag").evaluate_all("all => all.map(e => e.dataset.tip.length > 20)"))
    first = told.page.locator("#detections .tag").first
    ok = told.page.evaluate("() => { const e = document.body.appendChild(document.createElement('i')); e.style.color = 'var(--ok)'; const c = getComputedStyle(e).color; e.remove(); return c; }")
    assert first.evaluate("e => getComputedStyle(e).color") == ok
    told.page.locator("#detections .detection").nth(1).click()
    told.page.locator("#card", has_text="Cls").wait_for()
    told.page.keyboard.press("ArrowLeft")  # other layers are not held against the annotations
    told.settle()
    assert tags(told) == [] and "Missed" not in told.page.locator("#detections").inner_text()


def test_chips_filter_by_kind(told):
    told.page.get_by_role("button", name="Loc 1").click()
    told.settle()
    assert tags(told) == ["Loc"] and len(told.rows()) == 1
    told.page.get_by_role("button", name="Loc 1").click()
    told.settle()
    assert tags(told) == KINDS


def test_missed_annotations_are_shown_and_zoomed_to(told):
    missed = [t for i, t in enumerate(truths(told)) if i > 2]
    line = told.page.locator(".missed")
    assert missed and sum(int(n) for n in re.findall(r"(\d+) [a-z]", line.inner_text())) == len(missed)
    before = told.pixels("hover")
    line.hover()
    told.settle()
    assert told.pixels("hover") != before
    percent = told.page.locator("#zoom .percent").inner_text()
    line.click()
    told.settle()
    assert told.page.locator("#zoom .percent").inner_text() != percent
    assert told.page.locator("#card").inner_text() == ""
    told.page.mouse.move(2, 2)
    told.page.get_by_role("slider", name="Score threshold").fill("1")
    told.settle()
    expect(line).to_have_text(re.compile("^Missed: "))
    assert sum(int(n) for n in re.findall(r"(\d+) [a-z]", line.inner_text())) == len(truths(told))
