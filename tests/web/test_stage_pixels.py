"""What is drawn on the stage, pixel by pixel: markers have the area of their weight and the shape of their level, lie where
the reply says, and what was lost, gained or switched off is told apart without colour."""
import base64
import contextlib
import io
import math

import numpy
import PIL.Image
import pytest
from viewer_page import STREET, Viewer, read

WEIGHTS = [0.01, 0.0625, 0.35]
SHAPES = {  # of the levels, in a square from -1 to 1, and area over the square of the inradius
    "circle": (lambda x, y: x * x + y * y <= 1, math.pi),
    "square": (lambda x, y: x == x, 4),
    "triangle": (lambda x, y: abs(x) <= (y + 1) / 2, 3 * math.sqrt(3)),
    "diamond": (lambda x, y: abs(x) + abs(y) <= 1, 4),
}
OUTLINE = 1.5  # px of the dark outline outside a marker


def place(level, column):
    """Where the marker of a level and weight goes, original pixels: far from all others."""
    return 100 + 80 * column + 20 * level, 200 + 40 * level


def opacity(weight):
    return 0.4 + 0.6 * weight / 0.35


@contextlib.contextmanager
def edited(viewer, edit):
    """Every result that the page asks for is changed on its way; `edit` gets the run and its tensors."""
    def pass_on(route):
        reply = route.fetch()
        data = bytearray(reply.body())
        edit(*read(data))
        route.fulfill(response=reply, body=bytes(data))

    viewer.page.route("**/intervene", pass_on)
    yield
    viewer.page.unroute("**/intervene")


def twelve_markers(query):
    """Head 0 has three points a level, of the three weights; all others are weightless and lie in a corner."""
    def edit(run, tensors):
        size = numpy.array([run["image"]["width"], run["image"]["height"]])
        points, weights = tensors["points"][-1, query], tensors["weights"][-1, query]
        points[:] = numpy.round((numpy.array([4, 4]) / size + 1) / 3 * 65535)
        weights[:] = 0
        for level in range(4):
            for column, weight in enumerate(WEIGHTS):
                points[0, level, column] = numpy.round((numpy.array(place(level, column)) / size + 1) / 3 * 65535)
                weights[0, level, column] = round(weight * 65535)
    return edit


def picture(viewer, canvas):
    """RGBA of one of the stage's canvases, 0 to 1."""
    data = base64.b64decode(viewer.pixels(canvas).split(",")[1])
    return numpy.asarray(PIL.Image.open(io.BytesIO(data)).convert("RGBA")) / 255


@pytest.fixture
def open_at(browser, address):
    """A page of one device scale; it must end without complaints."""
    viewers = []

    def at(scale):
        page = browser.new_context(viewport={"width": 1440, "height": 900}, device_scale_factor=scale).new_page()
        viewers.append(Viewer(page, address))
        return viewers[-1]

    yield at
    errors = [e for viewer in viewers for e in viewer.errors]
    for viewer in viewers:
        viewer.page.context.close()
    assert errors == []


def markers(viewer, scale):
    """{(level, column): (mask of what is drawn, left, top)} around each place, in device pixels of the stage."""
    alpha, found = picture(viewer, "hover")[..., 3], {}
    stage = viewer.page.locator("#stage").bounding_box()
    for level in range(4):
        for column, weight in enumerate(WEIGHTS):
            x, y = viewer.screen(*place(level, column))
            x, y, half = (x - stage["x"]) * scale, (y - stage["y"]) * scale, 18 * scale
            left, top = round(x - half), round(y - half)
            patch = alpha[top:round(y + half), left:round(x + half)]
            # The faintest part is the outline, 0.8 of the marker's opacity: half of it is the edge.
            found[level, column] = patch > 0.4 * opacity(weight), left - x, top - y
    return found


def show_markers(viewer):
    viewer.open(f"img={STREET}&v=p")
    query = int(viewer.run()[1]["detections"][0, 0])
    viewer.page.goto("about:blank")
    with edited(viewer, twelve_markers(query)):
        viewer.open(f"img={STREET}&v=p&q={query}")
    return query


def test_area_is_weight_and_colour_may_be(open_at):
    viewer = open_at(4)
    show_markers(viewer)
    for (level, column), (mask, _, _) in (drawn := markers(viewer, 4)).items():
        factor = list(SHAPES.values())[level][1]
        inradius = math.sqrt(mask.sum() / 16 / factor) - OUTLINE
        drawn[level, column] = factor * inradius ** 2
    for level in range(4):
        small, middle, large = (drawn[level, column] for column in range(3))
        assert small == pytest.approx(math.pi * 1.5 ** 2, rel=0.15), "the smallest marker has a radius of 1.5 px"
        assert large == pytest.approx(math.pi * 7.5 ** 2, rel=0.05)
        assert large / middle == pytest.approx(0.35 / 0.0625, rel=0.12)
    viewer.page.get_by_label("Colour of points").select_option("weight")
    viewer.settle()
    rgba, stage = picture(viewer, "hover"), viewer.page.locator("#stage").bounding_box()
    fills = []
    for column in range(3):
        x, y = viewer.screen(*place(1, column))
        r, g, b, a = rgba[round((y - stage["y"]) * 4), round((x - stage["x"]) * 4)]
        fills.append(0.2126 * r + 0.7152 * g + 0.0722 * b)
    assert fills[0] + 0.05 < fills[1] < fills[2] - 0.3, "heavier is lighter on the scale of weights"


