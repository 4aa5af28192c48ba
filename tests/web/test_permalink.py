"""The page's address: what it names comes back, defaults are left out, and a link that lies is not believed."""
import json
import re

import pytest
from test_modules import script
from viewer_page import STREET, expect

CHOSEN = {
    "colour": "head", "size": "equal", "heatScale": "log", "classFilter": 2, "matchFilter": 5, "search": "bi&ke #1", "tokenLevel": 3, "swipe": 0.125,
    "mapModule": "dec.self", "mapTarget": "y1", "checkpoint": "r18 a@b@4", "sweepView": {"sweep": "h & zero", "layout": "Scatter", "metric": "AP of bike", "unit": "dec.5.cross.head2=off(zero)", "x": "tide Loc", "y": "AP of traffic_light"},
    "cell": None, "missing": None,
}
PAGE = """
    globalThis.location = {search: ""};
    globalThis.matchMedia = () => ({});
    const {readLink, writeLink} = await import("./permalink.js");
    const {firstState} = await import("./state.js");
    const shape = {family: "deformable_detr", queries: 100, enc_layers: 3, dec_layers: 6, heads: 8, levels: 4, dec_points: 4, enc_points: 4,
                   classes: [null, "vehicle", "bike"]};
    const state = () => firstState({models: {a: shape, b: null}, interventions: []});
"""


def test_every_choice_comes_back():
    assert json.loads("".join(script(PAGE + f"""
        const chosen = {json.dumps(CHOSEN)}, s = Object.assign(state(), chosen), {{view}} = readLink(writeLink(s), state());
        console.log(JSON.stringify(Object.keys(chosen).filter(k => k !== "missing" && JSON.stringify(view[k]) !== JSON.stringify(chosen[k]))));"""))) == []


def test_defaults_are_left_out():
    assert script(PAGE + "console.log(writeLink(state()), writeLink(Object.assign(state(), {mode: 'token', mapModule: 'enc.self'})));") == ["L=5", "L=5&e=&E=2"]


LIES = ["target=x2&col=purple&size=&heat=constructor&class=0&match=6&tl=4&swipe=7&map=__proto__&run=r18&cell=dec.cross,4,99",
        "col=&class=-1&match=1.5&tl=NaN&swipe=-0.5&map=dec.cross.head0&run=@4&cell=toString,0,0",
        "target=constructor&class=1e1&match=0x1&tl=+1&swipe=Infinity&map=toString&run=r18@x&cell=dec.cross,-1,0&q=&L=&h=+3"]


@pytest.mark.parametrize("lie", LIES)
def test_a_link_that_lies_is_not_believed(lie):
    """What it names stays as the page begins with it."""
    names = ["colour", "size", "heatScale", "classFilter", "matchFilter", "tokenLevel", "swipe", "mapModule", "mapTarget", "checkpoint", "cell", "pinned", "layer", "shownHead"]
    assert json.loads("".join(script(PAGE + f"""
        const {{view}} = readLink({json.dumps(lie)}, state()), usual = state();
        console.log(JSON.stringify({json.dumps(names)}.filter(name => view[name] !== usual[name])));"""))) == []


def test_the_page_shows_what_its_address_names(viewer):
    viewer.open(f"img={STREET}&x=dec.5.cross.head0%3Doff&col=head&size=equal&class=1&find=veh&map=dec.self&c=swipe&swipe=0.25")
    viewer.steps(2)
    page = viewer.page
    value = lambda name: page.get_by_label(name, exact=True).input_value()  # noqa: E731
    assert value("Colour of points") == "head" and value("Size of points") == "equal" and value("Module") == "dec.self"
    assert value("Search by class") == "veh" and page.get_by_label("Search by class").is_visible()
    assert page.locator("#swipe").get_attribute("aria-valuenow") == "25"
    assert all("vehicle" in row for row in viewer.rows())
    page.get_by_label("Colour of points").select_option("weight")
    page.get_by_label("Module").select_option("dec.cross")
    page.locator("#swipe").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("swipe=0.26"))  # when things are at rest
    assert "col=weight" in page.url and "find=veh" in page.url and "map=" not in page.url
    expect(page.locator("#stage")).to_be_visible()


def test_a_layer_that_is_switched_off_has_no_points(viewer):
    """Its marks of weight 0 would say that it read there."""
    def looks(layer):
        seen = []
        for shown in ("pr", "r"):
            viewer.page.goto("about:blank")  # else what is there already would do
            viewer.open(f"img={STREET}&q=3&L={layer}&x=dec.4.cross%3Doff&v={shown}")
            viewer.steps(2)
            seen.append(viewer.pixels("hover"))
        return seen

    assert len(set(looks(5))) == 2
    assert len(set(looks(4))) == 1
