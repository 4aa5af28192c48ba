"""What the attention of one image looked at, and what a detection is due to."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy

from saccade import _binding

if TYPE_CHECKING:
    from saccade.model import Detections


@dataclass(frozen=True)
class AttentionLayer:
    """What the attention of one layer did; the arrays of ``saccade explain --trace``. None: this model or module has
    it not. Q is all queries (decoder) or 1, the chosen token (encoder)."""

    sampling_locations: numpy.ndarray | None = None  #: [Q, M, L, P, 2] (x, y), fraction of the padded level
    sampling_points_px: numpy.ndarray | None = None  #: [Q, M, L, P, 2] (x, y), pixels of the original image
    attention_weights: numpy.ndarray | None = None  #: [Q, M, L, P], sums to 1 over L and P
    reference_points: numpy.ndarray | None = None  #: [Q, 2 or 4], fraction of the image; input of this layer
    self_attention: numpy.ndarray | None = None  #: decoder [M, Q, Q]; encoder of plain DETR [M, 1, h, w]
    cross_attention: numpy.ndarray | None = None  #: plain DETR's decoder: [M, Q, h, w]


@dataclass(frozen=True)
class AttributionMap:
    """What a detection is due to, over the photograph (docs/attribution.md)."""

    map: numpy.ndarray  #: [H, W] float32, pixels of the original image
    levels: list[numpy.ndarray]  #: [H_l, W_l] float64, finest first, where the method speaks of tokens; else empty
    outside: float  #: of weights and contribution: the share that fell outside the levels
    is_signed: bool  #: whether values below 0 speak against the target
    value: float  #: of the target: the logit of the class, or pixels of the original image


@dataclass(frozen=True)
class PointScores:
    """The sampling points by which the query looked in one decoder layer, and how much each counts."""

    layer: int
    sampling_locations: numpy.ndarray  #: [M, L, P, 2] fraction of the padded level
    scores: numpy.ndarray  #: [M, L, P] float64


class Explanation:
    """Made by ``Model.explain``. Arrays are on the CPU."""

    def __init__(self, run: _binding.ImageRun, detections: Detections, found: _binding.Found,
                 class_name: Callable[[int], str]) -> None:
        self._run = run
        #: the query that is explained, 0 to Q - 1
        self.query: int = found[0]
        #: its class index, name and score, 0 to 1
        self.label: int = found[1]
        self.name: str = class_name(found[1])
        self.score: float = found[2]
        #: [4] (x0, y0, x1, y1) in pixels of the original image
        self.box: numpy.ndarray = numpy.asarray(found[3])
        #: everything that was found in this pass, whatever its score
        self.detections = detections
        #: (width, height), pixels: the original image, and what the network saw
        self.image_size: tuple[int, int] = run.image_size
        self.input_size: tuple[int, int] = run.input_size
        #: (H_l, W_l) in cells, finest level first; of plain DETR the one map
        self.levels: list[tuple[int, int]] = run.levels
        #: the encoder token that was asked for, or None
        self.encoder_token: int | None = None if run.encoder_token < 0 else run.encoder_token
        arrays = {name: tensor.numpy() for name, tensor in run.trace().items()}
        #: [layers, Q, K] raw, and [layers, Q, 4] (cx, cy, w, h) as a fraction of the image: after every decoder layer
        self.logits: numpy.ndarray = arrays.pop("logits")
        self.boxes: numpy.ndarray = arrays.pop("boxes")
        #: by layer, from 0; a layer whose attention an intervention leaves out is missing
        self.decoder: dict[int, AttentionLayer] = _layers(arrays, "decoder")
        #: of the token under ``encoder_at``; without it empty
        self.encoder: dict[int, AttentionLayer] = _layers(arrays, "encoder")

    def map(self, method: str = "contribution", target: str = "class", *, layers: Sequence[int] = (),
            masks: int = 1000, seed: int = 0) -> AttributionMap:
        """A map of what the query's detection is due to.

        method  one of ATTRIBUTION_METHODS: "weights", "contribution", "directed", "gradient", "relevance", "odam",
                "drise"
        target  the number that is explained: "class" (its logit), "x", "y", "w", "h", "x0", "y0", "x1" or "y1" of the
                box, pixels; ignored by methods that speak of the query alone (weights, contribution) and by drise
        layers  decoder layers that are fused; empty: all that answer
        masks   forward passes of drise, and ``seed`` of its masks

        The first map encodes the image once more; models of precision "fp32" alone have maps. Interventions count.
        """
        found = self._run.map(self._question(method, target, layers, masks, seed))
        return AttributionMap(found["map"].numpy(), [level.numpy() for level in found["levels"]], found["outside"],
                              found["is_signed"], found["value"])

    def points(self, method: str = "contribution", target: str = "class", *,
               layers: Sequence[int] = ()) -> list[PointScores]:
        """The sampling points behind such a map, layer by layer; of "weights", "contribution" and "directed"."""
        question = self._question(method, target, layers, 2, 0)
        return [PointScores(layer, locations.numpy(), scores.numpy())
                for layer, locations, scores in self._run.points(question)]

    def _question(self, method: str, target: str, layers: Sequence[int], masks: int,
                  seed: int) -> _binding.MapQuestion:
        return _binding.MapQuestion(method, self.query, self.label, target, list(layers), masks, seed)


def _layers(arrays: dict[str, numpy.ndarray], module: str) -> dict[int, AttentionLayer]:
    found: dict[int, dict[str, numpy.ndarray]] = {}
    for name, array in arrays.items():
        part, layer, quantity = name.split(".")
        if part == module:
            found.setdefault(int(layer), {})[quantity] = array
    return {layer: AttentionLayer(**found[layer]) for layer in sorted(found)}
