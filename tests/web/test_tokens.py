"""Encoder tokens on the page: of which level, two side by side, anew with other interventions."""
import re
import urllib.parse

from viewer_page import expect


def smallest_box(tensors, x, y):
    boxes = [tensors["boxes"][-1][q] for q, c in tensors["detections"] if tensors["scores"][-1][q, c] > .5]
    here = [b for b in boxes if b[0] <= x <= b[2] and b[1] <= y <= b[3]]
    return min(here, key=lambda b: (b[2] - b[0]) * (b[3] - b[1]), default=None)


def levels(viewer):
    return re.findall(r"L(\d) /", viewer.page.locator("#card").inner_text())


def click(viewer, x, y, shift=False):
    """In another cell than the last: until its token is shown."""
    card = viewer.page.locator("#card")
    before = card.text_content()
    if shift:
        viewer.page.keyboard.down("Shift")
    viewer.page.mouse.click(*viewer.screen(x, y))
    if shift:
        viewer.page.keyboard.up("Shift")
    expect(card).not_to_have_text(before)
    viewer.settle()


def test_level_fits_the_detection_at_the_place(viewer):
    viewer.open()
    run, tensors = viewer.run()
    viewer.page.keyboard.press("e")
    seen = set()
    for query, label in tensors["detections"][:8]:
        if tensors["scores"][-1][query, label] <= .5:
            continue
        x0, y0, x1, y1 = map(float, tensors["boxes"][-1][query])
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        a, b, c, d = smallest_box(tensors, x, y)
        fits = [i for i, g in enumerate(run["levels"]) if run["image"]["width"] / g["width"] <= c - a and run["image"]["height"] / g["height"] <= d - b]
        click(viewer, x, y)
        assert levels(viewer) == [str(max(fits, default=0))]
        seen.update(levels(viewer))
    assert len(seen) > 1
    assert smallest_box(tensors, 320, 30) is None
    click(viewer, 320, 30)
    assert levels(viewer) == ["1"]
    with viewer.page.expect_response(lambda r: "/token" in r.url):
        viewer.page.keyboard.press("Shift+Digit4")
    expect(viewer.page.locator("#card")).to_contain_text("L3 /")
    click(viewer, 100, 300)  # what was chosen stays
    assert levels(viewer) == ["3"]


def test_second_token_beside_the_first(viewer):
    viewer.open()
    viewer.page.keyboard.press("e")
    click(viewer, 320, 30)
    one = viewer.pixels("hover")
    assert viewer.page.locator(".level-maps canvas").count() == 4
    click(viewer, 100, 300, shift=True)
    assert viewer.page.locator(".level-maps canvas").count() == 8
    assert viewer.pixels("hover") != one
    heads = viewer.page.locator("#card h2").all_inner_texts()
    assert [h[:9] for h in heads] == ["1: Token ", "2: Token "] and heads[0][3:] != heads[1][3:]
    expect(viewer.page).to_have_url(re.compile("e2="))  # when things are at rest
    link = viewer.page.url
    viewer.page.goto("about:blank")
    viewer.page.goto(link)
    expect(viewer.page.locator(".level-maps canvas")).to_have_count(8, timeout=60_000)
    assert viewer.page.locator("#card h2").all_inner_texts() == heads
    viewer.page.keyboard.press("Escape")
    viewer.settle()
    assert viewer.page.locator("#card h2").all_inner_texts() == [heads[0][3:]]
    assert viewer.page.locator(".level-maps canvas").count() == 4


def test_tokens_follow_the_interventions(viewer):
    viewer.open()
    viewer.page.keyboard.press("e")
    click(viewer, 320, 30)
    text = "enc.0.self.head1=off"
    with viewer.page.expect_response(lambda r: "/token" in r.url) as waiting:
        viewer.page.locator("#add-line").fill(text)
        viewer.page.keyboard.press("Enter")
    assert urllib.parse.parse_qs(urllib.parse.urlparse(waiting.value.url).query)["x"] == [text]


def cell(viewer):
    return tuple(map(int, re.search(r"col (\d+), row (\d+)", viewer.page.locator("#card").inner_text()).groups()))


def test_a_token_is_placed_and_moved_by_keys(viewer):
    viewer.open()
    run, tensors = viewer.run()
    card, keys = viewer.page.locator("#card"), viewer.page.keyboard
    layer = viewer.page.locator(".chart").get_attribute("aria-valuetext")
    viewer.page.locator("#stage").focus()
    keys.press("e")
    keys.press("ArrowDown")  # walks to the first detection
    keys.press("Shift+ArrowRight")
    expect(card).to_contain_text("Cell")
    level = int(levels(viewer)[0])
    grid, (x0, y0, x1, y1) = run["levels"][level], tensors["boxes"][-1][tensors["detections"][0][0]]
    column = int((x0 + x1) / 2 / run["image"]["width"] * grid["width"])
    row = int((y0 + y1) / 2 / run["image"]["height"] * grid["height"])
    assert cell(viewer) == (column, row)
    for key, to in ("ArrowRight", (column + 1, row)), ("ArrowUp", (column + 1, row - 1)), ("ArrowLeft", (column, row - 1)), ("ArrowDown", (column, row)):
        keys.press(f"Shift+{key}")
        expect(card).to_contain_text(f"col {to[0]}, row {to[1]}")
    for _ in range(3):  # faster than the server answers
        keys.press("Shift+ArrowRight")
    expect(card).to_contain_text(f"col {column + 3}, row {row}")
    for _ in range(grid["height"]):  # no further than the border
        keys.press("Shift+ArrowUp")
    expect(card).to_contain_text(f"col {column + 3}, row 0")
    assert levels(viewer) == [str(level)]
    keys.press("e")
    expect(viewer.page.locator(".chart")).to_have_attribute("aria-valuetext", layer)
