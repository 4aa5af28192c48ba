"""saccade data check: what it finds in annotation files and images, as text, as JSON, as exit code."""
import json
import shutil

import numpy
import pytest
from program import IMAGES, ROOT, run, write_png


@pytest.fixture
def street_set(tmp_path):
    """A copy of the street images and their annotations, to be spoilt."""
    shutil.copytree(IMAGES, tmp_path / "images")
    annotations = json.loads((IMAGES / "instances.json").read_text())

    def check(*more, code=None):
        (tmp_path / "set.json").write_text(json.dumps(annotations))
        return run("data", "check", "--images", tmp_path / "images", "--annotations", tmp_path / "set.json", *more,
                   code=code)

    check.annotations, check.images = annotations, tmp_path / "images"
    return check


def broken_images(result):
    return {problem["where"].rsplit("/", 1)[1]: problem["what"] for problem in result.json()["problems"]}


def test_a_sound_set_has_no_problem(street_set):
    annotations = street_set.annotations
    result = street_set(code=0)
    assert result.out == (f"{len(annotations['images'])} images, {len(annotations['annotations'])} annotations, "
                          f"{len(annotations['categories'])} categories: no problem found\n")
    found = street_set("--json", "--quiet", code=0)
    assert found.err == ""
    assert found.json() == {"images": 12, "annotations": len(annotations["annotations"]),
                            "categories": len(annotations["categories"]), "problems": [], "problem_count": 0,
                            "breaking": 0}


def test_faults_of_the_file_are_named_by_index_and_id(street_set):
    rows = street_set.annotations["annotations"]
    rows[3]["image_id"] = 77_777
    rows[5]["bbox"][2] = -4
    rows[6]["bbox"][3] = 0
    result = street_set(code=1)
    lines = result.out.splitlines()
    assert lines[:3] == [
        f"set.json: annotations[5] (id {rows[5]['id']}): bbox has a negative width (-4)",
        f"set.json: annotations[3] (id {rows[3]['id']}): image_id 77777 is not among the images",
        f"note: set.json: annotations[6] (id {rows[6]['id']}): bbox has a height of 0; training drops it"]
    assert lines[3].endswith("categories: 3 problems, 2 of them would break training")
    assert result.err.splitlines()[-1] == "saccade: error: the data set has 2 problems that would break training"
    found = street_set("--json", code=1).json()
    assert found["breaking"] == 2 and [problem["breaks"] for problem in found["problems"]].count(True) == 2
    assert set(found["problems"][0]) == {"where", "what", "breaks"}


def test_what_is_worth_knowing_does_not_fail(street_set):
    street_set.annotations["annotations"][0]["bbox"][0] = 600.0
    street_set.annotations["annotations"][0]["bbox"][2] = 100.0
    result = street_set(code=0)
    assert result.out.startswith("note: set.json: annotations[0]") and "reaches out of its image" in result.out


def test_a_box_beside_its_image_is_dropped_and_the_check_says_so(street_set):
    street_set.annotations["annotations"][0]["bbox"] = [700, 20, 30, 30]
    result = street_set(code=0)
    assert "bbox [700,20,30,30] lies outside its image of 640 x 380; training drops it" in result.out


def test_an_empty_set_would_break_training(tmp_path):
    (tmp_path / "set.json").write_text('{"images": [], "annotations": [], "categories": []}')
    result = run("data", "check", "--images", tmp_path, "--annotations", tmp_path / "set.json", code=1)
    assert result.out.splitlines()[:2] == ["set.json: has no image", "set.json: has no category"]


def test_where_all_images_are_missing_the_folder_is_named(street_set):
    for path in street_set.images.glob("*.jpg"):
        path.unlink()
    result = street_set(code=1)
    assert result.out.splitlines()[-2].startswith(f"note: {street_set.images}: holds none of the 12 images of set.json")
    assert "12 problems that would break training" in result.err


