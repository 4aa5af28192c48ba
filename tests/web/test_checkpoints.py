"""Under the charts of the tab "Runs": the image of the tab "Image" through the weights of an epoch."""
import re
import shutil

import pytest
from program import SHIPPED_WEIGHTS, run
from tabs_page import DATA
from test_second_model import sceptical
from viewer_page import expect, need_program, stop_time, street_server

BOXES, MARKS = 2, 3  # canvases of the stage
VEHICLE = {"class": 1, "name": "vehicle", "box": [200, 150, 300, 220], "crowd": False}


@pytest.fixture
def tab(page, server):
    server.checkpoints = {"steady": [0, 4, 9, 39]}
    server.truths = {"val/Town02_008700.jpg": [VEHICLE]}
    page.goto(f"{server.url}?tab=runs&image=i0")
    page.locator(".epoch-slider:visible").wait_for()
    page.locator(".run-checkpoints").scroll_into_view_if_needed()
    return page


def asked(server):
    return [body["model"] for body in server.intervened if "@" in body["model"]]


def caption(page):
    return page.locator(".checkpoint-body .tab-caption").first


def pixels(page, canvas):
    return page.locator(".checkpoint-stage canvas").nth(canvas).evaluate("c => c.toDataURL()")


def drawn_anew(page, canvas, before):
    page.wait_for_function("([at, old]) => document.querySelectorAll('.checkpoint-stage canvas')[at].toDataURL() !== old", arg=[canvas, before])


def pin(page):
    """The best result of the open model."""
    return page.evaluate("""() => {
      const run = store.state.history[0].result;
      store.set({ pinned: run.listed[0] });
      return run.listed[0];
    }""")


def test_arrows_go_through_the_epochs(tab, server):
    expect(caption(tab)).to_contain_text("Run steady, epoch 39, weights 00000027")
    before = pixels(tab, BOXES)
    slider = tab.get_by_role("slider", name="Epoch", exact=True)
    slider.focus()
    tab.keyboard.press("ArrowLeft")
    expect(caption(tab)).to_contain_text("epoch 9, weights 00000009")
    assert slider.get_attribute("aria-valuetext") == "epoch 9"
    assert tab.locator("caption").text_content() == "Values at epoch 9"
    assert asked(server) == ["steady@39", "steady@9"]
    drawn_anew(tab, BOXES, before)


def test_the_page_knows_the_epoch_and_may_name_another(tab, server):
    named = lambda: tab.evaluate("store.state.checkpoint")  # noqa: E731
    expect(caption(tab)).to_contain_text("epoch 39")
    assert named() == ""  # the newest of the first run
    tab.get_by_role("slider", name="Epoch", exact=True).focus()
    tab.keyboard.press("ArrowLeft")
    expect(caption(tab)).to_contain_text("epoch 9,")
    assert named() == "steady@9"
    tab.evaluate("store.set({checkpoint: 'steady@4'})")
    expect(caption(tab)).to_contain_text("epoch 4,")
    tab.evaluate("show('runs')")  # a tab that is mounted later comes to it
    tab.locator(".run-checkpoints").scroll_into_view_if_needed()
    expect(caption(tab)).to_contain_text("epoch 4,")
    tab.evaluate("store.set({checkpoint: 'gone@7'})")  # of a run that is not there
    expect(caption(tab)).to_contain_text("epoch 39,")
    assert named() == ""
    tab.evaluate("store.set({checkpoint: 'steady@4'})")
    tab.get_by_label("Run", exact=True).select_option("resumed")  # what somebody chooses wins
    expect(tab.get_by_text("The folder of resumed has no checkpointNNNN.pth.")).to_be_visible()
    assert tab.get_by_label("Run", exact=True).input_value() == "resumed"


def test_the_newest_request_wins(tab, server):
    expect(caption(tab)).to_contain_text("epoch 39")
    sent = []
    tab.on("request", lambda r: sent.append(r.post_data_json["model"]) if "/intervene" in r.url else None)
    server.gate.clear()
    tab.get_by_role("slider", name="Epoch", exact=True).focus()
    for _ in range(3):
        tab.keyboard.press("ArrowLeft")
    expect(tab.locator(".run-checkpoints [role=status]")).to_contain_text("Epoch 0 is loaded")
    server.gate.set()
    expect(caption(tab)).to_contain_text("epoch 0, weights")
    assert sent[-1] == "steady@0"
    assert not tab.locator(".run-checkpoints [role=status]").is_visible()


def test_play_steps_to_the_last(tab, server):
    expect(caption(tab)).to_contain_text("epoch 39")
    stop_time(tab)
    tab.get_by_role("button", name="Play the epochs").click()
    for epoch in (0, 4, 9):
        expect(caption(tab)).to_contain_text(f"epoch {epoch},")
        tab.clock.run_for(700)
    expect(caption(tab)).to_contain_text("epoch 39,")
    expect(tab.get_by_role("button", name="Play the epochs")).to_be_visible()
    assert asked(server) == [f"steady@{epoch}" for epoch in (39, 0, 4, 9, 39)]