@pytest.mark.parametrize("scale", [1, 1.25, 2])
def test_each_level_keeps_its_shape_and_its_place(open_at, scale):
    viewer = open_at(scale)
    show_markers(viewer)
    for (level, column), (mask, left, top) in markers(viewer, scale).items():
        y, x = numpy.nonzero(mask)
        # A triangle's middle is that of its corners; of all four shapes it is the centre of gravity.
        off = numpy.array([x.mean() + 0.5 + left, y.mean() + 0.5 + top]) / scale
        assert numpy.abs(off).max() < 0.5, (level, column, off)
        if column == 0:
            continue  # three pixels are no shape
        box = mask[y.min():y.max() + 1, x.min():x.max() + 1]
        v, u = ((numpy.arange(n) + 0.5) / n * 2 - 1 for n in box.shape)
        fits = []
        for shape, _ in SHAPES.values():
            ideal = shape(u[None, :] + 0 * v[:, None], v[:, None] + 0 * u[None, :])
            fits.append((ideal & box).sum() / (ideal | box).sum())
        assert numpy.argmax(fits) == level, (level, column, fits)
        assert fits[level] > 0.85, (level, column, fits)


def grey(rgba):
    """Lightness on black, as a printer without colours has it."""
    return (rgba[..., :3] @ [0.2126, 0.7152, 0.0722]) * rgba[..., 3]


def lit_along(image, viewer, box, scale):
    """Which part of the lower edge of a box is bright, and how often that changes."""
    stage = viewer.page.locator("#stage").bounding_box()
    (x0, _), (x1, y) = viewer.screen(*box[:2]), viewer.screen(*box[2:])
    row = round((y - stage["y"]) * scale)
    line = image[row - scale:row + scale + 1, round((x0 - stage["x"] + 3) * scale):round((x1 - stage["x"] - 3) * scale)].max(0) > 0.35
    return line.mean(), int(numpy.abs(numpy.diff(line.astype(int))).sum())


def test_without_colour_lost_gained_and_off_are_told_apart(open_at):
    viewer = open_at(2)
    viewer.open(f"img={STREET}&v=")
    _, tensors = viewer.run()
    pairs, last = tensors["detections"], tensors["scores"][-1]
    above = [(int(q), int(c)) for q, c in pairs if last[q, c] > 0.5]
    (lost, lost_class), (kept, _) = above[0], above[1]
    wide = lambda q: tensors["boxes"][-1, q, 2] - tensors["boxes"][-1, q, 0] > 30
    gained, gained_class = next((int(q), int(c)) for q, c in pairs if last[q, c] < 0.3 and wide(q) and q not in [a for a, _ in above])

    def edit(run, changed):
        if run["interventions"]:
            changed["scores"][-1, lost, lost_class] = 0.1
            changed["scores"][-1, gained] = 0
            changed["scores"][-1, gained, gained_class] = 0.9
            if not (changed["detections"] == [gained, gained_class]).all(1).any():
                changed["detections"][-1] = [gained, gained_class]

    viewer.page.goto("about:blank")
    with edited(viewer, edit):
        viewer.open(f"img={STREET}&v=&x=dec.3.cross.head5%3Doff&x=dec.*.cross.level3%3Doff(drop)")
        viewer.steps(2)
    image = grey(picture(viewer, "boxes"))
    boxes = viewer.run()[1]["boxes"][-1]
    lost_lit, lost_turns = lit_along(image, viewer, boxes[lost], 2)
    assert 0.35 < lost_lit < 0.85 and lost_turns >= 6, "lost boxes are dashed"
    for query in (kept, gained):
        lit, turns = lit_along(image, viewer, boxes[query], 2)
        assert lit > 0.95 and turns <= 2, "boxes that are there are drawn through"
    rows = viewer.rows()
    assert sum("lost" in row for row in rows) == 1 and sum("gained" in row for row in rows) == 1

    cell = viewer.page.locator('.cell[data-layer="3"][data-head="5"]')
    assert ", off" in cell.get_attribute("aria-label") and cell.get_attribute("aria-pressed") == "false"
    assert viewer.page.locator(".unit.off .slash").count() == 1
    assert slashed(viewer, cell) and not slashed(viewer, viewer.page.locator('.cell[data-layer="3"][data-head="4"]'))


def slashed(viewer, cell):
    """Whether a cell is empty but for a line from bottom left to top right."""
    shot = PIL.Image.open(io.BytesIO(cell.screenshot())).convert("L")
    values = numpy.asarray(shot.resize((34, 34))).astype(int)
    on_line = [values[i, 33 - i] for i in range(11, 23)]
    beside = [values[i, 20 - i] for i in range(5, 16)]
    return numpy.ptp(beside) < 12 and all(abs(v - numpy.median(beside)) > 40 for v in on_line)
