"""The page by keyboard alone: each group of controls is one stop of Tab, arrow keys walk inside."""
import pytest
from viewer_page import STREET

GROUPS = ["tabs", "image-nav", "actions", "detections", "toolbar", "zoom", "legend", "changes", "units", "inspector", "interventions"]
FOCUSED = """() => {
  const ids = ['tabs', 'image-nav', 'actions', 'detections', 'toolbar', 'zoom', 'legend', 'changes', 'units', 'inspector', 'interventions'];
  const e = document.activeElement, group = e.closest(['.map-head', '.map-grid', ...ids.map(id => '#' + id)].join(', '));
  return group ? group.id || group.className.split(' ').pop() : e.id;
}"""


def focused(viewer):
    return viewer.page.evaluate("() => { const e = document.activeElement; return e.getAttribute('aria-label') || e.innerText || e.className; }")


def press(viewer, *keys):
    for key in keys:
        viewer.page.keyboard.press(key)
    viewer.settle()


def tab_to(viewer, group):
    """Tabs on until the group has the keyboard."""
    for _ in range(60):
        press(viewer, "Tab")
        if viewer.page.evaluate(FOCUSED) == group:
            return
    raise AssertionError(f"Tab does not come to {group}")


@pytest.fixture
def keys(viewer):
    viewer.open(f"img={STREET}&x=dec.5.cross.head0%3Doff&cell=dec.cross,4,1")
    viewer.steps(2)
    # Some browsers go on from where the keyboard was last: from the page's start.
    viewer.page.evaluate("() => { const all = document.documentElement; all.tabIndex = -1; all.focus(); all.removeAttribute('tabindex'); }")
    return viewer


def test_each_group_is_one_stop(keys):
    seen = []
    for _ in range(60):
        press(keys, "Tab")
        if keys.page.evaluate("document.activeElement === document.body"):
            break
        seen.append(keys.page.evaluate(FOCUSED))
    for group in [*GROUPS, "map-head", "map-grid", "stage"]:
        assert seen.count(group) == 1, (group, seen)
    order = ["tabs", "actions", "toolbar", "stage", "legend", "detections", "map-grid", "interventions"]
    assert sorted(order, key=seen.index) == order


def test_arrows_walk_inside_and_tab_comes_back(keys):
    layer = keys.page.locator(".chart").get_attribute("aria-valuetext")
    tab_to(keys, "toolbar")
    assert focused(keys) == "Decoder query"
    press(keys, "ArrowRight", "ArrowRight", "ArrowRight")
    assert focused(keys).startswith("Heat")
    press(keys, " ")
    assert keys.page.get_by_role("button", name="Heat").get_attribute("aria-pressed") == "true"
    assert focused(keys).startswith("Heat")  # drawn anew, it keeps the keyboard
    press(keys, "Tab", "Shift+Tab")
    assert focused(keys).startswith("Heat")
    press(keys, "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert keys.page.evaluate("document.activeElement.ariaLabel") == "Size of points"  # from the first to the last
    assert keys.page.locator(".chart").get_attribute("aria-valuetext") == layer


def test_list_walks_its_rows_first(keys):
    tab_to(keys, "detections")
    count = len(keys.rows())
    for _ in range(count):
        press(keys, "ArrowDown")
    assert keys.page.evaluate("document.activeElement.getAttribute('role')") == "listbox"
    press(keys, "Enter")
    assert "Pinned" in keys.page.locator("#card").inner_text()
    press(keys, "ArrowDown")
    assert keys.page.evaluate("document.activeElement.tagName") == "BUTTON"
    press(keys, "ArrowUp", "ArrowUp")
    assert keys.page.evaluate("document.activeElement.getAttribute('role')") == "listbox"


def test_slider_and_text_keep_their_own_keys(keys):
    tab_to(keys, "detections")
    keys.page.get_by_role("slider", name="Score threshold").focus()
    press(keys, "ArrowLeft")
    assert keys.page.get_by_role("slider", name="Score threshold").input_value() == "0.49"
    tab_to(keys, "interventions")
    keys.page.locator(".line-text").focus()
    press(keys, "ArrowRight")
    assert keys.page.evaluate("document.activeElement.className") == "line-text"
    press(keys, "ArrowDown")
    assert focused(keys) == "Remove dec.5.cross.head0=off"
    press(keys, "Enter")
    keys.steps(3)
    assert keys.lines() == []


def test_heads_of_rows_and_columns_by_arrows(keys):
    tab_to(keys, "map-grid")
    press(keys, "ArrowLeft", "ArrowLeft")
    assert focused(keys).startswith("dec.4, ")
    press(keys, "ArrowUp", "ArrowRight", "ArrowUp")
    assert focused(keys) == "head 0 in all layers"
    press(keys, "Enter")
    keys.steps(3)
    assert keys.lines()[-1] == "dec.*.cross.head0=off(zero)"
    assert focused(keys) == "head 0 in all layers"
    press(keys, "ArrowDown")
    assert focused(keys).startswith("dec.5 head 0, off")
