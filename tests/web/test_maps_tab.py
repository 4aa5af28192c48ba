"""The tab Maps of `saccade view`: rows and their numbers, maps shown large, what is asked of the server."""
import json
import re
import struct

import numpy
import pytest
from test_modules import script
from viewer_page import STREET, expect

DUE_MAPS = ["Weights of all layers", "Contribution", "Directed contribution", "Relevance", "ODAM", "Gradient", "D-RISE"]
QUERY_MAPS = ["Attention weights", "Self-attention", "References", "Drift", *DUE_MAPS]
TOKEN_MAPS = ["Reads", "Is read by", "Flow"]
PLACE = (470, 130)  # where there is a light


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


def test_nothing_is_pinned_at_first(viewer):
    viewer.page.goto(viewer.address + f"#img={STREET}")
    viewer.page.locator("#detections .detection").first.wait_for(timeout=60_000)
    assert viewer.page.locator("#tabs button").all_inner_texts()[:3] == ["Image", "Maps", "Data set"]
    detections = viewer.rows()
    viewer.page.get_by_role("tab", name="Maps").click()
    viewer.page.locator(".maps-ask").wait_for()
    assert "Choose a detection" in viewer.page.locator(".maps-ask").inner_text()
    assert viewer.page.locator(".maps-choice").count() == len(detections)
    viewer.page.locator(".maps-choice").first.click()
    viewer.page.locator(".maps-row").first.wait_for()
    computed(viewer)
    assert names(viewer) == QUERY_MAPS and panes(viewer) == ["Attention weights"]
    viewer.page.get_by_role("tab", name="Image").click()
    viewer.settle()
    assert viewer.page.locator("#card h2").inner_text().startswith("Pinned: query")


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


def asked(viewer, method):
    return [r for r in viewer.requests if f"method={method}" in r]


def compute(viewer, name):
    viewer.page.get_by_role("button", name=f"Compute {name}").click()
    expect(viewer.page.get_by_role("button", name=f"Cancel {name}")).to_be_focused()


def focused(viewer):
    return viewer.page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.id")


def test_the_gradient_is_computed_on_demand(viewer):
    opened(viewer, "q=12&maps=gradient")
    assert "as long as a training step" in viewer.page.locator("[data-map=gradient]").inner_text()
    assert "Not computed" in viewer.page.locator(".maps-pane").inner_text() and asked(viewer, "gradient") == []
    before, held = pixels(viewer, 0), []
    viewer.page.route("**/map?method=gradient*", lambda route: held.append(route))
    viewer.page.get_by_role("button", name="Compute Gradient").focus()
    viewer.page.keyboard.press("Enter")
    assert focused(viewer) == "Cancel Gradient"
    viewer.until(lambda: held)
    held[0].continue_()
    computed(viewer)
    assert focused(viewer) == "map-gradient" and len(asked(viewer, "gradient")) == 1 and pixels(viewer, 0) != before
    run, tensors = viewer.run()
    values = map_of(viewer, asked(viewer, "gradient")[0].split("?")[1].split("&model")[0])["pixels"]
    assert values.shape == (run["image"]["height"], run["image"]["width"])
    x0, y0, x1, y1 = tensors["boxes"][-1, 12]
    (columns, rows), said = (numpy.arange(n) + 0.5 for n in values.shape[::-1]), numbers(viewer, "gradient")
    inside = values[numpy.ix_((rows > y0) & (rows < y1), (columns > x0) & (columns < x1))]
    assert first_number(said["In the box"]) == pytest.approx(inside.sum(dtype=float) / values.sum(dtype=float), abs=0.006)
    assert first_number(said["Maximum"]) == pytest.approx(values.max(), rel=0.06)
    assert "Logit per unit of the input" in viewer.page.locator(".maps-pane").inner_text()


