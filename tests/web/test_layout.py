"""The page at all widths and in both themes: nothing is cut off, overlaps, is too small or too faint, everything has a name."""
import os
import pathlib
import shutil

import pytest
from program import SHIPPED_WEIGHTS, run
from viewer_page import STREET, Viewer, expect, need_program, street_server

DATA = pathlib.Path(__file__).resolve().parent / "data"
WALK = pathlib.Path(__file__).with_name("layout_walk.js").read_text()
WINDOWS = [(1024, 768), (1280, 800), (1440, 900), (1920, 1080)]
PLAIN = f"img={STREET}"
SWITCHED = f"img={STREET}&x=dec.3.cross.head5%3Doff&x=dec.*.cross.level3%3Doff(drop)&q=21&cell=dec.cross,3,5"
# What a reader of the screen must be able to call by name.
NAMED = {"button", "combobox", "textbox", "searchbox", "slider", "checkbox", "switch", "tab", "gridcell", "option", "dialog",
         "grid", "img", "Canvas", "application", "menuitem", "listbox", "radio", "link", "columnheader", "rowheader"}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A viewer with a sweep and two runs, of which one kept its weights."""
    need_program()
    folder = tmp_path_factory.mktemp("layout")
    for name in ("steady", "resumed"):
        (folder / "runs" / name).mkdir(parents=True)
        shutil.copy(DATA / f"log_{name}.txt", folder / "runs" / name / "log.txt")
    weights = folder / "runs" / "steady" / "checkpoint0039.pth"
    run("weights", "convert", SHIPPED_WEIGHTS, weights, code=0)
    (folder / "heads").mkdir()
    shutil.copy(DATA / "sweep.json", folder / "heads")
    with street_server("--sweep", folder / "heads", "--runs", folder / "runs") as server:
        yield server.address


def plain(viewer):
    viewer.open(PLAIN)


def pinned(viewer):
    panel(viewer, "Detections")
    viewer.pin_first()


def panel(viewer, name):
    """In narrow windows one panel is seen at a time."""
    tab = viewer.page.locator("#panel-tabs button", has_text=name)
    if tab.is_visible():
        tab.click()


def switched(viewer):
    viewer.page.goto("about:blank")
    viewer.open(SWITCHED)
    expect(viewer.page.locator("#changes").get_by_role("button", name="Undo")).to_be_enabled(timeout=60_000)
    panel(viewer, "Network")


def changed(viewer):
    panel(viewer, "Changes")


def swipe(viewer):
    viewer.page.get_by_role("button", name="Swipe").click()
    viewer.page.keyboard.press("h")


def numbers(viewer):
    panel(viewer, "Network")
    viewer.page.get_by_role("button", name="Numbers").click()


def refused(viewer):
    viewer.refusals_expected += 1
    viewer.page.locator("#add-line").fill("dec.3.cross.head9=off")
    viewer.page.keyboard.press("Enter")
    viewer.page.locator(".line .reason").wait_for()


def empty(viewer):
    viewer.page.locator("#stage").focus()
    panel(viewer, "Detections")
    viewer.page.get_by_role("slider", name="Score threshold").fill("1")
    viewer.page.locator("#message").wait_for()


def running(viewer):
    """The server takes its time, and still there is no detection."""
    viewer.held = []
    viewer.page.route("**/intervene", lambda route: viewer.held.append(route))
    panel(viewer, "Network")
    viewer.page.locator("#add-line").fill("dec.3.cross.head2=off")
    viewer.page.keyboard.press("Enter")
    viewer.page.locator("#run-bar .floating").wait_for()
    viewer.until(lambda: viewer.held)
    viewer.page.locator("#message").wait_for()


def search(viewer):
    viewer.held.pop().continue_()
    viewer.page.unroute("**/intervene")
    viewer.page.locator("#run-bar").wait_for(state="hidden")
    panel(viewer, "Detections")
    viewer.page.get_by_role("slider", name="Score threshold").fill("0.5")
    viewer.page.locator("#search-open").click()


def every_query(viewer):
    viewer.page.keyboard.press("Escape")
    viewer.page.get_by_role("switch").click()
    viewer.page.locator("#stage").focus()
    viewer.page.keyboard.press("g")


def help_open(viewer):
    viewer.page.locator("#help").click()


def export_open(viewer):
    viewer.page.keyboard.press("Escape")
    viewer.page.locator("#export").click()


def token(viewer):
    viewer.page.keyboard.press("Escape")
    viewer.page.goto("about:blank")
    viewer.open(f"img={STREET}&e=300,200,1&E=1")
    viewer.page.locator(".level-maps").wait_for()


def lost(viewer):
    """The server does not answer any more."""
    viewer.page.route("**/intervene", lambda route: route.abort())
    viewer.page.locator("#add-line").fill("dec.3.cross.head5=off")
    viewer.page.keyboard.press("Enter")
    viewer.page.get_by_role("button", name="Retry").wait_for()
    viewer.page.unroute("**/intervene")


def lasso(viewer):
    viewer.page.goto("about:blank")
    viewer.open(PLAIN)
    viewer.page.keyboard.press("l")


def maps(viewer):
    viewer.page.goto("about:blank")
    viewer.page.goto(f"{viewer.address}#{SWITCHED}&tab=maps&maps=attention,self-attention")
    mapped(viewer, 11)


def mapped(viewer, count):
    expect(viewer.page.locator(".maps-row")).to_have_count(count, timeout=60_000)
    expect(viewer.page.locator(".maps-row", has_text="Computing")).to_have_count(0, timeout=60_000)


def all_maps(viewer):
    for name in ("References", "Drift"):
        viewer.page.get_by_role("checkbox", name=name).check()


def maps_of_nothing(viewer):
    viewer.page.get_by_role("button", name="Encoder token").click()
    viewer.page.locator(".maps-ask").wait_for()


def maps_of_token(viewer):
    viewer.page.goto("about:blank")
    viewer.page.goto(f"{viewer.address}#img={STREET}&tab=maps&e=300,200,1&E=1&maps=readers,flow")
    mapped(viewer, 3)


def sequence(viewer):
    viewer.page.goto("about:blank")
    viewer.page.goto(f"{viewer.address}#{SWITCHED}&tab=sequence")
    expect(viewer.page.locator(".sequence-bar .progress")).to_have_text("4 of 4 frames", timeout=60_000)


def other_object(viewer):
    viewer.page.get_by_role("button", name="Other object").click()


def dataset(viewer):
    viewer.page.get_by_role("tab", name="Data set").click()
    viewer.page.locator(".sweep-matrix").wait_for()


def one_unit(viewer):
    viewer.page.locator(".sweep-cell").nth(2).click()
    viewer.page.wait_for_load_state("networkidle")


def table(viewer):
    viewer.page.get_by_role("button", name="Table").click()


def errors(viewer):
    panel = viewer.page.locator(".unit-errors")
    panel.get_by_role("button", name="Find images").click()
    expect(panel.get_by_role("status")).to_contain_text("12 of 12", timeout=120_000)
    panel.scroll_into_view_if_needed()


def runs(viewer):
    viewer.page.get_by_role("tab", name="Runs").click()
    viewer.page.locator("tr[data-run=steady]").wait_for()


def checkpoint(viewer):
    viewer.page.get_by_role("combobox", name="Run").select_option("steady")
    viewer.page.locator(".run-checkpoints").scroll_into_view_if_needed()
    expect(viewer.page.locator(".run-checkpoints")).to_contain_text("Run steady, epoch 39", timeout=60_000)


# In the order in which a person could come through them.
STATES = [plain, pinned, switched, changed, swipe, numbers, refused, empty, running, search, every_query, help_open, export_open, token, lost, lasso,
          maps, all_maps, maps_of_nothing, maps_of_token, sequence, other_object, dataset, one_unit, table, errors, runs, checkpoint]


def nameless(session):
    """Controls and pictures without an accessible name, as the browser tells them to readers of the screen."""
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    role = lambda node: node.get("role", {}).get("value")
    return [f"without a name: {role(n)}" for n in nodes
            if not n["ignored"] and role(n) in NAMED and not n.get("name", {}).get("value", "").strip()]


def keep_picture(viewer, name):
    folder = os.environ.get("SACCADE_SCREENSHOTS")
    if folder:
        viewer.page.screenshot(path=str(pathlib.Path(folder) / f"{name}.png"))


def theme(viewer, name):
    viewer.page.evaluate("name => document.documentElement.dataset.theme = name", name)


def faults_of(viewer, session, picture, with_dark):
    """What is wrong with the page as it is, in the light theme and, where that is wanted, with the colours of the dark one."""
    found = viewer.page.evaluate(WALK)
    yield from found["layout"] + found["colours"] + nameless(session)
    keep_picture(viewer, picture.format("light"))
    if not with_dark:
        return
    theme(viewer, "dark")
    yield from ("dark: " + fault for fault in viewer.page.evaluate(WALK)["colours"])
    keep_picture(viewer, picture.format("dark"))
    theme(viewer, "light")


@pytest.mark.parametrize("width, height", WINDOWS)
def test_every_state_of_the_page(browser, address, width, height):
    # A colour is the same at every width; what is folded away at the smallest is not at the largest.
    with_dark = (width, height) in (WINDOWS[0], WINDOWS[-1])
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="light")
    viewer = Viewer(context.new_page(), address)
    session = context.new_cdp_session(viewer.page)
    faults = {}  # each once, with the first state that has it
    for state in STATES:
        state(viewer)
        viewer.rest()
        for fault in faults_of(viewer, session, f"{width}-{{}}-{state.__name__}", with_dark):
            faults.setdefault(fault, state.__name__)
    errors = [e for e in viewer.errors if "Failed to load resource" not in e]
    context.close()
    assert not faults, "\n".join(f"{state}: {fault}" for fault, state in faults.items())
    assert errors == []
