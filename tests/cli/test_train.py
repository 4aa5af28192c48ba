"""saccade train: what a run leaves behind, how it goes on, what it refuses."""
import json
import math
import os
import shutil
import signal
import socket
import subprocess
import time

import pytest
from program import IMAGES, ROOT, files_in, run
from rank_processes import free_ports, result_of, run_ranks, start_ranks, torchrun_variables
from training import DATA, SMALL, STEPS_PER_EPOCH, VAL, log_of, start, train, weights_difference, words

LOSSES = [name + suffix for suffix in ("", "_0") for name in ("loss_ce", "loss_bbox", "loss_giou")]
UNSCALED = LOSSES + ["class_error", "cardinality_error", "cardinality_error_0"]


WHOLE = [*VAL, "--epochs", 3, "--ema", 0.9, "--quiet"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run of three epochs with averaged weights, dropout and augmentation."""
    folder = tmp_path_factory.mktemp("whole")
    train(*WHOLE, "--output_dir", folder)
    return folder


def test_a_run_leaves_log_checkpoint_evaluation_and_options(whole):
    names = [name.split(".tfevents.")[0] for name in files_in(whole)]
    assert names == ["checkpoint.pth", "config.json", "eval/000.json", "eval/000.safetensors", "eval/latest.json",
                     "eval/latest.safetensors", "events.out", "log.txt"]
    config = json.loads((whole / "config.json").read_text())
    assert config["seed"] == 42 and config["processes"] == 1 and config["train_images"] == 12
    assert config["options"]["backbone"] == "resnet18" and config["options"]["lr"] == 2e-4
    assert "train --images" in config["command"] and config["version"]
    latest = json.loads((whole / "eval" / "latest.json").read_text())
    assert latest["images"] == 12 and latest["AP"] == log_of(whole)[-1]["test_coco_eval_bbox"][0]


def test_the_log_has_the_official_keys(whole):
    train_keys = ["lr", "class_error", "grad_norm", "loss", *LOSSES, *(name + "_unscaled" for name in UNSCALED)]
    test_keys = ["class_error", "loss", *LOSSES, *(name + "_unscaled" for name in UNSCALED), "coco_eval_bbox"]
    wanted = {f"train_{key}" for key in train_keys} | {f"test_{key}" for key in test_keys} | {"epoch", "n_parameters"}
    lines = log_of(whole)
    assert [line["epoch"] for line in lines] == [0, 1, 2]
    for line in lines:
        assert set(line) == wanted
        total = sum(line[f"train_{name}"] for name in LOSSES)
        assert math.isclose(line["train_loss"], total, rel_tol=1e-6)
        assert math.isclose(line["train_loss_ce"], 2 * line["train_loss_ce_unscaled"], rel_tol=1e-6)
        assert len(line["test_coco_eval_bbox"]) == 12
    assert lines[2]["train_loss"] < lines[0]["train_loss"]


def test_the_same_seed_gives_the_same_run(whole, tmp_path):
    train(*WHOLE, "--output_dir", tmp_path / "again")
    assert (tmp_path / "again" / "log.txt").read_text() == (whole / "log.txt").read_text()
    assert weights_difference(whole / "checkpoint.pth", tmp_path / "again" / "checkpoint.pth") == 0
    train(*VAL, "--epochs", 1, "--seed", 7, "--output_dir", tmp_path / "other", "--quiet")
    assert log_of(tmp_path / "other")[0]["train_loss"] != log_of(whole)[0]["train_loss"]


@pytest.mark.parametrize("steps", [STEPS_PER_EPOCH - 2, STEPS_PER_EPOCH, STEPS_PER_EPOCH + 1])
def test_a_resumed_run_ends_as_one_that_was_not_interrupted(whole, tmp_path, steps):
    train(*WHOLE, "--output_dir", tmp_path, "--steps", steps)
    train(*VAL, "--output_dir", tmp_path, "--resume", tmp_path / "checkpoint.pth", "--quiet")  # its options again
    assert (tmp_path / "log.txt").read_text() == (whole / "log.txt").read_text()
    assert weights_difference(whole / "checkpoint.pth", tmp_path / "checkpoint.pth") == 0


@pytest.mark.fault
def test_kill_at_any_moment_leaves_a_whole_checkpoint(tmp_path, tell):
    """SACCADE_KILLS times (make test-slow: 30); the run that comes through has the weights of an undisturbed one."""
    kills = int(os.environ.get("SACCADE_KILLS", 4))
    options = ["--epochs", 3, "--save_steps", 1, "--quiet"]
    train(*options, "--output_dir", tmp_path / "calm")
    killed, pause = 0, 0.35
    folder = tmp_path / "killed"
    while killed < kills:
        process = start(*options, "--output_dir", folder, "--resume", "auto")
        try:
            process.wait(timeout=pause)
        except subprocess.TimeoutExpired:
            process.kill()
            killed += 1
        assert process.wait() in (0, -signal.SIGKILL), process.stderr.read().decode()
        if process.returncode == 0:  # came through: once more from the start
            shutil.rmtree(folder)
        pause = 0.3 + (pause * 7.31) % 1.1
    train(*options, "--output_dir", folder, "--resume", "auto")
    assert weights_difference(tmp_path / "calm" / "checkpoint.pth", folder / "checkpoint.pth") == 0
    assert (tmp_path / "calm" / "log.txt").read_text() == (folder / "log.txt").read_text()
    assert not [name for name in files_in(folder) if ".tmp" in name]  # the next run takes away what was half-written
    tell("killed (SIGKILL) at random moments of training, a checkpoint after every step", kills,
         "the run that came through has the same weights and log as an undisturbed one")


@pytest.mark.fault
@pytest.mark.parametrize("name, code", [("SIGTERM", 143), ("SIGUSR1", 138), ("SIGINT", 130)])
def test_a_signal_finishes_the_step_and_saves(tmp_path, name, code):
    options = ["--epochs", 100, "--output_dir", tmp_path, "--eval_every", 100]
    process = start(*options)
    end = time.monotonic() + 30
    while not (tmp_path / "log.txt").exists():
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.02)
    process.send_signal(getattr(signal, name))
    result = result_of(process)
    assert result.code == code and "stopped by signal" in result.err and "--resume auto" in result.err, result.err
    more = train(*options, "--resume", "auto", "--steps", 1000, "--epochs", 3)
    assert "resumed" in more.err


def test_two_processes_learn_what_one_with_twice_the_batch_does(tmp_path):
    """Float32 sums in another order: equal to 1e-6 in the losses of the first epoch; AdamW turns the rounding of a
    gradient near zero into a part of a step of 2e-4, here after 12 steps at most 1e-4."""
    options = ["--epochs", 2, "--dropout", 0, "--no_augment", "--quiet"]  # equal sizes: no padding
    train(*options, "--batch_size", 2, "--output_dir", tmp_path / "one")
    for result in run_ranks(torchrun_variables(2), *words(*options, "--batch_size", 1, "--output_dir", tmp_path / "two")):
        assert result.code == 0, result.err
    train(*options, "--batch_size", 1, "--accumulate", 2, "--output_dir", tmp_path / "parts")
    for other in ("two", "parts"):
        for name in LOSSES + ["loss", "grad_norm"]:
            ours, theirs = (log_of(tmp_path / run)[0][f"train_{name}"] for run in ("one", other))
            assert math.isclose(ours, theirs, rel_tol=1e-5), (other, name)
        difference = weights_difference(tmp_path / "one" / "checkpoint.pth", tmp_path / other / "checkpoint.pth")
        assert 0 < difference < 1e-4, other


def test_a_signal_to_one_process_ends_all_at_the_same_step(tmp_path):
    process = start("--epochs", 200, "--batch_size", 1, "--output_dir", tmp_path, before=["launch", "-n", "2", "--"])
    end = time.monotonic() + 60
    while not (tmp_path / "log.txt").exists():
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    result = result_of(process)
    assert result.code != 0 and (tmp_path / "checkpoint.pth").exists(), result.err
    resumed = train("--batch_size", 2, "--epochs", 1, "--resume", "auto", "--output_dir", tmp_path)
    assert "resumed" in resumed.err


def test_another_number_of_images_a_step_is_refused_in_the_middle_of_an_epoch(tmp_path):
    train("--epochs", 2, "--steps", 2, "--output_dir", tmp_path, "--quiet")
    resumed = words("--resume", tmp_path / "checkpoint.pth", "--output_dir", tmp_path, "--quiet")
    for result in run_ranks(torchrun_variables(2), *resumed):
        result.failed_with(1, "in the middle of epoch 0", "2 images", "4", "--batch_size x --accumulate x processes")


def test_fine_tuning_tells_what_became_of_the_tensors(whole, tmp_path):
    truth = json.loads((IMAGES / "instances.json").read_text())
    for category in truth["categories"]:  # one class more in the middle
        category["id"] += 1
    for annotation in truth["annotations"]:
        annotation["category_id"] += 1
    file = tmp_path / "more.json"
    file.write_text(json.dumps(truth))
    # The architecture comes from the file.
    result = run("train", "--images", IMAGES, "--annotations", file, "--weights", whole / "checkpoint.pth", "--steps", 1,
                 "--threads", "1", "--output_dir", tmp_path / "run", code=0)
    assert "tensors kept" in result.err and "of another shape, begun anew" in result.err, result.err
    assert "class_embed.0.weight" in result.err
    options = json.loads((tmp_path / "run" / "config.json").read_text())["options"]
    assert options["hidden_dim"] == 32 and options["norm"] == "group" and options["short_side"] == 96
    again = run("weights", "show", tmp_path / "run" / "checkpoint.pth", "--json", code=0).json()
    shapes = {tensor["name"]: tensor["shape"] for tensor in again["tensors"]}
    classes = max(category["id"] for category in truth["categories"]) + 1
    assert shapes["class_embed.0.weight"] == [classes, 32]


def test_a_checkpoint_is_a_model_for_the_other_commands(whole):
    result = run("eval", "--weights", whole / "checkpoint.pth", *DATA, "--json", "--quiet", code=0).json()
    assert result["AP"] == log_of(whole)[-1]["test_coco_eval_bbox"][0]  # the averaged weights
    shown = run("weights", "show", whole / "checkpoint.pth", "--json", code=0).json()
    assert shown["metadata"]["size"] == "96,160" and "vehicle" in shown["metadata"]["class_names"]
    evaluated = train("--resume", whole / "checkpoint.pth", *VAL, "--eval")
    assert "AP" in evaluated.out


def test_an_evaluation_takes_interventions(whole, tmp_path):
    checkpoint = whole / "checkpoint.pth"
    evaluate = lambda *words: train("--resume", checkpoint, *VAL, "--eval", *words)
    baseline = evaluate().out
    assert evaluate("-x", f"dec.*.cross=patch({checkpoint})", "-x", f"enc.0.offset=patch({checkpoint})").out == baseline
    (tmp_path / "blind.json").write_text(json.dumps({"interventions": ["dec.*.cross=off", "query[0-5]=off"],
                                                     "weights_sha256": "0" * 64}))
    blind = evaluate("-x", tmp_path / "blind.json", "-x", "enc.0=off")
    assert blind.out != baseline and "was made for other weights than checkpoint" in blind.err
    for text, column, said in [("dec.2.cross=off", 4, "decoder layers 0 to 1"), ("dec.1.corss=off", 6, "did you mean cross?")]:
        wrong = train("--resume", checkpoint, *VAL, "--eval", "-x", text, code=2)
        assert said in wrong.err and wrong.err.endswith(f"\n  {text}\n  {' ' * column}^\n") and wrong.out == ""


def test_a_patch_wants_weights_of_the_same_architecture(whole):
    result = run("detect", IMAGES / "Town03_017380.jpg", "--json", "-x", f"dec.1.cross=patch({whole / 'checkpoint.pth'})")
    result.failed_with(1, "checkpoint.pth: its number of encoder layers is 1, this model's 3; ", "same numbers of layers")


def test_sizes_of_multiples_travel_with_the_checkpoint(tmp_path):
    """Sides are multiples of 32 in training, evaluation and for the other commands; --resume keeps what was drawn."""
    sizes = ["--size", "100,160,32", "--train_sizes", "64,128", "--crop_part", 0.5]
    train("--epochs", 1, "--output_dir", tmp_path / "run", *VAL, "--quiet", *sizes)
    checkpoint = tmp_path / "run" / "checkpoint.pth"
    shown = run("weights", "show", checkpoint, "--json", code=0).json()
    assert shown["metadata"]["size"] == "100,160,32"
    ap = log_of(tmp_path / "run")[0]["test_coco_eval_bbox"]
    result = run("eval", "--weights", checkpoint, *DATA, "--json", "--quiet", code=0).json()
    assert result["AP"] == ap[0]
    image = IMAGES / "Town01_005820.jpg"  # 640 x 380: 168 x 100 before both sides become multiples
    for size, expected in [([], "160x96"), (["--size", "70,160"], "128x64"), (["--size", "70,160,1"], "117x70")]:
        run("explain", image, "--weights", checkpoint, "--trace", tmp_path / "trace.safetensors", "--quiet", "--out",
            tmp_path / "a.png", "--overwrite", *size, code=0)
        trace = run("weights", "show", tmp_path / "trace.safetensors", "--json", code=0).json()
        assert trace["metadata"]["input_size"] == expected  # without N: the checkpoint's
    options = json.loads((tmp_path / "run" / "config.json").read_text())["options"]
    assert (options["min_train_side"], options["max_train_side"], options["crop_part"]) == (64, 128, 0.5)
    resumed = train("--epochs", 2, "--output_dir", tmp_path / "run", "--resume", "auto", "--size", "96,160,1")
    assert "--size_multiple 32 -> 1" in resumed.err and "crop_part" not in resumed.err


def test_learning_a_few_images_by_heart_succeeds_or_says_that_it_did_not(tmp_path):
    failed = train("--overfit", 2, "--steps", 3, "--quiet", code=1)
    failed.failed_with(1, "AP50 is", "expected above 0.9", "saccade data show")


def test_plain_detr_trains_too(tmp_path):
    train("--model", "detr", "--epochs", 1, "--output_dir", tmp_path, *VAL, "--quiet")
    line = log_of(tmp_path)[0]
    assert line["train_lr"] == 1e-4 and math.isclose(line["train_loss_ce"], line["train_loss_ce_unscaled"], rel_tol=1e-9)


def test_two_stages_are_evaluated_with_the_losses_of_their_proposals(tmp_path):
    """Inference may leave out what no detection needs, but the losses of an evaluation need every proposal's box."""
    train("--with_box_refine", "--two_stage", "--hidden_dim", 256, "--steps", 1, "--output_dir", tmp_path, *VAL, "--quiet")
    line = log_of(tmp_path)[0]
    for name in ("ce", "bbox", "giou"):
        assert line[f"test_loss_{name}_enc"] > 0


@pytest.mark.parametrize("options", [["--with_box_refine", "--two_stage", "--hidden_dim", 256], ["--precision", "bf16"], ["--sgd"],
                                     ["--activation_checkpointing"], ["--lr_schedule", "cosine", "--warmup_steps", 3],
                                     ["--num_feature_levels", 1, "--dilation", "--backbone", "resnet50"],
                                     ["--cache_mode", "--no_aux_loss"], ["--lr_backbone", 0]])
def test_every_way_to_train_makes_steps(options):
    train("--steps", 2, "--quiet", *options)


@pytest.mark.parametrize("options, words", [
    (["--masks"], ["--masks", "masks are not trained"]),
    (["--coco_panoptic_path", "x"], ["--coco_panoptic_path", "panoptic"]),
    (["--dataset_file", "coco_panoptic"], ["--dataset_file", "panoptic"]),
    (["--frozen_weights", "x"], ["--frozen_weights", "masks"]),
    (["--resume", "https://example.org/r50.pth"], ["--resume https://example.org/r50.pth", "nothing is downloaded"]),
    (["--lr_drop_epochs", "3"], ["--lr_drop_epochs", "never uses"]),
    (["--norm", "frozen"], ["--norm frozen wants weights", "--norm batch"]),
    (["--two_stage"], ["two_stage", "with_box_refine"]),
    (["--eval"], ["--eval wants --resume"]),
    (["-x", "dec.0.cross=off"], ["-x changes what is evaluated", "--eval"]),
    (["--resume", "auto"], ["--resume auto wants --output_dir"]),
    (["--lr", "0"], ["--lr 0", "above 0"]),
    (["--lr_linear_proj_names", "backbone.0"], ["--lr_backbone_names", "--lr_linear_proj_names"]),
    (["--overfit", "400"], ["--overfit 400", "have an object"]),
    (["--batch_size", "13"], ["13"]),
    (["--size", "96,160,0"], ["96,160,0", "SHORT,MAX"]),
    (["--train_sizes", "96"], ["96", "MIN,MAX"]),
    (["--crop_part", "0"], ["--crop_part"]),
])
def test_what_cannot_be_done_is_refused_with_a_reason(options, words):
    result = train("--steps", 1, "--quiet", *options, code=None)
    assert result.code in (1, 2)
    result.failed_with(result.code, *words)


def test_a_folder_with_a_checkpoint_is_not_overwritten(whole):
    before = (whole / "checkpoint.pth").stat().st_mtime_ns
    train("--steps", 1, "--output_dir", whole, code=2).failed_with(2, "checkpoint.pth", "--overwrite")
    assert (whole / "checkpoint.pth").stat().st_mtime_ns == before


def test_broken_checkpoints_are_told_and_left_alone(whole, tmp_path):
    data = (whole / "checkpoint.pth").read_bytes()
    broken = tmp_path / "broken.pth"
    broken.write_bytes(data[:len(data) // 2])
    train("--steps", 1, "--resume", broken, code=1).failed_with(1, "broken.pth")
    shutil.copy(ROOT / "assets" / "street_r18.safetensors", tmp_path / "no.pth")
    train("--steps", 1, "--resume", tmp_path / "no.pth", code=1).failed_with(1, "no.pth")
    train("--steps", 1, "--resume", tmp_path / "missing.pth", code=1).failed_with(1, "missing.pth")
    assert broken.read_bytes() == data[:len(data) // 2]


def test_a_broken_image_is_named_before_training_begins(tmp_path):
    folder = tmp_path / "images"
    shutil.copytree(IMAGES, folder)
    (folder / "Town01_005820.jpg").write_bytes((IMAGES / "Town01_005820.jpg").read_bytes()[:900])
    data = ["--images", folder, "--annotations", folder / "instances.json"]
    result = run("train", *data, *SMALL, "--steps", 1, code=1)
    assert "Town01_005820.jpg" in result.err and "--skip-broken" in result.err
    run("train", *data, *SMALL, "--steps", 1, "--skip-broken", code=0)


def test_a_loss_that_is_not_a_number_names_the_images_and_keeps_the_checkpoint(tmp_path):
    train("--steps", 2, "--output_dir", tmp_path, "--quiet")
    before = (tmp_path / "checkpoint.pth").read_bytes()
    result = train("--resume", "auto", "--output_dir", tmp_path, "--lr", 1e30, "--clip_max_norm", 0, "--steps", 6,
                   "--quiet", code=1)
    result.failed_with(1, "finite", "image", "the last checkpoint is whole")
    assert (tmp_path / "checkpoint.pth").read_bytes() == before


# What is refused here is what a machine with a GPU does.
@pytest.mark.skipif(os.path.exists("/dev/nvidia0"), reason="this machine has a GPU")
@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_a_gpu_that_is_not_there_is_told_before_anything_is_made(tmp_path, device):
    result = train("--device", device, "--steps", 1, "--output_dir", tmp_path / "run", code=1)
    result.failed_with(1, f"--device {device}: ")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:-1", "cuda:1x"])
def test_a_device_of_another_name_is_refused(tmp_path, device):
    result = train("--device", device, "--steps", 1, "--output_dir", tmp_path / "run", code=2)
    result.failed_with(2, "--device", f"{device}: expected auto, cpu, cuda or cuda:N")
    assert not (tmp_path / "run").exists()


def test_float16_wants_a_gpu(tmp_path):
    options = ["--device", "cpu", "--precision", "fp16", "--steps", 1, "--output_dir", tmp_path / "run"]
    train(*options, code=2).failed_with(2, "--precision fp16", "--precision bf16")
    assert not (tmp_path / "run").exists()
    train("--precision", "fp8", "--steps", 1, code=2).failed_with(2, "fp8")


def test_the_device_is_written_into_the_folder(tmp_path):
    train("--device", "cpu", "--steps", 1, "--output_dir", tmp_path, "--quiet")
    assert json.loads((tmp_path / "config.json").read_text())["device"] == "cpu"


def test_an_unwritable_folder_is_told_before_training_begins(tmp_path):
    (tmp_path / "file").write_text("")
    started = time.monotonic()
    train("--epochs", 50, "--output_dir", tmp_path / "file" / "run", code=1).failed_with(1, "file", "folder")
    assert time.monotonic() - started < 10


def test_a_port_in_use_and_a_missing_process_are_named(monkeypatch):
    monkeypatch.setenv("SACCADE_DIST_TIMEOUT", "3")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for name, value in {"RANK": 0, "WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}.items():
            monkeypatch.setenv(name, str(value))
        train("--steps", 1, code=1).failed_with(1, f"127.0.0.1:{port}")
    monkeypatch.setenv("MASTER_PORT", str(free_ports(1)[0]))
    train("--steps", 1, code=1).failed_with(1, "rank 1")


def test_a_process_that_dies_ends_the_run_and_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_DIST_TIMEOUT", "20")
    processes = start_ranks(torchrun_variables(2), *words("--epochs", 500, "--batch_size", 1, "--output_dir", tmp_path))
    end = time.monotonic() + 60
    while not (tmp_path / "log.txt").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    processes[1].kill()
    result = result_of(processes[0], timeout=30)
    processes[1].communicate()
    assert result.code == 1 and "rank 1 of 2" in result.err, result.err


def test_the_programs_own_help_shows_the_official_names():
    text = run("train", "--help", code=0).out
    for name in ("--coco_path", "--with_box_refine", "--num_feature_levels", "--lr_drop", "--cache_mode", "--clip_max_norm",
                 "--set_cost_giou", "--no_aux_loss", "--resume"):
        assert name in text
    assert "--masks" not in text
