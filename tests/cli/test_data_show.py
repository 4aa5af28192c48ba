"""saccade data show and data stats, as a user runs them."""
import collections
import json
import shutil

import numpy
import PIL.Image
import pytest
from program import IMAGES, ROOT, STREET_SET, files_in, kind_of_picture, pixels_of, run

PHOTOS = ["--images", ROOT / "tests" / "assets", "--annotations", ROOT / "tests" / "assets" / "instances_photos.json"]
TRUTH = json.loads((IMAGES / "instances.json").read_text())


def text_records(path):
    return dict(PIL.Image.open(path).text)


def test_the_default_is_a_sheet_of_twelve_images_in_the_folder_one_is_in(tmp_path):
    result = run("data", "show", *STREET_SET, cwd=tmp_path, code=0)
    assert result.out == "wrote data.png\n" and result.err == ""
    assert files_in(tmp_path) == ["data.png"]
    assert PIL.Image.open(tmp_path / "data.png").width == 2103  # a double column at 300 dpi
    records = text_records(tmp_path / "data.png")
    assert records["command"].startswith("saccade data show --images")
    assert "version" in records and "seed" not in records


def test_the_boxes_of_a_class_are_in_its_colour(tmp_path):
    """Vehicles are blue, as in every figure; without them nothing in the picture is."""
    def blue_pixels(*words):
        run("data", "show", *STREET_SET, "--labels", "off", *words, "--out", tmp_path / "a.png", "--overwrite", code=0)
        return (abs(pixels_of(tmp_path / "a.png") - [0x56, 0xB4, 0xE9]).sum(axis=2) < 12).sum()

    boxes = collections.Counter((a["image_id"], a["category_id"]) for a in TRUTH["annotations"])
    ids = [image["id"] for image in TRUTH["images"]]
    many = max(ids, key=lambda i: boxes[i, 1])
    without = [i for i in ids if boxes[i, 1] == 0]
    assert blue_pixels("--id", many, "--columns", 1) > 2000
    assert blue_pixels("--id", without[0], "--columns", 1) < 50


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_suffix_chooses_the_kind_of_file(tmp_path, suffix):
    run("data", "show", *PHOTOS, "--out", tmp_path / ("a" + suffix), code=0)
    assert kind_of_picture(tmp_path / ("a" + suffix)) == suffix


def test_two_runs_write_the_same_bytes(tmp_path):
    for name in ("a.png", "b.png"):
        run("data", "show", *STREET_SET, "--random", 3, "--seed", 5, "--out", name, "--quiet", cwd=tmp_path, code=0)
    first, second = (PIL.Image.open(tmp_path / name) for name in ("a.png", "b.png"))
    assert (numpy.asarray(first) == numpy.asarray(second)).all()
    assert first.text["seed"] == "5"


def test_json_lists_images_and_boxes_as_the_file_has_them(tmp_path):
    result = run("data", "show", *STREET_SET, "--range", "0-11", "--json", cwd=tmp_path, code=0)
    assert files_in(tmp_path) == []  # no picture unless --out is given
    shown = result.json()
    assert [image["id"] for image in shown["images"]] == sorted(image["id"] for image in TRUTH["images"])
    for image in shown["images"]:
        expected = [a for a in TRUTH["annotations"] if a["image_id"] == image["id"]]
        assert [box["id"] for box in image["boxes"]] == [a["id"] for a in expected]
        assert [box["bbox"] for box in image["boxes"]] == [a["bbox"] for a in expected]
        assert (image["width"], image["height"]) == (640, 380)


def test_more_images_than_a_sheet_holds_go_on_numbered_sheets(tmp_path):
    run("data", "show", *STREET_SET, "--columns", 2, "--range", "0-11", "--out", "street.png", cwd=tmp_path, code=0)
    assert files_in(tmp_path) == ["street-2.png", "street.png"]
    (tmp_path / "street.png").unlink()
    again = run("data", "show", *STREET_SET, "--columns", 2, "--range", "0-11", "--out", "street.png", cwd=tmp_path)
    again.failed_with(2, "street-2.png", "--overwrite")
    assert files_in(tmp_path) == ["street-2.png"]  # nothing is drawn before all files are free


def test_one_image_is_a_column_page_with_its_list(tmp_path):
    run("data", "show", *PHOTOS, "--id", 184324, "--out", "a.png", cwd=tmp_path, code=0)
    assert PIL.Image.open(tmp_path / "a.png").width == 1004


