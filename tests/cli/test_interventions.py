"""Interventions as a user gives them: texts, files, and what is wrong with them."""
import json

import PIL.Image
import pytest
from program import IMAGES, ROOT, SHIPPED_WEIGHTS, SMALL_INPUT, STREET_SET, files_in, kind_of_picture, run

STREET, ANOTHER, OTHER = (IMAGES / f"{name}.jpg" for name in ("Town03_017380", "Town03_013980", "Town02_003960"))
SET = [*STREET_SET, *SMALL_INPUT]
LEVEL0 = "dec.*.cross.level0=off(renorm)"


def detect(*words, code=0):
    return run("detect", STREET, *SMALL_INPUT, "--json", *words, code=code)


def detections(*words):
    return detect(*words).json()


@pytest.fixture(scope="module")
def baseline():
    return detections()


def test_a_text_changes_what_is_detected(baseline):
    assert max(d["score"] for d in baseline) > 0.9
    blind = detections("-x", "dec.*.cross=off")
    assert max(d["score"] for d in blind) < 0.4
    assert all(d["query"] != 0 or d["score"] == 0 for d in detections("-x", "query[0]=off(output)"))


def test_a_file_and_texts_act_together(tmp_path):
    file = tmp_path / "mine.json"
    texts = ["dec.1.cross.head2=off", "dec.*.cross.level0=off(renorm)"]
    file.write_text(json.dumps({"name": "mine", "interventions": texts[:1]}))
    assert detections("-x", file, "-x", texts[1]) == detections("-x", texts[0], "--intervene", texts[1])


def test_a_file_of_other_weights_is_noted(tmp_path):
    file = tmp_path / "theirs.json"
    file.write_text(json.dumps({"weights_sha256": "0" * 64, "interventions": ["query[1]=off"]}))
    assert "was made for other weights than street_r18" in detect("-x", file).err
    assert detect("--quiet", "-x", file).err == ""


@pytest.mark.parametrize("text,column,said", [
    ("dec.3.cross.haed5=off", 12, "did you mean head?"),
    ("dec.7.cross.head5=off", 4, "decoder layers 0 to 5"),
    ("dec.1.cross.head8=off", 16, "heads 0 to 7"),
    ("query[100]=off", 6, "queries 0 to 99"),
])
def test_a_fault_has_a_caret_under_it(text, column, said):
    done = detect("-x", text, code=2)
    first, shown, caret = done.err.rstrip("\n").split("\n")
    assert done.out == ""
    assert said in first
    assert shown == "  " + text
    assert caret == " " * (2 + column) + "^"


def test_eval_measures_an_intervention():
    baseline, changed = (run("eval", *SET, "--json", "--quiet", *words, code=0).json() for words in ([], ["-x", "dec.*.cross=off"]))
    assert changed["AP"] < baseline["AP"] / 2


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_before_and_after_is_a_page(tmp_path, suffix):
    out = tmp_path / ("page" + suffix)
    flag = "--before_after" if suffix == ".svg" else "--before-after"
    done = run("detect", STREET, *SMALL_INPUT, "-x", LEVEL0, flag, "--out", out, code=0)
    assert (done.out, done.err) == (f"wrote {out}\n", "")
    assert kind_of_picture(out) == suffix


def test_before_and_after_of_several_images_are_pages_in_a_folder(tmp_path):
    done = run("detect", STREET, ANOTHER, *SMALL_INPUT, "-x", LEVEL0, "--before-after", "--quiet", "--out", tmp_path / "pages", code=0)
    assert done.err == "" and files_in(tmp_path / "pages") == ["Town03_013980.png", "Town03_017380.png", "detections.json"]
    with PIL.Image.open(tmp_path / "pages" / "Town03_017380.png") as page:
        assert page.width == 2103  # a double-column page, not the photo
    # Results are those with the interventions, as without the pages.
    rows = json.loads((tmp_path / "pages" / "detections.json").read_text())
    assert [row for row in rows if row["file_name"] == STREET.name] == detections("-x", LEVEL0)


@pytest.mark.parametrize("words,said", [
    (["--before-after", "--out", "a.png"], "add -x TEXT"),
    (["--before-after", "-x", LEVEL0, "--json"], "--out"),
    (["--before-after", "-x", LEVEL0, "--out", "a.json"], "--out"),
    (["--before-after", "-x", LEVEL0, "--out", "a.gif"], "a.gif"),
])
def test_before_and_after_without_a_comparison_or_a_picture_is_wrong_usage(tmp_path, words, said):
    run("detect", STREET, *words, cwd=tmp_path).failed_with(2, said)
    assert files_in(tmp_path) == []


def patches(donor, modules=("enc.*", "dec.*.self", "dec.*.cross")):
    words = []
    for module in modules:
        for part in ["", ".weights"] + ([] if "self" in module else [".offset"]):
            words += ["-x", f"{module}{'.self' if not part and module == 'enc.*' else ''}{part}=patch({donor})"]
    return words


def test_patches_from_the_same_image_or_weights_change_nothing(baseline):
    assert detections(*patches(STREET)) == baseline
    assert detections(*patches(SHIPPED_WEIGHTS)) == baseline


