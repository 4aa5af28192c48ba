"""saccade eval of the demo model: its numbers, broken data sets, several processes, files it writes."""
import json
import shutil

import numpy
import program
import pytest
from program import IMAGES, files_in, kind_of_picture, read_safetensors, run
from rank_processes import run_ranks, slurm_variables, torchrun_variables

TRUTH = IMAGES / "instances.json"
STATS = ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"]


def evaluate(*arguments, code=0, **others):
    return run("eval", "--images", IMAGES, "--annotations", TRUTH, *arguments, code=code, **others)


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory):
    """One run with every file it can write: (what it printed as JSON, folder of the files)."""
    folder = tmp_path_factory.mktemp("evaluation")
    result = evaluate("--json", "--tide", "--results", folder / "results.json", "--save_eval",
                      folder / "arrays.safetensors", "--plot", folder / "curve.png")
    return result.json(), folder


# The original program's detections on the twelve images, evaluated by pycocotools 2.0.11.
ORIGINAL = [0.3842507538942933, 0.6262526202741112, 0.43053835384069444, 0.21209101996925656, 0.7709002386530139,
            0.8679207920792079, 0.29569479965899403, 0.4505996021597045, 0.4644103438476841, 0.32728174603174603,
            0.8047008547008546, 0.8857142857142858]


def test_numbers_are_those_of_the_original_program(evaluation):
    report, _ = evaluation
    assert report["images"] == 12
    assert numpy.allclose([report[name] for name in STATS], ORIGINAL, rtol=0, atol=5e-4)
    assert abs(report["per_class"]["vehicle"] - 0.5378452120085947) < 5e-4


def test_a_run_says_how_fast_and_by_which_model(evaluation):
    report, _ = evaluation
    assert report["images_per_second"] > 0 and report["forward_images_per_second"] > 0
    assert report["model"] == "street_r18" and len(report["weights_sha256"]) == 64
    assert report["left_out_images"] == report["left_out_records"] == 0 and report["processes"] == 1


def test_evaluating_the_results_file_gives_the_same_bits(evaluation):
    report, folder = evaluation
    again = run("eval", "--annotations", TRUTH, "--detections", folder / "results.json", "--json", "--tide",
                code=0).json()
    assert [again[name] for name in STATS] == [report[name] for name in STATS]
    assert again["per_class"] == report["per_class"] and again["tide"] == report["tide"]


def test_results_are_a_hundred_rows_an_image_with_the_sets_ids(evaluation):
    rows = json.loads((evaluation[1] / "results.json").read_text())
    images = {image["id"] for image in json.loads(TRUTH.read_text())["images"]}
    assert len(rows) <= 1200 and {row["image_id"] for row in rows} == images
    assert all(set(row) == {"image_id", "category_id", "bbox", "score", "query"} for row in rows)
    for image in images:
        scores = [row["score"] for row in rows if row["image_id"] == image]
        assert len(scores) > 50 and scores == sorted(scores, reverse=True)


def test_arrays_and_picture_are_written(evaluation):
    report, folder = evaluation
    arrays, _ = read_safetensors(folder / "arrays.safetensors")
    assert arrays["precision"].shape == (10, 101, 5, 4, 3)
    precision = arrays["precision"][:, :, :, 0, 2]
    assert abs(precision[precision > -1].mean() - report["AP"]) < 1e-12
    assert kind_of_picture(folder / "curve.png") == ".png"


@pytest.mark.parametrize("arguments", [["--batch_size", "1"], ["--batch_size", "5", "--num_workers", "1"]])
def test_numbers_do_not_depend_on_batches(evaluation, arguments):
    report = evaluate("--json", "--quiet", *arguments).json()
    assert numpy.allclose([report[name] for name in STATS], [evaluation[0][name] for name in STATS], rtol=0, atol=5e-4)


def test_a_subset_is_the_same_images_with_and_without_a_model(evaluation):
    subset = ["--subset", "5", "--seed", "3", "--json"]
    report = evaluate(*subset, "--quiet").json()
    from_file = run("eval", "--annotations", TRUTH, "--detections", evaluation[1] / "results.json", *subset,
                    code=0).json()
    assert report["images"] == 5 and abs(report["AP"] - from_file["AP"]) < 5e-4


