"""saccade explain --kind map: every method, its numbers, what is refused."""
import numpy
import PIL.Image
import pytest
from faith_file import faith_file
from program import files_in, pixels_of, run
from training import train

METHODS = ["weights", "contribution", "directed", "gradient", "relevance", "odam", "drise"]
FEW_MASKS = {"drise": ["--masks", 12]}


def explain_map(street, tmp_path, method, *more):
    words = ["--method", method, *FEW_MASKS.get(method, []), *more]
    return run("explain", street, "--kind", "map", *words, "--overwrite", cwd=tmp_path, code=0)


def test_every_method_draws_another_picture_that_names_it(street, tmp_path):
    seen = {}
    for method in METHODS:
        done = explain_map(street, tmp_path, method, "--out", "map.png", "--quiet")
        assert done.out == "" and done.err == "", method
        pixels = pixels_of(tmp_path / "map.png")
        assert min(pixels.shape[:2]) > 200 and pixels.std() > 10
        assert not any(numpy.array_equal(pixels, other) for other in seen.values()), method
        seen[method] = pixels
        with PIL.Image.open(tmp_path / "map.png") as picture:
            assert f"--method {method}" in picture.text["command"] and picture.text["version"]
            assert picture.text.get("seed", "") == ("0" if method == "drise" else ""), method


def test_two_runs_give_the_same_bytes_and_another_seed_others(street, tmp_path):
    for method in ["gradient", "relevance", "drise"]:
        for name in ["a.png", "b.png"]:
            explain_map(street, tmp_path, method, "--out", name)
        # The command is part of a picture, so pixels are what two names share.
        assert numpy.array_equal(pixels_of(tmp_path / "a.png"), pixels_of(tmp_path / "b.png")), method
    explain_map(street, tmp_path, "drise", "--seed", 5, "--out", "b.png")
    assert not numpy.array_equal(pixels_of(tmp_path / "a.png"), pixels_of(tmp_path / "b.png"))


def test_shares_add_up_and_lie_on_the_object(street, detections, tmp_path):
    x, y, width, height = detections[0]["bbox"]
    area = width * height / (640 * 380)
    for method in METHODS:
        found = explain_map(street, tmp_path, method, "--json", "--quiet").json()
        assert found["kind"] == "map" and found["query"] == detections[0]["query"] and found["files"] == ["explain.png"]
        [one] = found["maps"]
        assert one["method"] == method
        if method in ("weights", "contribution"):
            assert abs(one["sum"] + one["outside"] - 1) < 2e-3 and 0 <= one["outside"] < 0.5
        if method == "relevance":
            assert abs(one["sum"] - 1) < 2e-3
        if method != "drise":  # twelve masks tell little
            assert one["in_box_share"] > 3 * area, (method, one, area)


def test_targets_are_the_numbers_of_the_detection(street, detections, tmp_path):
    x, y, width, height = detections[0]["bbox"]
    score = detections[0]["score"]
    expected = {"class": numpy.log(score / (1 - score)), "x": x + width / 2, "y": y + height / 2, "w": width, "h": height,
                "x0": x, "y0": y, "x1": x + width, "y1": y + height}
    found = explain_map(street, tmp_path, "gradient", "--target", ",".join(expected), "--json").json()
    assert [one["target"] for one in found["maps"]] == list(expected)
    for one in found["maps"]:
        assert abs(one["value"] - expected[one["target"]]) < 0.02, one
    sums = [one["sum"] for one in found["maps"]]
    assert len(set(sums)) == len(sums) and min(sums) > 0


def test_the_left_side_and_the_right_look_at_different_places(street, tmp_path):
    found = explain_map(street, tmp_path, "directed", "--target", "x0,x1,x0", "--json").json()
    assert [one["target"] for one in found["maps"]] == ["x0", "x1"]
    assert abs(found["maps"][0]["sum"] - found["maps"][1]["sum"]) > 1e-6


def test_interventions_and_layers_count(street, tmp_path):
    def sums(*more):
        [one] = explain_map(street, tmp_path, "directed", "--json", *more).json()["maps"]
        return one["sum"], one["value"]

    plain = sums()
    assert sums("--layer", "0-2")[0] != plain[0] and sums("--layer", "0-2")[1] == plain[1]
    assert sums("-x", "dec.5.cross.head0=off")[1] != plain[1]
    off = ["-x", "dec.*.cross=off"]
    run("explain", street, "--kind", "map", *off, "--out", "off.png", cwd=tmp_path).failed_with(1, "every chosen layer is switched off")
    # The proposals of two stages, which the demo model has, depend on the image even then.
    [one] = explain_map(street, tmp_path, "gradient", *off, "--json").json()["maps"]
    assert one["sum"] > 0


