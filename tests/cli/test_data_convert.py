"""`saccade data convert` as a user runs it."""
import json
import pathlib
import shutil

import numpy
import program
import pytest

IMAGES = program.IMAGES


@pytest.fixture
def coco(tmp_path):
    """The shipped street images in the usual layout."""
    root = tmp_path / "street"
    (root / "annotations").mkdir(parents=True)
    shutil.copy(IMAGES / "instances.json", root / "annotations" / "instances_val.json")
    (root / "val").mkdir()
    for image in IMAGES.glob("*.jpg"):
        shutil.copy(image, root / "val")
    return root


def boxes_by_image(path):
    """{file name: sorted [(class name, x, y, w, h)]}."""
    data = json.loads(pathlib.Path(path).read_text())
    names = {c["id"]: c["name"] for c in data["categories"]}
    files = {i["id"]: i["file_name"] for i in data["images"]}
    found = {name: [] for name in files.values()}
    for a in data["annotations"]:
        found[files[a["image_id"]]].append((names[a["category_id"]], *a["bbox"]))
    return {name: sorted(boxes) for name, boxes in found.items()}


def test_coco_to_yolo_and_back_keeps_boxes_and_names(coco, tmp_path):
    there = program.run("data", "convert", coco, "--out", tmp_path / "yolo", code=0)
    before = boxes_by_image(coco / "annotations" / "instances_val.json")
    count = sum(map(len, before.values()))
    assert f"wrote {tmp_path}/yolo/labels/val: {len(before)} images, {count} boxes, 5 classes" in there.out
    assert f"wrote {tmp_path}/yolo/data.yaml" in there.out
    back = program.run("data", "convert", tmp_path / "yolo", "--out", tmp_path / "back", code=0)
    written = tmp_path / "back" / "annotations" / "instances_val.json"
    assert f"wrote {written}: {len(before)} images, {count} boxes, 5 classes" in back.out
    after = boxes_by_image(written)
    assert after.keys() == before.keys()
    for name, boxes in before.items():
        assert [b[0] for b in after[name]] == [b[0] for b in boxes]
        if boxes:
            numpy.testing.assert_allclose([b[1:] for b in after[name]], [b[1:] for b in boxes], atol=1e-3)


def test_the_json_names_files_that_are_there(coco, tmp_path):
    said = program.run("data", "convert", coco, "--out", tmp_path / "yolo", "--json", code=0).json()
    assert (said["from"], said["to"], said["classes"]) == ("coco", "yolo", 5)
    split, = said["splits"]
    assert split["split"] == "val" and pathlib.Path(said["config"]).is_file()
    labels, images = pathlib.Path(split["annotations"]), pathlib.Path(split["image_folder"])
    assert len(list(labels.glob("*.txt"))) == len(list(images.glob("*.jpg"))) == split["images"]
    assert all(image.is_symlink() and image.exists() for image in images.iterdir())


def test_images_are_copied_or_left_alone_on_request(coco, tmp_path):
    program.run("data", "convert", coco, "--out", tmp_path / "copy", "--copy_images", "--quiet", code=0)
    copies = list((tmp_path / "copy" / "images" / "val").iterdir())
    assert copies and not any(image.is_symlink() for image in copies)
    assert copies[0].read_bytes() == (coco / "val" / copies[0].name).read_bytes()
    program.run("data", "convert", coco, "--out", tmp_path / "only", "--annotations-only", code=0)
    assert not (tmp_path / "only" / "images").exists() and (tmp_path / "only" / "labels").exists()
    result = program.run("data", "convert", coco, "--out", tmp_path / "x", "--annotations_only", "--copy_images")
    result.failed_with(2, "--copy_images")


