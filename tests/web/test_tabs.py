"""Both tabs: nothing is cut off, overlaps or is too small to hit."""
import pytest
from playwright.sync_api import expect
from tabs_page import open_tab, page, server  # noqa: F401


SIZES = pytest.mark.parametrize("width, height", [(1440, 900), (1024, 768)])


def cut_off_or_too_small(page):
    return page.evaluate(
        """() => [...document.querySelectorAll("main *")].filter((e) => {
          const style = getComputedStyle(e);
          if (!e.offsetParent || !e.clientWidth || e.closest("svg, .tab-hidden, .checkpoint-stage")) return false;
          if (e.scrollWidth > e.clientWidth + 1 && style.display !== "inline" && style.textOverflow !== "ellipsis" && !/auto|scroll/.test(style.overflowX)) return true;
          const box = e.getBoundingClientRect();
          return e.matches("button, select") && Math.min(box.width, box.height) < 23.5;
        }).map((e) => e.outerHTML.slice(0, 100))"""
    )


@pytest.mark.parametrize("tab", ["dataset", "runs"])
@SIZES
def test_nothing_is_cut_off_or_too_small(page, server, tab, width, height):
    page.set_viewport_size({"width": width, "height": height})
    open_tab(page, server, tab, ".sweep-matrix" if tab == "dataset" else "tr[data-run=steady]")
    page.wait_for_timeout(200)
    assert cut_off_or_too_small(page) == []


@SIZES
def test_scatter_and_errors_fit(page, server, width, height):
    page.set_viewport_size({"width": width, "height": height})
    server.truths = {"Town03_017240.jpg": []}
    open_tab(page, server)
    page.get_by_role("button", name="Scatter", exact=True).click()
    page.get_by_role("button", name="Find images with Loc errors").click()
    expect(page.locator(".error-table tbody tr")).to_have_count(7)
    assert cut_off_or_too_small(page) == []


@SIZES
def test_checkpoints_fit(page, server, width, height):
    page.set_viewport_size({"width": width, "height": height})
    server.checkpoints = {"steady": [4, 39]}
    page.goto(f"{server.url}?tab=runs&image=i0")
    page.locator(".epoch-slider:visible").wait_for()
    page.locator(".run-checkpoints").scroll_into_view_if_needed()
    page.evaluate("store.set({ pinned: 0 })")
    page.locator(".checkpoint-table").wait_for()
    page.get_by_role("button", name="Play the epochs").click()
    page.locator(".checkpoint-object .run-curve").wait_for()
    assert cut_off_or_too_small(page) == []
