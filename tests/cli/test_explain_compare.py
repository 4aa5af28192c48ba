"""saccade explain --weights-b: the same object in two models, in one figure."""
import PIL.Image
import numpy
import pytest
from program import SHIPPED_WEIGHTS, corners, files_in, kind_of_picture, overlap, pixels_of, read_safetensors, run, write_safetensors

TOKEN = ["--module", "encoder", "--at", "320,218"]


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """The demo model with other attention weights in its last decoder layer, and queries in another order."""
    tensors, metadata = read_safetensors(SHIPPED_WEIGHTS)
    tensors = dict(tensors)
    name = "transformer.decoder.layers.5.cross_attn.attention_weights.bias"
    tensors[name] = (tensors[name] + numpy.linspace(-1, 1, tensors[name].size, dtype="f4").astype(tensors[name].dtype))
    path = tmp_path_factory.mktemp("other") / "other.safetensors"
    write_safetensors(path, tensors, metadata)
    return path


@pytest.fixture(scope="module")
def blind(tmp_path_factory):
    """A model whose boxes all lie in a corner of a few pixels."""
    tensors, metadata = read_safetensors(SHIPPED_WEIGHTS)
    tensors = dict(tensors)
    for name in tensors:
        if "bbox_embed" in name and name.endswith("layers.2.bias"):
            tensors[name] = numpy.full_like(tensors[name], -40)
    path = tmp_path_factory.mktemp("blind") / "blind.safetensors"
    write_safetensors(path, tensors, metadata)
    return path


@pytest.mark.parametrize("words", [["--kind", kind] for kind in ("points", "heat", "grid", "references", "drift", "self-attention")]
                         + [["--kind", kind, *TOKEN] for kind in ("points", "heat", "grid", "flow")]
                         + [["--preset", "dec-query"], ["--relative"]], ids=" ".join)
def test_every_kind_draws_both_in_one_picture(words, street, other, tmp_path):
    done = run("explain", street, "--weights-b", other, *words, cwd=tmp_path, code=0)
    assert done.out == "wrote explain.png\n" and files_in(tmp_path) == ["explain.png"]
    pixels = pixels_of(tmp_path / "explain.png")
    with PIL.Image.open(tmp_path / "explain.png") as picture:
        assert "(A)" in picture.text["weights_sha256"] and "(B)" in picture.text["weights_sha256"]
    assert pixels.shape[1] >= 2102 and pixels.std() > 10


def test_the_same_object_is_found_and_told(street, other, detections, tmp_path):
    report = run("explain", street, "--weights-b", other, "--detection", "2", "--json", cwd=tmp_path, code=0).json()
    a, b = report["a"], report["b"]
    assert a["query"] == detections[1]["query"] and abs(a["score"] - detections[1]["score"]) < 1e-5
    assert a["weights_sha256"] != b["weights_sha256"] and b["model"] == "other"
    # Without a second model the query of B says the same of itself.
    alone = run("explain", street, "--weights", other, "--query", b["query"], "--json", "--out", tmp_path / "b.png", code=0).json()
    assert alone["score"] == b["score"] and alone["bbox"] == b["bbox"] and alone["layers"] == b["layers"]
    assert abs(report["iou"] - overlap(corners(a["bbox"]), corners(b["bbox"]))) < 1e-6 and report["iou"] >= 0.5


def test_a_model_beside_itself_matches_every_object_with_itself(street, tmp_path):
    for rank in ("1", "4"):
        report = run("explain", street, "--weights-b", SHIPPED_WEIGHTS, "--detection", rank, "--json", "--overwrite", cwd=tmp_path,
                     code=0).json()
        assert report["iou"] > 0.9999 and report["a"]["query"] == report["b"]["query"]
        assert report["a"]["layers"] == report["b"]["layers"]


def test_layers_have_a_file_each_and_every_format_is_written(street, other, tmp_path):
    done = run("explain", street, "--weights-b", other, "--layer", "0,5", "--out", "two.svg", cwd=tmp_path, code=0)
    assert files_in(tmp_path) == ["two-dec.0.svg", "two-dec.5.svg"] and done.out.count("wrote") == 2
    run("explain", street, "--weights-b", other, "--kind", "heat", "--out", "two.pdf", cwd=tmp_path, code=0)
    assert kind_of_picture(tmp_path / "two.pdf") == ".pdf"
    run("explain", street, "--weights-b", other, "--layer", "5", "--out", "two-dec.5.svg", cwd=tmp_path).failed_with(2, "--overwrite")


def test_what_cannot_be_compared_is_said(street, blind, other, tmp_path):
    fault = run("explain", street, "--weights-b", blind, cwd=tmp_path).failed_with(1, "blind.safetensors", "IoU of 0.5 or more", "the nearest is query")
    assert "--detection" in fault
    run("explain", street, "--weights-b", other, "--trace", "t.safetensors", cwd=tmp_path).failed_with(2, "--trace")
    run("explain", street, "--weights-b", other, "--kind", "map", cwd=tmp_path).failed_with(2, "--kind map", "of one model")
    run("explain", street, "--weights-b", other, "--preset", "queries", cwd=tmp_path).failed_with(2, "--preset queries")
    run("explain", street, "--weights-b", "none.pth", cwd=tmp_path).failed_with(1, "none.pth")
    run("explain", street, "--weights-b", other, "--layer", "9", cwd=tmp_path).failed_with(2, "A (", "--layer")
    assert files_in(tmp_path) == []


def test_layers_that_are_off_are_left_out_of_both(street, other, tmp_path):
    words = ["explain", street, "--weights-b", other, "-x", "dec.1.cross=off"]
    done = run(*words, "--kind", "grid", "--json", cwd=tmp_path, code=0)
    assert "note: A: decoder layer 1 is switched off" in done.err and "note: B: decoder layer 1" in done.err
    for side in ("a", "b"):
        assert [layer["layer"] for layer in done.json()[side]["layers"]] == [0, 2, 3, 4, 5]
    run(*words, "--layer", "1", "--out", "one.png", cwd=tmp_path).failed_with(1, "A: every chosen layer is switched off")
    # Refused before the models run.
    run(*words, "--kind", "grid", cwd=tmp_path).failed_with(2, "explain.png", "--overwrite")
    assert files_in(tmp_path) == ["explain.png"]
