"""Interventions as a user gives them: texts, files, and what is wrong with them."""
import json
import pathlib
import subprocess

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
