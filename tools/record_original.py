#!/usr/bin/env python3
"""Records what the original's Python code detects with the shipped weights: tests/goldens/demo_val_results.json.

    .venv-peers/bin/python tools/record_original.py CHECKOUT WEIGHTS.pth OUT.json

CHECKOUT is github.com/fundamentalvision/Deformable-DETR, unchanged; WEIGHTS.pth comes from `saccade weights convert
assets/street_r18.safetensors WEIGHTS.pth`. Its CUDA operator is replaced by its own ms_deform_attn_core_pytorch, and
its backbone, which has the channels of ResNet-50 written in, gets those of ResNet-18. Needs `make setup-peers`.
"""
import json
import pathlib
import sys
import types

import numpy
import PIL.Image
import torch
import torchvision

IMAGES = pathlib.Path(__file__).resolve().parent.parent / "assets" / "images"
INPUT = (544, 320)  # width, height: the model's size for 640 x 380
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class CoreOperator:
    """In the place of the autograd function around the CUDA operator."""

    @staticmethod
    def apply(value, shapes, _start, locations, weights, _step):
        from models.ops.functions.ms_deform_attn_func import ms_deform_attn_core_pytorch
        return ms_deform_attn_core_pytorch(value, shapes, locations, weights)


def original_model(checkout, weights):
    """The original's detector with the architecture of the demo model, and its post-processing."""
    sys.path.insert(0, checkout)
    sys.modules["MultiScaleDeformableAttention"] = types.ModuleType("MultiScaleDeformableAttention")
    torchvision.__version__ = "0.9"  # it compares the version as a number, and 0.26 would be below 0.5
    from models import backbone, deformable_detr, deformable_transformer, position_encoding
    from models.ops.modules import ms_deform_attn
    ms_deform_attn.MSDeformAttnFunction = CoreOperator

    class Body(backbone.BackboneBase):
        def __init__(self):
            super().__init__(torchvision.models.resnet18(weights=None, norm_layer=backbone.FrozenBatchNorm2d), False, True)
            self.num_channels = [128, 256, 512]

    joined = backbone.Joiner(Body(), position_encoding.PositionEmbeddingSine(128, normalize=True))
    transformer = deformable_transformer.DeformableTransformer(
        d_model=256, nhead=8, num_encoder_layers=3, num_decoder_layers=6, dim_feedforward=512, dropout=0.0,
        return_intermediate_dec=True, num_feature_levels=4, two_stage=True, two_stage_num_proposals=100)
    model = deformable_detr.DeformableDETR(joined, transformer, num_classes=6, num_queries=100, num_feature_levels=4,
                                           with_box_refine=True, two_stage=True).eval()
    tensors = torch.load(weights, weights_only=True, map_location="cpu")["model"]
    loaded = model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, strict=False)
    assert not loaded.missing_keys and all("num_batches_tracked" in name for name in loaded.unexpected_keys), loaded
    return model, deformable_detr.PostProcess()


def rows_of(model, post_process, path):
    from util.misc import nested_tensor_from_tensor_list
    image = PIL.Image.open(path).convert("RGB")
    pixels = numpy.asarray(image.resize(INPUT, PIL.Image.BILINEAR), dtype=numpy.float32) / 255
    pixels = (pixels - numpy.float32(MEAN)) / numpy.float32(DEVIATION)
    with torch.no_grad():
        output = model(nested_tensor_from_tensor_list([torch.from_numpy(pixels.transpose(2, 0, 1).copy())]))
    found = post_process(output, torch.tensor([[image.height, image.width]]))[0]
    for score, label, (x0, y0, x1, y1) in zip(*(found[key].tolist() for key in ("scores", "labels", "boxes"))):
        yield {"file_name": path.name, "category_id": label,
               "bbox": [round(number, 4) for number in (x0, y0, x1 - x0, y1 - y0)], "score": round(score, 7)}


def main():
    checkout, weights, out = sys.argv[1:]
    torch.set_num_threads(1)
    model, post_process = original_model(checkout, weights)
    rows = [row for path in sorted(IMAGES.glob("*.jpg")) for row in rows_of(model, post_process, path)]
    pathlib.Path(out).write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


if __name__ == "__main__":
    main()
