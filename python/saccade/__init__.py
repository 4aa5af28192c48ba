"""Deformable DETR: run it, see where it looked, and use its operator from PyTorch.

    import saccade

    model = saccade.load()                                 # the demo model; or a .pth or .safetensors file
    found = model.detect("street.jpg")                     # boxes, scores, names
    why = model.explain("street.jpg", class_name="vehicle")
    why.decoder[5].sampling_locations[why.query]           # [M, L, P, 2]
    why.map("contribution").map                            # [H, W]

Importing the package registers ``torch.ops.saccade.ms_deform_attn``. ``saccade.drop_in`` puts it in the place of the
original's CUDA extension and of Hugging Face's module.

Letters in shapes: N images, S tokens of all levels, Q queries, M heads, D channels of a head, L levels, P points,
K classes, R rows.
"""
import torch  # first: the extension module is linked with what it loads

from saccade._build import TORCH_VERSION as _TORCH_VERSION

if torch.__version__.split(".")[:2] != _TORCH_VERSION.split(".")[:2]:
    raise ImportError(f"saccade was built for torch {_TORCH_VERSION}, this is torch {torch.__version__}; "
                      "build it again with this one: pip install --no-build-isolation --force-reinstall --no-deps .")

from saccade import _binding, drop_in  # noqa: E402
from saccade._binding import Error, UsageError  # noqa: E402
from saccade.explanation import AttentionLayer, AttributionMap, Explanation, PointScores  # noqa: E402
from saccade.model import Detections, Model, load  # noqa: E402
from saccade.op import MSDeformAttn, MSDeformAttnFunction, ms_deform_attn  # noqa: E402

__version__ = _binding.version

#: Ways to make a map of what a detection is due to (docs/attribution.md).
ATTRIBUTION_METHODS = tuple(_binding.attribution_methods())

__all__ = [
    "ATTRIBUTION_METHODS", "AttentionLayer", "AttributionMap", "Detections", "Error", "Explanation", "MSDeformAttn",
    "MSDeformAttnFunction", "Model", "PointScores", "UsageError", "drop_in", "load", "ms_deform_attn",
]