def test_a_crowd_region_is_hatched_only_inside_its_outline(tmp_path):
    """The same photo with and without its crowd region: what differs lies in the region's box."""
    annotations = json.loads(PHOTOS[3].read_text())
    crowd = [a for a in annotations["annotations"] if a["iscrowd"]]
    assert len(crowd) == 1
    annotations["annotations"] = []
    (tmp_path / "without.json").write_text(json.dumps(annotations))
    annotations["annotations"] = crowd
    (tmp_path / "with.json").write_text(json.dumps(annotations))
    panels = []
    for name in ("without", "with"):
        run("data", "show", "--images", PHOTOS[1], "--annotations", tmp_path / (name + ".json"), "--id", 184324,
            "--labels", "off", "--out", tmp_path / (name + ".png"), "--quiet", code=0)
        panels.append(pixels_of(tmp_path / (name + ".png"))[68:68 + 630, 25:979])
    x, y, w, h = (v * 954 / 640 for v in crowd[0]["bbox"])
    changed = abs(panels[0] - panels[1]).sum(axis=2) > 60
    rows, columns = numpy.nonzero(changed)
    assert rows.min() > y - 8 and rows.max() < y + h + 8
    assert columns.min() > x - 8 and columns.max() < x + w + 8
    inside = changed[int(y) + 8:int(y + h) - 8, int(x) + 8:int(x + w) - 8]
    assert 0.02 < inside.mean() < 0.5  # 34764 of its box's 133650 square pixels are crowd, part of it lines


def test_draws_of_training_are_those_of_their_epochs(tmp_path):
    def draws(*words):
        shown = run("data", "show", *STREET_SET, "--augmented", "--range", "0-1", "--json", *words, cwd=tmp_path, code=0)
        return [image["draws"] for image in shown.json()["images"]]

    three = draws("--draws", 3, "--seed", 7)
    assert [[draw["epoch"] for draw in image] for image in three] == [[0, 1, 2]] * 2
    assert draws("--draws", 1, "--seed", 7, "--epoch", 2)[1] == three[1][2:]
    assert draws("--draws", 3, "--seed", 8) != three
    for draw in three[0]:
        width, height = draw["augmentation"]["size"]
        assert max(width, height) <= 1333
        for x, y, w, h in (box["bbox"] for box in draw["boxes"]):
            assert x >= 0 and y >= 0 and w > 0 and h > 0
            assert x + w <= width + 0.01 and y + h <= height + 0.01


def test_draws_are_drawn_too(tmp_path):
    run("data", "show", *PHOTOS, "--augmented", "--out", "a.png", cwd=tmp_path, code=0)
    assert PIL.Image.open(tmp_path / "a.png").width == 2103
    assert text_records(tmp_path / "a.png")["seed"] == "0"
    run("data", "show", *STREET_SET, "--augmented", "--range", "0-4", "--out", "b.svg", cwd=tmp_path, code=0)
    assert files_in(tmp_path) == ["a.png", "b-2.svg", "b.svg"]  # four images a page


