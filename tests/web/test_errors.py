"""The panel "Errors by image" of the tab "Data set": what it lists is what the server's matches say."""
import json
import urllib.request

import numpy
import pytest
from tabs_page import DATA, SWEEP, open_tab
from viewer_page import expect, read

TYPES = ["Hit", "Cls", "Loc", "Both", "Dupe", "Bkg"]
UNIT = min(SWEEP["units"], key=lambda unit: unit["dAP"])["unit"]  # what is selected at first
THRESHOLD = 0.05


def box(label, x, y, size):
    return {"class": label, "name": [None, "vehicle", "bike"][label], "box": [x, y, x + size, y + size], "crowd": False}


@pytest.fixture
def tab(page, server):
    server.images["Town01_000001.jpg"] = server.images["Town03_017240.jpg"]
    server.truths = {
        "val/Town02_008700.jpg": [box(1, 100, 100, 80), box(2, 300, 200, 60)],
        "Town03_017240.jpg": [box(1, 400, 120, 90), box(1, 402, 122, 90), box(2, 40, 40, 50)],
    }
    open_tab(page, server)
    page.evaluate(f"store.set({{ threshold: {THRESHOLD} }})")
    return page


def results(server, image, texts=()):
    """(type, truth, query, class, score, tensors) of the results that count."""
    body = json.dumps({"model": "a", "interventions": list(texts)}).encode()
    address = server.url.rsplit("/", 1)[0] + f"/api/image/{image}/intervene"
    _, tensors = read(urllib.request.urlopen(urllib.request.Request(address, body)).read())
    for (query, label), (kind, truth) in zip(tensors["detections"], tensors["matches"]):
        score = tensors["scores"][-1, query, label]
        if score > THRESHOLD:
            yield TYPES[kind], truth, int(query), int(label), float(score), tensors


def find(page, kind="Loc"):
    page.get_by_role("button", name=f"Find images with {kind} errors").click()
    expect(page.locator(".unit-errors [role=status]")).to_contain_text("2 of 2 annotated images")


def row(page, kind):
    return page.locator(".error-table tbody tr", has=page.get_by_role("button", name=kind, exact=True)).locator("td").all_text_contents()


def test_counts_and_means_are_the_servers(tab, server):
    assert server.intervened == []  # only on demand
    find(tab)
    found = [one for image in ("i0", "i1") for one in results(server, image)]
    for kind in TYPES:
        of = [one for one in found if one[0] == kind]
        assert row(tab, kind)[0] == str(len(of))
        if of:
            assert row(tab, kind)[2] == f"{numpy.mean([one[4] for one in of]):.2f}"
    hits = [(tensors, query) for kind, _, query, _, _, tensors in found if kind == "Hit"]
    radii = []
    for tensors, query in hits:
        points = (tensors["points"][-1, query] / 65535 * 3 - 1) * (640, 380)
        weights = tensors["weights"][-1, query] / 65535
        far = numpy.hypot(*numpy.moveaxis(points - tensors["reference"][-1, query][:2], -1, 0))
        radii.append((far * weights).sum() / weights.sum())
    assert float(row(tab, "Hit")[3]) == pytest.approx(numpy.mean(radii), rel=0.01)
    share = numpy.mean([tensors["weights"][-1, query][:, 0].sum() / 65535 / 8 for tensors, query in hits])
    assert float(row(tab, "Hit")[5]) == pytest.approx(share, abs=0.011)
    reached = {(image, truth) for image in ("i0", "i1") for kind, truth, *_ in results(server, image) if kind in TYPES[:3]}
    assert row(tab, "Miss")[0] == str(5 - len(reached))


def test_a_card_opens_with_the_result_pinned(tab, server):
    find(tab)
    tab.locator(".error-table").get_by_role("button", name="Bkg", exact=True).click()
    counts = {image: [one for one in results(server, image) if one[0] == "Bkg"] for image in ("i0", "i1")}
    most = max(counts, key=lambda image: len(counts[image]))
    card = tab.locator(".unit-errors .image-card").first
    assert card.text_content().startswith(f"{len(counts[most])} × Bkg")
    card.click()
    assert tab.evaluate("window.calls") == [["openImage", most, [], counts[most][0][2]]]
    assert tab.evaluate("store.state.truth") is True


