"""The first run of an image may be cancelled, lost or refused: nothing that was switched is lost, and the page goes on."""
import pytest
from viewer_page import NOTHING_BY_ITSELF, STREET, expect

SWITCHED = "dec.5.cross.head0=off"
LINK = f"img={STREET}&x=dec.5.cross.head0%3Doff"


class Gate:
    """Where it is shut runs are answered as `refuse` says, and held where it says nothing."""

    def __init__(self, page, which="**/intervene"):
        self.shut, self.refuse, self.refused, self.held = True, None, 0, []
        page.route(which, self.answer)

    def answer(self, route):
        if not self.shut:
            return route.continue_()
        if self.refuse:
            self.refused += 1
            return route.fulfill(**self.refuse)
        return self.held.append(route)

    def open(self):
        self.shut = False
        for route in self.held:
            route.continue_()


def begin(viewer, link=LINK):
    viewer.page.goto(viewer.address + "#" + link)
    viewer.page.locator("#image-nav .name").wait_for()


def message(viewer):
    return viewer.page.locator("#message")


@pytest.fixture
def cancelled(viewer):
    gate = Gate(viewer.page)
    begin(viewer)
    expect(viewer.page.locator("#run-bar")).to_be_visible()
    viewer.page.keyboard.press("Escape")
    expect(message(viewer)).to_contain_text("Cancelled.")
    gate.shut = False
    return viewer


def test_a_cancelled_first_run_is_asked_for_again(cancelled):
    assert cancelled.lines() == [SWITCHED] and cancelled.page.locator(".pill").count() == 0
    message(cancelled).get_by_role("button", name="Detect again").click()
    cancelled.steps(2)
    assert cancelled.lines() == [SWITCHED]
    expect(message(cancelled)).to_be_hidden()


def test_a_change_starts_what_was_cancelled(cancelled):
    cancelled.page.locator("#add-line").fill("dec.4.cross.head1=off")
    cancelled.page.keyboard.press("Enter")
    cancelled.steps(2)
    assert cancelled.lines() == [SWITCHED, "dec.4.cross.head1=off"]


def test_what_is_switched_during_the_first_run_is_run_after_it(viewer):
    gate = Gate(viewer.page)
    begin(viewer)
    expect(viewer.page.locator("#run-bar")).to_be_visible()
    viewer.page.locator("#add-line").fill("dec.4.cross.head1=off")
    viewer.page.keyboard.press("Enter")
    gate.open()
    viewer.steps(2)
    assert viewer.lines() == [SWITCHED, "dec.4.cross.head1=off"]
    assert viewer.page.locator(".pill").last.get_attribute("data-tip") == "\n".join(viewer.lines())


def test_a_server_that_was_busy_gets_baseline_and_interventions(viewer):
    gate = Gate(viewer.page)
    gate.refuse = {"status": 503, "json": {"error": "too many requests"}}
    viewer.page.add_init_script(NOTHING_BY_ITSELF)
    begin(viewer)
    expect(message(viewer)).to_contain_text("Connection lost.")
    gate.shut = False
    message(viewer).get_by_role("button", name="Retry").click()
    viewer.steps(2)
    assert viewer.lines() == [SWITCHED]
    assert viewer.page.locator(".pill").last.get_attribute("aria-pressed") == "true"
    viewer.refusals_expected = gate.refused


def images(viewer):
    return viewer.page.request.get(viewer.address + "api/images").json()["images"]


def step(viewer, key, name):
    viewer.page.keyboard.press(key)
    expect(viewer.page.locator("#image-nav .name")).to_have_text(name)


def test_images_without_a_readable_header_are_stepped_over(viewer):
    first, broken, after = images(viewer)[:3]
    viewer.page.route(f"**/api/image/{broken['id']}", lambda r: r.fulfill(status=422, json={"error": f"{broken['name']}: broken"}))
    viewer.open(f"img={first['name']}")
    step(viewer, "]", first["name"])
    expect(message(viewer)).to_contain_text("broken")
    step(viewer, "]", after["name"])
    viewer.steps(1)
    viewer.page.keyboard.press("[")
    expect(message(viewer)).to_contain_text("broken")
    step(viewer, "[", first["name"])
    viewer.steps(1)
    viewer.refusals_expected = 2


def test_what_a_link_chooses_is_for_its_own_image(viewer):
    linked, after = images(viewer)[:2]
    Gate(viewer.page, f"**/api/image/{linked['id']}/intervene")
    begin(viewer, f"img={linked['name']}&q=3")
    expect(viewer.page.locator("#run-bar")).to_be_visible()
    step(viewer, "]", after["name"])
    viewer.steps(1)
    assert viewer.page.locator("#card").inner_text() == ""


def test_what_is_pinned_before_a_link_is_followed_stays_pinned(viewer):
    gate = Gate(viewer.page)
    begin(viewer, f"{LINK}&q=3")
    viewer.until(lambda: gate.held)
    gate.held.pop(0).continue_()  # the image as it is, which is shown while its interventions are run
    viewer.until(lambda: gate.held)
    viewer.page.locator("#detections .detection").first.click()
    expect(viewer.page.locator("#card h2")).to_contain_text("Pinned: query")
    pinned = viewer.page.locator("#card h2").inner_text()
    assert pinned != "Pinned: query 3"
    gate.open()
    viewer.steps(1)
    viewer.settle()
    expect(viewer.page.locator("#card h2")).to_have_text(pinned)


def test_an_image_that_cannot_be_decoded_keeps_the_interventions(viewer):
    first, broken, after = images(viewer)[:3]
    gate = Gate(viewer.page, f"**/api/image/{broken['id']}/intervene")
    gate.refuse = {"status": 422, "json": {"error": f"{broken['name']}: cannot be decoded"}}
    viewer.open(f"img={first['name']}&x=dec.5.cross.head0%3Doff")
    viewer.steps(2)
    step(viewer, "]", broken["name"])
    expect(message(viewer)).to_contain_text("cannot be decoded")
    assert viewer.lines() == [SWITCHED]
    step(viewer, "]", after["name"])
    viewer.steps(2)
    assert viewer.lines() == [SWITCHED]
    viewer.refusals_expected = gate.refused
