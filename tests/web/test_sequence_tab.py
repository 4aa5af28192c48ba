"""The tab Sequence of `saccade view`: a car that moves 12 pixels to the left per frame, and is gone in the fourth."""
import csv
import io
import re

import numpy
import PIL.Image
import pytest
from program import IMAGES, run
from test_layout import WALK
from test_modules import script
from viewer_page import STREET, Viewer, expect, need_program, read
from view_server import serving

FRAMES, STEP, SIZE, EMPTY = 6, 12, (560, 360), 4
START = "seq_000003.jpg"
OFF = "dec.*.cross.level0=off"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    need_program()
    folder = tmp_path_factory.mktemp("frames")
    street = PIL.Image.open(IMAGES / STREET)
    street.save(folder / "alone.jpg")
    for i in range(FRAMES):
        frame = street.crop((STEP * i, 0, STEP * i + SIZE[0], SIZE[1]))
        if i + 1 == EMPTY:
            frame = PIL.Image.new("RGB", SIZE, (110, 120, 130))
        frame.save(folder / f"seq_{i + 1:06d}.jpg", quality=92)
    return folder


@pytest.fixture(scope="module")
def address(folder):
    with serving("--images", folder, "--threads", "2") as server:
        yield server.address


class Sequence(Viewer):
    """The page on its tab Sequence."""

    def open(self, fragment):
        self.page.goto(self.address + "#" + fragment)
        self.page.locator("#status .state-ok").wait_for()
        return self

    def follow(self, more=""):
        """Follows the car of the third frame until all is asked."""
        self.open(f"img={START}&tab=sequence&q={self.car(START)['query']}{more}")
        self.asked("5 of 5 frames")
        return self

    def asked(self, words):
        expect(self.page.locator(".sequence-bar .progress")).to_have_text(words, timeout=120_000)

    def images(self):
        return {i["name"]: i["id"] for i in self.page.request.get(self.address + "api/images").json()["images"]}

    def car(self, name, text=""):
        """The car in the middle of a frame, as any program may ask for it."""
        reply = self.page.request.get(f"{self.address}api/image/{self.images()[name]}/detections?threshold=0.5{text and '&x=' + text}").json()
        return next(d for d in reply["detections"] if d["name"] == "vehicle" and d["box"][3] > 240)

    def thumbs(self):
        return [" ".join(t.split()) for t in self.page.locator(".sequence-thumb").all_inner_texts()]

    def now(self):
        return self.page.locator(".sequence-thumb[aria-current]").get_attribute("data-at")

    def rows(self):
        text = self.download(lambda: self.page.get_by_role("button", name="Traces as CSV").click()).decode()
        return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def tab(browser, address):
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    one = Sequence(context.new_page(), address)
    yield one
    context.close()
    assert one.errors == []


def test_the_car_is_followed_over_the_empty_frame(tab):
    tab.follow()
    scores = [t.split()[1] for t in tab.thumbs()]
    assert scores[EMPTY - 1] == "lost" and all(float(s) > 0.9 for i, s in enumerate(scores) if i != EMPTY - 1)
    assert tab.page.locator("[data-trace=score] .trace-line").count() == 2, "the line has a gap"
    assert tab.page.locator("[data-trace=score] .lost-mark").count() == 1
    assert tab.page.locator("[data-trace=shares] .share").count() == (FRAMES - 1) * 4
    assert "lost there, and after 3 such frames" in tab.page.locator(".sequence-side").inner_text()
    expect(tab.page.locator(".sequence-thumb[aria-label='Frame 000004, lost']")).to_have_count(1)


def test_the_file_says_what_the_server_says(tab):
    rows = tab.follow().rows()
    assert [r["frame"] for r in rows] == [f"{i:06d}" for i in range(1, FRAMES + 1)]
    assert rows[EMPTY - 1]["score"] == "" and rows[EMPTY - 1]["radius"] == ""
    for row in rows[:EMPTY - 1] + rows[EMPTY:]:
        car = tab.car(row["name"])
        assert int(row["query"]) == car["query"]
        assert [float(row[k]) for k in ("x0", "y0", "x1", "y1")] == pytest.approx(car["box"], abs=0.02)
    _, tensors = read(tab.page.request.get(f"{tab.address}api/image/{tab.images()['seq_000005.jpg']}/decoder.bin?model=a").body())
    query = int(rows[4]["query"])
    weights = tensors["weights"][-1, query] / 65535
    places = (tensors["points"][-1, query] / 65535 * 3 - 1) * SIZE
    far = numpy.linalg.norm(places - tensors["reference"][-1, query, :2], axis=-1)
    assert float(rows[4]["radius"]) == pytest.approx((far * weights).sum() / weights.sum(), abs=0.05)
    shares = weights.sum((0, 2)) / len(weights)
    assert [float(rows[4][f"share_L{i}"]) for i in range(4)] == pytest.approx(shares.tolist(), abs=1e-4)
    outside = ((places < 0) | (places > SIZE)).any(-1)
    assert float(rows[4]["off_image"]) == pytest.approx((weights * outside).sum() / weights.sum(), abs=1e-4)


