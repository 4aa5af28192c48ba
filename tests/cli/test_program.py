"""What every command shares: quick answers, help, wrong calls, broken files."""
import os
import subprocess
import time

import pytest
from program import IMAGES, PROGRAM, ROOT, files_in, run

BAD_WEIGHTS = ROOT / "tests" / "goldens" / "checkpoints" / "bad"


@pytest.mark.parametrize("words", [["--help"], ["detect", "--help"], ["explain", "--help"], ["doctor"]], ids=" ".join)
def test_what_needs_no_model_answers_at_once(words):
    def seconds():
        start = time.perf_counter()
        subprocess.run([str(PROGRAM)] + words, capture_output=True, check=False)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.05


def test_the_program_itself_does_not_load_libtorch():
    libraries = subprocess.run(["ldd", str(PROGRAM)], capture_output=True, text=True, check=True).stdout
    assert "libc.so" in libraries
    assert "libtorch" not in libraries and "libc10" not in libraries


def test_help_names_every_command_and_version_is_a_number():
    help_text = run("--help", code=0).out
    for command in ["detect", "explain", "plot", "doctor"]:
        assert command in help_text
    version = run("--version", code=0).out.strip()
    assert [part.isdigit() for part in version.split(".")] == [True, True, True], version


def test_help_of_a_command_names_its_options_and_an_example():
    detect = run("detect", "--help", code=0).out
    for option in ["--weights", "--size", "--threshold", "--out", "--json", "--quiet", "--overwrite", "--no-exif"]:
        assert option in detect
    explain = run("explain", "--help", code=0).out
    for option in ["--query", "--detection", "--class", "--at", "--from-level", "--module", "--layer", "--head",
                   "--level", "--point", "--kind", "--preset", "--trace"]:
        assert option in explain
    assert "Example: saccade explain" in explain


def test_doctor_reports_on_this_machine():
    report = run("doctor", "--json").json()
    assert report["program with LibTorch"]["ok"]
    assert int(report["cores"]["found"]) >= 1
    assert all(finding["ok"] or finding["advice"] for finding in report.values())
    lines = run("doctor").out.splitlines()
    assert len(lines) == len(report)
    assert run("doctor").code == (0 if all(finding["ok"] for finding in report.values()) else 1)


@pytest.mark.parametrize("words, expected", [
    ([], "a command is missing"),
    (["detetc"], "did you mean detect?"),
    (["flurbish"], "unknown command flurbish"),
    (["--flurbish"], "unknown option --flurbish"),
    (["detect", "x.jpg", "--wieghts", "a.pth"], "did you mean --weights?"),
    (["explain", "x.jpg", "--from-levle", "1"], "did you mean --from-level?"),
    (["detect"], "IMAGE"),
    (["detect", "x.jpg", "--threads", "0"], "--threads"),
    (["detect", "x.jpg", "--threads", "many"], "--threads"),
    (["detect", "x.jpg", "--threshold", "1.5"], "--threshold"),
    (["detect", "x.jpg", "--device", "abacus"], "--device"),
    (["detect", "x.jpg", "--threads", "2", "--size"], "--size"),
    (["explain", "x.jpg", "--kind", "pionts"], "--kind"),
    (["explain", "x.jpg", "--preset", "dec-qery"], "--preset"),
    (["explain", "x.jpg", "--module", "middle"], "--module"),
    (["explain", "x.jpg", "--query", "-3"], "--query"),
    (["explain", "x.jpg", "--detection", "0"], "--detection"),
    (["explain", "x.jpg", "y.jpg"], "y.jpg"),
], ids=" ".join)
def test_a_wrong_call_is_answered_in_one_line(words, expected, tmp_path):
    result = run(*words, cwd=tmp_path)
    result.failed_with(2, expected)
    assert files_in(tmp_path) == []


