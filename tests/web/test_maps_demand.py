"""The tab Maps of `saccade view`: maps that are computed on demand, given up, refused and tried again."""
import numpy
import pytest
from maps_page import asked, colour_at, computed, first_number, map_of, numbers, opened, pixels
from viewer_page import expect


def compute(viewer, name):
    viewer.page.get_by_role("button", name=f"Compute {name}").click()
    expect(viewer.page.get_by_role("button", name=f"Cancel {name}")).to_be_focused()


def focused(viewer):
    return viewer.page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.id")


def test_the_gradient_is_computed_on_demand(viewer):
    opened(viewer, "q=12&maps=gradient")
    assert "as long as a training step" in viewer.page.locator("[data-map=gradient]").inner_text()
    assert "Not computed" in viewer.page.locator(".maps-pane").inner_text() and asked(viewer, "gradient") == []
    before, held = pixels(viewer, 0), []
    viewer.page.route("**/map?method=gradient*", lambda route: held.append(route))
    viewer.page.get_by_role("button", name="Compute Gradient").focus()
    viewer.page.keyboard.press("Enter")
    assert focused(viewer) == "Cancel Gradient"
    viewer.until(lambda: held)
    held[0].continue_()
    computed(viewer)
    assert focused(viewer) == "map-gradient" and len(asked(viewer, "gradient")) == 1 and pixels(viewer, 0) != before
    run, tensors = viewer.run()
    values = map_of(viewer, asked(viewer, "gradient")[0].split("?")[1].split("&model")[0])["pixels"]
    assert values.shape == (run["image"]["height"], run["image"]["width"])
    x0, y0, x1, y1 = tensors["boxes"][-1, 12]
    (columns, rows), said = (numpy.arange(n) + 0.5 for n in values.shape[::-1]), numbers(viewer, "gradient")
    inside = values[numpy.ix_((rows > y0) & (rows < y1), (columns > x0) & (columns < x1))]
    assert first_number(said["In the box"]) == pytest.approx(inside.sum(dtype=float) / values.sum(dtype=float), abs=0.006)
    assert first_number(said["Maximum"]) == pytest.approx(values.max(), rel=0.06)
    assert "Logit per unit of the input" in viewer.page.locator(".maps-pane").inner_text()


def test_drise_is_computed_on_demand(viewer):
    held = []  # of so few masks nobody would see how far the server is

    def few(route):
        held.append((route, route.fetch(url=route.request.url.replace("masks=100", "masks=4"), timeout=60_000)))
    viewer.page.route("**/map?method=drise*", few)
    opened(viewer, "q=12&maps=drise")
    assert asked(viewer, "drise") == [] and "100 forward passes" in viewer.page.locator("[data-map=drise]").inner_text()
    compute(viewer, "D-RISE")
    expect(viewer.page.locator(".maps-progress", has_text="Mask")).to_be_visible(timeout=60_000)
    viewer.until(lambda: held)
    held[0][0].fulfill(response=held[0][1])
    computed(viewer)
    assert "masks=100" in asked(viewer, "drise")[0]
    run, tensors = viewer.run()
    values, said = map_of(viewer, "method=drise&query=12&masks=4")["pixels"].astype(float), numbers(viewer, "drise")
    x0, y0, x1, y1 = tensors["boxes"][-1, 12]
    columns, rows = (numpy.arange(n) + 0.5 for n in values.shape[::-1])
    inside = ((rows > y0) & (rows < y1))[:, None] & ((columns > x0) & (columns < x1))
    assert first_number(said["Mean in the box"]) == pytest.approx(values[inside].mean(), abs=0.0006)
    assert first_number(said["Mean elsewhere"]) == pytest.approx(values[~inside].mean(), abs=0.0006)
    image = (run["image"]["width"], run["image"]["height"])
    for sign in 1, -1:
        low = numpy.where(rows[:, None] > 290, sign * values, -1)  # the road, where no frame or label is
        y, x = numpy.unravel_index(low.argmax(), values.shape)
        red, _, blue = colour_at(viewer, 0, x + 0.5, y + 0.5, image)
        assert sign * (red - blue) > 20, (sign, red, blue)


def test_what_is_given_up_is_given_up(viewer):
    """Of 5000 masks: what waited for them would wait for long."""
    ended, many = [], lambda route: route.continue_(url=route.request.url.replace("masks=100", "masks=5000"))
    viewer.page.on("requestfailed", lambda r: ended.append(r.url) if "method=drise" in r.url else None)
    viewer.page.route("**/map?method=drise*", many)
    opened(viewer, "q=12&maps=drise")

    def given_up(count):
        """So often by now, and the server was told."""
        expect(viewer.page.get_by_role("button", name="Compute D-RISE")).to_be_visible()
        told = lambda: len([r for r in viewer.requests if "/api/run?viewer=" in r and r.endswith("mdrise")])  # noqa: E731
        viewer.until(lambda: min(told(), len(ended)) >= count)
        viewer.settle()
        assert viewer.page.locator("[data-map=drise] dd").count() == 0
        return (told(), len(ended)) == (count, count)

    compute(viewer, "D-RISE")
    expect(viewer.page.locator(".maps-progress", has_text="Mask")).to_be_visible(timeout=60_000)
    viewer.page.keyboard.press("Enter")  # on Cancel
    assert given_up(1) and focused(viewer) == "Compute D-RISE"
    compute(viewer, "D-RISE")
    expect(viewer.page.locator(".maps-progress", has_text="Mask")).to_be_visible(timeout=60_000)
    viewer.page.keyboard.press("Escape")
    assert given_up(2) and "q=12" in viewer.page.url
    compute(viewer, "D-RISE")
    expect(viewer.page.locator(".maps-progress", has_text="Mask")).to_be_visible(timeout=60_000)
    viewer.page.get_by_label("Detection", exact=True).select_option("13")
    assert given_up(3)
    computed(viewer)  # the new query's maps do not wait
    assert len(asked(viewer, "drise")) == 3


def test_the_end_of_the_page_gives_it_up(viewer):
    viewer.page.route("**/map?method=drise*", lambda route: route.continue_(url=route.request.url.replace("masks=100", "masks=5000")))
    opened(viewer, "q=12&maps=drise")
    compute(viewer, "D-RISE")
    expect(viewer.page.locator(".maps-progress", has_text="Mask")).to_be_visible(timeout=60_000)
    viewer.page.goto("about:blank")
    map_of(viewer, "method=contribution&query=12")  # what waited for the masks would wait for minutes


def test_what_is_refused_on_demand_may_be_tried_again(viewer):
    viewer.page.route("**/map?method=gradient*", lambda route: route.fulfill(status=422, json={"error": "no gradient today"}))
    opened(viewer, "q=12")
    viewer.refusals_expected = 1
    viewer.page.get_by_role("button", name="Compute Gradient").click()
    expect(viewer.page.locator("[data-map=gradient] [role=alert]")).to_have_text("no gradient today")
    viewer.page.unroute("**/map?method=gradient*")
    viewer.page.get_by_role("button", name="Compute Gradient").click()
    expect(viewer.page.locator("[data-map=gradient] dd").first).to_be_visible(timeout=60_000)
