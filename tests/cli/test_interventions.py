"""Interventions as a user gives them: texts, files, and what is wrong with them."""
import json
import pathlib
import subprocess

import PIL.Image
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build" / "bin" / "saccade"
STREET = ROOT / "assets" / "images" / "Town03_017380.jpg"


def saccade(*words):
    done = subprocess.run([str(PROGRAM), *map(str, words)], capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def detections(*words):
    code, out, err = saccade("detect", STREET, "--json", *words)
    assert code == 0, err
    return json.loads(out)


def test_a_text_changes_what_is_detected():
    baseline = detections()
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
    code, _, err = saccade("detect", STREET, "--json", "-x", file)
    assert code == 0
    assert "was made for other weights than street_r18" in err


@pytest.mark.parametrize("text,column,said", [
    ("dec.3.cross.haed5=off", 12, "did you mean head?"),
    ("dec.7.cross.head5=off", 4, "decoder layers 0 to 5"),
    ("dec.1.cross.head8=off", 16, "heads 0 to 7"),
    ("query[100]=off", 6, "queries 0 to 99"),
])
def test_a_fault_has_a_caret_under_it(text, column, said):
    code, out, err = saccade("detect", STREET, "--json", "-x", text)
    assert code == 2 and out == ""
    first, shown, caret = err.rstrip("\n").split("\n")
    assert said in first
    assert shown == "  " + text
    assert caret == " " * (2 + column) + "^"


def test_eval_measures_an_intervention():
    data = ["--images", ROOT / "assets" / "images", "--annotations", ROOT / "assets" / "images" / "instances.json"]
    code, out, err = saccade("eval", *data, "--json", "--quiet", "-x", "dec.*.cross=off")
    assert code == 0, err
    changed = json.loads(out)
    code, out, err = saccade("eval", *data, "--json", "--quiet")
    baseline = json.loads(out)
    assert changed["AP"] < baseline["AP"] / 2


LEVEL0 = "dec.*.cross.level0=off(renorm)"
ANOTHER = ROOT / "assets" / "images" / "Town03_013980.jpg"


@pytest.mark.parametrize("suffix,start", [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_before_and_after_is_a_page(tmp_path, suffix, start):
    out = tmp_path / ("page" + suffix)
    flag = "--before_after" if suffix == ".svg" else "--before-after"
    code, said, err = saccade("detect", STREET, "-x", LEVEL0, flag, "--out", out)
    assert (code, said, err) == (0, f"wrote {out}\n", "")
    assert out.read_bytes().startswith(start)


def test_before_and_after_of_several_images_are_pages_in_a_folder(tmp_path):
    code, _, err = saccade("detect", STREET, ANOTHER, "-x", LEVEL0, "--before-after", "--quiet", "--out", tmp_path / "pages")
    assert (code, err) == (0, "")
    assert sorted(file.name for file in (tmp_path / "pages").iterdir()) == [
        "Town03_013980.png", "Town03_017380.png", "detections.json"]
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
    done = subprocess.run([str(PROGRAM), "detect", str(STREET), *words], capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert said in done.stderr and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


OTHER = ROOT / "assets" / "images" / "Town02_003960.jpg"
DEMO = ROOT / "assets" / "street_r18.safetensors"
DATA = ["--images", ROOT / "assets" / "images", "--annotations", ROOT / "assets" / "images" / "instances.json"]


def patches(donor, modules=("enc.*", "dec.*.self", "dec.*.cross")):
    words = []
    for module in modules:
        for part in ["", ".weights"] + ([] if "self" in module else [".offset"]):
            words += ["-x", f"{module}{'.self' if not part and module == 'enc.*' else ''}{part}=patch({donor})"]
    return words


def test_patches_from_the_same_image_or_weights_change_nothing():
    baseline = detections()
    assert detections(*patches(STREET)) == baseline
    assert detections(*patches(DEMO)) == baseline


def test_patches_from_another_image_change_what_is_detected(tmp_path):
    odd = tmp_path / 'night (2) "x".jpg'
    odd.write_bytes(OTHER.read_bytes())
    quoted = '"' + str(odd).replace('"', '\\"') + '"'
    changed = detections("-x", f"dec.*.cross=patch({OTHER})")
    assert changed != detections()
    assert changed == detections("-x", f"dec.*.cross=patch({quoted})")


def test_a_photo_of_another_size_is_for_the_decoder_alone():
    photo = ROOT / "assets" / "photos" / "000000116740.jpg"
    detections(*patches(photo, ["dec.*.self", "dec.*.cross"]))
    code, out, err = saccade("detect", STREET, "--json", "-x", f"enc.2.self=patch({photo})")
    assert code == 1 and out == ""
    assert f"{photo}: cannot be patched from: its levels have " in err


def test_a_donor_that_is_not_there_is_named(tmp_path):
    for name in ["none.jpg", "none.pth"]:
        code, _, err = saccade("detect", STREET, "--json", "-x", f"dec.2.cross=patch({tmp_path / name})")
        assert code == 1 and str(tmp_path / name) in err and err.count("\n") == 1
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\xff" * 100)
    code, _, err = saccade("detect", STREET, "--json", "-x", f"dec.2.cross=patch({broken})")
    assert code == 1 and str(broken) in err


def test_eval_patches_every_image(tmp_path):
    def results(name, *words):
        file = tmp_path / f"{name}.json"
        code, _, err = saccade("eval", *DATA, "--subset", 3, "--quiet", "--results", file, *words)
        assert code == 0, err
        return json.loads(file.read_text())
    baseline = results("baseline")
    assert results("weights", *patches(DEMO)) == baseline
    assert results("image", *patches(OTHER)) != baseline


def test_heads_are_taken_from_another_image_of_the_set(tmp_path):
    # Each of two images is the other's donor.
    truth = json.loads(DATA[3].read_text())
    names = [STREET.name, OTHER.name]
    truth["images"] = [image for image in truth["images"] if image["file_name"] in names]
    ids = {image["file_name"]: image["id"] for image in truth["images"]}
    truth["annotations"] = [a for a in truth["annotations"] if a["image_id"] in ids.values()]
    two = tmp_path / "two.json"
    two.write_text(json.dumps(truth))

    def results(*words):
        file = tmp_path / "results.json"
        code, _, err = saccade("eval", *DATA[:2], "--annotations", two, "--quiet", "--overwrite", "--results", file, *words)
        assert code == 0, err
        return json.loads(file.read_text())

    for unit in ["dec.*.cross", "dec.*.self", "enc.*.self"]:
        drawn = results("-x", f"{unit}.head*=off(resample)", "--batch_size", 1)
        together = results("-x", f"{unit}.head*=off(resample)")  # of two images: products round otherwise
        scores = {(row["image_id"], row["query"], row["category_id"]): row["score"] for row in together}
        assert all(abs(scores.get((row["image_id"], row["query"], row["category_id"]), 0) - row["score"]) < 1e-4 for row in drawn[:20])
        for name, donor in zip(names, names[::-1]):
            of_image = [row for row in drawn if row["image_id"] == ids[name]]
            patched = results("-x", f"{unit}=patch({STREET.parent / donor})", "--batch_size", 1)
            assert of_image and of_image == [row for row in patched if row["image_id"] == ids[name]]


def test_a_set_of_one_image_has_no_other(tmp_path):
    code, out, err = saccade("eval", *DATA, "--subset", 1, "--quiet", "-x", "dec.0.cross=off(resample)")
    assert (code, out) == (1, "") and "takes from another image of the set" in err
    code, out, err = saccade("detect", STREET, "--json", "-x", "dec.0.cross.head1=off(resample)")
    assert (code, out) == (2, "") and "patch(FILE)" in err
    assert err.splitlines()[-1].index("^") == err.splitlines()[-2].index("resample")


def test_means_of_a_data_set_are_written_and_taken(tmp_path):
    means = tmp_path / "means.safetensors"
    assert saccade("eval", *DATA, "--quiet", "--head-means", means)[0] == 0
    assert saccade("eval", *DATA, "--quiet", "--head-means", means)[0] == 2, "it is there already"
    taken = detections("-x", f"dec.0.cross.head0=off(mean,{means})")
    assert taken not in (detections(), detections("-x", "dec.0.cross.head0=off"))
    code, _, err = saccade("detect", STREET, "--json", "-x", f"dec.0.cross.head0=off(mean,{DEMO})")
    assert code == 1 and "has no tensor 'enc.self'" in err
    code, _, err = saccade("detect", STREET, "--json", "-x", f"dec.0.cross.head0=off(mean,{STREET})")
    assert code == 2 and ".safetensors file of head means" in err
    assert saccade("eval", *DATA, "--head-means", tmp_path / "means.txt")[0] == 2


def test_a_report_names_what_there_is_room_for():
    words = ["dec.0.cross.head1=off", "dec.1.cross.head2=off", "dec.2.cross.head3=off", "query[1]=off"]
    def said(texts):
        code, out, err = saccade("eval", *DATA, "--subset", 1, "--quiet", *[w for text in texts for w in ("-x", text)])
        assert code == 0, err
        return out
    assert "by street_r18, dec.0.cross.head1=off, dec.1.cross.head2=off and 2 more: " in said(words)
    assert "by street_r18, query[1]=off: " in said(words[3:])
    assert "by street_r18, 1 intervention: " in said(["query[" + ",".join(map(str, range(0, 60, 2))) + "]=off"])
