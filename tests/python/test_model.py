"""saccade.load, detect and explain: the program's numbers as arrays."""
import threading

import numpy
import PIL.Image
import pytest
import program
from program import IMAGES, SHIPPED_WEIGHTS, read_safetensors
from python_package import saccade, torch

STREET = IMAGES / "Town03_013980.jpg"
MASKS = {"drise": {"masks": 12}}


@pytest.fixture(scope="module")
def model():
    return saccade.load()


@pytest.fixture(scope="module")
def why(model):
    return model.explain(STREET, class_name="vehicle", encoder_at=(320, 218), from_level=1)


def same(one, other, tolerance=1e-9):
    return (numpy.array_equal(one.queries, other.queries) and one.names == other.names
            and numpy.allclose(one.scores, other.scores, atol=tolerance)
            and numpy.allclose(one.boxes, other.boxes, atol=1e3 * tolerance))


def test_a_model_says_what_it_is(model):
    assert model.name == "street_r18" and len(model.sha256) == 64 and model.device == "cpu" and model.precision == "fp32"
    assert model.classes[1] == "vehicle" and model.size == "320,1333,32"
    assert model.config["num_queries"] == 100 and model.config["family"] == "deformable_detr"
    assert saccade.load(SHIPPED_WEIGHTS, size="256,600").size == "256,600,32"


def test_detections_are_those_of_the_program(model):
    found = model.detect(STREET, threshold=0)
    expected = program.run("detect", STREET, "--json", code=0).json()
    assert len(found) == len(expected) > 50 and found.image_size == (640, 380)
    x, y, width, height = numpy.array([one["bbox"] for one in expected]).T
    assert numpy.allclose(found.boxes, numpy.stack([x, y, x + width, y + height], 1), atol=1e-2)
    assert numpy.allclose(found.scores, [one["score"] for one in expected], atol=1e-5)
    assert found.labels.tolist() == [one["category_id"] for one in expected]
    assert found.queries.tolist() == [one["query"] for one in expected]
    assert found.names == [model.classes[label] for label in found.labels.tolist()]
    above = model.detect(STREET)
    assert 0 < len(above) < len(found) and (above.scores > 0.5).all() and (found.scores[len(above):] <= 0.5).all()


def test_an_image_may_be_a_file_an_array_a_tensor_or_of_pillow(model):
    expected = model.detect(STREET)
    with PIL.Image.open(STREET) as picture:
        pixels = numpy.asarray(picture.convert("RGB"))
        kinds = [str(STREET), pixels, torch.tensor(pixels), picture, numpy.ascontiguousarray(pixels[::-1])[::-1]]
        assert all(same(found, expected) for found in model.detect(kinds))
    assert not same(model.detect(pixels[:, ::-1]), expected)


def test_interventions_change_what_is_found_as_in_the_program(model):
    text = "dec.*.cross.level0=off(renorm)"
    changed = model.detect(STREET, threshold=0, interventions=[text])
    expected = program.run("detect", STREET, "--json", "-x", text, code=0).json()
    assert numpy.allclose(changed.scores, [one["score"] for one in expected], atol=1e-5)
    assert not same(changed, model.detect(STREET, threshold=0), 1e-3)
    assert same(model.detect(STREET, threshold=0, interventions=text), changed)
    assert same(model.explain(STREET, interventions=text).detections, changed, 1e-5)


def test_attention_is_that_of_the_trace_file(model, why, tmp_path):
    assert why.encoder_token >= 0 and why.input_size == (544, 320) and why.levels[0] == (40, 68)
    for module, options in {"decoder": [], "encoder": ["--at", "320,218", "--from-level", 1]}.items():
        path = tmp_path / f"{module}.safetensors"
        program.run("explain", STREET, "--module", module, "--layer", "all", *options, "--trace", path, "--out",
                    tmp_path / f"{module}.png", code=0)
        arrays, _ = read_safetensors(path)
        layers = getattr(why, module)
        assert sorted(layers) == list(range(model.config[f"{module}_layers"]))
        for layer, attention in layers.items():
            for quantity in ("sampling_locations", "sampling_points_px", "attention_weights", "reference_points"):
                expected = arrays[f"{module}.{layer}.{quantity}"]
                found = getattr(attention, quantity)
                assert found.shape == expected.shape and numpy.allclose(found, expected, atol=1e-3), (layer, quantity)
        assert numpy.allclose(why.logits, arrays["logits"], atol=1e-4)
        assert numpy.allclose(why.boxes, arrays["boxes"], atol=1e-5)
    assert why.decoder[0].self_attention.shape == (8, 100, 100) and why.decoder[0].cross_attention is None
    assert numpy.allclose(why.decoder[3].attention_weights.sum((-1, -2)), 1, atol=1e-5)
    assert model.explain(STREET).encoder == {}


