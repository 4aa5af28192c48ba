"""saccade explain: every kind of picture, both modules, the trace file."""
import json

import numpy
import PIL.Image
import pytest
from program import files_in, kind_of_picture, pixels_of, read_safetensors, run

DECODER_KINDS = ["points", "heat", "grid", "references", "drift", "self-attention"]
ENCODER_KINDS = ["points", "heat", "grid", "flow"]
TOKEN = ["--module", "encoder", "--at", "320,218"]
PRESETS = {"enc-query": ["--at", "320,218"], "dec-query": [], "references": [], "queries": [], "query-drift": [],
           "ref-to-box": []}
DRAWN = {}  # pixels -> the options that gave them first


@pytest.mark.parametrize("words", [["--kind", kind] for kind in DECODER_KINDS]
                         + [["--kind", kind, *TOKEN] for kind in ENCODER_KINDS]
                         + [["--preset", name, *more] for name, more in PRESETS.items()], ids=" ".join)
def test_every_kind_and_preset_draws_one_picture(words, street, tmp_path):
    result = run("explain", street, *words, cwd=tmp_path, code=0)
    # The demo model's decoder is mostly template, which pictures of weights tell.
    assert result.out == "wrote explain.png\n"
    assert result.err == "" or (result.err.startswith("saccade: note: dec.") and result.err.count("\n") == 1)
    assert files_in(tmp_path) == ["explain.png"]
    # Each is another picture than all before, but for the presets that are a kind by another name.
    pixels = pixels_of(tmp_path / "explain.png")
    same = DRAWN.setdefault(pixels.tobytes(), words)
    assert same == words or words[0] == "--preset", (words, same)
    with PIL.Image.open(tmp_path / "explain.png") as picture:
        assert picture.text["command"].startswith("saccade explain") and words[1] in picture.text["command"]
        assert picture.text["version"]
    assert min(pixels.shape[:2]) > 200 and pixels.std() > 10


@pytest.mark.parametrize("words", [["--color", "level"], ["--color", "head", "--head", "0,3", "--level", "1-2"],
                                   ["--relative"], ["--scale", "log", "--point", "0"]], ids=" ".join)
def test_points_are_drawn_as_asked(words, street, points_picture, tmp_path):
    run("explain", street, *words, "--out", "asked.png", cwd=tmp_path, code=0)
    assert not numpy.array_equal(pixels_of(tmp_path / "asked.png"), pixels_of(points_picture))


def test_two_runs_give_the_same_bytes(street, points_picture, tmp_path):
    run("explain", street, cwd=tmp_path, code=0)
    assert (tmp_path / "explain.png").read_bytes() == points_picture.read_bytes()
    for suffix, kind in [(".svg", "grid"), (".pdf", "heat")]:
        contents = []
        for _ in range(2):
            run("explain", street, "--kind", kind, "--out", "a" + suffix, "--overwrite", cwd=tmp_path, code=0)
            contents.append((tmp_path / ("a" + suffix)).read_bytes())
        assert contents[0] == contents[1], suffix
        assert kind_of_picture(tmp_path / ("a" + suffix)) == suffix


def test_a_query_is_chosen_in_each_of_the_ways(street, detections, tmp_path):
    def chosen(*words):
        return run("explain", street, *words, "--json", "--overwrite", cwd=tmp_path, code=0).json()

    best = chosen()
    assert best["query"] == detections[0]["query"] and abs(best["score"] - detections[0]["score"]) < 1e-6
    assert numpy.allclose(best["bbox"], detections[0]["bbox"], rtol=0, atol=1e-3)
    assert best["module"] == "decoder" and best["files"] == ["explain.png"]
    assert chosen("--detection", "3")["query"] == detections[2]["query"]
    lights = [row for row in detections if row["category_id"] == 4]
    assert chosen("--class", "traffic_light")["query"] == lights[0]["query"]
    x, y, width, height = detections[1]["bbox"]
    under = chosen("--at", f"{x + width / 2:.1f},{y + height / 2:.1f}")
    left, top, wide, high = under["bbox"]
    assert left <= x + width / 2 <= left + wide and top <= y + height / 2 <= top + high


