"""In the place of the original's extension, function and module: same calls, same numbers."""
import importlib
import inspect
import os
import sys
import types

import pytest
from program import ROOT, read_safetensors
from python_package import grid_sample_attention, operands, saccade, torch

# How the original's models/ops calls its extension: by this name, these functions, in this order.
CALLER = """
import torch
import MultiScaleDeformableAttention as MSDA

class Attention(torch.autograd.Function):
    @staticmethod
    def forward(ctx, value, shapes, starts, locations, weights, step):
        ctx.step = step
        ctx.save_for_backward(value, shapes, starts, locations, weights)
        return MSDA.ms_deform_attn_forward(value, shapes, starts, locations, weights, step)

    @staticmethod
    def backward(ctx, grad_output):
        into_value, into_locations, into_weights = MSDA.ms_deform_attn_backward(*ctx.saved_tensors, grad_output, ctx.step)
        return into_value, None, None, into_locations, into_weights, None
"""


@pytest.fixture
def caller(tmp_path, monkeypatch):
    """A module that imports the extension, once it is imported itself."""
    (tmp_path / "calls_extension.py").write_text(CALLER)
    monkeypatch.syspath_prepend(tmp_path)
    yield lambda: importlib.import_module("calls_extension")
    sys.modules.pop("calls_extension", None)


def compare(apply, seed, step=64, **sizes):
    """Results and gradients of `apply`, called as the original's function, against grid_sample."""
    found = []
    for ours in (True, False):
        value, shapes, starts, locations, weights = operands(seed, **sizes)
        inputs = [one.requires_grad_() for one in (value, locations, weights)]
        out = (apply(value, shapes, starts, locations, weights, step) if ours
               else grid_sample_attention(value, shapes, locations, weights))
        (out * torch.arange(out.numel()).view_as(out).cos()).sum().backward()
        found.append([out.detach(), *(one.grad for one in inputs)])
    for ours, theirs in zip(*found):
        assert torch.allclose(ours, theirs, atol=1e-5, rtol=1e-5), (ours - theirs).abs().max()


def test_modules_and_functions_take_the_original_s_names():
    """models/ops/modules/ms_deform_attn.py and models/ops/functions/ms_deform_attn_func.py."""
    from saccade.op import MSDeformAttn, MSDeformAttnFunction
    names = lambda call: [name for name in inspect.signature(call).parameters if name != "self"]  # noqa: E731
    assert names(MSDeformAttn) == ["d_model", "n_levels", "n_heads", "n_points"]
    assert [one.default for one in inspect.signature(MSDeformAttn).parameters.values()] == [256, 4, 8, 4]
    assert names(MSDeformAttn.forward) == ["query", "reference_points", "input_flatten", "input_spatial_shapes", "input_level_start_index",
                                           "input_padding_mask"]
    assert names(MSDeformAttnFunction.apply) == ["value", "value_spatial_shapes", "value_level_start_index", "sampling_locations",
                                                 "attention_weights", "im2col_step"]


def test_the_original_s_calls_of_its_extension_get_our_numbers(caller):
    with saccade.drop_in.install():
        compare(caller().Attention.apply, 1)
        compare(caller().Attention.apply, 2, dtype=torch.float64)
        # No number of images is refused; the original wants a multiple of the step.
        compare(caller().Attention.apply, 3, step=2, batch=5)


def test_the_function_of_this_name_is_called_as_the_original_s():
    compare(saccade.MSDeformAttnFunction.apply, 4)
    compare(lambda *all_but_step: saccade.MSDeformAttnFunction.apply(*all_but_step[:-1]), 5)


def test_nothing_is_installed_unasked_and_undo_takes_it_away(caller):
    name = saccade.drop_in.EXTENSION
    assert name not in sys.modules
    replacement = saccade.drop_in.install()
    assert importlib.import_module(name).ms_deform_attn_forward is saccade.drop_in.ms_deform_attn_forward
    replacement.undo()
    assert name not in sys.modules
    with pytest.raises(ImportError):
        caller()
    replacement.undo()  # does nothing


def test_code_that_has_imported_another_extension_gets_ours_and_then_its_own_back(caller, monkeypatch):
    theirs = types.ModuleType(saccade.drop_in.EXTENSION)
    monkeypatch.setitem(sys.modules, theirs.__name__, theirs)
    module = caller()
    assert module.MSDA is theirs
    with saccade.drop_in.install() as replacement:
        assert module.MSDA is not theirs and replacement.count >= 1
        compare(module.Attention.apply, 6)
    assert module.MSDA is theirs and sys.modules[theirs.__name__] is theirs


