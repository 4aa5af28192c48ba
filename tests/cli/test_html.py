"""--html: one page that needs no other file, of eval, sweep, search and faith."""
import base64
import html.parser
import re

import pytest
from program import IMAGES, SMALL_INPUT, STREET_SET, files_in, run

SET = [*STREET_SET, *SMALL_INPUT, "--threads", "2"]


class Page(html.parser.HTMLParser):
    """What a page shows, and what it would fetch."""

    def __init__(self, file):
        super().__init__()
        self.words, self.pictures, self.open, self.tags = "", [], [], []
        self.feed(file.read_text())
        assert self.open == [], "every element ends"

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag not in ("meta", "img", "br", "!doctype"):
            self.open.append(tag)
        attributes = dict(attributes)
        assert tag not in ("script", "link", "iframe") and "href" not in attributes
        if tag == "img":
            kind, data = re.fullmatch(r"data:image/(png|svg\+xml);base64,(.*)", attributes["src"]).groups()
            assert attributes["alt"]
            self.pictures.append((kind, base64.b64decode(data, validate=True)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def test_a_sweep(tmp_path):
    out = tmp_path / "out"
    said = run("sweep", *SET, "--subset", "2", "--unit", "dec.cross.layer", "--bootstrap", "50", "--out", out,
               "--html", tmp_path / "page.html", timeout=120)
    page = Page(tmp_path / "page.html")
    assert page.pictures == [("png", (out / "sweep.png").read_bytes())]
    assert "--unit dec.cross.layer" in page.words and "baseline AP" in page.words and f"wrote {tmp_path}/page.html" in said.out
    for layer in range(6):
        assert f"dec.{layer}.cross=off" in page.words
    assert page.tags.count("tr") == 7
    # Refused before anything runs.
    run("sweep", *SET, "--out", tmp_path / "new", "--html", tmp_path / "page.html", code=2).failed_with(2, "page.html", "--overwrite")
    assert not (tmp_path / "new").exists()


def test_an_evaluation_and_its_errors(tmp_path):
    run("eval", *SET, "--errors", tmp_path / "errors", "--pictures", "1", "--bootstrap", "50", "--plot", tmp_path / "pr.svg",
        "--html", tmp_path / "page.html", "--quiet", timeout=120)
    page = Page(tmp_path / "page.html")
    drawn = [name for name in files_in(tmp_path / "errors") if name.endswith(".png") and name != "errors.png"]
    assert len(drawn) > 1 and page.pictures[0] == ("svg+xml", (tmp_path / "pr.svg").read_bytes())
    assert page.pictures[1] == ("png", (tmp_path / "errors" / "errors.png").read_bytes())
    assert sorted(data for _, data in page.pictures[2:]) == sorted((tmp_path / "errors" / n).read_bytes() for n in drawn)
    assert "Average Precision" in page.words and "TP" in page.words and "Seed: 0" in page.words


def test_a_picture_by_another_name_and_the_seed_of_a_subset(tmp_path):
    run("eval", *SET, "--subset", "2", "--seed", "7", "--plot", tmp_path / "pr.PNG", "--html", tmp_path / "page.html", "--quiet", timeout=120)
    page = Page(tmp_path / "page.html")
    assert page.pictures == [("png", (tmp_path / "pr.PNG").read_bytes())] and "Seed: 7" in page.words


def test_a_result_file(tmp_path):
    run("eval", *SET, "--results", tmp_path / "found.json", "--quiet")
    said = run("eval", "--annotations", IMAGES / "instances.json", "--detections", tmp_path / "found.json",
               "--html", tmp_path / "page.html", "--json")
    page = Page(tmp_path / "page.html")
    assert said.json()["AP"] > 0 and "Average Precision" in page.words and "found.json" in page.words
    assert page.pictures == [] and "weights" not in page.words and "Seed" not in page.words


def test_a_search(tmp_path):
    run("search", *SET, "--subset", "4", "--unit", "dec.cross.layer", "--most", "1", "--bootstrap", "50",
        "--out", tmp_path / "out", "--html", tmp_path / "page.html", "--quiet", timeout=120)
    page = Page(tmp_path / "page.html")
    plain = re.sub(r"[#*`|\s-]+", "", (tmp_path / "out" / "search.md").read_text())
    assert re.sub(r"[#*`|\s-]+", "", page.words.split("}\n")[-1]).endswith(plain)


@pytest.mark.parametrize("words,said", [
    (["--html", "page.txt"], ".html"),
    (["--html", "page.html", "--plot", "pr.pdf"], "--plot"),
])
def test_wrong_usage(words, said):
    run("eval", *SET, *words, code=2).failed_with(2, said)


def test_the_faithfulness_of_maps(tmp_path):
    out = tmp_path / "out"
    run("faith", *SET, "--method", "weights", "--detections", "2", "--steps", "1", "--point-steps", "2", "--sanity", "0", "--bootstrap", "200",
        "--out", out, "--html", tmp_path / "page.html", "--quiet", timeout=120)
    page = Page(tmp_path / "page.html")
    assert page.pictures == [("png", (out / "faith.png").read_bytes())]
    assert "which map deserves trust" in page.words and "deletion, noise" in page.words and "seed 0" in page.words
