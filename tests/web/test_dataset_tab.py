"""The tab "Data set": what it shows is what the sweep.json says."""
import json

import numpy
import pytest
from tabs_page import SWEEP, open_tab
from viewer_page import expect

UNITS = SWEEP["units"]
MINUS = "\u2212"


def signed(value):
    if value is None:
        return "n/a"
    text = f"{100 * value:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", MINUS)


def cell(page, unit):
    """Layers stand deep above shallow."""
    row = page.locator("[role=row]").nth(len(SWEEP["rows"]) - unit["row"])
    return row.locator("[role=gridcell]").nth(unit["column"])


def pick_file(page, name, text):
    page.set_input_files("input[type=file]", {"name": name, "mimeType": "application/json", "buffer": text.encode()})


def calls(page):
    return page.evaluate("window.calls")


@pytest.mark.parametrize("metric", ["AP", "AP50", "APl", "AR100"])
def test_cells_are_the_files_numbers(page, server, metric):
    open_tab(page, server).get_by_role("button", name=metric, exact=True).click()
    assert page.locator("[role=gridcell]").count() == len(UNITS)
    for unit in UNITS:
        assert cell(page, unit).text_content() == signed(unit[f"d{metric}"])


def test_cells_are_one_classs_numbers(page, server):
    open_tab(page, server).get_by_label("Class", exact=True).select_option(label="traffic_light")
    assert [cell(page, unit).text_content() for unit in UNITS] == [signed(unit["per_class"]["traffic_light"]) for unit in UNITS]
    assert page.locator(".sweep-strip b").text_content() == f"{100 * SWEEP['baseline']['per_class']['traffic_light']:.1f}"


def test_hatched_where_q_is_large(page, server):
    open_tab(page, server)
    hatched = ["is-hatched" in cell(page, unit).get_attribute("class").split() for unit in UNITS]
    assert hatched == [unit["q"] > 0.05 for unit in UNITS]
    assert True in hatched and False in hatched
    assert "repeating-linear-gradient" in cell(page, UNITS[1]).evaluate("e => getComputedStyle(e).backgroundImage")


def test_colours_have_the_sign_and_text_can_be_read(page, server):
    for theme in ("light", "dark"):
        page.goto(f"{server.url}?theme={theme}")
        page.wait_for_selector(".sweep-matrix")
        worst, best = min(UNITS, key=lambda u: u["dAP"]), max(UNITS, key=lambda u: u["dAP"])
        for unit, is_red in ((worst, True), (best, False)):
            rgb = cell(page, unit).evaluate("e => getComputedStyle(e).backgroundColor.match(/\\d+/g).map(Number)")
            assert (rgb[0] > rgb[2]) == is_red
        for unit in UNITS:
            assert contrast(*cell(page, unit).evaluate("e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]")) >= 4.5


def contrast(a, b):
    def luminance(css):
        channels = [int(c) / 255 for c in css[css.index("(") + 1 : css.index(")")].split(",")[:3]]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_theme_changes_without_a_reload(page, server):
    open_tab(page, server)
    color = "e => getComputedStyle(e).backgroundColor"
    before = cell(page, UNITS[3]).evaluate(color)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(cell(page, UNITS[3])).not_to_have_css("background-color", before)


def test_click_shows_the_unit(page, server):
    unit = UNITS[6]
    cell(open_tab(page, server), unit).click()
    assert page.locator(".unit-text").text_content() == unit["unit"]
    assert page.locator(".unit-figure").text_content() == signed(unit["dAP"])
    words = page.locator(".unit-headline").text_content()
    assert f"[{signed(unit['AP_interval']['low'])}, {signed(unit['AP_interval']['high'])}]" in words
    assert f"q = {unit['q']:.{4 if unit['q'] < 0.1 else 2}f}" in words
    rows = page.locator(".unit-metrics tbody tr")
    for i, metric in enumerate(["AP", "AP50", "AP75", "APs", "APm", "APl", "AR100"]):
        before, change = SWEEP["baseline"][metric], unit[f"d{metric}"]
        assert rows.nth(i).locator("td").all_text_contents()[:3] == [f"{100 * before:.1f}", f"{100 * (before + change):.1f}", signed(change)]
    tide = page.locator(".unit-tide tbody tr").all()
    assert [row.locator("td").last.text_content() for row in tide] == [signed(v) for v in unit["tide"].values()]
    classes = page.locator(".unit-class span:last-child").all_text_contents()
    assert classes == [signed(v) for v in unit["per_class"].values()]


