"""saccade faith: its files, which maps it trusts on trained, planted and random weights, resuming, several processes, faults."""
import json
import signal
import subprocess
import time

import numpy
import PIL.Image
import program
import pytest
from program import IMAGES, SMALL_INPUT, STREET_SET, files_in, kind_of_picture, read_csv, run
from rank_processes import run_ranks, torchrun_variables
from training import train

TRUTH = IMAGES / "instances.json"
SET = [*STREET_SET, *SMALL_INPUT, "--threads", "2"]
# Few numbers of one method: what takes seconds.
QUICK = ["--method", "weights", "--detections", "3", "--steps", "1", "--point-steps", "2", "--sanity", "0",
         "--bootstrap", "200"]
DECIDING = ["deletion_noise", "deletion_blur", "insertion"]


def faith(*words, data=SET, code=0):
    return run("faith", *data, *words, code=code, timeout=400)  # some 200 passes, beside other tests


def rows_of(folder):
    return read_csv(folder / "faith.csv")


def row_of(rows, method, measure):
    return next(row for row in rows if (row["method"], row["measure"]) == (method, measure))


def edges_of(report):
    return {(one["method"], one["measure"]): one["edge"]
            for one in report["map_statistics"] + report["point_statistics"] if "edge" in one}


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faith") / "quick"
    return folder, faith(*QUICK, "--out", folder)


def test_a_table_a_picture_and_a_verdict(quick):
    folder, result = quick
    assert files_in(folder) == ["faith.csv", "faith.json", "faith.png"]
    assert kind_of_picture(folder / "faith.png") == ".png"
    report = json.loads((folder / "faith.json").read_text())
    assert report["maps"] == ["weights", "box", "random"] and report["point_orders"] == ["weights", "random"]
    assert len(report["detections"]) == 3 and report["seed"] == 0 and report["tests"] == 6
    assert "which map deserves trust" in result.out and "3 of " in result.out.splitlines()[0]
    assert "deletion, noise (lower is better)" in result.out and "wrote" in result.out
    for row in rows_of(folder):
        if row["ci_low"]:  # not of what is known on one image
            assert float(row["ci_low"]) <= float(row["mean"]) <= float(row["ci_high"]), row
        assert (row["d_random"] == "") or row["method"] != "random"
        assert bool(row["q"]) == (row["method"] == "weights" and row["measure"] in
                                  DECIDING + ["point_deletion", "point_deletion_drop", "point_insertion"])
    # Nobody asked for steps beyond the box: what they would tell is not made up.
    assert row_of(rows_of(folder), "weights", "deletion_noise_image")["mean"] == ""


def test_means_are_those_of_the_detections(quick):
    folder, _ = quick
    report = json.loads((folder / "faith.json").read_text())
    for measure in [*DECIDING, "energy_box", "compactness"]:
        values = [d["maps"]["weights"][measure] for d in report["detections"]]
        row = row_of(rows_of(folder), "weights", measure)
        assert abs(float(row["mean"]) - sum(values) / 3) < 1e-12 and row["n"] == "3"
    one = report["detections"][0]
    s = [pair[0] for pair in one["maps"]["weights"]["scores"]["deletion_noise"]]
    assert abs(one["maps"]["weights"]["deletion_noise"] - (s[0] + s[1]) / 2) < 1e-9  # two known steps
    assert s[0] > 0.999 and one["shares_of_image"][0] == 0 and one["shares_of_image"][-1] == 1
    x, y, width, height = one["bbox"]
    assert one["shares_of_image"][1] == pytest.approx(width * height / (640 * 380), rel=0.01)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(quick, tmp_path):
    folder, _ = quick
    faith(*QUICK, "--quiet", "--out", tmp_path / "again")
    assert (tmp_path / "again" / "faith.csv").read_bytes() == (folder / "faith.csv").read_bytes()
    faith(*QUICK, "--quiet", "--seed", "5", "--out", tmp_path / "other")
    assert (tmp_path / "other" / "faith.csv").read_bytes() != (folder / "faith.csv").read_bytes()