def test_layers_have_a_file_each_and_say_what_they_attend_to(street, tmp_path):
    found = run("explain", street, "--kind", "heat", "--layer", "0,5", "--json", "--out", "a.png", cwd=tmp_path,
                code=0).json()
    assert found["files"] == ["a-dec.0.png", "a-dec.5.png"] == files_in(tmp_path)
    assert [layer["layer"] for layer in found["layers"]] == [0, 5]
    for layer in found["layers"]:
        assert abs(sum(layer["level_share"]) - 1) < 1e-5
        assert 0 <= layer["query_specific_part_of_weights"] <= 1 and 0 <= layer["off_image_share"] <= 1
        assert 0 <= layer["query_specific_part_of_offsets"] <= 1


def test_a_picture_that_is_mostly_template_is_told(street, tmp_path):
    mean = ["-x", "dec.3.cross.weights=mean", "-x", "dec.3.cross.offset=mean"]
    done = run("explain", street, *mean, "--layer", "3", "--json", "--overwrite", cwd=tmp_path, code=0)
    layer = done.json()["layers"][0]
    assert layer["query_specific_part_of_weights"] < 1e-6 and layer["query_specific_part_of_offsets"] < 1e-6
    assert layer["mostly_template"] is True
    assert "note: dec.3: under 0.1 % of the weights'" in done.err and "--kind points --relative" in done.err
    for words in (["--kind", "heat"], ["--kind", "grid", "--layer", "3"]):
        told = run("explain", street, *mean, "--layer", "3", *words[:2], "--overwrite", cwd=tmp_path, code=0)
        assert "mostly a pattern that all queries of the image share" in told.err
    for words in (["--quiet"], ["--relative"], ["--kind", "references"], ["--kind", "self-attention"]):
        assert run("explain", street, *mean, "--layer", "3", *words, "--overwrite", cwd=tmp_path, code=0).err == ""
    still = ["-x", "dec.3.cross.weights=mean", "-x", "dec.3.cross.offset=scale(0)"]  # offsets that do not vary
    told = run("explain", street, *still, "--layer", "3", "--overwrite", cwd=tmp_path, code=0)
    assert "of the weights' variation is the queries' own" in told.err and "nan" not in told.err
    own = run("explain", street, "-x", "dec.3.cross.weights=argmax", "--layer", "3", "--json", "--overwrite", cwd=tmp_path,
              code=0).json()["layers"][0]
    assert own["query_specific_part_of_weights"] > 0


def test_a_layer_that_is_switched_off_is_left_out(street, tmp_path):
    off = ["-x", "dec.1.cross=off", "-x", "dec.5.cross=off", "-x", "dec.2.self=off"]
    done = run("explain", street, *off, "--kind", "heat", "--layer", "0-2,5", "--json", "--trace", "t.safetensors", "--out", "a.png", cwd=tmp_path,
               code=0)
    found = done.json()
    assert found["files"] == ["a-dec.0.png", "a-dec.2.png", "t.safetensors"] == files_in(tmp_path)
    assert "note: decoder layer 5 is switched off" in done.err and "layer 1" in done.err
    tensors, metadata = read_safetensors(tmp_path / "t.safetensors")
    assert json.loads(metadata["interventions"]) == ["dec.1.cross=off", "dec.5.cross=off", "dec.2.self=off"]
    query = found["query"]
    for layer in found["layers"]:
        weights = tensors[f"decoder.{layer['layer']}.attention_weights"].reshape(100, 8, 4, 4)[query]
        assert numpy.allclose(weights.sum(-1).mean(0), layer["level_share"], atol=1e-5)
    run("explain", street, *off, "--layer", 5, cwd=tmp_path).failed_with(1, "every chosen layer is switched off")
    run("explain", street, *off, "--kind", "self-attention", "--layer", 2, cwd=tmp_path).failed_with(1, "every chosen layer is switched off")
    run("explain", street, *off, "--kind", "drift", "--layer", 5, "--out", "drift.png", cwd=tmp_path, code=0)
    for kind in ("references", "drift", "self-attention"):  # drawn all the same: they are not of what was sampled
        shown = run("explain", street, *off, "--kind", kind, "--layer", 5, "--json", "--overwrite", cwd=tmp_path, code=0)
        assert "level_share" not in shown.json()["layers"][0]
    run("explain", street, "-x", "enc.1.self=off", *TOKEN, "--kind", "flow", "--out", "flow.png", cwd=tmp_path, code=0)


def test_a_layer_that_exists_stops_the_others_before_they_start(street, tmp_path):
    (tmp_path / "a-dec.5.png").write_text("mine")
    words = ["explain", street, "--kind", "heat", "--layer", "0,5", "--out", "a.png"]
    run(*words, cwd=tmp_path).failed_with(2, "a-dec.5.png", "--overwrite")
    assert files_in(tmp_path) == ["a-dec.5.png"]