def test_missing_numbers_are_said_to_be_missing(page, server):
    unit = next(unit for unit in UNITS if unit["dAPl"] is None)
    cell(open_tab(page, server), unit).click()
    assert page.locator(".unit-metrics tbody tr").nth(5).locator("td").all_text_contents()[1:3] == ["n/a", "n/a"]
    assert "nothing to measure" in page.locator(".unit-classes").text_content()


def test_arrows_move_the_selection(page, server):
    open_tab(page, server)
    cell(page, UNITS[0]).click()
    for key, expected in (("ArrowRight", (0, 1)), ("ArrowUp", (1, 1)), ("End", (1, 3)), ("ArrowRight", (1, 3)), ("ArrowDown", (0, 3)), ("Home", (0, 0))):
        page.keyboard.press(key)
        unit = next(unit for unit in UNITS if (unit["row"], unit["column"]) == expected)
        assert page.locator(".unit-text").text_content() == unit["unit"]
        assert cell(page, unit).evaluate("e => e === document.activeElement && e.tabIndex === 0")
        assert page.locator("[role=gridcell][aria-selected=true]").count() == 1


def test_plot_is_sorted_and_selects(page, server):
    marks = open_tab(page, server).locator(".plot-mark")
    order = sorted(range(len(UNITS)), key=lambda i: UNITS[i]["dAP"])
    assert [int(mark.get_attribute("data-unit")) for mark in marks.all()] == order
    heights = [float(mark.locator("circle").get_attribute("cy")) for mark in marks.all()]
    assert heights == sorted(heights, reverse=True)
    box = marks.nth(5).locator("circle").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.locator(".unit-text").text_content() == UNITS[order[5]]["unit"]


def scatter(page, across=None, up=None):
    page.get_by_role("button", name="Scatter", exact=True).click()
    for name, key in (("Across", across), ("Up", up)):
        if key:
            page.get_by_label(name, exact=True).select_option(key)


def place(page, i):
    """Where a unit's mark lies in the picture."""
    circle = page.locator(f".scatter-place [data-unit='{i}'] circle")
    return float(circle.get_attribute("cx")), float(circle.get_attribute("cy"))


def spearman(pairs):
    x, y = (numpy.array([sorted(v).index(one) + sorted(v).count(one) / 2 for one in v]) for v in zip(*pairs))
    return numpy.corrcoef(x, y)[0, 1]


@pytest.mark.parametrize(
    "across, up, x, y",
    [
        ("lost", "APl", lambda u: u["detections"]["lost"], lambda u: u["dAPl"]),
        ("tide Loc", "AP of traffic_light", lambda u: u["tide"]["Loc"], lambda u: u["per_class"]["traffic_light"]),
        ("worse", "AR1", lambda u: u["images"]["worse"], lambda u: u["dAR1"]),
    ],
)
def test_scatter_of_any_two_statistics(page, server, across, up, x, y):
    scatter(open_tab(page, server), across, up)
    known = [(i, x(unit), y(unit)) for i, unit in enumerate(UNITS) if None not in (x(unit), y(unit))]
    assert page.locator(".scatter-place .plot-mark").count() == len(known)
    at = [place(page, i) for i, *_ in known]
    for axis, sign in ((0, 1), (1, -1)):
        values, places = [one[1 + axis] for one in known], [sign * one[axis] for one in at]
        assert numpy.polyval(numpy.polyfit(values, places, 1), values) == pytest.approx(places, abs=0.1)
        assert numpy.polyfit(values, places, 1)[0] > 0
    rank = f"{spearman([one[1:] for one in known]):+.2f}".replace("-", MINUS)
    assert page.locator(".scatter-panel [role=status]").text_content().startswith(f"Rank correlation (Spearman) {rank}, n = {len(known)};")