@pytest.mark.parametrize("words, complaint", [
    (["--method", "weight"], "there are weights, contribution, directed"),
    (["--target", "x2"], "there are class, x, y"),
    (["--method", "weights", "--target", "x0"], "leave --target out"),
    (["--method", "odam", "--layer", "0"], "leave --layer out"),
    (["--method", "directed", "--masks", "10"], "for --method drise"),
    (["--method", "drise", "--masks", "1"], "--masks"),
    (["--preset", "ref-to-box"], "--preset ref-to-box is another picture"),
    (["--head", "0"], "leave --head, --level and --point out"),
    (["--module", "encoder", "--at", "320,218"], "about decoder queries"),
    (["--precision", "bf16"], "computed in float32"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_what_means_nothing_is_refused(words, complaint, street, tmp_path):
    run("explain", street, "--kind", "map", *words, cwd=tmp_path).failed_with(2, complaint)
    assert files_in(tmp_path) == []


def test_settings_of_maps_are_refused_for_other_kinds(street, tmp_path):
    for words in (["--method", "odam"], ["--target", "class"], ["--masks", "5"], ["--seed", "0"]):
        run("explain", street, *words, cwd=tmp_path).failed_with(2, "are for --kind map")
    assert files_in(tmp_path) == []


def test_plain_detr_has_the_maps_that_make_sense_for_it(street, tmp_path):
    train("--model", "detr", "--steps", 1, "--quiet", "--output_dir", tmp_path / "run")
    weights = ["--weights", tmp_path / "run" / "checkpoint.pth"]
    for method in METHODS:
        words = ["explain", street, *weights, "--query", 3, "--kind", "map", "--method", method, *FEW_MASKS.get(method, []), "--json",
                 "--quiet", "--overwrite"]
        if method in ("contribution", "directed"):
            run(*words, cwd=tmp_path).failed_with(2, "plain DETR has no sampling points")
            continue
        [one] = run(*words, cwd=tmp_path, code=0).json()["maps"]
        assert one["sum"] != 0, method
        if method in ("weights", "relevance"):
            assert abs(one["sum"] - 1) < 2e-3, one


def test_a_map_says_how_far_it_was_found_faithful(street, tmp_path):
    folder = faith_file(tmp_path / "faith")
    plain = explain_map(street, tmp_path, "relevance", "--json", "--quiet", "--out", "plain.png").json()
    assert "faithfulness" not in plain["maps"][0]
    told = explain_map(street, tmp_path, "relevance", "--json", "--quiet", "--faith", folder, "--out", "told.png").json()
    assert told["maps"][0].pop("faithfulness") == ("Faithfulness on 2 detections of instances: edge in insertion; none in deletion, blur; "
                                                   "changes with the weights (0.41).")
    assert told["maps"] == plain["maps"]
    assert not numpy.array_equal(pixels_of(tmp_path / "told.png"), pixels_of(tmp_path / "plain.png"))


@pytest.mark.parametrize("other,method,said", [
    ({"weights_sha256": "0" * 64}, "relevance", "other weights (000000000000)"),
    ({"interventions": ["dec.0.cross=off"]}, "relevance", "measured with dec.0.cross=off"),
    ({}, "odam", "nothing of maps by odam"),
    ({"saccade_faith": 2}, "relevance", "version"),
    ({"verdicts": [3]}, "relevance", "verdicts"),
    ({"detections": 3}, "relevance", "detections"),
])
def test_faithfulness_of_something_else_is_refused(street, tmp_path, other, method, said):
    folder = faith_file(tmp_path / "faith", **other)
    result = run("explain", street, "--kind", "map", "--method", method, "--faith", folder, "--out", tmp_path / "map.png")
    assert said in result.failed_with(1, folder / "faith.json")
    assert not (tmp_path / "map.png").exists()


def test_what_is_no_faith_file_is_refused(street, tmp_path):
    for text in ("", "[]", "{}", '{"saccade_faith": 1}', '{"saccade_faith": 1, "verdicts": [{"method": "odam"'):
        (tmp_path / "faith.json").write_text(text)
        run("explain", street, "--kind", "map", "--faith", tmp_path / "faith.json", "--out", tmp_path / "map.png").failed_with(1, "faith.json: ")
    run("explain", street, "--kind", "map", "--faith", tmp_path / "none", "--out", tmp_path / "map.png").failed_with(1, "none")
    run("explain", street, "--faith", tmp_path, "--out", tmp_path / "map.png").failed_with(2, "--kind map")


def test_a_map_that_is_mostly_template_says_so(street, tmp_path):
    for method, is_said in (("contribution", True), ("weights", True), ("odam", False), ("directed", False)):
        done = explain_map(street, tmp_path, method, "--out", "map.png")
        assert ("note: " in done.err and "pattern that all queries" in done.err) == is_said, method
