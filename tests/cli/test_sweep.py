"""saccade sweep and saccade search: their numbers against eval -x, files, resuming, several processes, faults."""
import json
import signal
import subprocess
import time

import program
import pytest
from program import IMAGES, SMALL_INPUT, STREET_SET, files_in, kind_of_picture, read_csv, run
from rank_processes import run_ranks, torchrun_variables

TRUTH = IMAGES / "instances.json"
SET = [*STREET_SET, *SMALL_INPUT, "--threads", "2"]


def study(*words, code=0):
    return run(*words[:1], *SET, *words[1:], code=code)


@pytest.fixture(scope="module")
def heads(tmp_path_factory):
    """A sweep of all decoder heads: its folder and what it printed."""
    folder = tmp_path_factory.mktemp("sweep") / "heads"
    return folder, study("sweep", "--out", folder)


def test_a_sweep_writes_numbers_and_a_picture(heads):
    folder, result = heads
    assert files_in(folder) == ["sweep.csv", "sweep.json", "sweep.png"]
    assert kind_of_picture(folder / "sweep.png") == ".png"
    rows = read_csv(folder / "sweep.csv")
    assert list(rows[0]) == "unit,dAP,dAP50,dAPs,dAPm,dAPl,ci_low,ci_high,p,n".split(",")
    assert len(rows) == 48 and {row["n"] for row in rows} == {"12"}
    for row in rows:
        assert float(row["ci_low"]) <= float(row["dAP"]) <= float(row["ci_high"]) and 0 < float(row["p"]) <= 1
    report = json.loads((folder / "sweep.json").read_text())
    assert [unit["unit"] for unit in report["units"]] == [row["unit"] for row in rows]
    assert report["bootstrap"]["resamples"] == 9600  # one of 48 units can be significant
    assert all(unit["q"] >= unit["AP_interval"]["p"] for unit in report["units"])
    assert "largest losses" in result.out and "wrote" in result.out
    assert "note: 12 images are too few for intervals to be trusted" in result.out


def test_the_baseline_and_cells_are_what_eval_says(heads):
    folder, _ = heads
    report = json.loads((folder / "sweep.json").read_text())
    baseline = study("eval", "--json", "--quiet", "--tide").json()
    assert abs(report["baseline"]["AP"] - baseline["AP"]) < 1e-12
    assert report["baseline"]["tide"] == {k: baseline["tide"]["dAP50"][k] for k in report["baseline"]["tide"]}
    for unit in (report["units"][0], report["units"][19], report["units"][47]):
        alone = study("eval", "--json", "--quiet", "-x", unit["unit"]).json()
        for name in ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR100"):
            assert abs(baseline[name] + unit["d" + name] - alone[name]) < 1e-4, (unit["unit"], name)
        for name, change in unit["per_class"].items():
            assert change is None or abs(baseline["per_class"][name] + change - alone["per_class"][name]) < 1e-4


def test_resampled_heads_and_means_of_the_set_are_what_eval_says(tmp_path):
    means = tmp_path / "means.safetensors"
    study("eval", "--quiet", "--head-means", means)
    baseline = study("eval", "--json", "--quiet", "--subset", "6").json()
    for name, words in {"resample": ["--mode", "resample"], "mean": ["--mode", "mean", "--head-means", means]}.items():
        report = study("sweep", *words, "--subset", "6", "--bootstrap", "50", "--json", "--out", tmp_path / name).json()
        assert [row["unit"] for row in read_csv(tmp_path / name / "sweep.csv")] == [unit["unit"] for unit in report["units"]]
        for unit in (report["units"][0], report["units"][30]):
            alone = study("eval", "--json", "--quiet", "--subset", "6", "-x", unit["unit"]).json()
            assert abs(baseline["AP"] + unit["dAP"] - alone["AP"]) < 1e-4
            assert alone["AP"] != baseline["AP"]


