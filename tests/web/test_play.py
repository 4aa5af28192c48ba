"""Playing the layers: eased between them, or in one step where the system asks for less motion."""
import pytest
from viewer_page import STREET


def playing(viewer, motion):
    """The topmost canvas before a step, in the middle of it and after it, by a clock that the test turns."""
    viewer.page.emulate_media(reduced_motion=motion)
    viewer.open(f"img={STREET}&L=0")
    viewer.pin_first()
    viewer.stop_time()
    viewer.page.keyboard.press(" ")
    viewer.page.clock.run_for(650)
    seen = [viewer.pixels("hover"), viewer.pixels("boxes")]
    for time in (150, 200):
        viewer.page.clock.run_for(time)
        seen += [viewer.pixels("hover"), viewer.pixels("boxes")]
    assert viewer.page.locator(".chart").get_attribute("aria-valuetext") == "dec.1"
    return seen[::2], seen[1::2]


def test_points_and_boxes_move_between_layers(viewer):
    marks, boxes = playing(viewer, "no-preference")
    assert len(set(marks)) == 3 and len(set(boxes)) == 3


def test_no_easing_with_reduced_motion(viewer):
    marks, boxes = playing(viewer, "reduce")
    assert marks[1] == marks[2] != marks[0] and boxes[1] == boxes[2] != boxes[0]


@pytest.mark.parametrize("key, layer", [("ArrowLeft", "dec.0"), (" ", "dec.1")])
def test_another_choice_ends_the_movement(viewer, key, layer):
    viewer.open(f"img={STREET}&L=0")
    viewer.pin_first()
    still = viewer.pixels("hover")
    viewer.stop_time()
    viewer.page.keyboard.press(" ")
    viewer.page.clock.run_for(800)
    viewer.page.keyboard.press(key)
    viewer.page.clock.run_for(400)
    assert viewer.page.locator(".chart").get_attribute("aria-valuetext") == layer
    assert (viewer.pixels("hover") == still) == (layer == "dec.0")
