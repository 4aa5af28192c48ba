"""The page for people who hear it: grids that arrows walk, states that are told, and never more than one sentence a second."""
from viewer_page import expect

# Records each change of a place that is read out by itself.
LISTEN = """() => {
  window.heard = [];
  new MutationObserver((changes) => {
    for (const {target} of changes) {
      const at = (target.nodeType === 1 ? target : target.parentElement)?.closest("[aria-live], [role=status], [role=alert]");
      if (at && at.textContent.trim()) window.heard.push([performance.now(), at.id, at.textContent]);
    }
  }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


def focused(viewer):
    return viewer.page.evaluate("document.activeElement.getAttribute('aria-label')")


def test_arrows_reach_the_heads_of_rows_and_columns(viewer):
    viewer.open()
    keys = viewer.page.keyboard
    viewer.page.locator('.cell[tabindex="0"]').focus()
    keys.press("ArrowLeft")
    assert focused(viewer) == "dec.5, 8 of 8 heads on"
    keys.press("ArrowDown")
    keys.press("Enter")
    viewer.steps(2)
    assert viewer.lines() == ["dec.4.cross=off"]
    assert focused(viewer) == "dec.4, 0 of 8 heads on", "what was switched keeps the keyboard"
    assert viewer.page.locator(".line-head", has_text="dec.4").get_attribute("aria-pressed") == "false"
    assert viewer.page.get_by_label("head 0 in all layers").get_attribute("aria-pressed") == "mixed"
    for key in ("ArrowUp", "ArrowRight", "ArrowUp"):
        keys.press(key)
    assert focused(viewer) == "head 0 in all layers"
    keys.press("ArrowUp")
    assert focused(viewer) == "head 0 in all layers", "there is nothing beyond"


def test_grids_tell_their_rows_columns_and_what_is_chosen(viewer):
    viewer.open()
    grid = viewer.page.get_by_role("grid", name="Heads of the layers")
    rows = grid.get_by_role("row")
    assert rows.count() == 7
    assert rows.first.get_by_role("columnheader").count() == 9
    for row in rows.all()[1:]:
        assert row.get_by_role("rowheader").count() == 1 and row.get_by_role("gridcell").count() == 8
    assert grid.get_by_role("gridcell", selected=True).count() == 0
    viewer.page.locator('.cell[data-layer="2"][data-head="6"]').click()
    viewer.settle()
    chosen = grid.get_by_role("gridcell", selected=True)
    assert chosen.count() == 1 and chosen.locator(".cell").get_attribute("aria-label").startswith("dec.2 head 6, on")


def test_the_threshold_keeps_the_keyboard(viewer):
    viewer.open()
    viewer.page.get_by_role("slider", name="Score threshold").focus()
    for _ in range(3):
        viewer.page.keyboard.press("ArrowRight")
        viewer.settle()
    assert focused(viewer) == "Score threshold" and "0.53" in viewer.page.locator("#detections").inner_text()


def test_one_sentence_a_second(viewer):
    viewer.open()
    viewer.page.evaluate(LISTEN)
    for _ in range(4):
        viewer.page.keyboard.press("ArrowLeft")
        viewer.page.keyboard.press("ArrowRight")
        viewer.page.keyboard.press("ArrowDown")
    viewer.page.get_by_role("slider", name="Score threshold").focus()
    viewer.page.keyboard.press("End")
    for _ in range(3):
        viewer.page.keyboard.press("ArrowLeft")
        viewer.settle()
    expect(viewer.page.locator("#said")).to_contain_text("No detection at")
    heard = viewer.page.evaluate("window.heard")
    assert len(heard) >= 1 and {place for _, place, _ in heard} == {"said"}
    times = [at for at, _, _ in heard]
    assert all(later - earlier > 950 for earlier, later in zip(times, times[1:])), heard


def test_a_hovered_point_is_not_read_out(viewer):
    viewer.open()
    viewer.pin_first()
    expect(viewer.page.locator("#said")).to_contain_text("Pinned query")
    viewer.page.evaluate(LISTEN)
    run, tensors = viewer.run()
    size, query = (run["image"]["width"], run["image"]["height"]), tensors["detections"][0, 0]
    heaviest = tensors["weights"][-1, query].reshape(-1).argmax()
    point = tensors["points"][-1, query].reshape(-1, 2)[heaviest] / 65535 * 3 - 1
    viewer.page.mouse.move(*viewer.screen(*(point * size)))
    viewer.page.locator("#tooltip:not([hidden])").wait_for()
    assert viewer.page.evaluate("window.heard") == []
