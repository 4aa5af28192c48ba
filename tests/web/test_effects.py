"""What a sweep measured, beside the heads on the tab Image."""
import json
import re

import pytest
from viewer_page import expect, street_server

UNITS = {"dec.5.cross.head2": (-.0290, -.0417, -.0128, .02), "dec.4.cross.head3": (.0061, -.0012, .0101, .4)}


def sweep(sha):
    units = [{"unit": f"{name}=off(zero)", "row": i, "column": i, "dAP": change, "q": q, "AP_interval": {"low": low, "high": high, "p": q}}
             for i, (name, (change, low, high, q)) in enumerate(UNITS.items())]
    return json.dumps({"saccade_sweep": 1, "unit": "dec.cross.head", "manner": "zero", "model": "m", "weights_sha256": sha, "set": "val", "images": 84,
                       "baseline": {"AP": .38}, "rows": ["dec.4", "dec.5"], "columns": ["h2", "h3"], "units": units})


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweeps") / "heads"
    folder.mkdir()
    (folder / "sweep.json").write_text(sweep("0"))
    with street_server("--sweep", folder) as server:
        yield server.address


def with_sweep(viewer, ours=True):
    sha = viewer.page.request.get(viewer.address + "api/model").json()["models"]["a"]["sha256"]
    viewer.page.route("**/api/sweep/heads", lambda r: r.fulfill(status=200, content_type="application/json", body=sweep(sha if ours else "0" * 64)))
    with viewer.page.expect_response("**/api/sweep/heads", timeout=60_000):
        viewer.open()
    viewer.settle()


def cell(viewer, layer, head):
    return viewer.page.locator(f'.cell[data-layer="{layer}"][data-head="{head}"]')


def test_inspector_says_what_the_sweep_measured(viewer):
    with_sweep(viewer)
    cell(viewer, 5, 2).click()
    effect = viewer.page.locator("#inspector .effect")
    expect(effect).to_have_text(re.compile(r"^ΔAP if off−2\.995 % \[−4\.2, −1\.3\]significant$"))
    assert "84 images of val" in effect.get_attribute("data-tip")
    cell(viewer, 4, 3).click()
    expect(effect).to_have_text(re.compile(r"\+0\.6.*not significant$"))
    cell(viewer, 4, 0).click()
    expect(effect).to_have_count(0)


def test_map_shows_the_change_of_ap(viewer):
    with_sweep(viewer)
    picture = "() => document.querySelector('.map-grid canvas').toDataURL()"
    seen = {viewer.page.evaluate(picture)}
    choice = viewer.page.get_by_label("Statistic of the bar")
    choice.select_option(label="ΔAP")
    for mode in ("Thumbnails", "Numbers"):
        viewer.page.get_by_role("button", name=mode).click()
        viewer.settle()
        seen.add(viewer.page.evaluate(picture))
    assert len(seen) == 3
    assert cell(viewer, 5, 2).get_attribute("aria-label") == "dec.5 head 2, on, ΔAP −2.9, significant"
    assert cell(viewer, 4, 3).get_attribute("aria-label").endswith("ΔAP +0.6, not significant")
    assert "not significant" in viewer.page.locator(".map-foot").inner_text()
    viewer.page.get_by_label("Module").select_option("dec.self")  # of which nothing was measured
    viewer.settle()
    assert "ΔAP" not in viewer.page.get_by_label("Statistic of the bar").inner_text()


def test_a_sweep_of_another_model_says_nothing_here(viewer):
    with_sweep(viewer, ours=False)
    cell(viewer, 5, 2).click()
    viewer.settle()
    assert viewer.page.locator("#inspector .effect").count() == 0
    assert "ΔAP" not in viewer.page.get_by_label("Statistic of the bar").inner_text()