def test_a_missing_image_is_named(tmp_path):
    for command in ["detect", "explain"]:
        run(command, "missing.jpg", cwd=tmp_path).failed_with(1, "missing.jpg")
    run("detect", "*.jpg", cwd=tmp_path).failed_with(1, "*.jpg: no such file")
    (tmp_path / "folder").mkdir()
    run("detect", "folder", cwd=tmp_path).failed_with(1, "folder: no image files in this folder")
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("name", ["empty.jpg", "cut.jpg", "text.png", "cut.png", "huge.png"])
def test_a_broken_image_is_named_and_leaves_nothing_behind(name, broken_images, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    run("detect", broken_images / name, "--out", out / "a.png").failed_with(1, name)
    assert files_in(out) == []


def test_a_broken_image_has_no_results_and_no_explanation(broken_images, tmp_path):
    run("detect", broken_images / "cut.jpg", "--out", tmp_path / "a.json").failed_with(1, "cut.jpg")
    run("detect", broken_images / "cut.jpg", "--json").failed_with(1, "cut.jpg")
    run("explain", broken_images / "cut.jpg", "--out", tmp_path / "a.svg").failed_with(1, "cut.jpg")
    assert list(tmp_path.glob("a.*")) == []


@pytest.mark.parametrize("name", ["empty.pth", "html.pth", "git_lfs_pointer.pth", "truncated_zip.pth", "eval_zip.pth",
                                  "truncated_legacy.pth", "handmade_good.pth", "huge_numel.pth", "deep_nesting.pth"])
def test_a_wrong_weights_file_is_named_and_leaves_nothing_behind(name, street, tmp_path):
    run("detect", street, "--weights", BAD_WEIGHTS / name, cwd=tmp_path).failed_with(1, name)
    assert files_in(tmp_path) == []


def test_weights_that_are_no_weights_are_named(street, tmp_path):
    (tmp_path / "notes.txt").write_text("these are no weights\n")
    run("explain", street, "--weights", "notes.txt", cwd=tmp_path).failed_with(1, "notes.txt")
    run("explain", street, "--weights", "missing.pth", cwd=tmp_path).failed_with(1, "missing.pth")
    run("explain", street, "--weights", tmp_path, cwd=tmp_path).failed_with(1, tmp_path)
    run("explain", street, "--weights", street, cwd=tmp_path).failed_with(1, street.name)
    assert files_in(tmp_path) == ["notes.txt"]


@pytest.mark.parametrize("words, expected", [
    (["--query", "100"], "this model has queries 0 to 99"),
    (["--detection", "101"], "ranks go from 1 to 100"),
    (["--class", "vehicel"], "did you mean vehicle?"),
    (["--query", "1", "--class", "vehicle"], "choose by one of"),
    (["--layer", "6", "--head", "x"], "--layer 6: this model has 0 to 5"),
    (["--module", "encoder"], "--at"),
    (["--module", "encoder", "--at", "640,10"], "outside the image of 640 x 380 pixels"),
    (["--module", "encoder", "--at", "nan,3"], "expected X,Y"),
    (["--module", "encoder", "--at", "10,10", "--from-level", "4"], "--from-level 4"),
    (["--module", "encoder", "--at", "10,10", "--kind", "references"], "decoder queries"),
    (["--kind", "heat", "--relative"], "--kind points"),
    (["--out", "a.gif"], ".png, .svg or .pdf"),
    (["--size", "300,200"], "300,200"),
], ids=" ".join)
def test_what_the_model_lacks_is_a_wrong_call(words, expected, street, tmp_path):
    run("explain", street, *words, cwd=tmp_path).failed_with(2, expected)
    assert files_in(tmp_path) == []


def test_an_image_made_too_small_for_the_model_is_an_error(street, tmp_path):
    run("detect", street, "--size", "8,8", cwd=tmp_path).failed_with(1, "too small")
    assert files_in(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_named(street, tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")
    run("detect", street, "--out", tmp_path / "taken" / "a.png").failed_with(1, "taken")
    run("explain", street, "--out", tmp_path / "taken" / "a.png").failed_with(1, "taken")
    assert files_in(tmp_path) == ["taken"]


@pytest.mark.fault
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_results_that_cannot_be_printed_are_a_failure(street):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([str(PROGRAM), "detect", str(street), "--json"], stdout=full,
                              stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"saccade: error: ")


def test_hyphens_and_underscores_spell_the_same_option(street, tmp_path):
    words = ["explain", street, "--module", "encoder", "--at", "320,218", "--quiet"]
    run(*words, "--from_level", "1", "--out", "a.png", cwd=tmp_path, code=0)
    run(*words, "--from-level=1", "--out", "b.png", cwd=tmp_path, code=0)
    assert files_in(tmp_path) == ["a.png", "b.png"]
    assert len(list(IMAGES.glob("*.jpg"))) == 12


@pytest.mark.parametrize("asked,policy,turns", [({}, "ACTIVE", "2000"), ({"OMP_WAIT_POLICY": "PASSIVE"}, "PASSIVE", "0")])
def test_idle_threads_spin_for_a_moment_unless_told_otherwise(asked, policy, turns):
    kept = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    done = subprocess.run([str(PROGRAM), "selftest"], env=kept | asked | {"OMP_DISPLAY_ENV": "verbose"}, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert f"OMP_WAIT_POLICY = '{policy}'" in said and f"GOMP_SPINCOUNT = '{turns}'" in said