def test_a_voc_set_becomes_coco(tmp_path):
    root = tmp_path / "voc"
    (root / "Annotations").mkdir(parents=True)
    (root / "JPEGImages").mkdir()
    shutil.copy(IMAGES / "Town01_005820.jpg", root / "JPEGImages")
    (root / "Annotations" / "Town01_005820.xml").write_text(
        "<annotation><filename>Town01_005820.jpg</filename><size><width>640</width><height>380</height></size>"
        "<object><name>vehicle</name><bndbox><xmin>10</xmin><ymin>20</ymin><xmax>31</xmax><ymax>47</ymax></bndbox>"
        "</object></annotation>")
    said = program.run("data", "convert", "--from", "voc", root, "--out", tmp_path / "coco", code=0)
    written = tmp_path / "coco" / "annotations" / "instances_train.json"
    assert said.out == f"wrote {written}: 1 image, 1 box, 1 class; images in {tmp_path}/coco/train\n"
    data = json.loads(written.read_text())
    assert data["annotations"] == [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 20, 21, 27], "area": 567,
                                    "iscrowd": 0, "segmentation": []}]
    assert data["images"] == [{"id": 1, "file_name": "Town01_005820.jpg", "width": 640, "height": 380}]
    assert "data convert --from voc" in data["info"]["command"] and data["licenses"] == []
    one_based = program.run("data", "convert", root, "--one_based", "--out", tmp_path / "one", "--json", code=0)
    assert one_based.json()["from"] == "voc"
    data = json.loads((tmp_path / "one" / "annotations" / "instances_train.json").read_text())
    assert data["annotations"][0]["bbox"] == [9, 19, 22, 28]


def test_a_broken_label_is_named_and_nothing_written(coco, tmp_path):
    program.run("data", "convert", coco, "--out", tmp_path / "yolo", code=0)
    label = tmp_path / "yolo" / "labels" / "val" / "Town01_005820.txt"
    label.write_text(label.read_text() + "7 0.5 0.5 0.1 0.1\n")
    line = len(label.read_text().splitlines())
    result = program.run("data", "convert", tmp_path / "yolo", "--out", tmp_path / "back")
    result.failed_with(1, f"{label}:{line}: class 7, this data set has 0 to 4")
    assert not (tmp_path / "back").exists()


def test_images_that_exif_turns_are_pointed_out(tmp_path):
    for part in ("images", "labels"):
        (tmp_path / "set" / part).mkdir(parents=True)
    pixels = numpy.zeros((40, 60, 3), numpy.uint8)
    program.write_png(tmp_path / "set" / "images" / "a.png", pixels, orientation=6)
    program.write_png(tmp_path / "set" / "images" / "b.png", pixels)
    (tmp_path / "set" / "labels" / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (tmp_path / "set" / "classes.txt").write_text("car\n")
    there = program.run("data", "convert", tmp_path / "set", "--out", tmp_path / "coco", "--split", "val", code=0)
    assert "note: 1 images are turned by their EXIF orientation" in there.err
    data = json.loads((tmp_path / "coco" / "annotations" / "instances_val.json").read_text())
    assert [(image["width"], image["height"]) for image in data["images"]] == [(60, 40), (60, 40)]
    back = program.run("data", "convert", tmp_path / "coco", "--out", tmp_path / "yolo", code=0)
    assert "note: 1 images are turned by their EXIF orientation" in back.err
    assert (tmp_path / "yolo" / "labels" / "val" / "a.txt").read_text() == "0 0.5 0.5 0.5 0.5\n"


def test_splits_of_any_name_come_back(coco, tmp_path):
    shutil.copy(coco / "annotations" / "instances_val.json", coco / "annotations" / "instances_tiny.json")
    program.run("data", "convert", coco, "--out", tmp_path / "yolo", "--images", coco / "val", code=0)
    program.run("data", "convert", tmp_path / "yolo", "--out", tmp_path / "back", code=0)
    assert [path.name for path in sorted((tmp_path / "back" / "annotations").iterdir())] == [
        "instances_tiny.json", "instances_val.json"]


def test_wrong_calls_are_told_what_to_do(coco, tmp_path):
    out = tmp_path / "out"
    program.run("data", "convert", tmp_path / "none", "--out", out).failed_with(2, "none", "no such file or folder")
    program.run("data", "convert", tmp_path, "--out", out).failed_with(2, "no data set that we know")
    program.run("data", "convert", coco, "--to", "coco", "--out", out).failed_with(2, "is coco already")
    program.run("data", "convert", coco).failed_with(2, "--out")
    program.run("data", "convert", coco, "--out", out, "--one_based").failed_with(2, "--one_based is for --from voc")
    program.run("data", "convert", coco, "--out", out, code=0)
    program.run("data", "convert", coco, "--out", out).failed_with(2, "exists already", "--overwrite")
    program.run("data", "convert", coco, "--out", out, "--overwrite", code=0)
