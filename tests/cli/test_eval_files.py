"""saccade eval of result files, as a user calls it."""
import json

import pytest
from program import ROOT, files_in, read_safetensors, run

FOLDER = ROOT / "tests" / "goldens" / "coco-eval"
TRUTH = FOLDER / "annotations" / "instances_val2014_100.json"
BOXES = FOLDER / "results" / "instances_val2014_fakebbox100_results.json"
MASKS = FOLDER / "results" / "instances_val2014_fakesegm100_results.json"
NAMES = ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"]


def evaluate(*words, truth=TRUTH, results=BOXES, **options):
    return run("eval", "--annotations", truth, "--detections", results, *words, **options)


@pytest.fixture
def tiny(tmp_path):
    """Two images, classes cat and dog; one cat is found, the dog is not. Writes truth.json, results.json."""
    truth = {"images": [{"id": 7, "file_name": "a.jpg", "width": 100, "height": 100},
                        {"id": 9, "file_name": "b.jpg", "width": 100, "height": 100}],
             "categories": [{"id": 3, "name": "cat"}, {"id": 8, "name": "dog"}, {"id": 9, "name": "cow"}],
             "annotations": [
                 {"id": 1, "image_id": 7, "category_id": 3, "bbox": [10, 10, 20, 20], "area": 400, "iscrowd": 0},
                 {"id": 2, "image_id": 9, "category_id": 8, "bbox": [10, 10, 20, 20], "area": 400, "iscrowd": 0}]}
    results = [{"image_id": 7, "category_id": 3, "bbox": [10, 10, 20, 20], "score": 0.9},
               {"image_id": 7, "category_id": 77, "bbox": [10, 10, 20, 20], "score": 0.9}]
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    (tmp_path / "results.json").write_text(json.dumps(results))
    return tmp_path


@pytest.mark.parametrize("case, results", [("val2014_fakebbox100", BOXES), ("val2014_fakesegm100", MASKS)])
def test_the_numbers_are_those_of_pycocotools(case, results):
    recorded = json.loads((FOLDER / "expected.json").read_text())[case]
    found = evaluate("--iou_type", recorded["iou_type"], "--json", results=results, code=0).json()
    assert [found[name] for name in NAMES] == pytest.approx(recorded["stats"], abs=1e-12)
    names = {c["id"]: c["name"] for c in json.loads(TRUTH.read_text())["categories"]}
    for category, ap in recorded["per_category_AP"].items():
        assert found["per_class"][names[int(category)]] == pytest.approx(ap, abs=1e-12)
    assert found["images"] == 100
    assert list(found)[:12] == NAMES


def test_the_text_has_the_familiar_lines_and_a_table_of_classes():
    lines = evaluate(code=0).out.splitlines()
    assert lines[0] == "IoU metric: bbox"
    assert lines[1] == " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.505"
    assert lines[7] == " Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 0.387"
    assert any(line.startswith("person ") and " 250 " in line and " 0.533 " in line for line in lines)
    assert max(len(line) for line in lines) <= 120


def test_classes_without_truth_are_minus_one_and_unknown_ones_a_note(tiny):
    words = {"truth": tiny / "truth.json", "results": tiny / "results.json"}
    result = evaluate("--json", **words, code=0)
    found = result.json()
    assert found["per_class"]["cow"] == -1 and found["APm"] == -1
    assert found["per_class"]["cat"] == pytest.approx(1) and found["per_class"]["dog"] == 0
    assert found["AP"] == pytest.approx(0.5)
    assert "1 left out: their category" in result.err
    assert evaluate("--json", "--quiet", **words, code=0).err == ""
    table = evaluate("--quiet", **words, code=0).out
    assert "cow" not in table and "1 more without truths or detections" in table


def test_the_arrays_are_saved_and_not_replaced_unasked(tmp_path):
    path = tmp_path / "eval.safetensors"
    assert f"wrote {path}" in evaluate("--save_eval", path, code=0).out
    arrays, metadata = read_safetensors(path)
    assert arrays["precision"].shape == (10, 101, 80, 4, 3) and arrays["recall"].shape == (10, 80, 4, 3)
    precision = arrays["precision"][:, :, :, 0, 2]
    assert precision[precision > -1].mean() == pytest.approx(0.5045806987249628, abs=1e-12)
    assert json.loads(metadata["params"])["maxDets"] == [1, 10, 100]
    assert metadata["command"].startswith("saccade eval --annotations ") and str(path) in metadata["command"]
    before = path.read_bytes()
    evaluate("--save_eval", path).failed_with(2, path, "--overwrite")
    assert path.read_bytes() == before
    evaluate("--save_eval", path, "--overwrite", "--json", code=0)
    again, _ = read_safetensors(path)
    assert all((again[name] == arrays[name]).all() for name in arrays)


def test_threads_do_not_change_the_result():
    words = ["--tide", "--compare", MASKS, "--bootstrap", "20", "--json"]
    assert evaluate("--threads", "1", *words, code=0).out == evaluate("--threads", "4", *words, code=0).out