def test_drise_is_computed_on_demand(viewer):
    held = []  # of so few masks nobody would see how far the server is

    def few(route):
        held.append((route, route.fetch(url=route.request.url.replace("masks=100", "masks=4"), timeout=60_000)))
    viewer.page.route("**/map?method=drise*", few)
    opened(viewer, "q=12&maps=drise")
    assert asked(viewer, "drise") == [] and "100 forward passes" in viewer.page.locator("[data-map=drise]").inner_text()
    compute(viewer, "D-RISE")
    expect(viewer.page.locator(".maps-progress", has_text="Mask")).to_be_visible(timeout=60_000)
    viewer.until(lambda: held)
    held[0][0].fulfill(response=held[0][1])
    computed(viewer)
    assert "masks=100" in asked(viewer, "drise")[0]
    run, tensors = viewer.run()
    values, said = map_of(viewer, "method=drise&query=12&masks=4")["pixels"].astype(float), numbers(viewer, "drise")
    x0, y0, x1, y1 = tensors["boxes"][-1, 12]
    columns, rows = (numpy.arange(n) + 0.5 for n in values.shape[::-1])
    inside = ((rows > y0) & (rows < y1))[:, None] & ((columns > x0) & (columns < x1))
    assert first_number(said["Mean in the box"]) == pytest.approx(values[inside].mean(), abs=0.0006)
    assert first_number(said["Mean elsewhere"]) == pytest.approx(values[~inside].mean(), abs=0.0006)
    image = (run["image"]["width"], run["image"]["height"])
    for sign in 1, -1:
        low = numpy.where(rows[:, None] > 290, sign * values, -1)  # the road, where no frame or label is
        y, x = numpy.unravel_index(low.argmax(), values.shape)
        red, _, blue = colour_at(viewer, 0, x + 0.5, y + 0.5, image)
        assert sign * (red - blue) > 20, (sign, red, blue)


def test_what_is_given_up_is_given_up(viewer):
    """Of 5000 masks: what waited for them would wait for long."""
    ended, many = [], lambda route: route.continue_(url=route.request.url.replace("masks=100", "masks=5000"))
    viewer.page.on("requestfailed", lambda r: ended.append(r.url) if "method=drise" in r.url else None)
    viewer.page.route("**/map?method=drise*", many)
    opened(viewer, "q=12&maps=drise")

    def given_up(count):
        """So often by now, and the server was told."""
        expect(viewer.page.get_by_role("button", name="Compute D-RISE")).to_be_visible()
        told = lambda: len([r for r in viewer.requests if "/api/run?viewer=" in r and r.endswith("mdrise")])  # noqa: E731
        viewer.until(lambda: min(told(), len(ended)) >= count)
        viewer.settle()
        assert viewer.page.locator("[data-map=drise] dd").count() == 0
        return (told(), len(ended)) == (count, count)

    compute(viewer, "D-RISE")
    expect(viewer.page.locator(".maps-progress", has_text="Mask")).to_be_visible(timeout=60_000)
    viewer.page.keyboard.press("Enter")  # on Cancel
    assert given_up(1) and focused(viewer) == "Compute D-RISE"
    compute(viewer, "D-RISE")
    expect(viewer.page.locator(".maps-progress", has_text="Mask")).to_be_visible(timeout=60_000)
    viewer.page.keyboard.press("Escape")
    assert given_up(2) and "q=12" in viewer.page.url
    compute(viewer, "D-RISE")
    expect(viewer.page.locator(".maps-progress", has_text="Mask")).to_be_visible(timeout=60_000)
    viewer.page.get_by_label("Detection", exact=True).select_option("13")
    assert given_up(3)
    computed(viewer)  # the new query's maps do not wait
    assert len(asked(viewer, "drise")) == 3


def test_the_end_of_the_page_gives_it_up(viewer):
    viewer.page.route("**/map?method=drise*", lambda route: route.continue_(url=route.request.url.replace("masks=100", "masks=5000")))
    opened(viewer, "q=12&maps=drise")
    compute(viewer, "D-RISE")
    expect(viewer.page.locator(".maps-progress", has_text="Mask")).to_be_visible(timeout=60_000)
    viewer.page.goto("about:blank")
    map_of(viewer, "method=contribution&query=12")  # what waited for the masks would wait for minutes


