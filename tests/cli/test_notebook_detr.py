"""The minimal DETR of the demo notebook: a file of its weights is detected with, explained, shown; masks are refused."""
import numpy
import pytest
from program import files_in, read_safetensors, run, write_safetensors

WIDTH, QUERIES, CLASSES, LAYERS, FEED = 32, 12, 7, 2, 64


def block(names, prefix, inside, out, stride):
    names[prefix + "conv1.weight"] = (out, inside, 3, 3)
    names[prefix + "conv2.weight"] = (out, out, 3, 3)
    for norm in ("bn1", "bn2"):
        names.update({f"{prefix}{norm}.{part}": (out,) for part in ("weight", "bias", "running_mean", "running_var")})
    if stride > 1 or inside != out:
        names[prefix + "downsample.0.weight"] = (out, inside, 1, 1)
        names.update({f"{prefix}downsample.1.{part}": (out,) for part in ("weight", "bias", "running_mean", "running_var")})


def shapes():
    """Names and shapes of the notebook's model with a ResNet-18 and fewer channels."""
    names = {"query_pos": (QUERIES, WIDTH), "row_embed": (50, WIDTH // 2), "col_embed": (50, WIDTH // 2), "backbone.conv1.weight": (64, 3, 7, 7)}
    names.update({f"backbone.bn1.{part}": (64,) for part in ("weight", "bias", "running_mean", "running_var")})
    inside = 64
    for stage, out in enumerate((64, 128, 256, 512), 1):
        for i in range(2):
            block(names, f"backbone.layer{stage}.{i}.", inside, out, 2 if stage > 1 and i == 0 else 1)
            inside = out
    names.update({"conv.weight": (WIDTH, 512, 1, 1), "conv.bias": (WIDTH,)})
    for stack, attentions, norms in (("encoder", ("self_attn",), 2), ("decoder", ("self_attn", "multihead_attn"), 3)):
        for layer in range(LAYERS):
            prefix = f"transformer.{stack}.layers.{layer}."
            for attention in attentions:
                names.update({f"{prefix}{attention}.in_proj_weight": (3 * WIDTH, WIDTH), f"{prefix}{attention}.in_proj_bias": (3 * WIDTH,),
                              f"{prefix}{attention}.out_proj.weight": (WIDTH, WIDTH), f"{prefix}{attention}.out_proj.bias": (WIDTH,)})
            names.update({prefix + "linear1.weight": (FEED, WIDTH), prefix + "linear1.bias": (FEED,), prefix + "linear2.weight": (WIDTH, FEED),
                          prefix + "linear2.bias": (WIDTH,)})
            for norm in range(1, norms + 1):
                names.update({f"{prefix}norm{norm}.weight": (WIDTH,), f"{prefix}norm{norm}.bias": (WIDTH,)})
        names.update({f"transformer.{stack}.norm.weight": (WIDTH,), f"transformer.{stack}.norm.bias": (WIDTH,)})
    names.update({"linear_class.weight": (CLASSES, WIDTH), "linear_class.bias": (CLASSES,), "linear_bbox.weight": (4, WIDTH), "linear_bbox.bias": (4,)})
    return names


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """In half precision, as the notebook's are published, with the counters of its batch norms."""
    random = numpy.random.default_rng(5)
    tensors = {}
    for name, shape in shapes().items():
        noise = random.standard_normal(shape)
        if name.endswith("running_var"):
            noise = abs(noise) + 0.5
        elif len(shape) == 1:
            noise = noise * 0.1 + (1 if name.endswith("weight") else 0)
        elif "embed" not in name and name != "query_pos":
            noise = noise / numpy.sqrt(noise.size / shape[0])
        tensors[name] = noise.astype("float16")
    tensors["backbone.bn1.num_batches_tracked"] = numpy.int64([7]).reshape(())
    path = tmp_path_factory.mktemp("notebook") / "detr_demo.safetensors"
    write_safetensors(path, tensors, {})
    return path


def test_it_detects_with_softmax_scores(notebook, street, tmp_path):
    found = run("detect", street, "--weights", notebook, "--size", "192,320", "--json", code=0).json()
    assert len(found) == QUERIES  # of every query the best class that is no "no object"
    assert {row["query"] for row in found} == set(range(QUERIES))
    scores = [row["score"] for row in found]
    assert scores == sorted(scores, reverse=True) and 0 < scores[-1] <= scores[0] < 1


def test_every_kind_without_sampling_points_explains_it(notebook, street, tmp_path):
    common = ["--weights", notebook, "--size", "192,320"]
    for kind in ("heat", "grid", "drift", "self-attention"):
        run("explain", street, *common, "--kind", kind, "--out", f"{kind}.png", cwd=tmp_path, code=0)
    run("explain", street, *common, "--kind", "heat", "--module", "encoder", "--at", "320,218", "--out", "token.png", cwd=tmp_path, code=0)
    run("explain", street, *common, "--kind", "heat", "--trace", "t.safetensors", "--out", "b.png", cwd=tmp_path, code=0)
    tensors, _ = read_safetensors(tmp_path / "t.safetensors")
    maps = tensors["decoder.1.cross_attention"]
    assert maps.shape[:2] == (8, QUERIES) and numpy.allclose(maps.sum((2, 3)), 1, atol=1e-4)
    assert len(files_in(tmp_path)) == 7
    run("explain", street, *common, cwd=tmp_path).failed_with(2, "no sampling points")
    run("follow", street, street.with_name("Town03_013940.jpg"), *common, cwd=tmp_path).failed_with(2, "no sampling points", "saccade view")
    without = run("detect", street, *common, "-x", "dec.1.cross.head0=off", "--json", code=0).json()
    assert without != run("detect", street, *common, "--json", code=0).json()


def test_what_a_file_is_read_as_is_shown(notebook, street, tmp_path):
    shown = run("weights", "show", notebook, code=0).out
    assert "read as" in shown and "the demo notebook's minimal DETR: resnet18, 2 encoder and 2 decoder layers, 12 queries" in shown
    write_safetensors(tmp_path / "masks.safetensors", {"detr.class_embed.weight": numpy.zeros((251, 256), "float32"),
                                                       "mask_head.lay1.weight": numpy.zeros((2, 2), "float32")}, {})
    shown = run("weights", "show", tmp_path / "masks.safetensors", code=0).out
    assert "read as" in shown and "mask head" in shown and "panoptic" in shown
    run("detect", street, "--weights", tmp_path / "masks.safetensors", code=1).failed_with(1, "mask head", "take the weights of a detector")


def test_nobody_fine_tunes_a_model_of_masks(tmp_path):
    masks = {"detr.transformer.encoder.layers.0.linear1.weight": numpy.zeros((8, 8), "float32"),
             "mask_head.lay1.weight": numpy.zeros((2, 2), "float32")}
    write_safetensors(tmp_path / "panoptic.safetensors", masks, {})
    run("train", "--weights", tmp_path / "panoptic.safetensors", "--images", "none", "--annotations", "none.json",
        "--output_dir", tmp_path / "out", "--quiet").failed_with(1, "mask head", "take the weights of a detector")


def test_it_is_neither_trained_nor_converted_to_other_names(notebook, tmp_path):
    run("weights", "convert", notebook, tmp_path / "hf.safetensors", "--names", "huggingface", code=1).failed_with(1, "no Hugging Face counterpart")
    run("weights", "convert", notebook, tmp_path / "same.pth", "--dtype", "float32", code=0)
    assert "minimal DETR" in run("weights", "show", tmp_path / "same.pth", code=0).out
    run("export", "onnx", "--weights", notebook, "--image-size", "96x64", "--out", tmp_path / "x.onnx", code=1).failed_with(1, "not exported")
