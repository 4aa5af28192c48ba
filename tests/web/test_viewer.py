"""The page of `saccade view` in a real browser: what a person does, step by step."""
import gzip
import json
import re
import shlex
import subprocess

import numpy
import pytest
from program import IMAGES, PROGRAM
from viewer_page import STREET, expect

PAGE_LIMIT = 300 * 1024


def test_first_page_is_small(viewer):
    sizes = []
    viewer.page.on("response", lambda r: sizes.append((r.url, r)) if "/api/" not in r.url else None)
    viewer.open()
    total = sum(len(gzip.compress(r.body())) for _, r in sizes if r.status == 200)  # as the program sends them
    assert 0 < total < PAGE_LIMIT


def test_hover_shows_points_without_a_request(viewer):
    viewer.open()
    before, asked = viewer.pixels("hover"), len(viewer.requests)
    viewer.page.locator("#detections .detection").first.hover()
    viewer.settle()
    assert viewer.pixels("hover") != before
    assert len(viewer.requests) == asked
    names = viewer.page.evaluate("performance.getEntriesByType('measure').map(m => m.name)")
    assert "saccade:hover" in names and "saccade:run" in names


def test_a_picture_that_is_mostly_template_says_so(viewer):
    viewer.open()
    viewer.pin_first()
    run, tensors = viewer.run()
    if "query_specific" not in tensors:  # SACCADE_VIEW_MOCK=1: its numbers are made up, these are not among them
        pytest.skip("the stand-in server does not tell it")
    parts = tensors["query_specific"]
    last = parts.shape[0] - 1
    assert run["mostly_template"] == [layer for layer in range(last + 1) if parts[layer, -1, 0] < 0.2]
    words = viewer.page.locator("#legend .template")
    if last in run["mostly_template"]:
        expect(words).to_contain_text(f"Mostly template: {round(100 * float(parts[last, -1, 0]))} % own")
    else:
        expect(words).to_have_count(0)


def test_hover_on_the_stage(viewer):
    viewer.open()
    run, tensors = viewer.run()
    query = tensors["detections"][0][0]
    x0, y0, x1, y1 = tensors["boxes"][-1][query]
    before = viewer.pixels("hover")
    viewer.page.mouse.move(*viewer.screen((x0 + x1) / 2, (y0 + y1) / 2))
    viewer.settle()
    assert viewer.pixels("hover") != before
    assert re.match(r"x \d+, y \d+ px", viewer.page.locator("#status").inner_text().split("\n")[-2])


def test_pin_and_unpin(viewer):
    viewer.open()
    viewer.pin_first()
    assert "Pinned: query" in viewer.page.locator("#card").inner_text()
    assert viewer.page.locator(".detection[aria-selected=true]").count() == 1
    viewer.page.keyboard.press("Escape")
    viewer.page.keyboard.press("Escape")
    viewer.settle()
    assert viewer.page.locator("#card").inner_text() == ""


def test_scrub_makes_no_request(viewer):
    viewer.open()
    viewer.pin_first()
    asked, last = len(viewer.requests), viewer.pixels("hover")
    first = viewer.page.locator(".chart").get_attribute("aria-valuetext")
    viewer.page.keyboard.press("ArrowLeft")
    viewer.page.keyboard.press("ArrowLeft")
    viewer.settle()
    assert viewer.page.locator(".chart").get_attribute("aria-valuetext") != first
    assert viewer.pixels("hover") != last
    assert len(viewer.requests) == asked
    assert "saccade:scrub" in viewer.page.evaluate("performance.getEntriesByType('measure').map(m => m.name)")


def test_encoder_token(viewer):
    viewer.open()
    viewer.page.keyboard.press("e")
    viewer.page.mouse.click(*viewer.screen(300, 200))
    viewer.page.locator("#tooltip b").wait_for()
    assert viewer.page.locator("#tooltip").inner_text().startswith("Token ")
    assert viewer.page.locator(".level-maps canvas").count() == 4
    reads = viewer.pixels("heat")
    viewer.page.get_by_text("Is read by").click()
    viewer.settle()
    assert viewer.pixels("heat") != reads


def worked_ms(session):
    """How long the page's thread has worked: time of the processor, which other programs do not lengthen."""
    all_of = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    return 1000 * sum(all_of[part + "Duration"] for part in ("Script", "Layout", "RecalcStyle"))