def test_what_is_refused_on_demand_may_be_tried_again(viewer):
    viewer.page.route("**/map?method=gradient*", lambda route: route.fulfill(status=422, json={"error": "no gradient today"}))
    opened(viewer, "q=12")
    viewer.refusals_expected = 1
    viewer.page.get_by_role("button", name="Compute Gradient").click()
    expect(viewer.page.locator("[data-map=gradient] [role=alert]")).to_have_text("no gradient today")
    viewer.page.unroute("**/map?method=gradient*")
    viewer.page.get_by_role("button", name="Compute Gradient").click()
    expect(viewer.page.locator("[data-map=gradient] dd").first).to_be_visible(timeout=60_000)


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


def test_two_maps_side_by_side_move_together(viewer):
    opened(viewer, "q=12&maps=attention")
    viewer.page.get_by_role("checkbox", name="Drift").check()
    viewer.settle()
    assert panes(viewer) == ["Attention weights", "Drift"]
    fitted = [pixels(viewer, 0), pixels(viewer, 1)]
    box = viewer.page.locator(".maps-canvas").first.bounding_box()
    viewer.page.mouse.move(box["x"] + 100, box["y"] + 100)
    viewer.page.mouse.wheel(0, -400)
    viewer.until(lambda: pixels(viewer, 0) != fitted[0])  # wheeling does not wait for the page
    viewer.settle()
    zoomed = [pixels(viewer, 0), pixels(viewer, 1)]
    assert zoomed[0] != fitted[0] and zoomed[1] != fitted[1]
    viewer.page.keyboard.press("f")
    viewer.settle()
    assert [pixels(viewer, 0), pixels(viewer, 1)] == fitted
    viewer.page.get_by_role("checkbox", name="References").check()  # in the place of the oldest
    viewer.settle()
    assert panes(viewer) == ["References", "Drift"]
    assert not viewer.page.get_by_role("checkbox", name="Attention weights").is_checked()
    data = viewer.download(lambda: viewer.page.get_by_role("button", name="Save Drift as PNG").click())
    assert data[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_address_restores_tab_maps_and_layer(viewer):
    opened(viewer, "q=12&maps=attention")
    viewer.page.get_by_role("checkbox", name="Self-attention").check()
    viewer.page.get_by_role("button", name="dec.2").click()
    computed(viewer)
    expect(viewer.page).to_have_url(re.compile("L=2.*maps=attention%2Cself-attention"))
    shown = [pixels(viewer, 0), pixels(viewer, 1)]
    viewer.page.reload()
    pictured(viewer)
    assert panes(viewer) == ["Attention weights", "Self-attention"]
    assert viewer.page.locator(".maps-layer[aria-pressed=true]").inner_text() == "dec.2"
    assert [pixels(viewer, 0), pixels(viewer, 1)] == shown


def test_token_by_a_click(viewer):
    opened(viewer, "e=&maps=reads,flow")
    assert "Click a place" in viewer.page.locator(".maps-ask").inner_text()
    canvas = viewer.page.locator(".maps-canvas").bounding_box()
    scale = min((canvas["width"] - 16) / 640, (canvas["height"] - 16) / 380)
    left, top = (canvas["width"] - 640 * scale) / 2, (canvas["height"] - 380 * scale) / 2
    viewer.page.mouse.click(canvas["x"] + left + PLACE[0] * scale, canvas["y"] + top + PLACE[1] * scale)
    viewer.page.locator(".maps-row").first.wait_for(timeout=60_000)
    computed(viewer)
    assert names(viewer) == TOKEN_MAPS and panes(viewer) == ["Reads", "Flow"]
    last = viewer.page.locator(".maps-layer").count() - 1
    flow = map_of(viewer, f"method=flow&at={PLACE[0]},{PLACE[1]}&level=1&layer={last}")
    off = 1 - sum(level.sum() for level in flow.values())
    assert first_number(numbers(viewer, "flow")["Off-image share"]) == pytest.approx(off, abs=0.006)
    before = pixels(viewer, 1)
    viewer.page.keyboard.press("ArrowLeft")
    computed(viewer)
    assert pixels(viewer, 1) != before
    assert any(f"layer={last - 1}" in r and "method=flow" in r for r in viewer.requests)


def test_of_two_tokens_the_first_is_mapped(viewer):
    def shown():
        viewer.page.locator("[data-map=reads] dd").first.wait_for(timeout=60_000)
        pictured(viewer)
        return pixels(viewer, 0), pixels(viewer, 1), numbers(viewer, "reads")

    alone = "e=470,130,1&maps=reads,readers"
    opened(viewer, alone)
    one = shown()
    with viewer.page.expect_response(lambda r: "/token" in r.url and "secondToken" in r.url, timeout=60_000):
        opened(viewer, alone + "&e2=100,300,1")
    expect(viewer.page).to_have_url(re.compile("e2=100.0%2C300.0%2C1"))  # the page writes it so, once it has the token
    assert shown() == one


def test_the_server_is_told_of_interventions(viewer):
    opened(viewer, "q=12&maps=self-attention&x=dec.1.self.head0%3Doff")
    assert viewer.page.locator(".maps-toolbar .tag").inner_text() == "1 intervention"
    asked = [r for r in viewer.requests if "method=self-attention" in r]
    assert asked and "x=dec.1.self.head0%3Doff" in asked[-1]


def test_a_refusal_stands_in_its_row(viewer):
    refused = []  # once, or again where the page was still coming to its query

    def refuse(route):
        refused.append(route.request.url)
        route.fulfill(status=422, json={"error": "no such map today"})
    viewer.page.route("**/map?method=self-attention*", refuse)
    opened(viewer, "q=12&maps=self-attention")
    viewer.page.locator("[data-map=self-attention] .maps-error").wait_for()
    assert viewer.page.locator(".maps-error").all_inner_texts() == ["no such map today"]
    assert "Maximum" in numbers(viewer, "attention")
    computed(viewer)
    viewer.refusals_expected = len(refused)


def test_plain_detr_has_the_maps_without_points(viewer):
    def plain(route):
        reply = route.fetch()
        model = reply.json()
        model["models"]["a"]["family"] = "detr"
        route.fulfill(response=reply, json=model)
    viewer.page.route("**/api/model", plain)
    opened(viewer, "q=12")
    assert names(viewer) == ["Self-attention", "Drift", "Weights of all layers", "Relevance", "ODAM", "Gradient", "D-RISE"] and panes(viewer) == ["Self-attention"]
    assert viewer.page.get_by_role("button", name="Encoder token").count() == 0


@pytest.mark.parametrize("fragment", ["q=12&maps=self-attention,references", "e=470,130,1&maps=reads,flow"])
def test_nothing_is_cut_off(viewer, fragment):
    opened(viewer, fragment)
    for width, height in (1024, 768), (1440, 900), (1920, 1080):
        viewer.page.set_viewport_size({"width": width, "height": height})
        viewer.settle()
        bad = viewer.page.evaluate("""() => {
          const wrong = [], tab = document.querySelector(".maps-tab");
          for (const e of tab.querySelectorAll("button, select, h2, p, span, dd, .maps-name, .maps-toolbar, .maps-rows")) {
            if (!e.offsetWidth) continue;
            const name = `${e.tagName} ${e.className} ${e.textContent.slice(0, 30)}`;
            if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline") wrong.push(`cut off: ${name}`);
            const box = e.getBoundingClientRect();
            if (e.matches("button, select") && Math.min(box.width, box.height) < 24) wrong.push(`small: ${name}`);
            if (box.right > innerWidth + 1) wrong.push(`beyond the window: ${name}`);
            if (parseFloat(getComputedStyle(e).fontSize) < 11) wrong.push(`small text: ${name}`);
          }
          for (const e of tab.querySelectorAll("button, select, input"))
            if (!(e.ariaLabel || e.textContent.trim() || e.labels?.length)) wrong.push(`no name: ${e.outerHTML}`);
          return wrong;
        }""")
        assert bad == [], (width, bad)
