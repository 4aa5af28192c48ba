"""Multi-scale deformable attention as PyTorch code calls it: the operator, and the original's function and module."""
from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from saccade._binding import UsageError


def ms_deform_attn(value: Tensor, spatial_shapes: Tensor, sampling_locations: Tensor,
                   attention_weights: Tensor) -> Tensor:
    """What each query attended to: [N, Q, M * D], with the dtype and device of ``value``.

    value               [N, S, M, D]        features of all levels, one after another
    spatial_shapes      [L, 2] int64        (H_l, W_l) in cells, finest level first; read on the CPU
    sampling_locations  [N, Q, M, L, P, 2]  (x, y) as a fraction of the level: 0 is the left or top edge, 1 the right
                                            or bottom; outside, a sample reads zeros
    attention_weights   [N, Q, M, L, P]     used as given; callers pass a softmax over L * P

    float32, float64, bfloat16 and float16; sums of the last two are kept in float32, and locations and weights may be
    float32 with them. Differentiable once, in all but ``spatial_shapes``. Under ``torch.autocast`` nothing is cast: it
    computes in the types it is given, which are those that autocast gives the linear layers before it. Works in
    ``torch.compile``. Raises RuntimeError, which names the argument, when a shape, dtype or device does not fit.

    Zhu et al., "Deformable DETR", arXiv 2010.04159, equation 3.
    """
    return torch.ops.saccade.ms_deform_attn(value, shapes_on_host(spatial_shapes), sampling_locations,
                                            attention_weights)


def shapes_on_host(spatial_shapes: Tensor, level_start_index: Tensor | None = None) -> Tensor:
    """``spatial_shapes`` where the operator reads them; ``level_start_index``, if given, must be what follows from them.

    Copying from a GPU waits for it. The layers of a model share one tensor of shapes, so the copy is kept with it, and
    the start indices on a GPU are compared once. What torch.compile traces compares nothing.
    """
    if spatial_shapes.is_meta or torch.compiler.is_compiling():
        return spatial_shapes if spatial_shapes.is_meta else spatial_shapes.to("cpu", torch.int64)
    if spatial_shapes.device.type == "cpu":
        shapes = spatial_shapes.long()
        if level_start_index is not None:
            check_starts(level_start_index, shapes)
        return shapes
    return kept_copy(spatial_shapes, level_start_index)


def kept_copy(spatial_shapes: Tensor, level_start_index: Tensor | None) -> Tensor:
    """A copy on the CPU, kept with the tensor for as long as nothing is written to it."""
    version = None if spatial_shapes.is_inference() else spatial_shapes._version
    kept = getattr(spatial_shapes, "_saccade_kept", None)
    if kept is not None and version is not None and kept[0] == version:
        shapes, compared = kept[1:]
    else:
        shapes, compared = spatial_shapes.to("cpu", torch.int64, copy=True), False
    if level_start_index is not None and not compared:
        check_starts(level_start_index, shapes)
        compared = True
    setattr(spatial_shapes, "_saccade_kept", (version, shapes, compared))
    return shapes


def check_starts(level_start_index: Tensor, shapes: Tensor) -> None:
    cells = shapes.prod(1)
    expected = (cells.cumsum(0) - cells).tolist()
    found = level_start_index.tolist()
    if found != expected:
        raise UsageError(f"level_start_index is {found}; levels of {shapes.tolist()} cells, one after another, start at "
                         f"{expected}")


class MSDeformAttnFunction:
    """The original's autograd function: same name, same arguments. There is no object to make; call ``apply``."""

    @staticmethod
    def apply(value: Tensor, value_spatial_shapes: Tensor, value_level_start_index: Tensor, sampling_locations: Tensor,
              attention_weights: Tensor, im2col_step: int = 64) -> Tensor:
        """As ``ms_deform_attn``. ``im2col_step`` is how many images the original's kernel takes at once, without an
        effect on numbers; here any batch is taken whole. Raises UsageError for start indices of another layout."""
        del im2col_step
        shapes = shapes_on_host(value_spatial_shapes, value_level_start_index)
        return torch.ops.saccade.ms_deform_attn(value, shapes, sampling_locations, attention_weights)