def test_start_indices_of_another_layout_are_refused():
    value, shapes, starts, locations, weights = operands(7)
    with pytest.raises(saccade.UsageError, match=r"level_start_index is \[0, 25\].*start at \[0, 24\]"):
        saccade.MSDeformAttnFunction.apply(value, shapes, starts + torch.tensor([0, 1]), locations, weights, 64)


def test_a_copy_of_shapes_is_kept_until_they_change():
    shapes = torch.tensor([(6, 4), (3, 2)])
    copy = saccade.op.kept_copy(shapes, torch.tensor([0, 24]))
    assert torch.equal(copy, shapes) and copy.data_ptr() != shapes.data_ptr()
    assert saccade.op.kept_copy(shapes, None) is copy
    shapes[0, 0] = 5
    assert saccade.op.kept_copy(shapes, None).tolist() == [[5, 4], [3, 2]]
    with pytest.raises(saccade.UsageError):
        saccade.op.kept_copy(torch.tensor([(6, 4), (3, 2)]), torch.tensor([0, 23]))


def golden_module():
    arrays = {name: torch.tensor(array) for name, array in
              read_safetensors(ROOT / "tests" / "goldens" / "modules" / "msda_module.safetensors")[0].items()}
    module = saccade.MSDeformAttn(64, 3, 8, 4)
    module.load_state_dict({name[2:]: tensor for name, tensor in arrays.items() if name.startswith("w.")})
    return module, arrays


@pytest.mark.parametrize("reference", ["ref2", "ref4"])
def test_the_module_gives_what_the_original_s_gave(reference):
    module, arrays = golden_module()
    query, points, features = (arrays[name].clone().requires_grad_() for name in ("query", reference, "input_flatten"))
    out = module(query, points, features, arrays["spatial_shapes"], arrays["level_start_index"],
                 arrays["padding_mask"])
    out.backward(arrays["grad_out"])
    found = {"out": out, "grad_query": query.grad, "grad_ref": points.grad, "grad_input": features.grad}
    found |= {f"grad_w.{name}": parameter.grad for name, parameter in module.named_parameters()}
    for name, tensor in found.items():
        expected = arrays[f"{reference}.{name}"]
        furthest = (tensor.detach() - expected).abs().max()
        assert furthest <= 1e-5 * max(1, expected.abs().max()), (name, furthest)


def test_a_new_module_looks_in_eight_directions_and_weighs_alike():
    module = saccade.MSDeformAttn(64, 2, 8, 3)
    offsets = module.sampling_offsets.bias.view(8, 2, 3, 2)
    directions = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)]
    expected = torch.tensor(directions).float()[:, None, None] * torch.tensor([1.0, 2, 3])[:, None]
    assert torch.allclose(offsets, expected.expand(-1, 2, -1, -1), atol=1e-6)
    assert not module.sampling_offsets.weight.any() and not module.attention_weights.weight.any()
    assert not any(layer.bias.any() for layer in (module.attention_weights, module.value_proj, module.output_proj))
    assert module.im2col_step == 64
    with pytest.raises(ValueError, match="no multiple of n_heads"):
        saccade.MSDeformAttn(64, 2, 7, 3)


def test_the_module_under_autocast_stays_near_float32():
    module, arrays = golden_module()
    arguments = [arrays[name] for name in ("query", "ref2", "input_flatten", "spatial_shapes", "level_start_index")]
    with torch.no_grad():
        exact = module(*arguments)
        with torch.autocast("cpu", torch.bfloat16):
            out = module(*arguments)
    assert out.dtype == torch.bfloat16 and (out.float() - exact).abs().max() < 0.05 * exact.abs().max()


def test_the_original_s_module_runs_unchanged(monkeypatch):
    """The original's own files, where a checkout is there: they are not part of this repository."""
    checkout = os.environ.get("SACCADE_ORIGINAL")
    if not checkout:
        pytest.skip("SACCADE_ORIGINAL names no checkout of fundamentalvision/Deformable-DETR")
    monkeypatch.syspath_prepend(os.path.join(checkout, "models"))
    module, arrays = golden_module()
    arguments = [arrays[name] for name in ("query", "ref2", "input_flatten", "spatial_shapes", "level_start_index",
                                           "padding_mask")]
    with saccade.drop_in.install():
        functions = importlib.import_module("ops.functions.ms_deform_attn_func")
        original = importlib.import_module("ops.modules").MSDeformAttn(64, 3, 8, 4)
        original.load_state_dict(module.state_dict())
        assert torch.allclose(original(*arguments), module(*arguments), atol=1e-6)
        compare(functions.MSDeformAttnFunction.apply, 8)
        value, shapes, _, locations, weights = operands(9)
        assert torch.allclose(functions.ms_deform_attn_core_pytorch(value, shapes, locations, weights),
                              saccade.ms_deform_attn(value, shapes, locations, weights), atol=1e-5)
