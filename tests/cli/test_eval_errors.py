"""saccade eval --errors: types of errors, their images, and what attention did there."""
import json

import PIL.Image
import pytest
from program import IMAGES, files_in, read_csv, read_safetensors, run

TRUTH = IMAGES / "instances.json"
SET = ["--images", IMAGES, "--annotations", TRUTH]


@pytest.fixture(scope="module")
def mined(tmp_path_factory):
    """A folder of mined errors and what was printed."""
    folder = tmp_path_factory.mktemp("mined") / "errors"
    return folder, run("eval", *SET, "--errors", folder, "--pictures", "1", "--bootstrap", "100", "--threshold", "0.1",
                       "--threads", "1", code=0)  # products round by their number


def rows_of(folder):
    return read_csv(folder / "errors.csv")


def test_the_files_agree_with_tide(mined):
    folder, done = mined
    report = json.loads((folder / "errors.json").read_text())
    tide = run("eval", *SET, "--tide", "--json", "--quiet", code=0).json()["tide"]
    assert abs(report["AP50"] - tide["AP50"]) < 1e-12
    rows = rows_of(folder)
    for name, of in report["types"].items():
        assert of["looked_at"] == sum(row["type"] == name for row in rows)
        if name == "TP":
            continue
        assert of["count"] == tide["counts"][name] and abs(of["dAP50"] - tide["dAP50"][name]) < 1e-12
        assert sum(image["count"] for image in of["images"]) == of["looked_at"] <= of["count"]
        for image in of["images"]:
            for row in image["rows"]:
                assert rows[row]["type"] == name and rows[row]["file_name"] == image["file_name"]
        weights = [image["weight"] for image in of["images"]]
        assert weights == sorted(weights, reverse=True)
    # None of the types is on ten images.
    assert "on too few images to be tested" in done.out and "12 images are too few" in done.out
    assert all(number["against_true_positives"]["p"] is None for name, of in report["types"].items() if name != "TP"
               for number in of["attention"].values())


def test_numbers_of_a_row_are_those_of_the_trace(mined, tmp_path):
    folder, _ = mined
    row = max((row for row in rows_of(folder) if row["type"] == "TP"), key=lambda row: float(row["score"]))
    run("explain", IMAGES / row["file_name"], "--query", row["query"], "--trace", tmp_path / "t.safetensors", "--out", tmp_path / "a.png",
        "--no-exif", code=0)
    tensors, _ = read_safetensors(tmp_path / "t.safetensors")
    query = int(row["query"])
    weights = tensors["decoder.5.attention_weights"][query]
    points = tensors["decoder.5.sampling_points_px"][query]
    x, y, width, height = (float(row[name]) for name in ("x", "y", "width", "height"))
    inside = (points[..., 0] >= x) & (points[..., 0] <= x + width) & (points[..., 1] >= y) & (points[..., 1] <= y + height)
    assert abs((weights * inside).sum() / 8 - float(row["in_box"])) < 2e-3
    for level in range(4):
        assert abs(weights[:, level].sum() / 8 - float(row[f"level{level}"])) < 1e-4
    reference = tensors["decoder.5.reference_points"][query][:2] * [640, 380]
    far = ((points - reference) ** 2).sum(-1) ** 0.5
    assert abs((weights * far).sum() / 8 / ((width ** 2 + height ** 2) ** 0.5 / 2) - float(row["radius"])) < 2e-3


def test_pictures_show_the_worst_image_of_each_type(mined):
    folder, done = mined
    report = json.loads((folder / "errors.json").read_text())
    names = [name for name in files_in(folder) if name.endswith(".png") and name != "errors.png"]
    for name in names:
        kind, rank, stem = name.split("-", 2)
        worst = report["types"][kind]["images"][int(rank) - 1]["file_name"]
        assert worst.rsplit(".", 1)[0] == stem.rsplit(".", 1)[0] and name in done.out
        with PIL.Image.open(folder / name) as picture:
            assert picture.text["weights_sha256"] == report["weights_sha256"]
    drawn = {name.split("-")[0] for name in names}
    assert drawn == {kind for kind, of in report["types"].items() if kind != "TP" and any(
        rows_of(folder)[row]["query"] for image in of["images"] for row in image["rows"][:1])}
    with PIL.Image.open(folder / "errors.png") as picture:
        assert picture.size[0] == 2103


def test_several_processes_mine_the_same(mined, tmp_path):
    folder, _ = mined
    run("launch", "-n", "2", "--", "eval", *SET, "--errors", tmp_path / "two", "--pictures", "0", "--bootstrap", "100", "--threshold", "0.1",
        "--threads", "1", "--quiet", code=0)
    assert (tmp_path / "two" / "errors.csv").read_text() == (folder / "errors.csv").read_text()
    assert files_in(tmp_path / "two") == ["errors.csv", "errors.json", "errors.png"]


def test_interventions_and_refusals(mined, tmp_path):
    folder, _ = mined
    run("eval", *SET, "--errors", folder).failed_with(2, "errors.json", "--overwrite")
    (tmp_path / "file").touch()
    assert "is a file" in run("eval", *SET, "--errors", tmp_path / "file", code=2).failed_with(2, "--errors")
    off = ["-x", "dec.5.cross=off"]
    (tmp_path / "off").mkdir()
    for name in ("Loc-2-old.png", "Loc-mine.png"):  # of an earlier report, and of somebody's
        (tmp_path / "off" / name).write_bytes(b"")
    done = run("eval", *SET, *off, "--subset", "3", "--errors", tmp_path / "off", "--bootstrap", "20", "--overwrite", code=0)
    assert "Loc-mine.png" in files_in(tmp_path / "off") and "Loc-2-old.png" not in files_in(tmp_path / "off")
    assert "an intervention skips the last layer" in done.err
    report = json.loads((tmp_path / "off" / "errors.json").read_text())
    assert report["interventions"] == ["dec.5.cross=off"]
    assert all(of["attention"]["radius"]["count"] == 0 for of in report["types"].values())
    for words, told in [(["--threshold", "0.5"], "--errors"), (["--pictures", "1"], "--errors"), (["--bootstrap", "10"], "--compare or --errors"),
                        (["--errors", tmp_path / "x", "--head-means", "m.safetensors"], "--head-means")]:
        assert told in run("eval", *SET, *words, code=2).err
    assert "--errors" in run("eval", "--annotations", TRUTH, "--detections", "d.json", "--errors", tmp_path / "x", code=2).err