@pytest.mark.parametrize("words,units,first", [
    (["--unit", "dec.cross.level", "--renorm", "off"], 24, "dec.0.cross.level0=off(drop)"),
    (["--unit", "dec.self.head", "--mode", "mean"], 48, "dec.0.self.head0=off(mean)"),
    (["--unit", "enc.head", "--mode", "resample", "--seed", "3"], 24, "enc.0.self.head0=off(resample,3)"),
    (["--unit", "enc.level"], 12, "enc.0.self.level0=off(renorm)"),
    (["--unit", "dec.cross.layer"], 6, "dec.0.cross=off"),
    (["--unit", "query"], 100, "query[0]=off"),
])
def test_every_kind_of_unit(tmp_path, words, units, first):
    result = study("sweep", *words, "--subset", "2", "--bootstrap", "50", "--json", "--out", tmp_path / "out")
    report = result.json()
    assert report["images"] == 2 and len(report["units"]) == units and report["units"][0]["unit"] == first
    assert json.loads((tmp_path / "out" / "sweep.json").read_text()) == report


def test_the_template_in_the_place_of_attention(tmp_path):
    out = tmp_path / "out"
    done = study("sweep", "--template", "--unit", "dec.cross.layer", "--subset", "4", "--bootstrap", "50", "--out", out)
    assert files_in(out) == ["sweep.csv", "sweep.json", "sweep.png", "template.csv", "template.png"]
    assert kind_of_picture(out / "template.png") == ".png"
    report = json.loads((out / "sweep.json").read_text())
    units = {unit["unit"]: unit for unit in report["units"]}
    assert len(units) == 14 and report["manner"] == "template"
    assert "dec.*.cross.weights=mean" in done.out and "dec.5.cross" in done.out and "query-specific part" in done.out
    baseline = study("eval", "--json", "--quiet", "--subset", "4").json()
    for text in ("dec.*.cross.weights=mean", "dec.2.cross.offset=mean"):
        alone = study("eval", "--json", "--quiet", "--subset", "4", "-x", text).json()
        assert abs(baseline["AP"] + units[text]["dAP"] - alone["AP"]) < 1e-4
    parts = report["query_specific"]
    assert {name: len(parts[name]) for name in ("enc", "dec.cross", "dec.self")} == {"enc": 3, "dec.cross": 6, "dec.self": 6}
    for layer in parts["enc"] + parts["dec.cross"]:
        assert len(layer["heads"]) == 8 and 0 <= layer["offsets"] <= 1
        values = [head["weights"] for head in layer["heads"]]
        assert min(values) <= layer["weights"] <= max(values)  # a mean of them, weighted by how much each varies
    assert all(layer["offsets"] is None for layer in parts["dec.self"])
    rows = read_csv(out / "template.csv")
    assert list(rows[0]) == ["module", "layer", "head", "weights", "offsets"] and len(rows) == 15 * 9
    whole = {(row["module"], int(row["layer"])): row for row in rows if row["head"] == "all"}
    assert float(whole["dec.cross", 5]["weights"]) == parts["dec.cross"][5]["weights"]
    assert whole["dec.self", 0]["offsets"] == ""


def test_parts_of_one_image_are_those_that_explain_prints(tmp_path):
    truth = json.loads(TRUTH.read_text())
    image = truth["images"][0]
    one = {**truth, "images": [image], "annotations": [a for a in truth["annotations"] if a["image_id"] == image["id"]]}
    (tmp_path / "one.json").write_text(json.dumps(one))
    report = run("sweep", "--images", IMAGES, "--annotations", tmp_path / "one.json", *SMALL_INPUT, "--threads", "2", "--template",
                 "--unit", "dec.cross.layer", "--bootstrap", "20", "--json", "--quiet", "--out", tmp_path / "out", code=0).json()
    alone = run("explain", IMAGES / image["file_name"], "--kind", "grid", *SMALL_INPUT, "--json", "--out", tmp_path / "a.png", code=0).json()
    for part, layer in zip(report["query_specific"]["dec.cross"], alone["layers"], strict=True):
        assert abs(part["weights"] - layer["query_specific_part_of_weights"]) < 1e-6
        assert abs(part["offsets"] - layer["query_specific_part_of_offsets"]) < 1e-6


def test_what_the_template_does_not_go_with_is_said(tmp_path):
    for words, told in [(["--unit", "dec.cross.level"], "heads and layers, not for dec.cross.level"), (["--mode", "mean"], "--mode"),
                        (["--unit", "dec.cross.head", "--renorm", "off"], "--renorm"), (["--preselect", "3"], "--preselect")]:
        study("sweep", "--template", *words, "--out", tmp_path / "out", code=2).failed_with(2, told)
    assert files_in(tmp_path) == []


