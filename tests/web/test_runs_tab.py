"""The tab "Runs": curves are the log's numbers, and follow it."""
import json

import pytest
from tabs_page import DATA, open_tab
from viewer_page import NOTHING_BY_ITSELF, expect

HIDE = "Object.defineProperty(document, 'hidden', {value: true, configurable: true})"


def epochs(name):
    """What counts of a log: whole lines, a later line of an epoch instead of it and all after it."""
    kept = []
    for line in (DATA / f"log_{name}.txt").read_text().splitlines():
        try:
            epoch = json.loads(line)
        except ValueError:
            continue
        kept = [one for one in kept if one["epoch"] < epoch["epoch"]] + [epoch]
    return kept


def last(name, key):
    pick = {"trainLoss": lambda e: e.get("train_loss"), "testLoss": lambda e: e.get("test_loss")}
    index = {"AP": 0, "AP50": 1}
    for epoch in reversed(epochs(name)):
        value = pick[key](epoch) if key in pick else epoch.get("test_coco_eval_bbox", {index[key]: None})[index[key]]
        if value is not None and value == value:
            return value
    return None


@pytest.mark.parametrize("name", ["steady", "resumed"])
def test_curves_end_at_the_logs_last_values(page, server, name):
    open_tab(page, server, "runs", f"tr[data-run={name}]")
    for chart, key in enumerate(["trainLoss", "testLoss", "AP", "AP50"]):
        dot = page.locator(".run-chart").nth(chart).locator(f".run-curve[data-run={name}] circle")
        assert float(dot.get_attribute("data-value")) == last(name, key)
        assert page.locator(f"tr[data-run={name}] td[data-key={key}]").text_content().split(" at ")[0] == f"{last(name, key):.3f}"


def test_damaged_and_superseded_lines_are_counted(page, server):
    open_tab(page, server, "runs", "tr[data-run=resumed]")
    assert page.get_by_text("1 damaged line skipped; 2 lines superseded by a resume").is_visible()
    assert page.locator("tr[data-run=steady] td").last.text_content() == ""


def test_runs_differ_in_colour_and_dash(page, server):
    open_tab(page, server, "runs", "tr[data-run=resumed]")
    looks = page.locator(".run-name polyline").evaluate_all("all => all.map(e => [getComputedStyle(e).stroke, e.getAttribute('stroke-dasharray')])")
    assert len({color for color, _ in looks}) == len({dash for _, dash in looks}) == 2


def test_a_growing_log_appears(page, server):
    whole = server.runs["steady"]
    cut = whole.index(b"\n", 2000) + 1
    server.runs["steady"] = whole[: cut + 30]
    open_tab(page, server, "runs", "tr[data-run=steady]")
    row = page.locator("tr[data-run=steady]")
    first = whole[:cut].count(b"\n") - 1
    assert f"epoch {first}, 31 s ago" in row.text_content()
    server.requests.clear()
    server.runs["steady"], server.age_s = whole, 1
    page.wait_for_selector(f"tr[data-run=steady]:has-text('epoch {epochs('steady')[-1]['epoch']}, 1 s ago')")
    asked = [path for path in server.requests if path.startswith("/api/run/steady/log")]
    assert set(asked) == {f"/api/run/steady/log?from={cut}"}
    dot = page.locator(".run-chart").first.locator(".run-curve[data-run=steady] circle")
    assert float(dot.get_attribute("data-value")) == last("steady", "trainLoss")


def test_a_log_that_began_anew_is_read_anew(page, server):
    open_tab(page, server, "runs", "tr[data-run=steady]")
    server.runs["steady"] = server.runs["steady"][: server.runs["steady"].index(b"\n") + 1]
    page.wait_for_selector("tr[data-run=steady]:has-text('epoch 0, 31 s ago')")


def test_a_hidden_or_closed_tab_asks_nothing(page, server):
    page.clock.install()
    open_tab(page, server, "runs", "tr[data-run=steady]")

    def asked():
        """What the tab asks in twice 2.5 seconds: a look that is under way already may pass the first."""
        server.requests.clear()
        for _ in range(2):
            page.clock.run_for(2500)
            page.evaluate("() => fetch('/api/model').then((reply) => reply.text())")  # all before it has arrived
        return [path for path in server.requests if path != "/api/model"]

    assert asked()
    for leave in ("document.querySelector('main').hidden = true", HIDE, "unmount()"):
        page.evaluate(leave)
        assert asked() == []


@pytest.mark.parametrize(
    "hide, show",
    [
        ("document.querySelector('main').hidden = true", "document.querySelector('main').hidden = false"),
        (HIDE, "delete document.hidden, document.dispatchEvent(new Event('visibilitychange'))"),
    ],
)
def test_a_tab_that_is_shown_again_asks_at_once(page, server, hide, show):
    page.add_init_script(NOTHING_BY_ITSELF)  # such as asking every two seconds
    open_tab(page, server, "runs", "tr[data-run=steady]")
    page.evaluate(hide)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")  # it is seen to be hidden
    with page.expect_response("**/api/runs"):
        page.evaluate(show)


def test_crosshair_over_all_charts(page, server):
    open_tab(page, server, "runs", "tr[data-run=steady]")
    chart = page.locator(".run-chart").first
    chart.focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("caption").text_content() == "Values at epoch 38"
    assert page.locator(".chart-cross").evaluate_all("all => all.every(e => e.getAttribute('visibility') === 'visible')")
    at = next(e for e in epochs("steady") if e["epoch"] == 38)
    assert page.locator("tr[data-run=steady] td[data-key=trainLoss]").text_content() == f"{at['train_loss']:.3f}"
    assert page.locator("tr[data-run=steady] td[data-key=AP]").text_content().endswith(" at 34")
    box = chart.bounding_box()
    page.mouse.move(box["x"] + 57, box["y"] + 50)
    expect(page.locator("caption")).to_have_text("Values at epoch 0")
    page.mouse.move(5, 5)
    expect(page.locator("caption")).to_have_text("Last values")


def test_an_unticked_run_is_not_drawn(page, server):
    open_tab(page, server, "runs", "tr[data-run=steady]")
    page.locator("tr[data-run=steady] input").click()
    page.wait_for_selector(".run-chart .run-curve[data-run=steady]", state="detached")
    assert page.locator(".run-chart .run-curve[data-run=resumed]").count() == 4
    assert page.locator("tr[data-run=steady] input").evaluate("e => e === document.activeElement")


def test_an_old_log_is_not_live(page, server):
    server.age_s = 3 * 3600
    open_tab(page, server, "runs", "tr[data-run=steady]")
    assert page.get_by_text("epoch 39, last written 3 h ago").is_visible()
    assert page.locator(".run-live").count() == 0


def test_without_runs(page, server):
    server.runs = {}
    open_tab(page, server, "runs", ".tab-command")
    assert page.get_by_text("No training runs to show.").is_visible()