def test_the_command_line_writes_the_same_traces(tab, folder, tmp_path):
    """Points travel in 16 bits to the page."""
    rows = tab.follow().rows()
    run("follow", folder / "seq_*.jpg", "--start", START, "--query", tab.car(START)["query"], "--threads", "2", cwd=tmp_path, code=0)
    ours = list(csv.DictReader(io.StringIO((tmp_path / "follow" / "follow.csv").read_text())))
    assert len(ours) == FRAMES and [list(r) for r in ours] == [list(r) for r in rows]
    for row, own in zip(rows, ours):
        for key in row:
            if key in ("frame", "name", "query", "layer", "interventions") or not row[key]:
                assert own[key] == row[key]
            else:
                assert float(own[key]) == pytest.approx(float(row[key]), abs=0.05 if key == "radius" or key[0] in "xy" else 1e-3)


def test_the_chosen_layer_is_read_without_asking_again(tab):
    last = tab.follow().rows()
    tab.requests.clear()
    tab.page.get_by_label("Decoder layer").select_option("0")
    first = tab.rows()
    assert first[0]["layer"] == "dec.0" and first[0]["radius"] != last[0]["radius"]
    assert [u for u in tab.requests if "intervene" in u] == []


def test_interventions_are_asked_one_at_a_time_and_compared(tab):
    sent, open_now, most = [], set(), [0]

    def pass_on(route):
        if not route.request.post_data_json["viewer"].endswith("s"):
            return route.continue_()
        sent.append(route.request.post_data_json)
        open_now.add(route)
        most[0] = max(most[0], len(open_now))
        reply = route.fetch(timeout=60_000)
        open_now.remove(route)
        return route.fulfill(response=reply)
    tab.page.route("**/intervene", pass_on)
    query = tab.car(START, OFF)["query"]
    tab.open(f"img={START}&tab=sequence&q={query}&x={OFF}")
    tab.asked("5 of 5 frames")
    assert len(sent) == 5 and most[0] == 1 and all(s["interventions"] == [OFF] for s in sent)
    assert tab.page.locator(".trace-line.bare").count() == 0
    tab.page.get_by_role("button", name="Compare with the model as it is").click()
    tab.asked("10 of 10 frames")
    assert [s["interventions"] for s in sent[5:]] == [[]] * 5
    assert tab.page.locator("[data-trace=score] .trace-line.bare").count() == 2
    rows = tab.rows()
    assert [r["interventions"] for r in rows] == [OFF] * FRAMES + [""] * FRAMES
    assert float(rows[0]["share_L0"]) == 0 and float(rows[FRAMES]["share_L0"]) > 0
    assert int(rows[FRAMES]["query"]) == tab.car("seq_000001.jpg")["query"]


@pytest.mark.parametrize("leave", ["Escape", "Cancel", "Image"])
def test_asking_ends_and_goes_on(tab, leave):
    held, ended = [], []
    fifth = f"/api/image/{tab.images()['seq_000005.jpg']}/intervene"
    tab.page.route("**" + fifth, lambda route: held.append(route))
    tab.page.on("request", lambda r: ended.append(r.url) if r.method == "DELETE" else None)
    tab.open(f"img={START}&tab=sequence&q={tab.car(START)['query']}")
    tab.asked("1 of 5 frames")
    expect(tab.page.get_by_role("button", name="Cancel")).to_be_visible()
    tab.until(lambda: held)
    if leave == "Escape":
        tab.page.keyboard.press("Escape")
    else:
        tab.page.get_by_role("tab" if leave == "Image" else "button", name=leave, exact=True).click()
    if leave == "Image":
        tab.page.get_by_role("tab", name="Sequence").click()
    tab.asked("Stopped at 1 of 5 frames")
    assert [u.split("viewer=")[1][-1] for u in ended] == ["s"]
    assert len(held) == 1
    tab.page.unroute("**" + fifth)
    tab.page.get_by_role("button", name="Continue").click()
    tab.asked("5 of 5 frames")


