"""The tab Maps of `saccade view`: numbers and colours of the maps, against what the server sends."""
import json
import re

import numpy
import pytest
from maps_page import asked, colour_at, computed, first_number, map_of, numbers, of_levels, opened, panes, pictured, pixels
from test_modules import script
from viewer_page import expect


def test_numbers_are_those_of_the_run(viewer):
    query, layer = 12, 1
    opened(viewer, f"q={query}&L={layer}")
    run, tensors = viewer.run()
    size = numpy.array([run["image"]["width"], run["image"]["height"]])
    points = (tensors["points"][layer, query] / 65535 * 3 - 1) * size
    weights = tensors["weights"][layer, query] / 65535
    x0, y0, x1, y1 = tensors["boxes"][layer, query]
    inside = (points[..., 0] >= x0) & (points[..., 0] <= x1) & (points[..., 1] >= y0) & (points[..., 1] <= y1)
    share = (weights * inside).sum((1, 2)) / weights.sum((1, 2))
    assert first_number(numbers(viewer, "attention")["In-box share"]) == pytest.approx(share.mean(), abs=0.006)
    centres = (tensors["boxes"][:, query, :2] + tensors["boxes"][:, query, 2:]) / 2
    steps = numpy.hypot(*(centres[1:] - centres[:-1]).T)
    assert first_number(numbers(viewer, "drift")["Length of the path"]) == pytest.approx(steps.sum(), abs=0.06)
    reference = tensors["reference"][layer, query]
    assert numbers(viewer, "references")["Reference"] == f"{reference[0]:.1f}, {reference[1]:.1f} px"
    viewer.page.keyboard.press("3")  # head 2 alone
    viewer.settle()
    assert first_number(numbers(viewer, "attention")["In-box share"]) == pytest.approx(share[2], abs=0.006)


def test_self_attention_names_the_five_that_were_heard_most(viewer):
    query = 12
    opened(viewer, f"q={query}&L=4&maps=self-attention")
    weights = map_of(viewer, f"method=self-attention&query={query}&layer=4")["weights"].mean(0)
    others = [q for q in numpy.argsort(-weights) if q != query][:5]
    said = numbers(viewer, "self-attention")
    assert [name.split()[0] for name in said][:5] == [f"q{q}" for q in others]
    assert [first_number(v) for v in said.values()] == pytest.approx([weights[q] for q in [*others, query]], abs=0.0006)
    before, asked = pixels(viewer, 0), len([r for r in viewer.requests if "self-attention" in r])
    viewer.page.keyboard.press("ArrowLeft")
    computed(viewer)
    assert pixels(viewer, 0) != before
    viewer.page.keyboard.press("ArrowRight")
    computed(viewer)
    assert pixels(viewer, 0) == before
    assert len([r for r in viewer.requests if "self-attention" in r]) == asked + 1  # the first layer's is still known


def test_what_a_detection_is_due_to(viewer):
    opened(viewer, "q=12&maps=contribution,odam")
    assert panes(viewer) == ["Contribution", "ODAM"] and pixels(viewer, 0) != pixels(viewer, 1)
    words = viewer.page.locator(".maps-pane").all_inner_texts()
    assert all("all layers" in pane and "dec." not in pane for pane in words)
    assert "Share per pixel" in words[0] and "Logit per pixel" in words[1]
    levels = map_of(viewer, "method=contribution&query=12")
    off = 1 - sum(level.sum(dtype=float) for level in levels.values())
    assert first_number(numbers(viewer, "contribution")["Off-image share"]) == pytest.approx(off, abs=0.006)
    run, tensors = viewer.run()
    x0, y0, x1, y1 = tensors["boxes"][-1, 12]
    inside = 0
    for level in levels.values():  # cells as they are, not interpolated: about the same
        rows, columns = (numpy.arange(n) + 0.5 for n in level.shape)
        x, y = columns / level.shape[1] * run["image"]["width"], rows / level.shape[0] * run["image"]["height"]
        inside += (level * ((x > x0) & (x < x1)) * ((y > y0) & (y < y1))[:, None]).sum(dtype=float)
    assert first_number(numbers(viewer, "contribution")["In the box"]) == pytest.approx(inside / (1 - off), abs=0.15)
    viewer.page.keyboard.press("ArrowLeft")  # they are of all layers: what was asked for once is kept
    computed(viewer)
    for method in ("weights", "contribution", "directed", "relevance", "odam"):
        assert len([r for r in viewer.requests if f"method={method}" in r]) == 1, method


