"""Hugging Face's Deformable DETR with our operator in the place of theirs."""
import copy

import pytest
from python_package import saccade, torch
from torch.utils._python_dispatch import TorchDispatchMode

transformers = pytest.importorskip("transformers", reason="transformers is not installed; `make python` installs it",
                                   exc_type=ImportError)


class OperatorCalls(TorchDispatchMode):
    """Counts those of our operator while it lasts."""

    forward = backward = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.forward += function is torch.ops.saccade.ms_deform_attn.default
        self.backward += function is torch.ops.saccade.ms_deform_attn_backward.default
        return function(*args, **(kwargs or {}))


def small_detector(**changes):
    torch.manual_seed(1)
    backbone = transformers.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1],
                                         layer_type="basic", out_features=["stage2", "stage3", "stage4"])
    config = transformers.DeformableDetrConfig(
        backbone_config=backbone, use_timm_backbone=False, use_pretrained_backbone=False, backbone=None, num_queries=9,
        d_model=32, encoder_layers=2, decoder_layers=2, encoder_ffn_dim=48, decoder_ffn_dim=48,
        encoder_attention_heads=4, decoder_attention_heads=4, dropout=0.0, num_labels=5, **changes)
    model = transformers.DeformableDetrForObjectDetection(config).eval()
    with torch.no_grad():  # as made, every head looks the same way whatever it sees
        for name, parameter in model.named_parameters():
            if "sampling_offsets.weight" in name or "attention_weights.weight" in name:
                parameter.normal_(0, 0.3)
    return model


def inputs():
    torch.manual_seed(2)
    mask = torch.ones(2, 96, 128, dtype=torch.long)
    mask[1, :, 100:] = 0
    return {"pixel_values": torch.randn(2, 3, 96, 128), "pixel_mask": mask}


def results(model):
    model.zero_grad()
    output = model(**inputs())
    (output.logits.sigmoid().sum() + output.pred_boxes.square().sum()).backward()
    return output, {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}


TWO_STAGE = {"with_box_refine": True, "two_stage": True, "two_stage_num_proposals": 9}


@pytest.mark.parametrize("variant", [{}, TWO_STAGE], ids=["plain", "two-stage"])
def test_outputs_and_gradients_are_the_same(variant):
    model = small_detector(**variant)
    theirs, their_slopes = results(model)
    with saccade.drop_in.use_in_transformers(model) as replacement, OperatorCalls() as calls:
        ours, our_slopes = results(model)
    assert replacement.count == calls.forward == calls.backward == 4  # two encoder and two decoder layers
    assert torch.allclose(ours.logits, theirs.logits, atol=1e-5)
    assert torch.allclose(ours.pred_boxes, theirs.pred_boxes, atol=1e-5)
    assert their_slopes.keys() == our_slopes.keys() and len(their_slopes) > 50
    for name, slope in their_slopes.items():
        assert (our_slopes[name] - slope).abs().max() <= 1e-4 * max(1, slope.abs().max()), name


def test_undo_gives_their_operator_back_and_copies_keep_what_they_had():
    model = small_detector()
    before = model(**inputs()).logits
    with saccade.drop_in.use_in_transformers(model):
        copied = copy.deepcopy(model)
    attention = [one for one in model.modules() if type(one).__name__ == "MultiScaleDeformableAttention"]
    assert attention and all("forward" not in vars(one) for one in attention)
    assert torch.equal(model(**inputs()).logits, before)
    assert torch.allclose(copied(**inputs()).logits, before, atol=1e-5)


def test_half_types_run():
    model = small_detector()
    exact = model(**inputs()).logits
    with saccade.drop_in.use_in_transformers(model), torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        logits = model(**inputs()).logits.float()
    assert (logits - exact).abs().max() < 0.2


def test_a_model_without_such_attention_is_refused():
    with pytest.raises(saccade.UsageError, match="Linear has no module MultiScaleDeformableAttention"):
        saccade.drop_in.use_in_transformers(torch.nn.Linear(2, 2))