def test_patches_from_another_image_change_what_is_detected(baseline, tmp_path):
    odd = tmp_path / 'night (2) "x".jpg'
    odd.write_bytes(OTHER.read_bytes())
    quoted = '"' + str(odd).replace('"', '\\"') + '"'
    changed = detections("-x", f"dec.*.cross=patch({OTHER})")
    assert changed != baseline
    assert changed == detections("-x", f"dec.*.cross=patch({quoted})")


def test_a_photo_of_another_size_is_for_the_decoder_alone():
    photo = ROOT / "assets" / "photos" / "000000116740.jpg"
    detections(*patches(photo, ["dec.*.self", "dec.*.cross"]))
    detect("-x", f"enc.2.self=patch({photo})", code=1).failed_with(1, f"{photo}: cannot be patched from: its levels have ")


def test_a_donor_that_is_not_there_is_named(tmp_path):
    for name in ["none.jpg", "none.pth"]:
        detect("-x", f"dec.2.cross=patch({tmp_path / name})", code=1).failed_with(1, tmp_path / name)
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\xff" * 100)
    detect("-x", f"dec.2.cross=patch({broken})", code=1).failed_with(1, broken)


def results_of(folder, *words):
    """What eval finds in each image."""
    run("eval", *SMALL_INPUT, "--quiet", "--overwrite", "--results", folder / "results.json", *words, code=0)
    return json.loads((folder / "results.json").read_text())


def test_eval_patches_every_image(tmp_path):
    three = [*STREET_SET, "--subset", 3]
    baseline = results_of(tmp_path, *three)
    assert results_of(tmp_path, *three, *patches(SHIPPED_WEIGHTS)) == baseline
    assert results_of(tmp_path, *three, *patches(OTHER)) != baseline


def test_heads_are_taken_from_another_image_of_the_set(tmp_path):
    # Each of two images is the other's donor.
    truth = json.loads((IMAGES / "instances.json").read_text())
    names = [STREET.name, OTHER.name]
    truth["images"] = [image for image in truth["images"] if image["file_name"] in names]
    ids = {image["file_name"]: image["id"] for image in truth["images"]}
    truth["annotations"] = [a for a in truth["annotations"] if a["image_id"] in ids.values()]
    (tmp_path / "two.json").write_text(json.dumps(truth))
    two = ["--images", IMAGES, "--annotations", tmp_path / "two.json"]
    for unit in ["dec.*.cross", "dec.*.self", "enc.*.self"]:
        drawn = results_of(tmp_path, *two, "-x", f"{unit}.head*=off(resample)", "--batch_size", 1)
        together = results_of(tmp_path, *two, "-x", f"{unit}.head*=off(resample)")  # of two images: products round otherwise
        scores = {(row["image_id"], row["query"], row["category_id"]): row["score"] for row in together}
        assert all(abs(scores.get((row["image_id"], row["query"], row["category_id"]), 0) - row["score"]) < 1e-4 for row in drawn[:20])
        for name, donor in zip(names, names[::-1]):
            of_image = [row for row in drawn if row["image_id"] == ids[name]]
            patched = results_of(tmp_path, *two, "-x", f"{unit}=patch({STREET.parent / donor})", "--batch_size", 1)
            assert of_image and of_image == [row for row in patched if row["image_id"] == ids[name]]


def test_a_set_of_one_image_has_no_other():
    alone = run("eval", *SET, "--subset", 1, "--quiet", "-x", "dec.0.cross=off(resample)", code=1)
    assert alone.out == "" and "takes from another image of the set" in alone.err
    done = detect("-x", "dec.0.cross.head1=off(resample)", code=2)
    err = done.err
    assert done.out == "" and "patch(FILE)" in err
    assert err.splitlines()[-1].index("^") == err.splitlines()[-2].index("resample")


def test_means_of_a_data_set_are_written_and_taken(baseline, tmp_path):
    means = tmp_path / "means.safetensors"
    run("eval", *SET, "--quiet", "--head-means", means, code=0)
    run("eval", *SET, "--quiet", "--head-means", means).failed_with(2, "means.safetensors", "--overwrite")
    taken = detections("-x", f"dec.0.cross.head0=off(mean,{means})")
    assert taken not in (baseline, detections("-x", "dec.0.cross.head0=off"))
    detect("-x", f"dec.0.cross.head0=off(mean,{SHIPPED_WEIGHTS})", code=1).failed_with(1, "has no tensor 'enc.self'")
    assert ".safetensors file of head means" in detect("-x", f"dec.0.cross.head0=off(mean,{STREET})", code=2).err
    run("eval", *SET, "--head-means", tmp_path / "means.txt").failed_with(2, "--head-means")


def test_a_report_names_what_there_is_room_for():
    words = ["dec.0.cross.head1=off", "dec.1.cross.head2=off", "dec.2.cross.head3=off", "query[1]=off"]

    def said(texts):
        return run("eval", *SET, "--subset", 1, "--quiet", *[w for text in texts for w in ("-x", text)], code=0).out

    assert "by street_r18, dec.0.cross.head1=off, dec.1.cross.head2=off and 2 more: " in said(words)
    assert "by street_r18, query[1]=off: " in said(words[3:])
    assert "by street_r18, 1 intervention: " in said(["query[" + ",".join(map(str, range(0, 60, 2))) + "]=off"])
