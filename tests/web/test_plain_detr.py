"""A plain DETR on the page: boxes, layers and switches of heads, and no points, whose replies have no references."""
import pathlib
import sys

import pytest
from viewer_page import expect
from view_server import started


@pytest.fixture(scope="module")
def address():
    with started([sys.executable, pathlib.Path(__file__).with_name("mock_server.py"), "--family", "detr"]) as server:
        yield server.address


@pytest.fixture
def viewer(viewer):
    return viewer.open()


def test_detections_are_shown_and_heads_switched(viewer):
    before = viewer.rows()
    viewer.pin_first()
    card = viewer.page.locator("#card").inner_text()
    assert "Pinned: query" in card and "Reference" not in card
    viewer.page.locator('.cell[data-layer="5"][data-head="2"]').click()
    viewer.page.keyboard.press("x")
    viewer.steps(2)
    assert viewer.lines() == ["dec.5.cross.head2=off(zero)"]
    assert viewer.rows() != before
    viewer.page.keyboard.press("u")
    viewer.settle()
    assert [row.split("\n")[0] for row in viewer.rows()] == [row.split("\n")[0] for row in before]


def test_layers_and_other_tabs_need_no_points(viewer):
    """Nothing asks for what there is not."""
    viewer.pin_first()
    viewer.page.keyboard.press("ArrowLeft")
    viewer.page.locator("#stage").hover()
    for tab in ("Sequence", "Data set", "Image"):
        viewer.page.get_by_role("tab", name=tab, exact=True).click()
        viewer.settle()
    expect(viewer.page.locator("#legend")).to_contain_text("it has no sampling points")
