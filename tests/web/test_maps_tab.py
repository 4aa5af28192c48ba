"""The tab Maps of `saccade view`: its rows, maps shown large, its address, what is asked of the server."""
import re

import pytest
from maps_page import computed, first_number, map_of, names, numbers, opened, panes, pictured, pixels
from viewer_page import STREET, expect

DUE_MAPS = ["Weights of all layers", "Contribution", "Directed contribution", "Relevance", "ODAM", "Gradient", "D-RISE"]
QUERY_MAPS = ["Attention weights", "Self-attention", "References", "Drift", *DUE_MAPS]
TOKEN_MAPS = ["Reads", "Is read by", "Flow"]
PLACE = (470, 130)  # where there is a light


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


def test_rows_say_how_far_such_maps_were_found_faithful(viewer):
    def told(route):
        reply = route.fetch()
        faith = {"of": "20 detections of instances", "interventions": [], "methods": {"relevance": "edge in insertion; changes with the weights (0.41)"}}
        route.fulfill(response=reply, json=reply.json() | {"faith": faith})
    viewer.page.route("**/api/model", told)
    opened(viewer, "q=12&maps=relevance")
    said = viewer.page.locator(".maps-trust")
    expect(said).to_have_text(["Faithfulness on 20 detections of instances: edge in insertion; changes with the weights (0.41)."])
    assert viewer.page.locator("[data-map=relevance] .maps-trust").count() == 1
    opened(viewer, "q=12&maps=relevance&x=dec.5.cross.head0%3Doff")  # of the changed model nothing was measured
    expect(said).to_have_count(0)