def test_a_preselection_switches_the_units_of_the_largest_gradient(tmp_path):
    report = study("sweep", "--preselect", "4", "--subset", "3", "--bootstrap", "50", "--json", "--out",
                   tmp_path / "out").json()
    gradients = report["importance"]["units"]
    assert len(gradients) == 48 and len(report["units"]) == 4
    assert {unit["unit"] for unit in report["units"]} == set(sorted(gradients, key=gradients.get)[-4:])
    for layer in range(6):  # length 1 in each layer
        squares = [g * g for unit, g in gradients.items() if unit.startswith(f"dec.{layer}.")]
        assert abs(sum(squares) - 1) < 1e-9
    assert -1 <= report["importance"]["rank_correlation_with_abs_dAP"] <= 1


def test_interventions_hold_in_the_baseline_too(tmp_path):
    base = "dec.5.cross.head0=off"
    report = study("sweep", "--unit", "dec.cross.layer", "-x", base, "--subset", "3", "--json", "--out",
                   tmp_path / "out").json()
    assert report["interventions"] == [base]
    both = study("eval", "--subset", "3", "--json", "--quiet", "-x", base, "-x", report["units"][2]["unit"]).json()
    assert abs(report["baseline"]["AP"] + report["units"][2]["dAP"] - both["AP"]) < 1e-4


