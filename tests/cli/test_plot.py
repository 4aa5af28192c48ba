"""saccade plot: curves of logs as the original program writes them, and as crashes leave them."""
import json
import math
import signal
import subprocess
import time

import numpy
import PIL.Image
import pytest
from program import PROGRAM, files_in, kind_of_picture, pixels_of, run

RUN_COLORS = [(0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)]
PARTS = {"loss": 20, "loss_ce": 0.5, "loss_bbox": 0.1, "loss_giou": 0.4}


def epoch_line(epoch, epochs=50, evaluated=True, **changes):
    """A line of log.txt with the original's keys (those of one decoder layer)."""
    left = 0.3 + 0.7 * math.exp(-4 * epoch / epochs)
    line = {"train_lr": 2e-4 if epoch < 0.8 * epochs else 2e-5, "train_class_error": 100 * left, "train_grad_norm": 30.5}
    for side in ("train", "test") if evaluated else ("train",):
        for name, scale in PARTS.items():
            line[f"{side}_{name}"] = scale * left
            line[f"{side}_{name}_unscaled"] = scale * left / 2
    if evaluated:
        line["test_class_error"] = 105 * left
        line["test_coco_eval_bbox"] = [round((1 - left) * (0.6 + 0.01 * i), 6) for i in range(12)]
    return json.dumps({**line, "epoch": epoch, "n_parameters": 39847265, **changes}) + "\n"


def write_run(folder, epochs, **changes):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "log.txt").write_text("".join(epoch_line(e, epochs, **changes) for e in range(epochs)))
    return folder


def plot(*words, **options):
    return run("plot", *words, **options)


def curves(*words):
    """The curves of the first run: {key: {"train" or "test": {"epoch": [...], "value": [...]}}}."""
    return plot(*words, "--json", code=0).json()["runs"][0]["curves"]


def count_of(color, path):
    """Pixels of a colour in a picture."""
    return int((abs(pixels_of(path) - color).sum(axis=2) < 12).sum())


def test_the_default_is_the_loss_its_parts_ap_and_ap50_as_a_page(tmp_path):
    write_run(tmp_path / "r50", 12)
    result = plot("r50", cwd=tmp_path, code=0)
    assert result.out == "wrote plot.png\n" and result.err == ""
    picture = PIL.Image.open(tmp_path / "plot.png")
    assert picture.width == 2103  # a double column at 300 dpi
    assert picture.text["command"] == "saccade plot r50" and "version" in picture.text
    assert list(curves(tmp_path / "r50")) == ["loss", "loss_ce", "loss_bbox", "loss_giou", "AP", "AP50"]


def test_ap_is_element_0_and_ap50_element_1_of_the_original_s_list(tmp_path):
    """The original's own plot calls element 1, which is AP50, mAP."""
    write_run(tmp_path, 3)
    logged = [json.loads(line) for line in (tmp_path / "log.txt").read_text().splitlines()]
    names = ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"]
    drawn = curves(tmp_path, "--keys", ",".join(names))
    for i, name in enumerate(names):
        assert drawn[name] == {"test": {"epoch": [0, 1, 2], "value": [e["test_coco_eval_bbox"][i] for e in logged]}}
    loss = curves(tmp_path, "--keys", "loss")["loss"]
    assert loss["train"]["value"] == [e["train_loss"] for e in logged]
    assert loss["test"]["value"] == [e["test_loss"] for e in logged]


def test_any_key_of_the_log_can_be_drawn(tmp_path):
    write_run(tmp_path, 4)
    words = "lr,grad_norm,class_error,loss_ce_unscaled,train_loss,n_parameters"
    drawn = curves(tmp_path, "--keys", words)
    assert ",".join(drawn) == words
    assert list(drawn["lr"]) == ["train"] and list(drawn["class_error"]) == ["train", "test"]
    assert list(drawn["train_loss"]) == ["train"]
    plot(tmp_path, "--keys", words, "--out", tmp_path / "a.png", code=0)
    assert count_of(RUN_COLORS[0], tmp_path / "a.png") > 1000