def test_every_image_is_decoded(street_set):
    names = sorted(path.name for path in street_set.images.glob("*.jpg"))
    whole = (street_set.images / names[0]).read_bytes()
    (street_set.images / names[0]).write_bytes(whole[:len(whole) // 2])
    (street_set.images / names[1]).unlink()
    (street_set.images / names[2]).write_bytes(b"text")
    (street_set.images / names[3]).write_bytes(b"")
    write_png(street_set.images / names[4], numpy.zeros((380, 641, 3), numpy.uint8))
    write_png(street_set.images / names[5], numpy.zeros((380, 640, 3), numpy.uint8), orientation=3)
    for threads in (1, 3):
        found = broken_images(street_set("--json", "--threads", threads, code=1))
        assert set(found) == set(names[:6])
        assert found[names[0]].startswith("cut off or broken JPEG")
        assert found[names[1]] == "no such file"
        assert found[names[2]] == "not a JPEG or PNG file; convert it first"
        assert found[names[3]] == "is empty (0 bytes)"
        assert found[names[4]] == "is 641 x 380 pixels, its annotations are for 640 x 380"
        assert found[names[5]].startswith("EXIF turns it (orientation 3)")
    assert street_set("--json", code=1).json()["breaking"] == 5


def test_at_most_fifty_problems_of_a_kind_are_printed(street_set):
    rows = street_set.annotations["annotations"]
    street_set.annotations["annotations"] = [dict(rows[0], id=i, image_id=-1) for i in range(120)]
    lines = street_set(code=1).out.splitlines()
    assert len(lines) == 52 and lines[50] == "and 70 more"
    assert len(street_set("--json", code=1).json()["problems"]) == 120


def test_quiet_leaves_the_exit_code(street_set):
    result = street_set("--quiet", code=0)
    assert result.out == "" and result.err == ""
    street_set.annotations["annotations"][0]["image_id"] = -1
    street_set("--quiet").failed_with(1, "1 problem that would break training")


def test_names_that_lead_out_of_the_folder_are_not_followed(street_set):
    street_set.annotations["images"][0]["file_name"] = "../set.json"
    result = street_set(code=1)
    assert "leads out of the folder of images" in result.out and len(result.out.splitlines()) == 2


def coco_root(folder, splits):
    (folder / "annotations").mkdir()
    for split in splits:
        shutil.copytree(IMAGES, folder / f"{split}2017")
        shutil.copy(IMAGES / "instances.json", folder / "annotations" / f"instances_{split}2017.json")
    return folder


def test_the_layout_of_coco_by_its_root(tmp_path):
    root = coco_root(tmp_path, ["train", "val"])
    both = run("data", "check", "--coco_path", root, "--json", code=0).json()
    one = run("data", "check", "--coco-path", root, "--split", "val", "--json", code=0).json()
    assert both["images"] == 24 and one["images"] == 12 and both["categories"] == one["categories"]
    shutil.rmtree(root / "train2017")
    run("data", "check", "--coco_path", root).failed_with(1, "train2017", "no such folder of images")
    (root / "annotations" / "instances_train2017.json").unlink()
    assert run("data", "check", "--coco_path", root, "--json", code=0).json()["images"] == 12
    run("data", "check", "--coco_path", root, "--split", "train").failed_with(1, "instances_train2017.json")
    run("data", "check", "--coco_path", root / "val2017").failed_with(1, "has neither")


def test_a_class_must_mean_the_same_in_both_splits(tmp_path):
    root = coco_root(tmp_path, ["train", "val"])
    path = root / "annotations" / "instances_val2017.json"
    changed = json.loads(path.read_text())
    changed["categories"][0]["name"] = "submarine"
    path.write_text(json.dumps(changed))
    result = run("data", "check", "--coco_path", root, code=1)
    assert "instances_val2017.json: category " in result.out and "submarine" in result.out


@pytest.mark.parametrize("words, expected", [
    ((), "give --coco_path ROOT or --images DIR --annotations FILE"),
    (("--images", "x"), "--images wants --annotations FILE too"),
    (("--annotations", "x"), "--annotations wants --images DIR too"),
    (("--coco_path", "x", "--images", "y"), "--coco_path excludes"),
    (("--images", "x", "--annotations", "y", "--split", "val"), "--split belongs to --coco_path"),
])
def test_wrong_usage(words, expected):
    run("data", "check", *words).failed_with(2, expected)


def test_what_is_no_annotation_file_is_one_line(tmp_path):
    for name, text in {"empty.json": "", "list.json": "[]", "text.json": "no json", "cut.json": '{"images": [',
                       "deep.json": '{"a": ' + "[" * 10_000}.items():
        (tmp_path / name).write_text(text)
        run("data", "check", "--images", tmp_path, "--annotations", tmp_path / name).failed_with(1, name)
    run("data", "check", "--images", tmp_path, "--annotations", tmp_path / "none.json").failed_with(1, "no such file")
    run("data", "check", "--images", tmp_path, "--annotations", tmp_path).failed_with(1, "is a folder")
    sound = ROOT / "tests" / "assets" / "coco_part.json"
    run("data", "check", "--images", tmp_path / "none", "--annotations", sound).failed_with(1, "no such folder")
