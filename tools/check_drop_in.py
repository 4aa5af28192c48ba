#!/usr/bin/env python3
"""Runs the original's detector with its own operator in plain PyTorch and with ours in the place of its extension.

    PYTHONPATH=build/python .venv-peers/bin/python tools/check_drop_in.py CHECKOUT WEIGHTS.pth

CHECKOUT and WEIGHTS.pth as for tools/record_original.py. Prints the largest differences of logits, boxes and of the
gradients of all parameters (of each one's largest entry, or of 1); exit code 1 where logits or boxes differ by more
than 1e-5. Needs `make setup-peers` and `make python`.
"""
import importlib
import sys

import record_original
import saccade
import torch


def results(model, images):
    """Logits, boxes and gradients by name."""
    from util.misc import nested_tensor_from_tensor_list
    model.zero_grad()
    output = model(nested_tensor_from_tensor_list(images))
    (output["pred_logits"].sigmoid().sum() + output["pred_boxes"].square().sum()).backward()
    slopes = {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}
    return output["pred_logits"].detach(), output["pred_boxes"].detach(), slopes


def main():
    checkout, weights = sys.argv[1:]
    model, _ = record_original.original_model(checkout, weights)
    torch.manual_seed(0)
    images = [torch.randn(3, 320, 544), torch.randn(3, 256, 480)]  # of two sizes: one is padded
    logits, boxes, slopes = results(model, images)
    # The module's own function again, which calls the extension.
    functions = importlib.import_module("models.ops.functions.ms_deform_attn_func")
    importlib.import_module("models.ops.modules.ms_deform_attn").MSDeformAttnFunction = functions.MSDeformAttnFunction
    with saccade.drop_in.install():
        our_logits, our_boxes, our_slopes = results(model, images)
    furthest = [(logits - our_logits).abs().max().item(), (boxes - our_boxes).abs().max().item()]
    slope = max(((slopes[name] - our_slopes[name]).abs().max() / slopes[name].abs().max().clamp(min=1)).item()
                for name in slopes)
    print(f"logits {furthest[0]:.1e}, boxes {furthest[1]:.1e}, gradients of {len(slopes)} parameters {slope:.1e}")
    return 1 if max(furthest) > 1e-5 else 0


if __name__ == "__main__":
    sys.exit(main())
