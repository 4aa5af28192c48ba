"""saccade export onnx: ONNX Runtime and the reference of the plugin's formula find what the program finds."""
import json

import numpy
import PIL.Image
import pytest
from program import IMAGES, STREET, read_safetensors, run, write_safetensors
from training import train

onnx = pytest.importorskip("onnx", reason="exports are checked with onnx")
runtime = pytest.importorskip("onnxruntime", reason="exports are run with onnxruntime")


def network_input(path, height, width):
    """As any user of the file prepares an image: Pillow's bilinear resize, ImageNet's mean and deviation."""
    image = PIL.Image.open(path).convert("RGB").resize((width, height), PIL.Image.BILINEAR)
    scaled = (numpy.asarray(image, numpy.float32) / 255 - numpy.float32([0.485, 0.456, 0.406])) / numpy.float32([0.229, 0.224, 0.225])
    return numpy.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


def session_of(path):
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 2
    return runtime.InferenceSession(str(path), options)


def largest_difference(outputs, detections, family="deformable_detr", image=STREET):
    """Of scores, and of box corners as shares of the image."""
    logits, boxes = outputs
    exponent = numpy.exp(logits - logits.max(-1, keepdims=True))
    scores = 1 / (1 + numpy.exp(-logits)) if family == "deformable_detr" else exponent / exponent.sum(-1, keepdims=True)
    size = numpy.array(PIL.Image.open(image).size * 2)
    assert len(detections) > 10
    difference = 0
    for row in detections:
        x, y, width, height = boxes[0, row["query"]]
        corner = numpy.array([x - width / 2, y - height / 2, width, height]) - row["bbox"] / size
        difference = max(difference, abs(scores[0, row["query"], row["category_id"]] - row["score"]), numpy.abs(corner).max())
    return difference


def test_the_demo_model_in_onnx_runtime(tmp_path):
    told = run("export", "onnx", "--image-size", "640x380", "--out", tmp_path / "street.onnx", "--json", code=0).json()
    assert told["pixels"] == [1, 3, 320, 544] and told["pred_logits"] == [1, 100, 6] and told["pred_boxes"] == [1, 100, 4]
    model = onnx.load(tmp_path / "street.onnx")
    onnx.checker.check_model(model, full_check=True)
    metadata = {one.key: one.value for one in model.metadata_props}
    assert json.loads(metadata["class_names"])["1"] == "vehicle" and metadata["family"] == "deformable_detr" and len(metadata["weights_sha256"]) == 64
    session = session_of(tmp_path / "street.onnx")
    for image in sorted(IMAGES.glob("*.jpg"))[::3]:
        outputs = session.run(["pred_logits", "pred_boxes"], {"pixels": network_input(image, 320, 544)})
        detections = run("detect", image, "--json", code=0).json()
        assert largest_difference(outputs, detections, image=image) < 1e-4


def randomised(checkpoint, out, seed=0):
    """A model whose every part matters: a new one looks at fixed places and has boxes of one size."""
    run("weights", "convert", checkpoint, out, code=0)
    tensors, metadata = read_safetensors(out)
    random = numpy.random.default_rng(seed)
    shared = {}  # heads that share weights go on sharing them
    for name, values in tensors.items():
        if "backbone" in name or values.dtype != numpy.float32:
            continue
        key = values.tobytes() if "_embed." in name else name
        if key not in shared:
            shared[key] = (values + 0.05 * random.standard_normal(values.shape)).astype(numpy.float32)
        tensors[name] = shared[key]
    write_safetensors(out, tensors, metadata)
    return out


