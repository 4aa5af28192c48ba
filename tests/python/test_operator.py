"""torch.ops.saccade.ms_deform_attn from Python: numbers, gradients, types, tracing, refusals."""
import pytest
from program import ROOT, read_safetensors
from python_package import grid_sample_attention, operands, saccade, torch

GOLDENS = sorted((ROOT / "tests" / "goldens" / "op").glob("*.safetensors"))


def golden(path, dtype):
    arrays = {name: torch.tensor(array) for name, array in read_safetensors(path)[0].items()}
    inputs = [arrays[name].to(dtype) for name in ("value", "sampling_locations", "attention_weights")]
    return arrays, inputs


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
@pytest.mark.parametrize("dtype, tolerance", [(torch.float64, 1e-12), (torch.float32, 1e-5)], ids=["float64", "float32"])
def test_numbers_and_gradients_are_the_original_code_s(path, dtype, tolerance):
    arrays, inputs = golden(path, dtype)
    inputs = [one.requires_grad_() for one in inputs]
    out = saccade.ms_deform_attn(inputs[0], arrays["spatial_shapes"], *inputs[1:])
    assert out.dtype == dtype
    found = {"out": out}
    if "grad_value" in arrays:
        out.backward(arrays["grad_out"].to(dtype))
        found |= {name: one.grad for name, one in zip(("grad_value", "grad_loc", "grad_attn"), inputs)}
    for name, tensor in found.items():
        expected = arrays[name].double()
        furthest = (tensor.detach().double() - expected).abs().max()
        assert furthest <= tolerance * max(1, expected.abs().max()), (name, furthest)


def test_the_package_s_function_and_the_registered_operator_are_one():
    value, shapes, _, locations, weights = operands(1)
    assert torch.equal(saccade.ms_deform_attn(value, shapes, locations, weights),
                       torch.ops.saccade.ms_deform_attn(value, shapes, locations, weights))


def test_gradients_are_those_of_small_steps():
    value, shapes, _, locations, weights = operands(2, batch=1, queries=2, heads=2, channels=3, points=2,
                                                    dtype=torch.float64)
    inputs = [one.requires_grad_() for one in (value, locations, weights)]
    assert torch.autograd.gradcheck(lambda v, l, w: saccade.ms_deform_attn(v, shapes, l, w), inputs)


def test_a_second_derivative_is_refused():
    value, shapes, _, locations, weights = operands(3)
    value.requires_grad_()
    out = saccade.ms_deform_attn(value, shapes, locations, weights)
    [slope] = torch.autograd.grad(out.square().sum(), value, create_graph=True)
    with pytest.raises(RuntimeError, match="differentiable once"):
        slope.sum().backward()


@pytest.mark.parametrize("dtype, tolerance", [(torch.bfloat16, 2e-2), (torch.float16, 2e-3)])
def test_half_types_round_what_float32_computes(dtype, tolerance):
    value, shapes, _, locations, weights = operands(4)
    exact = grid_sample_attention(value.to(dtype).float(), shapes, locations, weights)
    out = saccade.ms_deform_attn(value.to(dtype), shapes, locations, weights)
    assert out.dtype == dtype and torch.allclose(out.float(), exact, atol=tolerance, rtol=tolerance)


def test_tensors_may_lie_in_memory_as_they_like():
    value, shapes, _, locations, weights = operands(5)
    strange = [one.transpose(0, 1).contiguous().transpose(0, 1) for one in (value, locations, weights)]
    assert not any(one.is_contiguous() for one in strange)
    assert torch.equal(saccade.ms_deform_attn(strange[0], shapes.t().contiguous().t(), *strange[1:]),
                       saccade.ms_deform_attn(value, shapes, locations, weights))


def test_pytorch_s_own_checks_of_an_operator_pass():
    value, shapes, _, locations, weights = operands(6)
    inputs = (value.requires_grad_(), shapes, locations.requires_grad_(), weights.requires_grad_())
    torch.library.opcheck(torch.ops.saccade.ms_deform_attn, inputs)
    with torch.no_grad():
        grad_out = torch.randn_like(saccade.ms_deform_attn(*inputs))
    torch.library.opcheck(torch.ops.saccade.ms_deform_attn_backward, (grad_out, *(one.detach() for one in inputs)))


@pytest.mark.parametrize("dynamic", [False, True])
def test_torch_compile_traces_forward_and_backward_in_one_graph(dynamic):
    def head(value, shapes, locations, weights):
        return saccade.ms_deform_attn(value * 2, shapes, locations, weights.softmax(-1)).relu()

    compiled = torch.compile(head, backend="aot_eager", fullgraph=True, dynamic=dynamic)
    for queries in (4, 9):
        slopes = []
        for function in (head, compiled):
            value, shapes, _, locations, weights = operands(7, queries=queries)
            inputs = [one.requires_grad_() for one in (value, locations, weights)]
            out = function(inputs[0], shapes, *inputs[1:])
            out.square().sum().backward()
            slopes.append([out.detach(), *(one.grad for one in inputs)])
        for eager, traced in zip(*slopes):
            assert torch.allclose(eager, traced, atol=1e-6)


def test_a_meta_tensor_tells_the_shape_of_the_result():
    value, shapes, _, locations, weights = (one.to("meta") for one in operands(8))
    out = saccade.ms_deform_attn(value, shapes, locations, weights)
    assert out.is_meta and out.shape == (2, 7, 15)


def test_a_refusal_names_the_argument():
    value, shapes, _, locations, weights = operands(9)
    wrong = [((value[0], shapes, locations, weights), "value is"),
             ((value, shapes[:1], locations, weights), "spatial_shapes of 1"),
             ((value, shapes + 1, locations, weights), "spatial_shapes names"),
             ((value, shapes, locations[..., :1], weights), "sampling_locations is"),
             ((value, shapes, locations, weights[:, :-1]), "attention_weights is"),
             ((value, shapes, locations.double(), weights), "sampling_locations is Double"),
             ((value.int(), shapes, locations, weights), "value is Int")]
    for arguments, words in wrong:
        with pytest.raises(RuntimeError, match=words):
            saccade.ms_deform_attn(*arguments)