@pytest.mark.parametrize("epochs", [1, 500])
def test_one_epoch_and_five_hundred_are_seen(tmp_path, epochs):
    write_run(tmp_path, epochs)
    plot(tmp_path, "--keys", "AP", "--out", tmp_path / "a.png", code=0)
    panel = (abs(pixels_of(tmp_path / "a.png")[110:, :895] - RUN_COLORS[0]).sum(axis=2) < 12)  # the last value stands right of it
    columns = numpy.nonzero(panel.any(axis=0))[0]
    if epochs == 1:  # a point
        assert panel.sum() > 100 and columns.max() - columns.min() < 24
    else:  # a thin line over the whole panel
        assert columns.max() - columns.min() > 780
        assert 1 <= panel.sum() / len(columns) < 4


def test_runs_have_their_own_colours_and_names(tmp_path):
    for name in ("a/r50", "b/r50", "data"):
        write_run(tmp_path / name, 12)
    plot("a/r50", "data", "--out", "two.png", cwd=tmp_path, code=0)
    assert plot("a/r50", "--out", "one.png", "--quiet", cwd=tmp_path, code=0).out == ""
    assert count_of(RUN_COLORS[1], tmp_path / "two.png") > 1000
    assert count_of(RUN_COLORS[1], tmp_path / "one.png") == 0
    shown = plot("a/r50/", "b/r50/log.txt", "data", "--json", cwd=tmp_path, code=0).json()["runs"]
    assert [one["run"] for one in shown] == ["a/r50", "b/r50", "data"]
    assert [one["epochs"] for one in shown] == [12, 12, 12]
    assert not (tmp_path / "plot.png").exists()  # --json draws nothing unless --out is given


def test_epochs_without_evaluation_have_no_ap(tmp_path):
    text = "".join(epoch_line(e, 9, evaluated=e % 3 == 2) for e in range(9))
    (tmp_path / "log.txt").write_text(text)
    drawn = curves(tmp_path, "--keys", "loss,AP")
    assert drawn["AP"]["test"]["epoch"] == [2, 5, 8] and drawn["loss"]["train"]["epoch"] == list(range(9))
    (tmp_path / "log.txt").write_text(epoch_line(0, evaluated=False))
    assert list(curves(tmp_path)) == ["loss", "loss_ce", "loss_bbox", "loss_giou"]
    assert curves(tmp_path, "--keys", "AP") == {"AP": {}}
    plot(tmp_path, "--keys", "AP", "--out", tmp_path / "a.png", code=0)  # it will come: an empty panel


def test_nan_is_a_gap_and_an_ap_of_minus_one_no_value(tmp_path):
    text = epoch_line(0) + epoch_line(1, train_loss=math.nan, test_loss=math.inf) + epoch_line(2)
    text = text.replace('"test_coco_eval_bbox": [0.0,', '"test_coco_eval_bbox": [-1,', 1)
    assert "NaN" in text and "Infinity" in text and "[-1," in text
    (tmp_path / "log.txt").write_text(text)
    drawn = curves(tmp_path, "--keys", "loss,AP")
    assert drawn["loss"]["train"]["value"][1] is None and drawn["loss"]["test"]["value"][1] is None
    assert drawn["AP"]["test"]["epoch"] == [1, 2]
    plot(tmp_path, "--out", tmp_path / "a.svg", code=0)


def test_a_last_line_that_is_being_written_is_left_out(tmp_path):
    write_run(tmp_path, 3)
    with open(tmp_path / "log.txt", "a") as log:
        log.write(epoch_line(3)[:-40])
    assert curves(tmp_path)["loss"]["train"]["epoch"] == [0, 1, 2]


def test_a_resumed_run_shows_its_last_start(tmp_path):
    text = "".join(epoch_line(e) for e in (0, 1, 2)) + "".join(epoch_line(e, train_loss=7.5) for e in (2, 3))
    (tmp_path / "log.txt").write_text(text)
    one = plot(tmp_path, "--json", code=0).json()["runs"][0]
    assert one["curves"]["loss"]["train"]["epoch"] == [0, 1, 2, 3] and one["superseded"] == 1
    assert one["curves"]["loss"]["train"]["value"][2:] == [7.5, 7.5]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_suffix_chooses_the_kind_of_file_and_the_bytes_are_the_same_again(tmp_path, suffix):
    write_run(tmp_path / "run", 5)
    out = tmp_path / ("a" + suffix)
    plot("run", "--out", out, cwd=tmp_path, code=0)
    first = out.read_bytes()
    assert kind_of_picture(out) == suffix
    plot("run", "--out", out, cwd=tmp_path).failed_with(2, out, "--overwrite")
    out.unlink()
    plot("run", "--out", out, cwd=tmp_path, code=0)
    assert out.read_bytes() == first