VARIANTS = {
    "points": [],
    "refine": ["--with_box_refine"],
    "two stages": ["--with_box_refine", "--two_stage", "--hidden_dim", "256", "--nheads", "8"],
    "one level, dilated": ["--num_feature_levels", "1", "--dilation", "--backbone", "resnet50"],
    "learned positions, batch norm": ["--position_embedding", "learned", "--norm", "batch", "--dec_n_points", "2"],
    "plain": ["--model", "detr"],
    "plain, norms first": ["--model", "detr", "--pre_norm"],
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_kind_of_model(tmp_path, variant):
    options = VARIANTS[variant]
    train("--steps", 1, "--quiet", "--output_dir", tmp_path / "run", *options)
    weights = randomised(tmp_path / "run" / "checkpoint.pth", tmp_path / "w.safetensors")
    told = run("export", "onnx", "--weights", weights, "--image-size", "640x380", "--out", tmp_path / "m.onnx", "--json", code=0).json()
    onnx.checker.check_model(onnx.load(tmp_path / "m.onnx"), full_check=True)
    outputs = session_of(tmp_path / "m.onnx").run(["pred_logits", "pred_boxes"], {"pixels": network_input(STREET, *told["pixels"][2:])})
    detections = run("detect", STREET, "--json", "--weights", weights, code=0).json()
    family = "detr" if variant.startswith("plain") else "deformable_detr"
    assert largest_difference(outputs, detections, family) < 1e-3


def test_a_batch_is_its_images(tmp_path):
    for batch in (1, 2):
        run("export", "onnx", "--image-size", "640x380", "--size", "96,192,32", "--batch", batch, "--out", tmp_path / f"{batch}.onnx", code=0)
    images = [network_input(path, 96, 160) for path in sorted(IMAGES.glob("*.jpg"))[:2]]
    together = session_of(tmp_path / "2.onnx").run(None, {"pixels": numpy.concatenate(images)})
    alone = session_of(tmp_path / "1.onnx")
    for i, image in enumerate(images):
        for one, both in zip(alone.run(None, {"pixels": image}), together):
            assert numpy.abs(one[0] - both[i]).max() < 1e-3


def attention_of(value, shapes, starts, locations, weights):
    """The plugin's formula, one level after another."""
    batch, _, heads, depth = value.shape
    queries = locations.shape[1]
    output = numpy.zeros((batch, queries, heads, depth), numpy.float32)
    for level, ((height, width), start) in enumerate(zip(shapes, starts)):
        map_ = value[:, start:start + height * width].reshape(batch, height, width, heads, depth)
        x, y = locations[:, :, :, level, :, 0] * width - 0.5, locations[:, :, :, level, :, 1] * height - 0.5
        for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
            i, j = numpy.floor(y).astype(int) + row, numpy.floor(x).astype(int) + column
            share = (1 - numpy.abs(y - i)) * (1 - numpy.abs(x - j)) * ((i >= 0) & (i < height) & (j >= 0) & (j < width))
            i, j = i.clip(0, height - 1), j.clip(0, width - 1)
            n, m = numpy.arange(batch)[:, None, None, None], numpy.arange(heads)[None, None, :, None]
            output += ((share * weights[:, :, :, level])[..., None] * map_[n, i, j, m]).sum(3)
    return output


def test_the_plugin_form_is_the_same_function(tmp_path):
    """Each plugin node is cut out and computed here, in the order of the graph; ONNX Runtime runs what lies between."""
    size = ["--image-size", "640x380", "--size", "64,128,32"]
    run("export", "onnx", *size, "--op", "tensorrt", "--out", tmp_path / "plugin.onnx", code=0)
    run("export", "onnx", *size, "--out", tmp_path / "plain.onnx", code=0)
    model = onnx.load(tmp_path / "plugin.onnx")
    plugins = [node for node in model.graph.node if node.op_type == "MultiscaleDeformableAttnPlugin_TRT"]
    assert len(plugins) == 9 and not any(node.op_type == "GridSample" for node in model.graph.node)
    constants = {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}
    pixels = network_input(STREET, *session_of(tmp_path / "plain.onnx").get_inputs()[0].shape[2:])
    known, left = {"pixels": pixels}, list(model.graph.node)
    for plugin in plugins + [None]:
        wanted = [name for name in (plugin.input if plugin is not None else ["pred_logits", "pred_boxes"]) if name not in constants]
        run_part(model, left, known, wanted)
        if plugin is not None:
            known[plugin.output[0]] = attention_of(*[constants.get(name, known.get(name)) for name in plugin.input])
            left.remove(plugin)
    ours = [known["pred_logits"], known["pred_boxes"]]
    theirs = session_of(tmp_path / "plain.onnx").run(["pred_logits", "pred_boxes"], {"pixels": pixels})
    assert max(numpy.abs(a - b).max() for a, b in zip(ours, theirs)) < 1e-3


def run_part(model, nodes, known, wanted):
    """Runs what of the nodes leads from the known values to the wanted ones, and keeps all that it made."""
    makers = {output: node for node in nodes for output in node.output}
    needed, open_ = [], [name for name in wanted if name not in known]
    while open_:
        node = makers.get(open_.pop())
        if node is not None and node not in needed:
            needed.append(node)
            open_ += [name for name in node.input if name not in known]
    part = [node for node in nodes if node in needed]
    inputs = {name for node in part for name in node.input if name in known}
    kept = [one for one in model.graph.initializer if any(one.name in node.input for node in part)]
    outputs = [output for node in part for output in node.output]
    graph = onnx.helper.make_graph(
        part, "part", [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, known[name].shape) for name in inputs],
        [onnx.helper.make_empty_tensor_value_info(name) for name in outputs], kept)
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    values = runtime.InferenceSession(made.SerializeToString()).run(outputs, {name: known[name] for name in inputs})
    known.update(zip(outputs, values))


@pytest.mark.parametrize("words, code, said", [
    ([], 2, ["--image-size"]),
    (["--image-size", "640"], 2, ["--image-size", "WIDTHxHEIGHT", "640"]),
    (["--image-size", "0x380"], 2, ["--image-size"]),
    (["--image-size", "640x380", "--op", "triton"], 2, ["--op"]),
    (["--image-size", "640x380", "--weights", "none.pth"], 1, ["none.pth"]),
    (["--image-size", "640x380", "--size", "32,64,32"], 1, ["64x32", "two-stage queries", "larger"]),
    (["--image-size", "640x380", "--overwrite", "--out", "/dev/full"], 1, ["/dev/full"]),
])
def test_bad_input(tmp_path, words, code, said):
    run("export", "onnx", *words, cwd=tmp_path).failed_with(code, *said)
    assert not list(tmp_path.iterdir())


def test_files_are_not_replaced_unasked(tmp_path):
    (tmp_path / "model.onnx").write_text("mine")
    small = ["--image-size", "640x380", "--size", "96,192,32"]
    run("export", "onnx", *small, cwd=tmp_path).failed_with(2, "model.onnx", "--overwrite")
    assert (tmp_path / "model.onnx").read_text() == "mine"
    run("export", "onnx", *small, "--overwrite", cwd=tmp_path, code=0)
    assert onnx.load(tmp_path / "model.onnx").producer_name == "saccade"