@pytest.mark.fault
def test_a_run_that_was_killed_goes_on_with_the_same_bits(quick, tmp_path, tell):
    out = tmp_path / "out"
    process = subprocess.Popen([str(program.PROGRAM), "faith", *map(str, SET), *QUICK, "--out", str(out)],
                               stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    partial = out / "faith.partial"
    deadline, header = time.monotonic() + 400, None
    while header is None or partial.stat().st_size <= header:
        assert time.monotonic() < deadline and process.poll() is None
        if partial.exists() and header is None:
            header = partial.stat().st_size
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert files_in(out) == ["faith.partial"]
    faith(*QUICK, "--seed", "1", "--quiet", "--out", out, code=1).failed_with(1, "faith.partial", "--overwrite")
    again = faith(*QUICK, "--out", out)
    assert "goes on after" in again.err and "of 3 detections" in again.err
    assert files_in(out) == ["faith.csv", "faith.json", "faith.png"]
    assert (out / "faith.csv").read_bytes() == (quick[0] / "faith.csv").read_bytes()
    tell("killed amid `faith`", 1, "it went on from its partial file to the same bytes")


def test_processes_share_the_detections(quick, tmp_path):
    ranks = run_ranks(torchrun_variables(2), "faith", *SET, *QUICK, "--quiet", "--out", tmp_path / "out", timeout=400)
    assert [rank.code for rank in ranks] == [0, 0], [rank.err for rank in ranks]
    assert ranks[1].out == ""
    for row, alone in zip(rows_of(tmp_path / "out"), rows_of(quick[0]), strict=True):
        assert (row["method"], row["measure"]) == (alone["method"], alone["measure"])
        assert row["mean"] == alone["mean"] or abs(float(row["mean"]) - float(alone["mean"])) < 1e-4


def test_maps_of_a_trained_model_have_an_edge(tmp_path):
    report = faith("--method", "weights", "--detections", "10", "--steps", "1", "--far-steps", "1", "--sanity", "0",
                   "--json", "--out", tmp_path / "out").json()
    edges = edges_of(report)
    assert {edges["weights", measure] for measure in [*DECIDING, "point_deletion"]} == {"better"}
    assert report["weight_parts"] == [] and report["similarities"] == []
    image = next(one for one in report["map_statistics"] if one["measure"] == "deletion_noise_image")
    assert 0 < image["mean"]["value"] < 1


def test_maps_change_with_the_weights_that_are_drawn_anew(tmp_path):
    report = faith("--method", "weights", "--detections", "1", "--steps", "1", "--sanity", "1", "--json", "--out",
                   tmp_path / "out").json()
    assert report["weight_parts"] == ["heads", "decoder", "encoder"]
    alike = {(one["drawn_anew"], one["part"]): one["rank_correlation"]["value"] for one in report["similarities"]}
    assert set(alike) == {(manner, part) for manner in ("heads to part", "part") for part in report["weight_parts"]}
    assert alike["heads to part", "heads"] == alike["part", "heads"]
    assert all(-1 <= value <= 1 for value in alike.values()), alike
    # Heads change where the later layers look, and that by little; 1: nothing was drawn anew.
    assert alike["heads to part", "encoder"] < 0.99 and alike["part", "encoder"] < 0.9999, alike
    assert report["verdicts"][0]["alike_on_new_weights"] == alike["heads to part", "encoder"]
    assert report["verdicts"][0]["edge"] == []  # of one image nothing is sure


def test_random_weights_give_no_map_an_edge(tmp_path):
    train("--output_dir", tmp_path / "run", "--steps", "1", "--quiet")
    report = faith("--weights", tmp_path / "run" / "checkpoint.pth", "--threshold", "0", "--detections", "20", "--sanity", "0",
                   "--json", "--out", tmp_path / "out", data=[*STREET_SET, "--threads", "2"]).json()  # of that model's own size
    edges = edges_of(report)
    assert len(edges) == report["tests"] >= 12
    assert set(edges.values()) == {"none"}, edges
    assert all(not verdict["edge"] for verdict in report["verdicts"])


def planted_set(folder, file_name, count=8):
    """One photograph, brighter and darker, with its boxes: an object lies at the same place in each."""
    truth = json.loads(TRUTH.read_text())
    image = next(i for i in truth["images"] if i["file_name"] == file_name)
    boxes = [a for a in truth["annotations"] if a["image_id"] == image["id"]]
    pixels = numpy.asarray(PIL.Image.open(IMAGES / file_name)).astype(float)
    truth["images"], truth["annotations"] = [], []
    folder.mkdir()
    for i in range(count):
        program.write_png(folder / f"{i}.png", (pixels * (0.86 + 0.04 * i)).clip(0, 255).astype("uint8"))
        truth["images"].append(image | {"id": i + 1, "file_name": f"{i}.png"})
        truth["annotations"] += [a | {"id": len(truth["annotations"]) + n + 1, "image_id": i + 1}
                                 for n, a in enumerate(boxes)]
    (folder / "truth.json").write_text(json.dumps(truth))
    return ["--images", folder, "--annotations", folder / "truth.json", "--threads", "2"]


def test_a_planted_object_is_found(tmp_path):
    """Every sample of the decoder lies on one vehicle, so its attention marks what is read of it and nothing else."""
    data = planted_set(tmp_path / "set", "Town03_013980.jpg")
    truth = json.loads((tmp_path / "set" / "truth.json").read_text())
    x, y, width, height = max((a["bbox"] for a in truth["annotations"] if a["image_id"] == 1),
                              key=lambda box: box[2] * box[3])
    at = f"dec.*.cross.offset=at({x + width / 2:.0f},{y + height / 2:.0f})"
    report = faith("-x", at, "--method", "weights", "--threshold", "0", "--detections", "12", "--steps", "1",
                   "--sanity", "0", "--json", "--out", tmp_path / "out", data=data).json()
    assert report["interventions"] == [at]
    edges = edges_of(report)
    assert edges["weights", "deletion_noise"] == edges["weights", "deletion_blur"] == "better", edges
    # A query looks elsewhere than at its own box, and hiding that box does nothing.
    assert report["verdicts"][0]["beats_box"]
    box = next(one for one in report["map_statistics"] if (one["method"], one["measure"]) == ("box", "deletion_noise"))
    assert abs(box["to_random"]["value"]) < 0.05


def test_without_detections_it_says_what_there_is(tmp_path):
    result = faith(*QUICK, "--quiet", "--threshold", "1", "--out", tmp_path / "out", code=1)
    result.failed_with(1, "no detection with a score of 1 or more", "the best has", "--threshold")


def test_what_exists_is_not_replaced_unasked(quick):
    faith(*QUICK, "--out", quick[0], code=2).failed_with(2, "faith.json", "--overwrite")


@pytest.mark.parametrize("words,said", [
    (["--method", "weight"], "weights"),
    (["--steps", "0"], "--steps"),
    (["--least-edge", "2"], "--least-edge"),
    (["-x", "dec.0.cross.head1=off(resample)"], "faith takes nothing from other images"),
    (["-x", "dec.9.cross=off"], "decoder layers 0 to 5"),
])
def test_wrong_usage(tmp_path, words, said):
    result = faith("--out", tmp_path / "out", *words, code=2)
    assert said in result.err and result.out == "" and not (tmp_path / "out").exists()