def test_the_page_knows_the_view_and_may_name_another(page, server):
    open_tab(page, server)
    named = lambda *keys: page.evaluate("keys => keys.map(key => store.state.sweepView[key])", keys)  # noqa: E731
    [sweep], first = named("sweep"), page.locator(".unit-text").text_content()
    link = lambda **view: page.evaluate("store.set({sweepView: %s})" % json.dumps({"sweep": sweep, "unit": "", "x": "", "y": ""} | view))  # noqa: E731
    assert named("layout", "metric", "unit", "x", "y") == ["Matrix", "AP", first, "", ""]
    scatter(page, "worse", "APl")
    assert named("layout", "x", "y") == ["Scatter", "worse", "APl"]
    link(layout="Scatter", metric="APs", unit=UNITS[3]["unit"], x="tide Loc", y="no such thing")
    expect(page.get_by_label("Across", exact=True)).to_have_value("tide Loc")
    assert page.get_by_label("Up", exact=True).input_value() == "AP" and page.locator(".unit-text").text_content() == UNITS[3]["unit"]
    assert named("layout", "metric", "unit", "x", "y") == ["Scatter", "APs", UNITS[3]["unit"], "tide Loc", "AP"]
    link(layout="constructor", metric="toString", unit="no such unit", sweep="no such sweep")
    expect(page.locator(".unit-text")).to_have_text(first)
    assert named("layout", "metric", "unit") == ["Matrix", "AP", first]
    page.evaluate("new Promise(done => { store.on(['sweepView'], () => store.state.sweepView && done()); store.set({sweepView: null}); })")
    link(layout="Table", metric="AP50", unit=UNITS[4]["unit"])
    page.evaluate("show('dataset')")  # a tab that is mounted later comes to it
    expect(page.locator(".unit-text")).to_have_text(UNITS[4]["unit"])
    assert page.get_by_role("button", name="Table", exact=True).get_attribute("aria-pressed") == "true"


def test_scatter_is_hovered_clicked_and_walked(page, server):
    scatter(open_tab(page, server), "worse", "AP")
    order = sorted(range(len(UNITS)), key=lambda i: (UNITS[i]["images"]["worse"], UNITS[i]["dAP"]))
    box = page.locator(f".scatter-place [data-unit='{order[2]}'] circle").bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    expect(page.get_by_text(f": {UNITS[order[2]]['images']['worse']}, {signed(UNITS[order[2]]['dAP'])}").first).to_be_attached()
    page.mouse.click(box["x"] + 4, box["y"] + 4)
    assert page.locator(".unit-text").text_content() == UNITS[order[2]]["unit"]
    page.locator(".scatter-place").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".unit-text").text_content() == UNITS[order[3]]["unit"]
    page.get_by_role("button", name="Matrix", exact=True).click()
    assert cell(page, UNITS[order[3]]).get_attribute("aria-selected") == "true"


def test_scatter_of_gradients_where_the_sweep_has_them(page, server):
    scatter(open_tab(page, server))
    assert page.get_by_label("Across", exact=True).locator("option[value=gradient]").count() == 0
    gradients = {unit["unit"]: 0.1 * i for i, unit in enumerate(UNITS[:5])}
    pick_file(page, "x.json", json.dumps(SWEEP | {"importance": {"rank_correlation_with_abs_dAP": 0.27, "units": gradients}}))
    page.get_by_label("Across", exact=True).select_option("gradient")
    assert page.get_by_text("Rank correlation of the gradient with |ΔAP|: +0.27.").is_visible()
    assert page.locator(".scatter-place .plot-mark").count() == 5
    across = [place(page, i)[0] for i in range(5)]
    assert [across[i] - across[0] for i in range(5)] == pytest.approx([i * (across[4] - across[0]) / 4 for i in range(5)])


