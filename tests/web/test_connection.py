"""The server goes and comes back: what is shown stays usable, what was asked for is asked again."""
import contextlib

import pytest
from viewer_page import NOTHING_BY_ITSELF, Viewer, expect, street_server

LOST = "Connection lost. Shown results stay usable; switching waits."


@pytest.fixture
def viewer(viewer):
    viewer.refusals_expected = None  # as many as the page tries
    return viewer.open()


def state(viewer):
    return expect(viewer.page.locator("#status > :last-child"))


@pytest.fixture
def wait(viewer):
    """Time stands still from here on; wait(ms) lets so much pass, until all that was asked has its answer and that is drawn."""
    asked = set()
    viewer.page.on("request", lambda r: asked.add(r) if "/api/events" not in r.url else None)
    for end in ("requestfinished", "requestfailed"):
        viewer.page.on(end, lambda r: asked.discard(r))
    viewer.stop_time()

    def wait(ms):
        viewer.page.clock.run_for(ms)
        viewer.until(lambda: not asked)
        viewer.page.clock.run_for(50)
    return wait


def test_switching_waits_and_goes_on(viewer, wait):
    viewer.page.context.set_offline(True)
    viewer.page.locator('.cell[data-layer="5"][data-head="2"]').click()
    viewer.page.keyboard.press("x")
    message = viewer.page.locator("#message")
    wait(100)
    expect(message).to_contain_text(LOST)
    state(viewer).to_have_text("Connection lost")
    viewer.page.locator("#detections .detection").first.click()
    viewer.page.clock.run_for(200)
    assert "Pinned" in viewer.page.locator("#card").inner_text()
    own = len([u for u in viewer.requests if u.endswith("/api/status")])
    asked = []
    for seconds in (1, 2, 4, 8, 8):
        wait(seconds * 1000)
        now = len([u for u in viewer.requests if u.endswith("/api/status")])
        asked.append(now - own)
        own = now
    assert asked == [1, 1, 1, 1, 1]
    viewer.page.context.set_offline(False)
    message.get_by_role("button", name="Retry").click()
    for _ in range(1000):
        wait(50)
        if viewer.page.locator(".pill").count() == 2:
            break
    viewer.page.clock.run_for(100)
    assert viewer.lines() == ["dec.5.cross.head2=off(zero)"] and viewer.page.locator(".pill").count() == 2
    state(viewer).to_have_text("Ready")
    expect(message).to_be_hidden()


def test_what_was_undone_is_not_asked_again(viewer):
    viewer.page.locator('.cell[data-layer="5"][data-head="2"]').click()
    viewer.page.keyboard.press("x")
    viewer.steps(2)
    viewer.page.evaluate(NOTHING_BY_ITSELF)  # trying again would take the button away that is clicked
    viewer.page.context.set_offline(True)
    viewer.page.locator('.cell[data-layer="5"][data-head="3"]').click()
    viewer.page.keyboard.press("x")
    expect(viewer.page.locator("#message")).to_contain_text(LOST)
    viewer.page.keyboard.press("u")
    viewer.page.context.set_offline(False)
    viewer.page.locator("#message").get_by_role("button", name="Retry").click()
    state(viewer).to_have_text("Ready")
    assert viewer.lines() == [] and viewer.page.locator(".pill").count() == 2


def test_server_ends_and_starts_again(browser):
    with contextlib.closing(browser.new_page(viewport={"width": 1440, "height": 900})) as page:
        with street_server() as server:
            viewer = Viewer(page, server.address).open()
        expect(page.locator("#message")).to_contain_text(LOST, timeout=60_000)
        with street_server(port=server.port):
            state(viewer).to_have_text("Ready", timeout=60_000)
            expect(page.locator("#message")).to_be_hidden()
    assert [e for e in viewer.errors if "Failed to load resource" not in e] == []