def test_what_cannot_be_drawn_is_one_line_and_leaves_nothing(tmp_path):
    write_run(tmp_path / "r50", 2)
    (tmp_path / "new").mkdir()
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "log.txt").write_text(epoch_line(0)[:50])
    (tmp_path / "broken.txt").write_text(epoch_line(0) + epoch_line(1)[:60] + epoch_line(1))
    before = files_in(tmp_path)
    for code, words, expected in [
            (2, ["r50", "--keys", "losss"], ["--keys losss", "did you mean loss?", "AP50", "class_error", "_unscaled"]),
            (2, ["r50", "--keys", "ap50"], ["did you mean AP50?"]),
            (2, ["r50", "--keys", "loss,,AP"], ["--keys"]),
            (2, ["r50", "--out", "a.gif"], ["a.gif", ".png"]),
            (2, ["r50"] * 29, ["29 runs", "28"]),
            (2, ["r50", "--watch", "--json"], ["--watch", "--json"]),
            (2, [], ["RUN"]),
            (1, ["new"], ["new/log.txt", "no such file"]),
            (1, ["begun"], ["begun/log.txt", "no epoch"]),
            (1, ["r50", "broken.txt"], ["broken.txt: line 2", "not one JSON object"])]:
        plot(*words, cwd=tmp_path).failed_with(code, *expected)
    assert files_in(tmp_path) == before


def wait_until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_watch_waits_draws_draws_again_and_ends_when_interrupted(tmp_path):
    out, log = tmp_path / "w.png", tmp_path / "run" / "log.txt"
    errors = tmp_path / "errors.txt"
    with open(errors, "w") as stderr:
        watch = subprocess.Popen([str(PROGRAM), "plot", "run", "--watch", "--out", "w.png"], cwd=tmp_path,
                                 stdout=subprocess.PIPE, stderr=stderr)
    try:
        wait_until(lambda: "waiting for the first epoch" in errors.read_text())
        write_run(tmp_path / "run", 2)
        wait_until(out.exists)
        wait_until(lambda: "drew epoch 1" in errors.read_text())
        first = out.read_bytes()
        with open(log, "a") as file:
            file.write(epoch_line(2))
        wait_until(lambda: "drew epoch 2" in errors.read_text())
        second = out.read_bytes()
        assert second != first and kind_of_picture(out) == ".png"
        with open(log, "a") as file:  # broken for a while: the watch goes on
            file.write("what is this\n")
        wait_until(lambda: "line 4" in errors.read_text())
        assert out.read_bytes() == second
        write_run(tmp_path / "run", 5)
        wait_until(lambda: "drew epoch 4" in errors.read_text())
        watch.send_signal(signal.SIGINT)
        printed, _ = watch.communicate(timeout=10)
        assert watch.returncode == 130 and printed == b"wrote w.png\n"
        assert files_in(tmp_path) == ["errors.txt", "run/log.txt", "w.png"]
    finally:
        watch.kill()
        watch.wait()


def test_watch_does_not_replace_a_figure_unasked_and_fails_at_once_for_a_wrong_key(tmp_path):
    write_run(tmp_path / "run", 2)
    (tmp_path / "a.png").write_bytes(b"mine")
    plot("run", "--watch", "--out", "a.png", cwd=tmp_path).failed_with(2, "a.png", "--overwrite")
    assert (tmp_path / "a.png").read_bytes() == b"mine"
    plot("run", "--watch", "--keys", "losss", "--out", "b.png", cwd=tmp_path).failed_with(2, "losss")


def test_a_log_of_five_hundred_full_epochs_is_drawn_in_a_moment(tmp_path):
    """With losses of every layer, as many keys as the original logs."""
    extra = {f"{side}_{name}_{i}{end}": 0.5 for side in ("train", "test") for name in PARTS for i in range(5)
             for end in ("", "_unscaled")}
    write_run(tmp_path, 500, **extra)
    start = time.monotonic()
    plot(tmp_path, "--out", tmp_path / "a.png", code=0)
    assert time.monotonic() - start < 5