def test_a_query_is_chosen_by_number_class_or_box(model, why):
    best = model.detect(STREET)
    assert why.query == best.queries[0] and why.name == "vehicle" and why.score == best.scores[0]
    assert numpy.array_equal(why.box, best.boxes[0])
    second = model.explain(STREET, box=best.boxes[1] + [2, -2, 2, -2])
    assert second.query == best.queries[1] and numpy.allclose(second.box, best.boxes[1], atol=1e-3)
    assert model.explain(STREET, query=int(best.queries[2])).score == pytest.approx(best.scores[2], abs=1e-6)
    light = model.explain(STREET, class_name="traffic_light")
    assert light.name == "traffic_light" and light.query == best.queries[best.names.index("traffic_light")]


@pytest.mark.parametrize("method", saccade.ATTRIBUTION_METHODS)
def test_maps_are_those_of_the_program(why, method, tmp_path):
    found = why.map(method, **MASKS.get(method, {}))
    words = ["--masks", 12] if method == "drise" else []
    [expected] = program.run("explain", STREET, "--class", "vehicle", "--kind", "map", "--method", method, *words,
                             "--json", "--quiet", cwd=tmp_path, code=0).json()["maps"]
    assert found.map.shape == (380, 640) and found.map.dtype == numpy.float32
    assert found.map.sum(dtype=float) == pytest.approx(expected["sum"], rel=1e-3, abs=1e-4)
    assert found.is_signed == (method in ("directed", "drise"))
    if "value" in expected:
        assert found.value == pytest.approx(expected["value"], abs=1e-4)
    if "outside" in expected:
        assert found.outside == pytest.approx(expected["outside"], abs=1e-4)
    x0, y0, x1, y1 = why.box.astype(int)
    inside = found.map.clip(0)[y0:y1, x0:x1].sum() / found.map.clip(0).sum()
    assert method == "drise" or inside > 3 * (x1 - x0) * (y1 - y0) / found.map.size


def test_maps_of_a_box_side_and_of_one_layer_are_others(why):
    of_class, of_side = why.map("directed"), why.map("directed", "x0")
    assert of_side.value == pytest.approx(why.box[0], abs=0.1) and not numpy.allclose(of_class.map, of_side.map)
    assert not numpy.allclose(why.map("weights").map, why.map("weights", layers=[0]).map)
    first, *_, last = why.points("weights")
    assert (first.layer, last.layer) == (0, 5) and last.scores.shape == (8, 4, 4)
    assert numpy.allclose(last.scores, why.decoder[5].attention_weights[why.query], atol=1e-5)
    assert numpy.allclose(last.sampling_locations, why.decoder[5].sampling_locations[why.query], atol=1e-5)


def test_plain_detr_has_dense_attention_and_the_maps_that_fit_it(tmp_path):
    program.run("train", "--model", "detr", "--images", IMAGES, "--annotations", IMAGES / "instances.json", "--backbone",
                "resnet18", "--norm", "group", "--hidden_dim", 32, "--nheads", 4, "--enc_layers", 1, "--dec_layers", 2,
                "--num_queries", 12, "--dim_feedforward", 32, "--size", "96,160", "--threads", 1, "--num_workers", 1,
                "--steps", 1, "--quiet", "--output_dir", tmp_path / "run", code=0)
    model = saccade.load(tmp_path / "run" / "checkpoint.pth")
    assert model.config["family"] == "detr" and len(model.detect(STREET, threshold=0)) == 12
    why = model.explain(STREET, query=3, encoder_at=(320, 200))
    [cells] = why.levels
    assert why.decoder[1].cross_attention.shape == (4, 12, *cells) and why.decoder[1].sampling_locations is None
    assert why.encoder[0].self_attention.shape == (4, 1, *cells)
    assert numpy.allclose(why.decoder[0].cross_attention.sum((-1, -2)), 1, atol=1e-5)
    assert why.map("relevance").map.shape == (380, 640)
    with pytest.raises(saccade.UsageError, match="no sampling points"):
        why.map("contribution")