def test_nothing_is_replaced_unasked(street, tmp_path):
    for name, words in [("explain.png", []), ("t.safetensors", ["--trace", "t.safetensors", "--out", "b.png"])]:
        (tmp_path / name).write_text("mine")
        run("explain", street, *words, cwd=tmp_path).failed_with(2, name, "--overwrite")
    assert files_in(tmp_path) == ["explain.png", "t.safetensors"]


def test_the_trace_of_the_decoder(street, detections, tmp_path):
    run("explain", street, "--layer", "0,5", "--kind", "heat", "--trace", "t.safetensors", cwd=tmp_path, code=0)
    tensors, metadata = read_safetensors(tmp_path / "t.safetensors")
    keys = {f"decoder.{layer}.{what}" for layer in (0, 5) for what in
            ("sampling_locations", "sampling_points_px", "attention_weights", "reference_points")}
    assert set(tensors) == keys | {"logits", "boxes"}
    for layer in (0, 5):
        locations = tensors[f"decoder.{layer}.sampling_locations"]
        assert locations.shape == (100, 8, 4, 4, 2)
        # One image alone has no padding: pixels are fractions of its 640 x 380.
        pixels = tensors[f"decoder.{layer}.sampling_points_px"]
        assert numpy.allclose(pixels, locations * numpy.float32([640, 380]), rtol=1e-5, atol=1e-3)
        weights = tensors[f"decoder.{layer}.attention_weights"]
        assert weights.shape == (100, 8, 4, 4) and numpy.allclose(weights.sum((2, 3)), 1, atol=1e-5)
        assert tensors[f"decoder.{layer}.reference_points"].shape == (100, 4)
    assert tensors["logits"].shape == (6, 100, 6) and tensors["boxes"].shape == (6, 100, 4)
    best = detections[0]
    score = 1 / (1 + numpy.exp(-numpy.float64(tensors["logits"][5, best["query"], best["category_id"]])))
    assert abs(score - best["score"]) < 1e-6
    centre_x, centre_y, width, height = tensors["boxes"][5, best["query"]] * [640, 380, 640, 380]
    assert numpy.allclose([centre_x - width / 2, centre_y - height / 2, width, height], best["bbox"], atol=1e-3)
    # With box refinement the last layer starts from the boxes of the layer before.
    assert numpy.allclose(tensors["decoder.5.reference_points"], tensors["boxes"][4], atol=1e-6)
    shapes = json.loads(metadata["spatial_shapes"])
    assert shapes == [[40, 68], [20, 34], [10, 17], [5, 9]]
    assert metadata["original_size"] == "640x380" and metadata["input_size"] == "544x320"
    assert json.loads(metadata["class_names"])["1"] == "vehicle"
    assert len(metadata["weights_sha256"]) == 64 and metadata["interventions"] == "[]"
    assert metadata["command"].startswith("saccade explain")


def test_the_trace_of_a_token(street, tmp_path):
    run("explain", street, *TOKEN, "--trace", "t.safetensors", "--json", cwd=tmp_path, code=0)
    tensors, metadata = read_safetensors(tmp_path / "t.safetensors")
    keys = {f"encoder.{layer}.{what}" for layer in range(3) for what in
            ("sampling_locations", "sampling_points_px", "attention_weights", "reference_points")}
    assert set(tensors) == keys | {"logits", "boxes"}
    assert tensors["encoder.2.sampling_locations"].shape == (1, 8, 4, 4, 2)
    # Pixel (320, 218) lies in column 34 of 68 and row 22 of 40.
    assert metadata["token"] == str(22 * 68 + 34)
    assert numpy.allclose(tensors["encoder.0.reference_points"], [[34.5 / 68, 22.5 / 40]], atol=1e-6)


def test_flow_says_and_saves_what_other_kinds_do(street, tmp_path):
    found = run("explain", street, *TOKEN, "--kind", "flow", "--json", "--trace", "t.safetensors", cwd=tmp_path,
                code=0).json()
    assert found["token"] == 22 * 68 + 34 and found["kind"] == "flow"
    assert found["files"] == ["explain.png", "t.safetensors"] == files_in(tmp_path)


def test_the_interface_says_when_nothing_is_found(street, tmp_path):
    run("explain", street, "--at", "-500,-500", cwd=tmp_path).failed_with(1, "no detection covers this pixel")
    assert files_in(tmp_path) == []