def test_a_broken_image_is_named_and_the_others_are_drawn(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    names = [image["file_name"] for image in TRUTH["images"]]
    for name in names:
        shutil.copy(IMAGES / name, folder / name)
    (folder / names[3]).write_bytes((folder / names[3]).read_bytes()[:300])
    (folder / names[5]).unlink()
    result = run("data", "show", "--images", folder, "--annotations", IMAGES / "instances.json", cwd=tmp_path)
    lines = result.err.splitlines()
    assert result.code == 1 and len(lines) == 3
    assert names[3] in lines[0] and names[5] in lines[1]
    assert lines[2] == "saccade: error: 2 of 12 images could not be shown whole"
    assert kind_of_picture(tmp_path / "data.png") == ".png"


def test_the_folder_of_another_split_is_named_in_one_line(tmp_path):
    (tmp_path / "other").mkdir()
    result = run("data", "show", "--images", "other", "--annotations", IMAGES / "instances.json", cwd=tmp_path)
    assert result.code == 1
    assert result.err.splitlines()[-1].startswith("saccade: error: other: holds none of the 12 images of instances.json")


def test_two_images_fill_the_page_and_four_stand_side_by_side(tmp_path):
    """Street images are 640 x 380: two on a page are twice as high as four, above words of the same height."""
    def height(count):
        run("data", "show", *STREET_SET, "--range", f"0-{count - 1}", "--out", "a.png", "--overwrite", cwd=tmp_path, code=0)
        return PIL.Image.open(tmp_path / "a.png").height

    assert 1.4 < height(2) / height(4) < 2


@pytest.mark.parametrize("words, expected", [
    (["--class", "vehicel"], "did you mean vehicle?"),
    (["--class", "zebra"], "no such class; it has vehicle, bike, motorbike, traffic_light, traffic_sign"),
    (["--id", "999999"], "has no such image; its 12 ids run from"),
    (["--range", "3-99"], "images are 0 to 11"),
    (["--range", "3"], "expected A-B"),
    (["--id", "1", "--random", "2"], "leave out"),
    (["--draws", "2"], "--draws belongs to --augmented"),
    (["--augmented", "--columns", "2"], "--columns is for sheets"),
    (["--augmented", "--size", "800"], "expected SHORT,MAX"),
    (["--train_sizes", "240,320"], "--train_sizes belongs to --augmented"),
    (["--augmented", "--train_sizes", "320,240"], "expected MIN,MAX"),
    (["--augmented", "--crop_part", "1.5"], "--crop_part"),
    (["--seed", "3"], "--seed belongs to --random or --augmented"),
    (["--columns", "9"], "(saccade data show --help)"),
    (["--out", "a.gif"], ".png"),
    (["--split", "val"], "--split"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_wrong_calls_say_what_would_be_right(tmp_path, words, expected):
    run("data", "show", *STREET_SET, *words, cwd=tmp_path).failed_with(2, expected)
    assert files_in(tmp_path) == []


def test_hostile_annotations_do_not_crash(tmp_path):
    """Boxes far away and huge, names with control characters, a crowd region whose runs exceed the image."""
    annotations = json.loads(PHOTOS[3].read_text())
    first = annotations["annotations"][0]
    annotations["categories"][0]["name"] = "a\u0007\ufffe" + "name" * 200
    annotations["annotations"] = [
        dict(first, id=1, category_id=1, bbox=[1e5, -1e5, 1e5, 5]),
        dict(first, id=2, category_id=1, bbox=[-1e5, -1e5, 3e5, 3e5]),
        dict(first, id=3, iscrowd=1, bbox=[0, 0, 50, 50], segmentation={"counts": [9, 4000000000], "size": [500, 500]}),
        dict(first, id=4, iscrowd=1, bbox=[0, 0, 1e5, 1e5], segmentation={"counts": "o0", "size": [9999, 9999]}),
    ]
    (tmp_path / "bad.json").write_text(json.dumps(annotations))
    result = run("data", "show", "--images", PHOTOS[1], "--annotations", tmp_path / "bad.json", cwd=tmp_path)
    assert result.code == 1 and "annotation 3: segmentation" in result.err, result.err
    assert "annotation 4: segmentation is of an image of 9999 x 9999 px, the image has" in result.err, result.err
    assert kind_of_picture(tmp_path / "data.png") == ".png"


def test_stats_count_what_the_file_holds():
    stats = run("data", "stats", *STREET_SET, "--json", code=0).json()
    per_class = collections.Counter(a["category_id"] for a in TRUTH["annotations"])
    assert stats["images"] == 12 and stats["boxes"] == len(TRUTH["annotations"]) and stats["crowd"] == 0
    assert {c["id"]: c["boxes"] for c in stats["classes"]} == {c["id"]: per_class[c["id"]] for c in TRUTH["categories"]}
    small = sum(a["area"] < 1024 for a in TRUTH["annotations"])
    assert stats["small"] == small
    assert stats["small"] + stats["medium"] + stats["large"] == stats["boxes"]
    boxes_of = collections.Counter(a["image_id"] for a in TRUTH["annotations"])
    histogram = collections.Counter(boxes_of[image["id"]] for image in TRUTH["images"])
    assert {row["boxes"]: row["images"] for row in stats["images_by_boxes"]} == dict(histogram)


def test_stats_need_no_images_and_count_crowd_regions_apart(tmp_path):
    text = run("data", "stats", "--annotations", PHOTOS[3], cwd=tmp_path, code=0).out
    assert "images           2, 0 without a box" in text
    assert "boxes            32, and 1 crowd region\n" in text
    assert files_in(tmp_path) == []


def test_stats_draw_a_picture_where_asked(tmp_path):
    result = run("data", "stats", *STREET_SET, "--out", "s.png", "--width", "column", cwd=tmp_path, code=0)
    assert result.out.endswith("wrote s.png\n")
    assert PIL.Image.open(tmp_path / "s.png").width == 1004
    run("data", "stats", *STREET_SET, "--out", "s.png", cwd=tmp_path).failed_with(2, "s.png", "--overwrite")
    assert run("data", "stats", *STREET_SET, "--out", "s.png", "--overwrite", "--quiet", cwd=tmp_path, code=0).out == ""
    run("data", "stats", *STREET_SET, "--out", "s.jpg", cwd=tmp_path).failed_with(2, ".png")