def test_what_the_caller_switched_changes_nothing(model, why):
    expected, odam = model.detect(STREET), why.map("odam").map
    for scope in (torch.no_grad(), torch.inference_mode(), torch.autocast("cpu", torch.bfloat16)):
        with scope:
            assert same(model.detect(STREET), expected)
            again = model.explain(STREET, class_name="vehicle")
            assert numpy.allclose(again.map("odam").map, odam, atol=1e-6)


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="two GPUs are needed")
def test_the_current_gpu_stays_that_of_the_caller(model):
    assert torch.cuda.current_device() == 0
    other = saccade.load(device="cuda:1")
    assert torch.cuda.current_device() == 0 and same(other.detect(STREET), model.detect(STREET), 1e-4)
    assert torch.cuda.current_device() == 0


def test_several_threads_may_ask_one_model(model):
    images = [STREET, IMAGES / "Town04_004980.jpg"]
    expected = model.detect(images)
    found = [None] * 4

    def ask(number):
        found[number] = model.detect(images[number % 2])

    threads = [threading.Thread(target=ask, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(same(found[number], expected[number % 2]) for number in range(4))


def test_bfloat16_finds_the_same_objects_and_has_no_maps():
    model = saccade.load(precision="bf16")
    found, exact = model.detect(STREET), saccade.load().detect(STREET)
    assert found.names[:2] == exact.names[:2] and numpy.allclose(found.boxes[:2], exact.boxes[:2], atol=3)
    with pytest.raises(saccade.UsageError, match='load it with precision="fp32"'):
        model.explain(STREET).map("weights")


def test_faults_are_told_in_one_sentence(model, why, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    wrong = [
        (saccade.Error, "broken.jpg: not a JPEG or PNG file", lambda: model.detect(broken)),
        (saccade.Error, "none.safetensors", lambda: saccade.load(tmp_path / "none.safetensors")),
        (saccade.UsageError, "precision fp8: expected", lambda: saccade.load(precision="fp8")),
        (saccade.UsageError, "on the CPU give bf16", lambda: saccade.load(precision="fp16")),
        (saccade.UsageError, "expected auto, cpu, cuda or cuda:N", lambda: saccade.load(device="tpu")),
        (saccade.UsageError, "expected uint8", lambda: model.detect(numpy.zeros((4, 4), numpy.uint8))),
        (saccade.UsageError, "expected uint8", lambda: model.detect(torch.zeros(4, 4, 3))),
        (saccade.UsageError, "threshold 2", lambda: model.detect(STREET, threshold=2)),
        (saccade.UsageError, "dec.9", lambda: model.detect(STREET, interventions="dec.9.cross.head5=off")),
        (saccade.UsageError, "choose by one of", lambda: model.explain(STREET, query=1, class_name="vehicle")),
        (saccade.UsageError, "queries 0 to 99", lambda: model.explain(STREET, query=100)),
        (saccade.UsageError, "did you mean vehicle", lambda: model.explain(STREET, class_name="vehicel")),
        (saccade.UsageError, "outside the image", lambda: model.explain(STREET, encoder_at=(640, 0))),
        (saccade.UsageError, "expected \\(x0, y0, x1, y1\\)", lambda: model.explain(STREET, box=(1, 2, 3))),
        (saccade.Error, "no query's final box", lambda: model.explain(STREET, box=(-9, -9, -8, -8))),
        (saccade.UsageError, "contributions", lambda: why.map("contributions")),
        (saccade.UsageError, "layer", lambda: why.map("weights", layers=[7])),
    ]
    for kind, words, call in wrong:
        with pytest.raises(kind, match=words) as raised:
            call()
        assert type(raised.value) is kind, words
    assert issubclass(saccade.UsageError, ValueError) and issubclass(saccade.UsageError, saccade.Error)