def evaluate_ranks(variables_of, *arguments):
    return run_ranks(variables_of, "eval", "--images", IMAGES, "--annotations", TRUTH, "--threads", "1", *arguments)


@pytest.mark.parametrize("variables", [torchrun_variables, slurm_variables])
def test_two_processes_share_the_images_and_one_reports(evaluation, tmp_path, variables):
    first, second = evaluate_ranks(variables(2), "--json", "--quiet", "--results", tmp_path / "results.json")
    assert (first.code, second.code) == (0, 0), (first.err, second.err)
    assert second.out == second.err == ""
    report = first.json()
    assert report["processes"] == 2 and report["images"] == 12
    assert numpy.allclose([report[n] for n in STATS], [evaluation[0][n] for n in STATS], rtol=0, atol=5e-4)
    assert len(json.loads((tmp_path / "results.json").read_text())) == len(
        json.loads((evaluation[1] / "results.json").read_text()))


def test_more_processes_than_batches_are_fine(evaluation):
    ranks = evaluate_ranks(torchrun_variables(3), "--json", "--quiet", "--batch_size", "12")
    assert [rank.code for rank in ranks] == [0, 0, 0], [rank.err for rank in ranks]
    assert numpy.isclose(ranks[0].json()["AP"], evaluation[0]["AP"], rtol=0, atol=5e-4)


def test_a_process_that_never_comes_is_named():
    [alone] = evaluate_ranks([torchrun_variables(2)[0] | {"SACCADE_DIST_TIMEOUT": 2}], "--quiet")
    said = alone.failed_with(1, "rank 1 of 2 did not arrive at 127.0.0.1:")
    assert said.endswith(" within 2 s")


def test_an_error_of_one_process_reaches_the_other(tmp_path):
    """Rank 0 may not write its file; rank 1 must not wait for it."""
    taken = tmp_path / "results.json"
    taken.write_text("[]")
    first, second = evaluate_ranks(torchrun_variables(2), "--quiet", "--results", taken)
    assert first.code == 2 and "exists already" in first.err
    assert second.code == 1 and "rank 0 failed: " in second.err and "exists already" in second.err