def test_switching_heads_changes_the_list_and_undo_brings_it_back(viewer):
    viewer.open()
    session = viewer.page.context.new_cdp_session(viewer.page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = viewer.rows()
    viewer.page.locator('.cell[data-layer="5"][data-head="2"]').click()
    viewer.page.keyboard.press("x")
    viewer.steps(2)
    assert viewer.lines() == ["dec.5.cross.head2=off(zero)"]
    assert viewer.page.locator('.cell[data-layer="5"][data-head="2"]').get_attribute("aria-pressed") == "false"
    worked = worked_ms(session)
    viewer.page.locator(".map-row.heads .line-head").nth(4).click()
    viewer.steps(3)
    assert worked_ms(session) - worked < 150
    assert viewer.lines()[-1] == "dec.*.cross.head4=off(zero)"
    after = viewer.rows()
    assert after != before
    assert viewer.page.evaluate("performance.getEntriesByName('saccade:run:draw').length") == 3
    asked = len(viewer.requests)
    viewer.page.keyboard.press("u")
    viewer.page.keyboard.press("Control+z")
    viewer.settle()
    assert viewer.rows() == before and viewer.lines() == []
    viewer.page.keyboard.press("Shift+U")
    viewer.page.keyboard.press("Shift+U")
    viewer.settle()
    assert viewer.rows() == after
    assert len(viewer.requests) == asked


def test_one_cell_of_a_line_goes_on_again(viewer):
    viewer.open(f"img={STREET}&x=dec.3.cross%3Doff")
    viewer.steps(2)
    viewer.page.locator('.cell[data-layer="3"][data-head="1"]').dblclick()
    viewer.steps(3)
    assert viewer.lines() == ["dec.3.cross.head0,2-7=off"]
    viewer.page.get_by_role("button", name="Level 0 in all layers, on").click()
    viewer.steps(4)
    assert viewer.lines()[-1] == "dec.*.cross.level0=off(renorm)"


def test_swipe_and_before(viewer):
    viewer.open(f"img={STREET}&x=dec.*.cross.head4%3Doff")
    viewer.steps(2)
    after = viewer.pixels("boxes")
    viewer.page.keyboard.press("b")
    viewer.settle()
    assert viewer.pixels("boxes") != after
    viewer.page.get_by_role("button", name="Swipe").click()
    viewer.settle()  # it stands there with the next frame, and what is hidden takes no focus
    viewer.page.locator("#swipe").focus()
    viewer.page.keyboard.press("ArrowRight")
    viewer.settle()
    assert viewer.page.locator("#swipe").get_attribute("aria-valuenow") == "51"


def test_drag_a_point_and_the_reference(viewer):
    viewer.open()
    viewer.pin_first()
    run, tensors = viewer.run()
    size = numpy.array([run["image"]["width"], run["image"]["height"]])
    query, layer = int(tensors["detections"][0][0]), run_layers(tensors) - 1
    points = (tensors["points"][layer, query] / 65535 * 3 - 1) * size
    reference = tensors["reference"][layer, query][:2]
    far = numpy.hypot(*numpy.moveaxis(points - reference, -1, 0))
    inside = ((points > 5) & (points < size - 5)).all(-1)
    weights = numpy.where(inside & (far > 18), tensors["weights"][layer, query], 0)
    head, level, point = numpy.unravel_index(weights.argmax(), weights.shape)
    viewer.page.keyboard.press("m")
    drag(viewer, points[head, level, point], (200, 150))
    expect(viewer.page.locator(".line-text")).to_have_count(1, timeout=60_000)
    assert re.fullmatch(rf"dec\.{layer}\.cross\.head\d\.level\d\.point\d\.query\[{query}\]\.offset=at\(200\.\d,150\.\d\)", viewer.lines()[0])
    viewer.steps(2)
    drag(viewer, reference, (reference[0] + 12, reference[1] + 9))
    viewer.steps(3)
    assert viewer.lines()[1].startswith(f"dec.{layer}.cross.query[{query}].reference=set(")


def run_layers(tensors):
    return tensors["scores"].shape[0]


def drag(viewer, start, end):
    mouse = viewer.page.mouse
    mouse.move(*viewer.screen(*start))
    mouse.down()
    x0, y0 = viewer.screen(*start)
    x1, y1 = viewer.screen(*end)
    for step in (.3, .6, 1):
        mouse.move(x0 + (x1 - x0) * step, y0 + (y1 - y0) * step)
        viewer.settle()
    mouse.up()


def test_lasso(viewer):
    viewer.open()
    viewer.page.keyboard.press("l")
    mouse = viewer.page.mouse
    mouse.move(*viewer.screen(100, 100))
    mouse.down()
    for x, y in ((200, 100), (200, 200), (100, 200)):
        mouse.move(*viewer.screen(x, y))
        viewer.settle()
    mouse.up()
    viewer.page.locator("#region button").first.click()
    viewer.steps(2)
    assert re.fullmatch(r"memory\.region\(([\d.]+ [\d.]+;?){3,}\)=forbid", viewer.lines()[0])


def test_refused_text_says_why(viewer):
    viewer.open()
    viewer.refusals_expected = 1
    viewer.page.locator("#add-line").fill("dec.3.cross.head9=off")
    viewer.page.keyboard.press("Enter")
    viewer.page.locator(".line .reason").wait_for()
    assert "heads 0 to 7" in viewer.page.locator(".line .reason").inner_text()
    assert viewer.page.locator(".pill").count() == 1


def test_suspend_remove_and_sliders(viewer):
    viewer.open(f"img={STREET}&x=dec.5.cross.head0%3Doff")
    viewer.steps(2)
    viewer.page.locator(".line input[type=checkbox]").uncheck()
    viewer.steps(3)
    assert "suspended" in viewer.page.locator(".line").inner_text()
    viewer.page.get_by_role("slider", name="Offset scale").focus()
    viewer.page.keyboard.press("ArrowLeft")
    viewer.steps(4)
    assert viewer.lines()[-1] == "dec.*.cross.offset=scale(0.95)"
    viewer.page.get_by_role("button", name="Remove dec.*.cross.offset=scale(0.95)").click()
    viewer.steps(5)
    assert len(viewer.lines()) == 1


def test_permalink_round_trip(viewer, browser, address):
    viewer.open()
    viewer.pin_first()
    viewer.page.locator('.cell[data-layer="4"][data-head="3"]').click()
    viewer.page.keyboard.press("x")
    viewer.steps(2)
    viewer.page.keyboard.press("3")
    viewer.page.keyboard.press("h")
    expect(viewer.page).to_have_url(re.compile("L=4&h=2&v=hr"))  # when things are at rest
    link = viewer.page.url
    assert "img=" in link and "dec.4.cross.head3" in link
    viewer.rest()
    state = (viewer.lines(), viewer.rows(), viewer.page.locator("#card").inner_text(), viewer.page.locator("#legend").inner_text())
    viewer.page.goto("about:blank")
    viewer.open(link.split("#")[1])
    viewer.steps(2)
    viewer.rest()
    assert (viewer.lines(), viewer.rows(), viewer.page.locator("#card").inner_text(), viewer.page.locator("#legend").inner_text()) == state


def test_keyboard_alone(viewer):
    viewer.open()
    keys = viewer.page.keyboard
    viewer.page.locator("#stage").focus()
    keys.press("ArrowDown")
    keys.press("Enter")
    viewer.settle()
    assert "Pinned" in viewer.page.locator("#card").inner_text()
    viewer.page.locator('.cell[tabindex="0"]').focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        keys.press(key)
        viewer.settle()
    focused = viewer.page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused.startswith("dec.4 head 2, on")
    keys.press("Shift+X")
    viewer.steps(2)
    assert viewer.lines() == ["dec.4.cross.head0,1,3-7=off(zero)"]
    assert viewer.page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("dec.4 head 2, alone")
    expect(viewer.page.locator("#said")).to_contain_text(re.compile("lost.*gained"))  # not two sentences in a second
    keys.press("?")
    expect(viewer.page.locator("#help-dialog")).to_be_visible()
    keys.press("Escape")
    expect(viewer.page.locator("#help-dialog")).to_be_hidden()
    keys.press("/")
    assert viewer.page.evaluate("document.activeElement.type") == "search"


def test_a_tab_that_could_not_be_loaded_is_asked_for_again(viewer):
    viewer.open()
    viewer.refusals_expected = 2
    viewer.page.route("**/maps_tab.js*", lambda route: route.abort())
    maps, image = (viewer.page.get_by_role("tab", name=name, exact=True) for name in ("Maps", "Image"))
    maps.click()
    expect(viewer.page.locator("#tab-maps [role=alert]")).to_contain_text("The tab Maps could not be loaded")
    image.click()
    maps.click()
    expect(viewer.page.locator("#tab-maps [role=alert]")).to_contain_text("The tab Maps could not be loaded")
    viewer.page.unroute("**/maps_tab.js*")
    viewer.page.get_by_role("button", name="Try again").click()
    expect(viewer.page.locator("#tab-maps .maps-rows")).to_be_visible()
    assert viewer.page.locator("#tab-maps").count() == 1


def test_upload(viewer):
    viewer.open()
    viewer.page.set_input_files("#file", str(IMAGES / "Town01_012300.jpg"))
    expect(viewer.page.locator("#image-nav .name")).to_have_text("Town01_012300.jpg", timeout=60_000)
    viewer.steps(1)


def test_broken_upload_keeps_the_image(viewer, tmp_path):
    viewer.open()
    viewer.refusals_expected = 1
    gif = tmp_path / "street.gif"
    gif.write_bytes(b"GIF89a" + bytes(40))
    rows = viewer.rows()
    viewer.page.set_input_files("#file", str(gif))
    viewer.page.locator("#message").wait_for()
    expect(viewer.page.locator("#message")).to_contain_text("not a JPEG or PNG")
    assert viewer.page.locator("#image-nav .name").inner_text() == STREET and viewer.rows() == rows


def test_exports(viewer):
    viewer.open()
    viewer.pin_first()

    def export(name):
        viewer.page.locator("#export").click()
        return viewer.download(lambda: viewer.page.get_by_role("menuitem", name=name).click())

    assert export("PNG").startswith(b"\x89PNG")
    svg = export("SVG").decode()
    assert svg.startswith("<svg") and "data:image/" in svg and "<rect" in svg and "saccade detect" in svg
    run, tensors = viewer.run()
    table = export("CSV").decode().splitlines()
    assert table[0] == "layer,query,head,level,point,x,y,weight"
    assert len(table) == 1 + numpy.prod(tensors["weights"].shape[2:])
    found = json.loads(export("JSON"))["detections"]
    last = tensors["scores"][-1]
    assert [d["query"] for d in found] == [int(q) for q, c in tensors["detections"] if last[q, c] > 0.5]


def test_saved_file_and_threshold(viewer):
    viewer.open(f"img={STREET}&x=dec.5.cross.head0%3Doff")
    viewer.steps(2)
    viewer.page.get_by_role("slider", name="Score threshold").fill("1")
    viewer.settle()
    assert viewer.page.locator("#message").inner_text().startswith("No detection at 1.00.")
    viewer.page.locator("#message button").click()
    viewer.settle()
    assert len(viewer.rows()) >= 1
    saved = json.loads(viewer.download(lambda: viewer.page.locator("#save-file").click()))
    assert saved["saccade_interventions"] == 1 and saved["interventions"] == ["dec.5.cross.head0=off"]


def test_the_copied_command_prints_the_list_on_the_screen(viewer):
    viewer.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    viewer.open(f"img={STREET}&x=dec.*.cross.level3%3Doff(drop)")
    viewer.steps(2)
    viewer.page.locator("#copy-command").click()
    viewer.page.locator("#copy-command.done").wait_for()
    words = shlex.split(viewer.page.evaluate("navigator.clipboard.readText()"))
    assert words[:2] == ["saccade", "detect"] and words[3:5] == ["-x", "dec.*.cross.level3=off(drop)"]
    done = subprocess.run([str(PROGRAM), *words[1:], "--json", "--threads", "2"], capture_output=True, text=True, timeout=120, check=True)
    said = sorted(f"{row['score']:.2f}" for row in json.loads(done.stdout) if row["score"] >= 0.5)
    shown = viewer.page.locator("#detections .detection:not(.lost)").all_inner_texts()
    assert said and said == sorted(re.search(r"\d\.\d\d", text)[0] for text in shown)