def test_the_pinned_object_is_followed(tab, server):
    expect(tab.get_by_text("Pin a detection on the tab Image")).to_be_visible()
    query = pin(tab)
    row = lambda name: tab.locator(".checkpoint-table tr", has=tab.get_by_role("rowheader", name=name, exact=True)).locator("td").all_text_contents()  # noqa: E731
    expect(tab.get_by_role("heading", name=f"Pinned: vehicle, query {query}")).to_be_visible()
    score = row("Score as vehicle")
    assert score[0] == score[1] and float(score[0]) > 0.3
    assert row("Query") == [str(query)] * 2 and row("IoU with the pinned box") == ["1.00", "1.00"]
    tab.get_by_role("slider", name="Epoch", exact=True).focus()
    tab.keyboard.press("ArrowLeft")
    expect(caption(tab)).to_contain_text("epoch 9,")
    assert float(row("Score as vehicle")[1]) == pytest.approx(float(score[0]) / 4, abs=0.011)
    assert tab.locator(".checkpoint-object .run-curve polyline").get_attribute("points").count(",") == 2
    points = pixels(tab, MARKS)
    tab.evaluate("store.set({ pinned: -1 })")
    drawn_anew(tab, MARKS, points)


@pytest.mark.parametrize(
    "boxes, found",
    [
        ([[0, 0, 10, 12], [0, 0, 10, 10], [0, 0, 10, 10]], 0),  # its own query still lies there, though another fits better
        ([[50, 50, 60, 60], [4, 0, 14, 10], [8, 0, 18, 10]], 1),  # else the best of its class
        ([[50, 50, 60, 60], [20, 20, 30, 30], [0, 0, 10, 10]], None),  # else none: the last query is of another class
    ],
)
def test_the_same_object_is_its_query_or_what_overlaps_it(tab, boxes, found):
    labels = [1, 1, 1 if found == 1 else 2]
    query = tab.evaluate(
        """async ([boxes, labels]) => {
          const { counterpart } = await import('/detections_of.js');
          const run = { layers: 1, listed: labels.flatMap((label, query) => [query, label]), score: () => 0.5, box: (_, query) => boxes[query] };
          return counterpart(run, { query: 0, class: 1, score: 0.9, box: [0, 0, 10, 10] }, {})?.query ?? null;
        }""",
        [boxes, labels],
    )
    assert query == found


def test_another_image_is_run_again(tab, server):
    expect(caption(tab)).to_contain_text("epoch 39")
    tab.evaluate("""() => fetch('/api/image/i1').then((r) => r.json()).then((image) => store.set({ image, history: [] }))""")
    expect(tab.locator(".checkpoint-stage")).to_have_attribute("aria-label", re.compile(r"^Town03_017240\.jpg\. Run steady, epoch 39"), timeout=60_000)
    assert asked(server) == ["steady@39"] * 2


def test_a_broken_checkpoint_is_refused_in_the_servers_words(tab, server):
    expect(caption(tab)).to_contain_text("epoch 39")
    server.broken = {9}
    tab.get_by_role("slider", name="Epoch", exact=True).focus()
    tab.keyboard.press("ArrowLeft")
    expect(tab.get_by_text("checkpoint0009.pth: not a checkpoint, or it was cut off")).to_be_visible()
    assert caption(tab).text_content() == ""  # nothing of another epoch stays
    tab.keyboard.press("ArrowLeft")
    expect(caption(tab)).to_contain_text("epoch 4")


def test_a_run_without_checkpoints_says_so(tab):
    tab.get_by_label("Run", exact=True).select_option("resumed")
    expect(tab.get_by_text("The folder of resumed has no checkpointNNNN.pth.")).to_be_visible()
    assert not tab.locator(".checkpoint-stage").is_visible()


def test_nothing_is_asked_until_it_is_seen(page, server):
    server.checkpoints = {"steady": [0, 39]}
    page.set_viewport_size({"width": 1024, "height": 600})
    page.goto(f"{server.url}?tab=runs&image=i0")
    page.locator(".epoch-slider").wait_for()
    assert asked(server) == []
    page.locator(".run-checkpoints").scroll_into_view_if_needed()
    expect(caption(page)).to_contain_text("epoch 39")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The program with a run whose weights were the demo model's, and are less sure of everything now."""
    need_program()
    folder = tmp_path_factory.mktemp("checkpoints")
    demo = folder / "runs" / "demo"
    demo.mkdir(parents=True)
    shutil.copy(DATA / "log_steady.txt", demo / "log.txt")
    sceptical(folder / "sceptic.safetensors")
    for weights, epoch in ((SHIPPED_WEIGHTS, 4), (folder / "sceptic.safetensors", 9)):
        run("weights", "convert", weights, demo / f"checkpoint{epoch:04}.pth", code=0)
    with street_server("--runs", demo.parent) as server:
        yield server.address


def test_the_programs_checkpoints(viewer):
    viewer.open()
    viewer.pin_first()
    page = viewer.page
    page.get_by_role("tab", name="Runs").click()
    page.locator(".epoch-slider:visible").wait_for()
    page.locator(".run-checkpoints").scroll_into_view_if_needed()
    expect(caption(page)).to_contain_text("Run demo, epoch 9", timeout=60_000)
    scores = page.locator(".checkpoint-table tr", has_text="Score as").locator("td")
    assert 0 < float(scores.nth(1).text_content()) < float(scores.nth(0).text_content())
    page.get_by_role("slider", name="Epoch", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    expect(caption(page)).to_contain_text("Run demo, epoch 4", timeout=60_000)
    for row in page.locator(".checkpoint-table tbody tr").all():  # the same weights
        now, then = row.locator("td").all_text_contents()
        assert now == then
    expect(page).to_have_url(re.compile("tab=runs.*run=demo%404"))  # when things are at rest
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    page.locator(".epoch-slider:visible").wait_for()
    page.locator(".run-checkpoints").scroll_into_view_if_needed()
    expect(caption(page)).to_contain_text("Run demo, epoch 4", timeout=60_000)