def test_table_sorts_by_any_column(page, server):
    open_tab(page, server).get_by_role("button", name="Table", exact=True).click()
    assert not page.locator(".sweep-matrix").is_visible()
    units = lambda: [int(row.get_attribute("data-unit")) for row in page.locator(".sweep-table tbody tr").all()]  # noqa: E731
    assert units() == sorted(range(len(UNITS)), key=lambda i: UNITS[i]["dAP"])
    head = page.locator(".sweep-table thead button", has_text="ΔAPl")
    known = [i for i in range(len(UNITS)) if UNITS[i]["dAPl"] is not None]
    for is_falling in (False, True):
        head.click()
        assert units()[: len(known)] == sorted(known, key=lambda i: UNITS[i]["dAPl"], reverse=is_falling)
    page.locator(".sweep-table tbody tr").nth(2).click()
    assert page.locator(".unit-text").text_content() == UNITS[units()[2]]["unit"]


def test_an_image_opens_with_the_unit_off(page, server):
    cell(open_tab(page, server), UNITS[0]).click()
    assert UNITS[0]["images"]["worst"][:2] == ["Town02_008700.jpg", "Town03_017240.jpg"]
    cards = page.locator(".image-card")
    assert [c.locator(".image-name").text_content() for c in cards.all()] == UNITS[0]["images"]["worst"]
    cards.nth(0).click()
    cards.nth(1).click()
    text = UNITS[0]["unit"]
    assert calls(page) == [["openImage", "val/Town02_008700.jpg", [text]], ["openImage", "Town03_017240.jpg", [text]]]
    assert cards.nth(0).locator("img").evaluate("e => e.decode().then(() => e.naturalWidth)") > 0
    assert cards.nth(2).evaluate("e => e.tagName") == "DIV"
    page.get_by_role("button", name="Most helped").click()
    assert [c.locator(".image-name").text_content() for c in cards.all()] == UNITS[0]["images"]["best"]
    same = SWEEP["images"] - UNITS[0]["images"]["worse"] - UNITS[0]["images"]["better"]
    assert page.get_by_text(f"{UNITS[0]['images']['worse']} worse, {same} same, {UNITS[0]['images']['better']} better").is_visible()


@pytest.mark.parametrize("action, why", [("off(mean,means.safetensors)", "opens a file"), ("off(resample)", "draws other images")])
def test_what_the_server_would_refuse_is_said_on_the_cards(page, server, action, why):
    text = UNITS[0]["unit"].split("=")[0] + "=" + action
    server.sweeps = {"mean": json.dumps(SWEEP | {"units": [UNITS[0] | {"unit": text}, *UNITS[1:]]})}
    server.truths = {"Town03_017240.jpg": []}
    server.images[UNITS[1]["images"]["worst"][0]] = server.images["Town03_017240.jpg"]
    cell(open_tab(page, server), UNITS[0]).click()
    card = page.locator(".unit-images .image-card").first
    assert why in card.text_content() and card.evaluate("e => e.tagName") == "DIV"
    assert page.get_by_role("button", name="Add to interventions").is_disabled()
    page.locator(".unit-errors").get_by_role("button", name="Unit off").click()
    assert why in page.locator(".unit-errors [role=status]").text_content()
    assert page.get_by_role("button", name="Find images").count() == 0
    cell(page, UNITS[1]).click()
    assert page.locator(".unit-images .image-card").first.evaluate("e => e.tagName") == "BUTTON"
    assert page.get_by_role("button", name="Find images").is_visible()


def test_add_to_interventions(page, server):
    cell(open_tab(page, server), UNITS[2]).click()
    page.get_by_role("button", name="Add to interventions").click()
    assert calls(page) == [["addIntervention", UNITS[2]["unit"]]]