def test_what_is_pressed_stays_while_an_image_comes(tab, server):
    held = []
    tab.route("**/api/image/i1/intervene", lambda route: held.append(route))
    tab.get_by_role("button", name="Find images with Loc errors").click()
    status = tab.locator(".unit-errors [role=status]")
    expect(status).to_contain_text("1 of 2 annotated images")
    tab.locator(".error-table").get_by_role("button", name="Hit", exact=True).hover()
    tab.mouse.down()
    held[0].continue_()
    expect(status).to_contain_text("2 of 2 annotated images")
    tab.mouse.up()
    expect(tab.locator(".error-table").get_by_role("button", name="Hit", exact=True)).to_have_attribute("aria-pressed", "true")
    assert row(tab, "Hit")[0] == str(sum(one[0] == "Hit" for image in ("i0", "i1") for one in results(server, image)))


def test_another_threshold_is_another_question(tab):
    find(tab)
    tab.evaluate("store.set({ threshold: 0.9 })")
    expect(tab.get_by_role("button", name="Find images with Loc errors")).to_be_visible()
    assert tab.locator(".error-table").count() == 0
    find(tab)
    assert "above 0.90" in tab.locator(".unit-errors [role=status]").text_content()


def test_a_scan_is_cancelled_and_goes_on(tab, server):
    server.gate.clear()
    tab.get_by_role("button", name="Find images with Loc errors").click()
    expect(tab.get_by_role("progressbar", name="Images looked at")).to_be_visible()
    tab.get_by_role("button", name="Cancel").click()
    expect(tab.get_by_role("button", name="Find images with Loc errors")).to_be_visible()
    server.gate.set()
    find(tab)
    assert tab.get_by_role("button", name="Cancel").count() == 0


def test_the_unit_is_off_where_that_is_chosen(tab, server):
    tab.locator(".unit-errors").get_by_role("button", name="Unit off").click()
    tab.locator(".unit-tide").get_by_role("button", name="Cls", exact=True).click()
    find(tab, "Cls")
    assert [body["interventions"] for body in server.intervened] == [[UNIT]] * 2
    tab.locator(".unit-errors").get_by_role("button", name="Baseline").click()
    expect(tab.get_by_role("button", name="Find images with Cls errors")).to_be_visible()


def test_the_class_filter_reaches_the_errors(tab, server):
    tab.get_by_label("Class", exact=True).select_option(label="bike")
    find(tab)
    for kind in TYPES:
        assert row(tab, kind)[0] == str(sum(one[0] == kind and one[3] == 2 for image in ("i0", "i1") for one in results(server, image)))
    assert "of bike" in tab.locator(".unit-errors [role=status]").text_content()
    # The sweep has AP by class, but no errors by class.
    assert tab.locator(".unit-classes [aria-current] .unit-class-name").all_text_contents() == ["bike"]
    assert tab.get_by_role("heading", name="Errors by TIDE type, all classes").is_visible()
    tab.get_by_role("button", name="AP", exact=True).click()
    assert row(tab, "Hit")[0] == str(sum(one[0] == "Hit" for image in ("i0", "i1") for one in results(server, image)))
    assert tab.get_by_role("heading", name="Errors by TIDE type", exact=True).is_visible()


def test_without_annotations(page, server):
    open_tab(page, server)
    assert page.get_by_text("None of the images that are open here has annotations").is_visible()
    assert page.get_by_role("button", name="Find images").count() == 0


def test_the_programs_errors_open_with_truth(viewer):
    viewer.open()
    page = viewer.page
    page.get_by_role("tab", name="Data set").click()
    page.set_input_files("input[accept*=json]", DATA / "sweep.json")
    page.locator(".unit-tide").get_by_role("button", name="Miss", exact=True).click()
    page.get_by_role("button", name="Find images with Miss errors").click()
    images = page.request.get(viewer.address + "api/images").json()["images"]
    shipped = sum(image["truth"] for image in images)  # an uploaded one, which another test may have left, has none
    expect(page.locator(".unit-errors [role=status]")).to_contain_text(f"{shipped} of {shipped} annotated images", timeout=120_000)
    page.locator(".error-table").get_by_role("button", name="Hit", exact=True).click()  # each image before made the table anew
    assert int(row(page, "Hit")[0]) > int(row(page, "Hit")[1]) > 0
    page.locator(".unit-errors .image-card").first.click()
    expect(page.locator("#card")).to_contain_text("TP", timeout=30_000)
    assert page.get_by_role("button", name="Truth").get_attribute("aria-pressed") == "true"
