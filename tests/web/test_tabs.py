"""Both tabs: nothing is cut off, overlaps or is too small to hit."""
import pytest
from tabs_page import open_tab, page, server  # noqa: F401


@pytest.mark.parametrize("tab", ["dataset", "runs"])
@pytest.mark.parametrize("width, height", [(1440, 900), (1024, 768)])
def test_nothing_is_cut_off_or_too_small(page, server, tab, width, height):
    page.set_viewport_size({"width": width, "height": height})
    open_tab(page, server, tab, ".sweep-matrix" if tab == "dataset" else "tr[data-run=steady]")
    page.wait_for_timeout(200)
    assert page.evaluate(
        """() => [...document.querySelectorAll("main *")].filter((e) => {
          const style = getComputedStyle(e);
          if (!e.offsetParent || !e.clientWidth || e.closest("svg, .tab-hidden")) return false;
          if (e.scrollWidth > e.clientWidth + 1 && style.display !== "inline" && style.textOverflow !== "ellipsis" && !/auto|scroll/.test(style.overflowX)) return true;
          const box = e.getBoundingClientRect();
          return e.matches("button, select") && Math.min(box.width, box.height) < 23.5;
        }).map((e) => e.outerHTML.slice(0, 100))"""
    ) == []