def test_the_units_text_is_copied(page, server):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_tab(page, server)
    page.get_by_role("button", name="Copy").click()
    page.wait_for_selector(".unit-head .tab-done")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator(".unit-text").text_content()


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("{", "x.json: not JSON, so not the sweep.json of a sweep; or it was cut off"),
        ('{"images": []}', "x.json: not the sweep.json of a sweep"),
        ("[1]", "x.json: not the sweep.json of a sweep"),
        (json.dumps(SWEEP | {"saccade_sweep": 2}), "x.json: a sweep of format 2; this page reads format 1"),
        (json.dumps(SWEEP | {"units": []}), 'x.json: "units" is missing or empty; was the file cut off?'),
        (json.dumps(SWEEP | {"units": [UNITS[0] | {"row": 9}]}), "x.json: unit 0 lies outside the matrix"),
        (json.dumps(SWEEP | {"rows": ["r"] * 10**4, "columns": ["c"] * 10**4}), "x.json: more than 20000 units"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(page, server, text, sentence):
    open_tab(page, server)
    pick_file(page, "x.json", text)
    page.wait_for_selector(".tab-error:not([hidden])")
    assert page.locator(".tab-error").text_content() == sentence
    assert page.locator("[role=gridcell]").count() == len(UNITS)


def test_a_file_is_opened_and_kept(page, server):
    open_tab(page, server)
    text = "dec.0.cross.head0=off(<img src=x onerror=alert(1)>)"
    pick_file(page, "mine.json", json.dumps(SWEEP | {"images": 5, "units": [UNITS[0] | {"unit": text}, UNITS[5]]}))
    page.wait_for_selector("text=5 images: too few")
    assert page.locator(".unit-text").text_content() == text
    assert page.locator(".unit-text img").count() == 0
    assert page.locator(".sweep-cell.is-empty").count() == len(SWEEP["rows"]) * len(SWEEP["columns"]) - 2
    page.evaluate("show('runs'), show('dataset')")
    page.wait_for_selector("text=5 images: too few")
    assert page.locator(".tab-select").first.evaluate("e => e.selectedOptions[0].text") == "file: mine.json"


def test_what_is_shown_no_more_listens_no_more(page, server):
    """Of sweeps that were closed nothing follows the page's state: each would draw its panel for ever."""
    open_tab(page, server)
    page.evaluate("show('runs'), show('dataset')")
    page.wait_for_selector(".sweep-matrix")
    listeners = page.evaluate("store.listeners.length")
    for name in ("one.json", "two.json"):
        pick_file(page, name, json.dumps(SWEEP))
        page.wait_for_function("name => document.querySelector('.tab-select').selectedOptions[0].text === `file: ${name}`", arg=name)
    page.evaluate("show('runs'), show('dataset')")
    page.wait_for_selector(".sweep-matrix")
    assert page.evaluate("store.listeners.length") == listeners
    page.evaluate("unmount()")
    assert page.evaluate("store.listeners.length") == 0


def test_another_models_sweep_is_told(page, server):
    server.sha256 = "ab" * 32
    open_tab(page, server)
    assert page.get_by_text(f"Of another model: street_r18 {SWEEP['weights_sha256'][:8]}; the one open here is abababab.").is_visible()


def test_without_a_sweep(page, server):
    server.sweeps = {}
    open_tab(page, server, wait=".tab-empty")
    assert page.get_by_text("No sweep for this model yet.").is_visible()
    assert page.locator(".tab-command").text_content().startswith("saccade sweep --weights street_r18.pth --images street/val ")


def test_the_servers_sentence_is_shown(page, server):
    open_tab(page, server)
    page.evaluate("document.querySelector('.tab-select').add(new Option('gone', 'gone'))")
    page.locator(".tab-select").first.select_option("gone")
    page.wait_for_selector("text=gone: there is no such sweep")
    assert page.locator(".tab-select").first.input_value() == "heads"