class MSDeformAttn(nn.Module):
    """The original's attention module: same arguments, parameters, names and start values, so its state dicts load.

    d_model   channels of queries and features, a multiple of n_heads
    n_levels  levels of the pyramid, L
    n_heads   heads, M
    n_points  sampling points of a head on each level, P
    """

    def __init__(self, d_model: int = 256, n_levels: int = 4, n_heads: int = 8, n_points: int = 4) -> None:
        super().__init__()
        if d_model % n_heads:
            raise UsageError(f"d_model is {d_model}, no multiple of n_heads, {n_heads}")
        self.im2col_step = 64
        self.d_model, self.n_levels, self.n_heads, self.n_points = d_model, n_levels, n_heads, n_points
        samples = n_heads * n_levels * n_points
        self.sampling_offsets = nn.Linear(d_model, 2 * samples)
        self.attention_weights = nn.Linear(d_model, samples)
        self.value_proj = nn.Linear(d_model, d_model)
        self.output_proj = nn.Linear(d_model, d_model)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        """Head m looks in direction 2 pi m / M, point p at p + 1 steps; weights are uniform."""
        angles = torch.arange(self.n_heads, dtype=torch.float32) * (2 * math.pi / self.n_heads)
        directions = torch.stack([angles.cos(), angles.sin()], -1)
        directions /= directions.abs().amax(-1, keepdim=True)
        steps = torch.arange(1, self.n_points + 1, dtype=torch.float32)
        offsets = directions[:, None, None] * steps[:, None]  # [M, 1, P, 2]
        with torch.no_grad():
            self.sampling_offsets.weight.zero_()
            self.sampling_offsets.bias.copy_(offsets.expand(-1, self.n_levels, -1, -1).reshape(-1))
            self.attention_weights.weight.zero_()
            self.attention_weights.bias.zero_()
            for projection in (self.value_proj, self.output_proj):
                nn.init.xavier_uniform_(projection.weight)
                projection.bias.zero_()

    def forward(self, query: Tensor, reference_points: Tensor, input_flatten: Tensor, input_spatial_shapes: Tensor,
                input_level_start_index: Tensor, input_padding_mask: Tensor | None = None) -> Tensor:
        """[N, Q, d_model].

        query                    [N, Q, d_model]
        reference_points         [N, Q, L, 2 or 4]  (x, y) or (x, y, w, h), fraction of the padded level
        input_flatten            [N, S, d_model]    features of all levels, one after another
        input_spatial_shapes     [L, 2] int64       (H_l, W_l)
        input_level_start_index  [L] int64          first token of each level
        input_padding_mask       [N, S] bool        True: padding, which is read as zeros
        """
        value = self.value_proj(input_flatten)
        if input_padding_mask is not None:
            value = value.masked_fill(input_padding_mask.unsqueeze(-1), 0)
        value = value.unflatten(-1, (self.n_heads, -1))
        places = (self.n_heads, self.n_levels, self.n_points)
        weights = self.attention_weights(query).unflatten(-1, (self.n_heads, -1)).softmax(-1)
        weights = weights.unflatten(-1, places[1:])
        offsets = self.sampling_offsets(query).unflatten(-1, (*places, 2))
        locations = self._locations(reference_points, offsets, input_spatial_shapes)
        output = MSDeformAttnFunction.apply(value, input_spatial_shapes, input_level_start_index, locations, weights,
                                            self.im2col_step)
        return self.output_proj(output)

    def _locations(self, reference_points: Tensor, offsets: Tensor, spatial_shapes: Tensor) -> Tensor:
        """Offsets are cells of the level around a point, halves of the sides over P around a box."""
        around = reference_points[:, :, None, :, None]
        if reference_points.shape[-1] == 2:
            return around + offsets / spatial_shapes.flip(-1)[:, None]
        if reference_points.shape[-1] == 4:
            return around[..., :2] + offsets / self.n_points * around[..., 2:] * 0.5
        raise UsageError(f"reference_points are {list(reference_points.shape)}; expected [N, Q, L, 2 or 4]")