def test_a_subset_depends_on_the_seed_alone():
    def ap(*words):
        found = evaluate("--json", *words, code=0).json()
        return found["images"], found["AP"]

    assert ap("--subset", "20", "--seed", "1") == ap("--subset", "20", "--seed", "1")
    assert ap("--subset", "20", "--seed", "1") != ap("--subset", "20", "--seed", "2")
    assert ap("--subset", "20")[0] == 20
    assert ap("--subset", "5000") == ap()


def test_equal_results_are_not_called_different():
    found = evaluate("--compare", BOXES, "--bootstrap", "50", "--json", code=0).json()["compare"]
    assert found["AP"] == pytest.approx(0.5045806987249628, abs=1e-12)
    assert found["bootstrap"]["AP"]["difference"] == {"value": 0, "low": 0, "high": 0}
    assert found["bootstrap"]["AP"]["p"] == 1 and found["bootstrap"]["resamples"] == 50


def test_better_results_are_found_so_and_printed(tiny):
    better = [{"image_id": 7, "category_id": 3, "bbox": [10, 10, 20, 20], "score": 0.9},
              {"image_id": 9, "category_id": 8, "bbox": [10, 10, 20, 20], "score": 0.9}]
    (tiny / "better.json").write_text(json.dumps(better))
    words = {"truth": tiny / "truth.json", "results": tiny / "results.json"}
    out = evaluate("--compare", tiny / "better.json", "--bootstrap", "99", "--quiet", **words, code=0).out
    assert "compared with better.json: 99 resamples of 2 images, seed 0" in out
    line = next(line for line in out.splitlines() if line.startswith("AP "))
    assert line.split()[1:4] == ["0.500", "1.000", "+0.500"]


def test_tide_tells_the_types_of_errors(tiny):
    words = {"truth": tiny / "truth.json", "results": tiny / "results.json"}
    tide = evaluate("--tide", "--json", "--quiet", **words, code=0).json()["tide"]
    assert tide["counts"] == {"Cls": 0, "Loc": 0, "Both": 0, "Dupe": 0, "Bkg": 0, "Miss": 1}
    assert tide["AP50"] == pytest.approx(0.5) and tide["dAP50"]["FP"] == pytest.approx(0)
    assert "all FN" in evaluate("--tide", **words, code=0).out


def test_an_annotation_with_id_zero_counts_unless_pycocotools_is_imitated(tiny):
    truth = json.loads((tiny / "truth.json").read_text())
    truth["annotations"][0]["id"] = 0
    (tiny / "truth.json").write_text(json.dumps(truth))
    words = {"truth": tiny / "truth.json", "results": tiny / "results.json"}
    assert evaluate("--json", "--quiet", **words, code=0).json()["AP"] == pytest.approx(0.5)
    assert evaluate("--json", "--quiet", "--pycocotools_id0", **words, code=0).json()["AP"] == 0


@pytest.mark.parametrize("words, code, expected", [
    (["eval"], 2, ["--annotations"]),
    (["eval", "--annotations", "truth.json"], 2, ["--detections"]),
    (["eval", "--annotations", "truth.json", "--detections", "none.json"], 1, ["none.json"]),
    (["eval", "--annotations", "results.json", "--detections", "results.json"], 1, ["results.json"]),
    (["eval", "--annotations", "truth.json", "--detections", "truth.json"], 1, ["truth.json"]),
    (["eval", "--annotations", "truth.json", "--detections", "results.json", "--iou_type", "keypoints"], 2,
     ["--iou_type"]),
    (["eval", "--annotations", "truth.json", "--detections", "results.json", "--bootstrap", "5"], 2, ["--compare"]),
    (["eval", "--annotations", "truth.json", "--detections", "results.json", "--seed", "1"], 2, ["--seed", "--subset"]),
    (["eval", "--annotations", "truth.json", "--detections", "results.json", "--subset", "0"], 2, ["--subset"]),
    (["eval", "--annotations", "truth.json", "--detections", "results.json", "--batch_size", "4"], 2,
     ["--batch_size excludes --detections"]),
    (["eval", "--annotations", "no_masks.json", "--detections", "results.json", "--iou_type", "segm", "--quiet"], 1,
     ["no_masks.json", "annotation 1", "bbox"]),
    (["eval", "--annotations", "truth.json", "--detections", "bad_mask.json", "--iou_type", "segm", "--quiet"], 1,
     ["bad_mask.json", "detection 0"]),
], ids=lambda value: " ".join(value) if isinstance(value, list) else str(value))
def test_a_wrong_call_or_file_is_answered_in_one_line(tiny, words, code, expected):
    mask = [{"image_id": 7, "category_id": 3, "score": 0.5,
             "segmentation": {"size": [100, 100], "counts": "not a mask"}}]
    (tiny / "bad_mask.json").write_text(json.dumps(mask))
    truth = json.loads((tiny / "truth.json").read_text())
    (tiny / "no_masks.json").write_text(json.dumps(truth))
    for annotation in truth["annotations"]:
        annotation["segmentation"] = [[10, 10, 30, 10, 30, 30]]
    (tiny / "truth.json").write_text(json.dumps(truth))
    before = files_in(tiny)
    run(*words, cwd=tiny).failed_with(code, *expected)
    assert files_in(tiny) == before