def test_signed_maps_show_what_is_for_and_what_against(viewer):
    opened(viewer, "q=12&maps=directed")
    run, tensors = viewer.run()
    image, box = (run["image"]["width"], run["image"]["height"]), tensors["boxes"][-1, 12]
    levels = map_of(viewer, next(r for r in viewer.requests if "method=directed" in r).split("?")[1].split("&model")[0])
    inside = of_levels(levels, image, box, 64, 64) * (box[2] - box[0]) * (box[3] - box[1]) / 64 ** 2
    whole = of_levels(levels, image, (0, 0, *image), 160, 96)
    said = numbers(viewer, "directed")
    assert first_number(said["Sum"]) == pytest.approx(sum(level.sum(dtype=float) for level in levels.values()), abs=0.006)
    assert first_number(said["For, in the box"]) == pytest.approx(inside.clip(min=0).sum(), abs=0.006)
    assert first_number(said["Against, in the box"]) == pytest.approx(inside.clip(max=0).sum(), abs=0.006)
    assert float(said["Largest"].split()[0][1:].replace("−", "-")) == pytest.approx(abs(whole).max(), rel=0.06)
    bar = viewer.page.locator(".maps-bar").inner_text().split()
    assert bar[:3] == ["Logit", "per", "pixel"] and bar[3] == "−" + said["Largest"].split()[0][1:] and bar[4:] == ["0", "+" + bar[3][1:]]
    xs, ys = ((numpy.arange(n) + 0.5) / n * size for n, size in zip((160, 96), image))
    clear = ((ys > box[1] + 5) & (ys < box[3] - 5))[:, None] & ((xs > box[0] + 5) & (xs < box[2] - 5))  # no frame, no label
    for sign in 1, -1:
        row, column = numpy.unravel_index(numpy.where(clear, sign * whole, -1).argmax(), whole.shape)
        red, _, blue = colour_at(viewer, 0, xs[column], ys[row], image)
        assert sign * (red - blue) > 20, (sign, red, blue)


def test_signed_colours_are_those_of_the_figures():
    """Orange above 0, blue below, clear at 0; opacity in proportion up to 0.85."""
    printed = script("""
        globalThis.document = {createElement: () => ({})};
        const {colourSigned} = await import("./heat.js"), out = {data: new Uint8ClampedArray(20)};
        colourSigned([-2, -1, 0, 1, 2], 2, out);
        console.log(JSON.stringify([...out.data]));""")
    low, below, zero, above, high = numpy.array(json.loads(printed[0])).reshape(5, 4)
    assert low.tolist() == [0x0B, 0x4F, 0x8A, 217] and high.tolist() == [0xA9, 0x4F, 0x00, 217]
    assert below == pytest.approx([0x5F, 0xA2, 0xD4, 147], abs=2) and above == pytest.approx([0xF0, 0xA0, 0x4B, 147], abs=2)
    assert zero[3] == 0


def test_the_target_may_be_a_side_of_the_box(viewer):
    opened(viewer, "q=12&maps=directed")
    before = numbers(viewer, "directed"), numbers(viewer, "contribution"), pixels(viewer, 0)
    viewer.page.get_by_label("Target", exact=True).select_option("x1")
    computed(viewer)
    now = numbers(viewer, "directed"), numbers(viewer, "contribution"), pixels(viewer, 0)
    assert before[0] != now[0] and before[1] == now[1] and before[2] != now[2]
    levels = map_of(viewer, "method=directed&query=12&target=x1")
    assert first_number(now[0]["Sum"]) == pytest.approx(sum(level.sum(dtype=float) for level in levels.values()), abs=0.006)
    assert "right side" in viewer.page.locator(".maps-pane").inner_text() and "Side's px per pixel" in viewer.page.locator(".maps-bar").inner_text()
    for method in ("directed", "relevance", "odam"):
        assert "&target=x1" in asked(viewer, method)[-1] and "target" not in asked(viewer, method)[0]
    expect(viewer.page).to_have_url(re.compile("target=x1"))
    viewer.page.reload()
    pictured(viewer)
    assert viewer.page.get_by_label("Target", exact=True).input_value() == "x1" and numbers(viewer, "directed") == now[0]