def test_a_broken_frame_is_told_and_passed_over(tab):
    broken = tab.images()["seq_000002.jpg"]
    tab.page.route(f"**/api/image/{broken}/intervene", lambda route: route.fulfill(status=422, json={"error": "not a whole JPEG"}))
    tab.open(f"img={START}&tab=sequence&q={tab.car(START)['query']}")
    tab.asked("seq_000002.jpg: not a whole JPEG")
    expect(tab.page.locator(".sequence-thumb[aria-label^='Frame 000001, 0.9']")).to_have_count(1)
    expect(tab.page.get_by_role("button", name="Continue")).to_have_count(0)
    assert [e for e in tab.errors if "422" not in e] == []
    tab.errors.clear()


def test_keys_and_clicks_move_a_frame(tab):
    tab.follow()
    assert tab.now() == "2"
    tab.page.keyboard.press("ArrowLeft")
    expect(tab.page.locator(".sequence-thumb[data-at='1'][aria-current]")).to_have_count(1)
    tab.page.locator(".sequence-thumb[data-at='4']").click()
    expect(tab.page.locator(".sequence-thumb[data-at='4'][aria-current]")).to_have_count(1)
    place = tab.page.locator("[data-trace=radius] .place").bounding_box()
    tab.page.mouse.click(place["x"] + 60, place["y"] + 20)
    expect(tab.page.locator(".sequence-thumb[data-at='0'][aria-current]")).to_have_count(1)
    assert tab.page.locator(".sequence-traces").get_attribute("aria-valuetext").startswith("Frame 000001, 0.9")
    tab.page.keyboard.press("Space")
    expect(tab.page.locator(".sequence-thumb[data-at='5'][aria-current]")).to_have_count(1)
    expect(tab.page.get_by_role("button", name="Play the frames")).to_have_count(1)  # it stopped at the end


def test_the_stage_shows_the_object_and_its_points(tab):
    tab.follow()
    drawn = "document.querySelector('.sequence-stage canvas').toDataURL()"
    middle = "(c => c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data[3])(document.querySelector('.sequence-stage canvas'))"
    while tab.page.evaluate(middle) != 255:  # the picture is on its way
        tab.settle()
    tab.settle()
    with_points = tab.page.evaluate(drawn)
    tab.page.get_by_role("button", name="Points", exact=True).click()
    tab.settle()
    assert tab.page.evaluate(drawn) != with_points


def test_the_address_restores_the_object(tab, browser, address):
    tab.open(f"img={START}")
    tab.page.locator(f".detection[data-query='{tab.car(START)['query']}']").click()
    tab.page.get_by_role("tab", name="Sequence").click()
    tab.asked("5 of 5 frames")
    expect(tab.page).to_have_url(re.compile("tab=sequence&q="))
    other = Sequence(browser.new_page(), address)
    other.open(tab.page.url.split("#")[1])
    other.asked("5 of 5 frames")
    assert other.thumbs() == tab.thumbs()
    assert other.errors == []
    other.page.close()


def test_a_frame_opens_on_the_image_tab_and_comes_back(tab):
    tab.follow()
    tab.page.keyboard.press("End")
    expect(tab.page.locator(".sequence-thumb[data-at='5'][aria-current]")).to_have_count(1)
    tab.page.get_by_role("button", name="Open on Image tab").click()
    query = tab.car("seq_000006.jpg")["query"]
    expect(tab.page.locator(f".detection[data-query='{query}'][aria-selected=true]")).to_be_visible(timeout=60_000)
    assert tab.page.locator("#image-nav .name").inner_text() == "seq_000006.jpg"
    tab.requests.clear()
    tab.page.get_by_role("tab", name="Sequence").click()
    tab.asked("5 of 5 frames")
    assert tab.now() == "5" and [u for u in tab.requests if "intervene" in u] == []


def test_the_next_image_goes_along_the_object(tab):
    tab.follow()
    tab.requests.clear()
    tab.page.get_by_role("button", name="Image before").click()
    expect(tab.page).to_have_url(re.compile(f"img=seq_000002.jpg&tab=sequence&q={tab.car('seq_000002.jpg')['query']}&"))
    expect(tab.page.locator(".sequence-thumb[data-at='1'][aria-current]")).to_have_count(1)
    tab.page.get_by_role("button", name="Next image").click()
    expect(tab.page.locator(".sequence-thumb[data-at='2'][aria-current]")).to_have_count(1)
    tab.page.get_by_role("button", name="Next image").click()  # where the car is not
    expect(tab.page.get_by_role("heading", name="No object is pinned")).to_be_visible()
    assert len([u for u in tab.requests if "intervene" in u]) == 3, "only what the page itself asks for"