@pytest.fixture
def broken_set(tmp_path):
    """The twelve images with one cut off, one missing, and an annotation of no image: (folder, file)."""
    folder = tmp_path / "images"
    folder.mkdir()
    truth = json.loads(TRUTH.read_text())
    names = [image["file_name"] for image in truth["images"]]
    for name in names[1:]:
        shutil.copy(IMAGES / name, folder / name)
    whole = (IMAGES / names[3]).read_bytes()
    (folder / names[3]).write_bytes(whole[:len(whole) // 2])
    wrong = dict(truth["annotations"][0], id=987654, image_id=123456)
    truth["annotations"].append(wrong)
    (tmp_path / "instances.json").write_text(json.dumps(truth))
    return folder, tmp_path / "instances.json", names[0], names[3]


def test_what_is_broken_is_named_before_anything_is_computed(broken_set):
    folder, truth, missing, cut = broken_set
    result = run("eval", "--images", folder, "--annotations", truth, "--weights", "/no/such/model.pth")
    assert result.code == 1 and result.out == ""
    lines = result.err.splitlines()
    assert len(lines) == 4, lines
    for words in ([missing, "no such file"], [cut, "cut off"], ["annotations[", "987654", "123456"],
                  ["error: ", "3 problems", "--skip-broken"]):
        assert any(all(word in line for word in words) for line in lines), (words, lines)


def test_skip_broken_leaves_it_out_and_says_so(broken_set):
    folder, truth, missing, cut = broken_set
    result = run("eval", "--images", folder, "--annotations", truth, "--skip-broken", "--json", "--quiet", code=0)
    report = result.json()
    assert report["images"] == 10 and report["left_out_images"] == 2 and report["left_out_records"] == 1
    assert missing in result.err and cut in result.err
    text = run("eval", "--images", folder, "--annotations", truth, "--skip-broken", code=0).out
    assert "left out: 2 broken images" in text and "left out: 1 broken record of the annotations" in text


def test_data_check_names_the_same(broken_set):
    folder, truth, missing, cut = broken_set
    result = run("data", "check", "--images", folder, "--annotations", truth, "--json", "--quiet")
    assert result.code == 1
    problems = [problem["where"] + problem["what"] for problem in result.json()["problems"] if problem["breaks"]]
    assert len(problems) == 3
    assert any(missing in problem for problem in problems) and any(cut in problem for problem in problems)


def test_damaged_pixels_stop_a_run_or_are_left_out(tmp_path):
    """A PNG whose header and end are whole but whose pixels are not: found when it is decoded."""
    header, data, end = program.png_header(64, 48), program.png_chunk(b"IDAT", b"no zlib stream"), \
        program.png_chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(header[:33] + data + end)
    shutil.copy(IMAGES / "Town03_013980.jpg", tmp_path / "b.jpg")
    truth = {"images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48},
                        {"id": 2, "file_name": "b.jpg", "width": 640, "height": 380}],
             "annotations": [{"id": 1, "image_id": 2, "category_id": 1, "bbox": [1, 1, 20, 20], "area": 400,
                              "iscrowd": 0}],
             "categories": [{"id": 1, "name": "vehicle"}]}
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    arguments = ["eval", "--images", tmp_path, "--annotations", tmp_path / "truth.json", "--quiet"]
    run(*arguments).failed_with(1, "a.png", "--skip-broken")
    report = run(*arguments, "--skip-broken", "--json", code=0).json()
    assert report["images"] == 1 and report["left_out_images"] == 1


def test_a_set_in_cocos_layout_is_found(tmp_path):
    (tmp_path / "annotations").mkdir()
    shutil.copy(TRUTH, tmp_path / "annotations" / "instances_val2017.json")
    (tmp_path / "val2017").symlink_to(IMAGES)
    report = run("eval", "--coco_path", tmp_path, "--subset", "2", "--json", "--quiet", code=0).json()
    assert report["images"] == 2


def test_wrong_calls_are_refused(tmp_path, evaluation):
    results = evaluation[1] / "results.json"
    for arguments, word in (
            (["--annotations", TRUTH], "--images"),
            (["--images", IMAGES, "--annotations", TRUTH, "--iou_type", "segm"], "--detections"),
            (["--annotations", TRUTH, "--detections", results, "--weights", "x.pth"], "--weights"),
            (["--annotations", TRUTH, "--detections", results, "--results", "y.json"], "--results"),
            (["--annotations", TRUTH, "--detections", results, "--images", IMAGES], "--images"),
            (["--images", IMAGES, "--annotations", TRUTH, "--batch_size", "0"], "--batch_size"),
            (["--images", IMAGES, "--annotations", TRUTH, "--seed", "-1"], "--seed"),
            (["--images", IMAGES, "--annotations", TRUTH, "--plot", "curve.gif"], "curve.gif"),
            (["--images", IMAGES, "--annotations", TRUTH, "--save_eval", results], "exists already")):
        run("eval", *arguments, cwd=tmp_path).failed_with(2, word)
    assert files_in(tmp_path) == []


def test_a_model_of_other_classes_is_refused_and_other_names_are_told(tmp_path):
    truth = json.loads(TRUTH.read_text())
    for category in truth["categories"]:
        category["name"] = {"bike": "bicycle"}.get(category["name"], category["name"])
    (tmp_path / "other_names.json").write_text(json.dumps(truth))
    result = run("eval", "--images", IMAGES, "--annotations", tmp_path / "other_names.json", "--subset", "1",
                 "--json", code=0)
    assert "class 2 is 'bike' in the model and 'bicycle' in other_names.json" in result.err
    ids = {category["id"]: 500 + category["id"] for category in truth["categories"]}
    for category in truth["categories"]:
        category["id"] = ids[category["id"]]
    for annotation in truth["annotations"]:
        annotation["category_id"] = ids[annotation["category_id"]]
    (tmp_path / "other_ids.json").write_text(json.dumps(truth))
    run("eval", "--images", IMAGES, "--annotations", tmp_path / "other_ids.json", "--quiet").failed_with(
        1, "other_ids.json", "none of the 6 classes")