@pytest.mark.fault
def test_a_sweep_that_was_killed_goes_on(heads, tmp_path, tell):
    out = tmp_path / "out"
    process = subprocess.Popen([str(program.PROGRAM), "sweep", *map(str, SET), "--out", str(out)],
                               stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    partial = out / "sweep.partial"
    deadline = time.monotonic() + 60
    while not (partial.exists() and partial.stat().st_size > 300_000):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert files_in(out) == ["sweep.partial"]
    study("sweep", "--unit", "dec.self.head", "--out", out, code=1).failed_with(1, "sweep.partial", "--overwrite")
    again = study("sweep", "--out", out)
    assert "goes on after" in again.err and "of 12 images" in again.err
    assert (out / "sweep.csv").read_text() == (heads[0] / "sweep.csv").read_text()
    assert files_in(out) == ["sweep.csv", "sweep.json", "sweep.png"]
    tell("killed amid a sweep", 1, "it went on from its partial file to the same table")


def test_processes_share_the_images(heads, tmp_path):
    ranks = run_ranks(torchrun_variables(3), "sweep", *SET, "--quiet", "--out", tmp_path / "out")
    assert [rank.code for rank in ranks] == [0, 0, 0], [rank.err for rank in ranks]
    assert ranks[1].out == ranks[2].out == ""
    for row, alone in zip(read_csv(tmp_path / "out" / "sweep.csv"), read_csv(heads[0] / "sweep.csv"), strict=True):
        assert row["unit"] == alone["unit"] and abs(float(row["dAP"]) - float(alone["dAP"])) < 1e-4


def test_what_exists_is_not_replaced_unasked(heads):
    line = study("sweep", "--out", heads[0], code=2).failed_with(2, "sweep.json", "--overwrite")
    assert "exists" in line


@pytest.mark.parametrize("words,said", [
    (["--unit", "dec.cross.haed"], "dec.cross.head"),
    (["--unit", "dec.cross.level", "--mode", "mean"], "--mode"),
    (["--unit", "dec.cross.head", "--renorm", "off"], "--renorm"),
    (["-x", "dec.9.cross=off"], "decoder layers 0 to 5"),
    (["--bootstrap", "0"], "--bootstrap"),
    (["--unit", "query", "--preselect", "5"], "--preselect"),
])
def test_wrong_usage_of_sweep(tmp_path, words, said):
    result = study("sweep", "--out", tmp_path / "out", *words, code=2)
    assert said in result.err and result.out == "" and not (tmp_path / "out").exists()


def search(out, *words, code=0):
    return study("search", "--out", out, "--bootstrap", "200", *words, code=code)


def test_a_search_reports_on_images_it_did_not_choose_on(tmp_path):
    out = tmp_path / "out"
    # Proposals alone: switching all sampling off helps nobody, switching a lock off again does.
    report = search(out, "--propose", "dec.*.cross=off", "--propose", "dec.0.cross.head0=off", "--json").json()
    assert [len(r["trials"]) for r in report["rounds"]] == [2, 1]
    assert report["candidates"] == ["dec.*.cross=off", "dec.0.cross.head0=off"]
    assert report["chosen_on"] == "6 images of instances"
    values = {t["interventions"][0]: t["value"] for t in report["rounds"][0]["trials"]}
    assert values["dec.*.cross=off"] < report["baseline"] / 2
    text = (out / "search.md").read_text()
    assert text.startswith("# Search: AP") and "## Chosen on 6 images of instances" in text
    if report["verdict"] == "nothing helps":
        assert files_in(out) == ["search.json", "search.md"] and "**Nothing helps.**" in text
    else:
        assert files_in(out) == ["intervention.json", "search.json", "search.md"]


def test_nothing_helps_is_said_and_no_file_is_written(tmp_path):
    report = search(tmp_path / "out", "--propose", "dec.*.cross=off", "--json").json()
    assert report["verdict"] == "nothing helps" and report["found"] == [] and "reported" not in report
    assert files_in(tmp_path / "out") == ["search.json", "search.md"]


# With every query but a few switched off in the baseline, a locked or found one changes much.
def test_the_winning_file_gives_what_the_report_says(tmp_path):
    out = tmp_path / "out"
    blind = "dec.*.cross.weights=uniform"
    report = search(out, "-x", blind, "--unit", "dec.cross.head", "--unit", "dec.cross.level", "--objective", "AP50",
                    "--forbid", "dec.0.*", "--forbid", "*.head7=*", "--most", "2", "--shortlist", "3", "--json").json()
    assert not any(text.startswith("dec.0.") or ".head7" in text for text in report["candidates"])
    assert len(report["candidates"]) == 5 * 7 + 5 * 4
    assert report["verdict"] in ("helps", "not shown to help", "harms") and 1 <= len(report["found"]) <= 2
    file = json.loads((out / "intervention.json").read_text())
    assert file["interventions"] == [blind, *report["found"]] and len(file["weights_sha256"]) == 64
    reported = report["reported"]
    assert abs(reported["baseline"] + reported["change"] - reported["value"]) < 1e-12
    assert reported["images"] == 6 and reported["low"] <= reported["change"] <= reported["high"]


def test_a_search_may_choose_on_another_set_and_lock(tmp_path):
    out = tmp_path / "out"
    report = search(out, "--choose_images", IMAGES, "--choose_annotations", TRUTH, "--lock", "dec.1.cross.head1=off",
                    "--propose", "dec.0.cross.head1=off", "--subset", "4", "--objective", "tide:Loc", "--json").json()
    assert report["chosen_on"] == "4 images of instances" and report["lower_is_better"] is True
    assert report["locked"] == ["dec.1.cross.head1=off"]
    alone = study("eval", "--subset", "4", "--tide", "--json", "--quiet", "-x", "dec.1.cross.head1=off", "-x",
                  "dec.0.cross.head1=off").json()
    assert abs(report["rounds"][0]["trials"][0]["value"] - alone["tide"]["dAP50"]["Loc"]) < 1e-4


@pytest.mark.parametrize("words,said", [
    (["--objective", "mAP"], "class:NAME"),
    (["--objective", "class:lorry"], "class:vehicle"),
    (["--forbid", "*"], "no candidate"),
    (["--choose_images", IMAGES], "go together"),
    (["--propose", "dec.3.cross.haed5=off"], "did you mean head?"),
    (["--lock", "dec.7.cross.head5=off"], "decoder layers 0 to 5"),
])
def test_wrong_usage_of_search(tmp_path, words, said):
    result = search(tmp_path / "out", *words, code=2)
    assert said in result.err and result.out == ""
    assert not (tmp_path / "out").exists()


def test_one_image_cannot_be_halved(tmp_path):
    search(tmp_path / "out", "--subset", "1", code=1).failed_with(1, "half")