def test_without_an_object_one_is_chosen(tab):
    tab.open(f"img={START}&tab=sequence")
    expect(tab.page.locator(".sequence-side h2")).to_have_text("No object is pinned")
    car = tab.car(START)
    tab.page.locator(".sequence-choice", has_text=f"q{car['query']}").filter(has_text=f"{car['score']:.2f}").click()
    tab.asked("5 of 5 frames")
    tab.page.get_by_role("button", name="Other object").click()
    expect(tab.page.locator(".sequence-choice").first).to_be_visible()
    stage, (x0, y0, x1, y1) = tab.page.locator(".sequence-stage").bounding_box(), car["box"]
    scale = min((stage["width"] - 16) / SIZE[0], (stage["height"] - 16) / SIZE[1])
    left, top = stage["x"] + (stage["width"] - SIZE[0] * scale) / 2, stage["y"] + (stage["height"] - SIZE[1] * scale) / 2
    tab.page.mouse.click(left + (x0 + x1) / 2 * scale, top + (y0 + y1) / 2 * scale)
    tab.asked("5 of 5 frames")
    expect(tab.page.locator(".sequence-side h2").first).to_have_text(f"vehicle q{car['query']}")


def test_a_single_frame_says_what_to_do(tab):
    tab.open("img=alone.jpg&tab=sequence&q=0")
    expect(tab.page.locator(".sequence-tab .tab-empty")).to_contain_text("alone.jpg is the only frame of its sequence")
    assert tab.page.locator(".sequence-tab .tab-command").inner_text() == "saccade view --images FOLDER"
    assert [u for u in tab.requests if "seq_" in u] == []


@pytest.mark.parametrize("width, height, scheme", [(1024, 768, "light"), (1440, 900, "dark"), (1920, 1080, "light")])
def test_nothing_is_cut_off(tab, width, height, scheme):
    tab.page.emulate_media(color_scheme=scheme)
    tab.page.set_viewport_size({"width": width, "height": height})
    tab.open(f"img={START}&tab=sequence&q={tab.car(START, OFF)['query']}&x={OFF}")
    tab.asked("5 of 5 frames")
    tab.settle()
    assert tab.page.evaluate(WALK) == {"layout": [], "colours": []}
    assert tab.page.evaluate("document.querySelector('.sequence-bar').offsetHeight") < 60, "one row"


def test_a_sequence_ends_where_the_numbers_jump():
    printed = script("""
        const {sequenceOf} = await import("./sequence_frames.js");
        const names = ["a_0100.jpg", "a_0120.jpg", "a_0140.jpg", "a_0400.jpg", "a_0420.jpg", "b_0160.jpg", "readme.jpg"];
        const images = names.map((name, i) => ({id: "i" + i, name, truth: false}));
        for (const id of ["i1", "i4", "i5", "i6"]) console.log(sequenceOf(images, id).map(f => f.number || "none").join(","));""")
    assert printed == ["0100,0120,0140", "0400,0420", "0160", "none"]


def test_the_rule_of_finding_again():
    """Most overlap with the place moved on, down to a score of 0.05, but no duplicate; else the same query; else lost."""
    printed = script("""
        const {findAgain, movedOn} = await import("./find_again.js");
        const run = (scores, xs) => ({
          layers: 1, queries: scores.length, classes: 2, listed: Int32Array.from(scores.flatMap((_, q) => [q, 1])),
          score: (l, q) => scores[q], box: (l, q) => [xs[q], 0, xs[q] + 10, 10], best: () => 1});
        const object = x => ({query: 2, class: 1, box: [x, 0, x + 10, 10]});
        const find = (scores, xs, x) => findAgain(run(scores, xs), object(x), {})?.query ?? "lost";
        console.log(find([.9, .06, .9], [5, 1, 50], 0), find([.04, .04, .9], [1, 40, 50], 0), find([.9, .9, .01], [40, 40, 7], 0), find([.9, .9, .01], [40, 40, 9], 0),
                    find([.9, .06, .9], [2, 0, 50], 0));
        console.log(movedOn({box: [10, 0, 20, 10], at: 5}, {box: [4, 0, 14, 10], at: 3}, 7).join(","));
        console.log(movedOn({box: [10, 0, 20, 10], at: 5}, null, 7).join(","));""")
    assert printed == ["1", "lost", "2", "lost", "0", "16,0,26,10", "10,0,20,10"]
