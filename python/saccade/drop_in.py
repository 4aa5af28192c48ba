"""Our operator in the place of others': the original's CUDA extension, Hugging Face's module.

Nothing is replaced until it is asked for, and everything is put back by ``undo()`` or at the end of a ``with`` block:

    saccade.drop_in.install()                        # then import the original's code; it runs on the CPU too
    saccade.drop_in.use_in_transformers(model)       # a model of transformers
"""
from __future__ import annotations

import sys
import types
from collections.abc import Callable

import torch
from torch import Tensor, nn

from saccade._binding import UsageError
from saccade.op import shapes_on_host

EXTENSION = "MultiScaleDeformableAttention"


class Replacement:
    """Something that was replaced, until ``undo()``; ``count`` says in how many places."""

    def __init__(self, count: int, put_back: Callable[[], None]) -> None:
        self.count = count
        self._put_back: Callable[[], None] | None = put_back

    def undo(self) -> None:
        """Puts back what was there before. The second time it does nothing."""
        if self._put_back is not None:
            self._put_back()
            self._put_back = None

    def __enter__(self) -> Replacement:
        return self

    def __exit__(self, *_: object) -> None:
        self.undo()


def ms_deform_attn_forward(value: Tensor, spatial_shapes: Tensor, level_start_index: Tensor, sampling_loc: Tensor,
                           attn_weight: Tensor, im2col_step: int) -> Tensor:
    """As the function of this name in the original's extension; on the CPU too, in any batch (``saccade.ms_deform_attn``)."""
    del im2col_step
    with torch.no_grad():
        return torch.ops.saccade.ms_deform_attn(value, shapes_on_host(spatial_shapes, level_start_index), sampling_loc,
                                                attn_weight)


def ms_deform_attn_backward(value: Tensor, spatial_shapes: Tensor, level_start_index: Tensor, sampling_loc: Tensor,
                            attn_weight: Tensor, grad_output: Tensor, im2col_step: int) -> list[Tensor]:
    """Gradients of value, sampling_loc and attn_weight; as the function of this name in the original's extension."""
    del im2col_step
    with torch.no_grad():
        return list(torch.ops.saccade.ms_deform_attn_backward(
            grad_output, value, shapes_on_host(spatial_shapes, level_start_index), sampling_loc, attn_weight))


def install() -> Replacement:
    """``import MultiScaleDeformableAttention`` gives our operator from now on, whether the original's extension is
    compiled on this machine or not. Modules that have imported it already, under any name, get ours too."""
    ours = types.ModuleType(EXTENSION, "saccade's operator under the names of the original's extension")
    ours.ms_deform_attn_forward = ms_deform_attn_forward  # type: ignore[attr-defined]
    ours.ms_deform_attn_backward = ms_deform_attn_backward  # type: ignore[attr-defined]
    before = sys.modules.get(EXTENSION)
    users = [] if before is None else _users(before)
    sys.modules[EXTENSION] = ours
    for module, name in users:
        setattr(module, name, ours)

    def put_back() -> None:
        for module, name in _users(ours):
            if before is not None:
                setattr(module, name, before)
        if before is not None:
            sys.modules[EXTENSION] = before
        else:
            sys.modules.pop(EXTENSION, None)

    return Replacement(len(users), put_back)


def _users(extension: types.ModuleType) -> list[tuple[types.ModuleType, str]]:
    """The modules that hold it as a global, and under which name."""
    return [(module, name) for module in list(sys.modules.values()) if isinstance(module, types.ModuleType)
            for name, found in list(vars(module).items()) if found is extension]


def _transformers_forward(value: Tensor, value_spatial_shapes: Tensor, value_spatial_shapes_list: list[tuple[int, int]],
                          level_start_index: Tensor, sampling_locations: Tensor, attention_weights: Tensor,
                          im2col_step: int) -> Tensor:
    """The signature of transformers' module. It has the shapes as numbers too, so a GPU is not waited for."""
    del value_spatial_shapes, level_start_index, im2col_step
    shapes = torch.tensor([list(shape) for shape in value_spatial_shapes_list], dtype=torch.int64)
    return torch.ops.saccade.ms_deform_attn(value, shapes, sampling_locations, attention_weights)


def use_in_transformers(model: nn.Module) -> Replacement:
    """Every ``MultiScaleDeformableAttention`` of a model of transformers (Deformable DETR, Grounding DINO, RT-DETR and
    others) computes with our operator. Raises UsageError where the model has none."""
    modules = [module for module in model.modules() if _is_transformers_attention(module)]
    if not modules:
        raise UsageError(f"{type(model).__name__} has no module {EXTENSION} of transformers")
    before = [module.__dict__.get("forward") for module in modules]
    for module in modules:
        module.forward = _transformers_forward  # type: ignore[method-assign]

    def put_back() -> None:
        for module, forward in zip(modules, before):
            if forward is None:
                del module.forward
            else:
                module.forward = forward

    return Replacement(len(modules), put_back)


def _is_transformers_attention(module: nn.Module) -> bool:
    kind = type(module)
    return kind.__name__ == EXTENSION and kind.__module__.split(".")[0] == "transformers"
