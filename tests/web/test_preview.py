"""A preview on a small picture while the encoder runs again; the server's answers are held back as a test wants."""
import json
import re

import pytest
from viewer_page import NOTHING_BY_ITSELF, expect

ENCODER = "enc.1.self.head0=off"


class Server:
    """Answers previews at once and keeps whole runs with interventions back until they are let through."""

    def __init__(self, page):
        self.asked, self.kept, self.refuses = [], [], False
        page.route("**/intervene", self.answer)

    def answer(self, route):
        body = json.loads(route.request.post_data)
        side = body.pop("longest_side", None)
        self.asked.append((side, body["interventions"]))
        if side and self.refuses:
            return route.fulfill(status=400, content_type="application/json", body='{"error": "no previews here"}')
        if side or not body["interventions"]:
            return route.fulfill(response=route.fetch(post_data=json.dumps(body)))
        return self.kept.append((route, body))

    def let_through(self):
        route, body = self.kept.pop()
        route.fulfill(response=route.fetch(post_data=json.dumps(body)))


@pytest.fixture
def server(viewer):
    viewer.address += "?preview=0"
    one = Server(viewer.page)
    viewer.page.add_init_script(NOTHING_BY_ITSELF)  # messages stay
    viewer.open()
    viewer.baseline = viewer.rows()
    return one


def switch(viewer, text):
    viewer.page.locator("#add-line").fill(text)
    viewer.page.keyboard.press("Enter")


def tag(viewer):
    return expect(viewer.page.locator("#preview"))


def waits(viewer, server, count=1):
    """Until the whole run was asked for."""
    tag(viewer).to_be_visible(timeout=60_000)
    tag(viewer).to_have_text("preview 480")
    until_kept(viewer, server, count)
    viewer.settle()


def until_kept(viewer, server, count=1):
    """Until the server holds as many whole runs back."""
    viewer.until(lambda: len(server.kept) == count)


def test_preview_comes_first_and_is_no_step_of_the_history(viewer, server):
    switch(viewer, ENCODER)
    waits(viewer, server)
    assert server.asked[-2:] == [(480, [ENCODER]), (None, [ENCODER])]
    assert viewer.page.locator(".pill").count() == 1
    assert viewer.rows() != viewer.baseline
    assert viewer.page.locator("#status").inner_text().count("Preview") == 1
    server.let_through()
    viewer.steps(2)
    tag(viewer).to_be_hidden()
    assert "Encoder and decoder run again" in viewer.page.locator("#status").inner_text()


def test_escape_cancels_both(viewer, server):
    switch(viewer, ENCODER)
    waits(viewer, server)
    viewer.page.locator("#stage").focus()
    viewer.page.keyboard.press("Escape")
    tag(viewer).to_be_hidden()
    expect(viewer.page.locator("#message")).to_have_text(re.compile("^Cancelled"))
    assert viewer.lines() == [] and viewer.rows() == viewer.baseline and viewer.page.locator(".pill").count() == 1


def test_going_back_by_removing_the_line_ends_both(viewer, server):
    switch(viewer, ENCODER)
    waits(viewer, server)
    viewer.page.get_by_role("button", name=f"Remove {ENCODER}").click()
    tag(viewer).to_be_hidden()
    expect(viewer.page.locator("#status .state-ok")).to_be_visible()
    assert viewer.lines() == [] and viewer.rows() == viewer.baseline and viewer.page.locator(".pill").count() == 1


def test_newest_change_wins(viewer, server):
    switch(viewer, ENCODER)
    waits(viewer, server)
    switch(viewer, "enc.2.self.head3=off")
    waits(viewer, server, 2)
    server.let_through()
    viewer.steps(2)
    tag(viewer).to_be_hidden()
    assert viewer.lines() == [ENCODER, "enc.2.self.head3=off"]


def test_no_preview_for_the_decoder_or_without_such_a_server(viewer, server):
    switch(viewer, "dec.5.cross.head0=off")
    until_kept(viewer, server)
    tag(viewer).to_be_hidden()
    server_asks = [side for side, texts in server.asked if texts]
    assert server_asks == [None]
    server.let_through()
    viewer.steps(2)
    server.refuses, viewer.refusals_expected = True, 1
    switch(viewer, ENCODER)
    until_kept(viewer, server)
    tag(viewer).to_be_hidden()
    server.let_through()
    viewer.steps(3)
