"""saccade detect: results, pictures, folders, turned photographs, other models."""
import json
import pathlib
import shutil

import numpy
import PIL.Image
import program
import pytest
from program import IMAGES, ROOT, files_in, kind_of_picture, read_safetensors, run, write_png, write_safetensors


def test_results_are_a_hundred_rows_by_falling_score_in_pixels(detections):
    assert len(detections) == 100
    assert all(row["file_name"] == "Town03_013980.jpg" for row in detections)
    scores = [row["score"] for row in detections]
    assert scores == sorted(scores, reverse=True) and 0.5 < scores[0] <= 1 and scores[-1] > 0
    for row in detections:
        assert set(row) == {"file_name", "category_id", "bbox", "score", "query"}
        assert 1 <= row["category_id"] <= 5 and 0 <= row["query"] < 100
        x, y, width, height = row["bbox"]
        assert -64 < x < 640 and -38 < y < 380 and 0 < width < 700 and 0 < height < 420
    # Pixels of the original image of 640 x 380, not of the network's input of 544 x 320.
    assert max(row["bbox"][0] + row["bbox"][2] for row in detections) > 550


def test_results_match_the_original_program():
    """Detections above 0.1, recorded from the original's Python code with these weights: 0.05 px and 2e-4."""
    recorded = json.loads((ROOT / "tests" / "goldens" / "demo_val_results.json").read_text())
    found = run("detect", IMAGES, "--json", "--quiet", code=0).json()
    names = {row["file_name"] for row in recorded}
    assert len(names) == 12 and {row["file_name"] for row in found} == names
    compared = 0
    for name in sorted(names):
        ours = [row for row in found if row["file_name"] == name]
        theirs = [row for row in recorded if row["file_name"] == name]
        for rows, others in ((ours, theirs), (theirs, ours)):
            for row in (row for row in rows if row["score"] > 0.1):
                assert any(other["category_id"] == row["category_id"] and abs(other["score"] - row["score"]) < 2e-4
                           and numpy.allclose(other["bbox"], row["bbox"], rtol=0, atol=0.05) for other in others), \
                    (name, row)
                compared += 1
    assert compared > 100


def test_annotations_give_image_ids(street):
    rows = run("detect", street, "--annotations", IMAGES / "instances.json", "--json", code=0).json()
    images = json.loads((IMAGES / "instances.json").read_text())["images"]
    expected = next(image["id"] for image in images if image["file_name"] == street.name)
    assert {row["image_id"] for row in rows} == {expected}
    assert "file_name" not in rows[0]
    other = ROOT / "assets" / "photos" / "000000116740.jpg"
    result = run("detect", other, "--annotations", IMAGES / "instances.json", "--json")
    assert result.code == 1 and other.name in result.err


def test_a_text_id_is_written_as_text(street, tmp_path):
    annotations = json.loads((IMAGES / "instances.json").read_text())
    next(image for image in annotations["images"] if image["file_name"] == street.name)["id"] = "frame \"7\""
    (tmp_path / "set.json").write_text(json.dumps(annotations))
    rows = run("detect", street, "--annotations", tmp_path / "set.json", "--json", code=0).json()
    assert {row["image_id"] for row in rows} == {"frame \"7\""}


def test_annotations_with_faulty_images_are_refused(street, tmp_path):
    for name, text in {"list.json": "[]", "none.json": "{}", "unnamed.json": '{"images": [{"id": 1}]}',
                       "unknown.json": '{"images": [{"file_name": "a.jpg"}]}'}.items():
        (tmp_path / name).write_text(text)
        run("detect", street, "--annotations", tmp_path / name, "--json").failed_with(1, name)


def test_one_image_goes_into_a_folder_where_one_is_named(street, detections, tmp_path):
    (tmp_path / "there").mkdir()
    for out in (tmp_path / "there", f"{tmp_path}/new/"):
        run("detect", street, "--out", out, "--quiet", code=0)
        folder = pathlib.Path(out)
        assert sorted(f.name for f in folder.iterdir()) == ["Town03_013980.png", "detections.json"]
        assert json.loads((folder / "detections.json").read_text()) == detections
    run("detect", street, "--out", tmp_path / "new").failed_with(2, "--overwrite")


def test_a_picture_or_a_results_file_by_suffix(street, detections, tmp_path):
    out = tmp_path / "picture.png"
    result = run("detect", street, "--out", out, code=0)
    assert result.out == f"wrote {out}\n" and result.err == ""
    with PIL.Image.open(tmp_path / "picture.png") as picture:
        assert picture.size == (640, 380)
        assert "detect" in picture.text["command"], picture.text
    run("detect", street, "--out", tmp_path / "results.json", code=0)
    assert json.loads((tmp_path / "results.json").read_text()) == detections
    assert files_in(tmp_path) == ["picture.png", "results.json"]


def test_the_default_picture_is_beside_the_user_and_json_alone_writes_nothing(street, tmp_path):
    run("detect", street, "--json", cwd=tmp_path, code=0)
    assert files_in(tmp_path) == []
    run("detect", street, cwd=tmp_path, code=0)
    assert files_in(tmp_path) == ["detect.png"]
    drawn = (tmp_path / "detect.png").read_bytes()
    run("detect", street, cwd=tmp_path).failed_with(2, "detect.png", "--overwrite")
    assert (tmp_path / "detect.png").read_bytes() == drawn
    quiet = run("detect", street, "--overwrite", "--quiet", "--threshold", "0.99", cwd=tmp_path, code=0)
    assert quiet.out == "" and quiet.err == ""
    assert (tmp_path / "detect.png").read_bytes() != drawn


def test_a_folder_goes_on_past_a_broken_image(broken_images, tmp_path):
    shutil.copy(IMAGES / "Town01_005820.jpg", broken_images / "good.jpg")
    for name in ["cut.jpg", "cut.png", "huge.png", "text.png"]:
        (broken_images / name).unlink()
    out = tmp_path / "out"
    result = run("detect", broken_images, "--out", out)
    assert result.code == 1
    errors = [line for line in result.err.splitlines() if line.startswith("saccade: error: ")]
    assert "empty.jpg" in errors[0] and "1 of 2 images" in errors[1]
    assert files_in(out) == ["detections.json", "good.png"]
    rows = json.loads((out / "detections.json").read_text())
    assert {row["file_name"] for row in rows} == {"good.jpg"} and len(rows) == 100


def test_a_pattern_stands_for_its_files(tmp_path):
    out = tmp_path / "out"
    run("detect", IMAGES / "Town01_*.jpg", "--out", out, code=0)
    assert files_in(out) == ["Town01_005820.png", "Town01_012300.png", "detections.json"]


def test_one_file_that_exists_stops_a_folder_before_it_starts(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "Town01_012300.png").write_text("mine")
    run("detect", IMAGES / "Town01_*.jpg", "--out", out).failed_with(2, "Town01_012300.png", "--overwrite")
    assert files_in(out) == ["Town01_012300.png"]
    assert (out / "Town01_012300.png").read_text() == "mine"


def test_several_images_do_not_fit_one_picture(tmp_path):
    run("detect", IMAGES / "Town01_*.jpg", "--out", tmp_path / "a.png").failed_with(2, "a.png")
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_two_runs_give_the_same_bytes(suffix, street, tmp_path):
    contents = []
    for folder in [tmp_path / "one", tmp_path / "two"]:
        folder.mkdir()
        run("detect", street, "--out", "a" + suffix, cwd=folder, code=0)
        contents.append((folder / ("a" + suffix)).read_bytes())
    assert contents[0] == contents[1]
    assert kind_of_picture(tmp_path / "one" / ("a" + suffix)) == suffix


def test_the_number_of_threads_does_not_change_the_result(street, detections):
    one = run("detect", street, "--json", "--threads", "1", code=0).json()
    assert [(row["category_id"], row["query"]) for row in one] == [(r["category_id"], r["query"]) for r in detections]
    for a, b in zip(one, detections):
        assert abs(a["score"] - b["score"]) < 1e-5
        assert numpy.allclose(a["bbox"], b["bbox"], rtol=0, atol=1e-2)


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_turned_photograph_is_read_upright(orientation, street, detections, tmp_path):
    pixels = numpy.asarray(PIL.Image.open(street).convert("RGB"))
    stored = numpy.rot90(pixels, {3: 2, 6: 1}[orientation])  # counter-clockwise turns that EXIF undoes
    write_png(tmp_path / "turned.png", stored, orientation)
    rows = run("detect", tmp_path / "turned.png", "--json", code=0).json()
    assert [dict(row, file_name=street.name) for row in rows] == detections


def test_no_exif_reads_pixels_as_stored(street, detections, tmp_path):
    pixels = numpy.asarray(PIL.Image.open(street).convert("RGB"))
    write_png(tmp_path / "turned.png", numpy.rot90(pixels, 2), 3)
    write_png(tmp_path / "stored.png", numpy.rot90(pixels, 2))
    turned = run("detect", tmp_path / "turned.png", "--json", "--no-exif", code=0).json()
    stored = run("detect", tmp_path / "stored.png", "--json", code=0).json()
    assert [row["bbox"] for row in turned] == [row["bbox"] for row in stored]
    assert [row["bbox"] for row in turned] != [row["bbox"] for row in detections]


def test_a_model_of_other_classes_runs_from_its_file_alone(street, tmp_path):
    """The demo model without its last two classes and without its names."""
    tensors, metadata = read_safetensors(program.SHIPPED_WEIGHTS)
    fewer = {name: values[:4] if "class_embed" in name else values for name, values in tensors.items()}
    names = {key: value for key, value in metadata.items() if key != "class_names"}
    write_safetensors(tmp_path / "fewer.safetensors", fewer, names)
    rows = run("detect", street, "--weights", tmp_path / "fewer.safetensors", "--json", code=0).json()
    assert len(rows) == 100 and {row["category_id"] for row in rows} <= {0, 1, 2, 3}
    found = run("explain", street, "--weights", tmp_path / "fewer.safetensors", "--class", "class 1", "--json", "--out",
                tmp_path / "a.png")
    assert found.code == 2 or found.json()["class"] == "class 1"


def test_an_image_named_three_times_has_three_pictures(street, tmp_path):
    out = tmp_path / "found"
    run("detect", street, street, street, "--out", out, code=0)
    assert len(list(out.glob("*.png"))) == 3
