"""A detector from a weights file, and what it finds in images."""
from __future__ import annotations

import os
import pathlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Union, overload

import numpy
import torch

from saccade import _binding
from saccade._binding import Error, UsageError
from saccade.explanation import Explanation

#: A JPEG or PNG file (turned upright as its EXIF says), uint8 [height, width, 3] RGB as an array or tensor, or a
#: PIL.Image (its pixels as they are).
Image = Union[str, "os.PathLike[str]", numpy.ndarray, torch.Tensor, Any]
#: Changes of the attention such as "dec.3.cross.head5=off(mean)", or files of them (docs/interventions.md).
Interventions = Union[str, Sequence[str]]

_DEMO_MODEL = pathlib.Path(__file__).parent / "share" / "street_r18.safetensors"


def load(path: str | os.PathLike[str] | None = None, *, device: str = "cpu", precision: str = "fp32",
         size: str | None = None) -> Model:
    """A detector from an official .pth, a Hugging Face or our own .safetensors file. The file alone decides the
    architecture; pickles are read without running anything.

    path       None: the demo model that comes with the package
    device     "cpu", "cuda", "cuda:N" or "auto": a GPU that this build can use, else the CPU
    precision  "fp32", "bf16" or, on GPUs alone, "fp16": of matrix products and convolutions (docs/precision.md)
    size       "SHORT,MAX" or "SHORT,MAX,N": images are resized to this short side with this longest side, to multiples
               of N; None: as trained

    Raises Error for a file that cannot be read or a device that cannot be used, UsageError (a ValueError) for a wrong
    argument.
    """
    if path is None:
        if not _DEMO_MODEL.exists():
            raise Error(f"{_DEMO_MODEL}: the demo model is missing; install the package again, or give a weights file")
        path = _DEMO_MODEL
    model = _binding.Model(os.fsdecode(path), device, precision, size or "")
    if model.note:
        warnings.warn(model.note, stacklevel=2)
    return Model(model)


@dataclass(frozen=True)
class Detections:
    """What was found in one image, by falling score; R rows."""

    boxes: numpy.ndarray  #: [R, 4] float64, (x0, y0, x1, y1) in pixels of the original image, not clipped to it
    scores: numpy.ndarray  #: [R] float64, 0 to 1
    labels: numpy.ndarray  #: [R] int64, class index
    names: list[str]  #: of the classes
    queries: numpy.ndarray  #: [R] int64, decoder query each came from
    image_size: tuple[int, int]  #: (width, height) of the original image

    def __len__(self) -> int:
        return len(self.scores)


class Model:
    """A loaded detector. Made by ``load``; computes one image at a time, also where several threads ask."""

    def __init__(self, binding: _binding.Model) -> None:
        self._binding = binding

    def __repr__(self) -> str:
        return f"<saccade.Model {self.name}: {self.config['family']}, {self.device}, {self.precision}>"

    @property
    def name(self) -> str:
        """The stem of the file's name."""
        return self._binding.name

    @property
    def sha256(self) -> str:
        """Of the file."""
        return self._binding.sha256

    @property
    def device(self) -> str:
        return self._binding.device

    @property
    def precision(self) -> str:
        return self._binding.precision

    @property
    def size(self) -> str:
        """What images are resized to: "SHORT,MAX" or "SHORT,MAX,N", pixels."""
        return self._binding.size

    @property
    def classes(self) -> dict[int, str]:
        """Names by class index, as far as the file has them."""
        return self._binding.classes

    @property
    def config(self) -> dict[str, Any]:
        """Numbers of layers, heads, levels, points and queries; family "deformable_detr" or "detr"."""
        return self._binding.config

    @overload
    def detect(self, image: list[Image] | tuple[Image, ...], *, threshold: float = ...,
               interventions: Interventions = ...) -> list[Detections]: ...
    @overload
    def detect(self, image: Image, *, threshold: float = ..., interventions: Interventions = ...) -> Detections: ...
    def detect(self, image: Image | list[Image] | tuple[Image, ...], *, threshold: float = 0.5,
               interventions: Interventions = ()) -> Detections | list[Detections]:
        """The detections of an image, or of each image of a list, that score more than ``threshold``; of the 100 best at
        most (plain DETR: one a query). The numbers of ``saccade detect``."""
        if not 0 <= threshold <= 1:
            raise UsageError(f"threshold {threshold}: expected 0 to 1")
        if isinstance(image, (list, tuple)):
            return [self._detect(one, threshold, interventions) for one in image]
        return self._detect(image, threshold, interventions)

    def _detect(self, image: Image, threshold: float, interventions: Interventions) -> Detections:
        return self._detections(self._run(image, interventions, False, None, 0), threshold)

    def explain(self, image: Image, *, query: int | None = None,
                box: Sequence[float] | numpy.ndarray | None = None, class_name: str | None = None,
                encoder_at: tuple[float, float] | None = None, from_level: int = 0,
                interventions: Interventions = ()) -> Explanation:
        """Where the detector looked, and what a detection is due to: one forward pass, recorded.

        The query that is meant, by one of these; without any that of the best detection:

        query       its number, from 0
        box         (x0, y0, x1, y1) in pixels of the original image: the query whose final box overlaps it most, by
                    IoU times score where the IoU is 0.5 or more
        class_name  the best detection of this class

        encoder_at  (x, y) in pixels of the original image: the encoder token that covers it, on level ``from_level``,
                    is recorded too (``Explanation.encoder``)
        """
        if sum(choice is not None for choice in (query, box, class_name)) > 1:
            raise UsageError("choose by one of query, box and class_name")
        place = None if encoder_at is None else (float(encoder_at[0]), float(encoder_at[1]))
        run = self._run(image, interventions, True, place, from_level)
        return Explanation(run, self._detections(run, -1.0), self._choose(run, query, box, class_name),
                           self._binding.class_name)

    def _run(self, image: Image, interventions: Interventions, record: bool, place: tuple[float, float] | None,
             from_level: int) -> _binding.ImageRun:
        texts = [interventions] if isinstance(interventions, str) else [os.fspath(one) for one in interventions]
        run = _binding.run(self._binding, _pixels(image), texts, record, place, from_level)
        for note in run.notes:
            warnings.warn(note, stacklevel=3)
        return run

    def _detections(self, run: _binding.ImageRun, threshold: float) -> Detections:
        boxes, scores, labels, queries = (rows.numpy() for rows in run.detections())
        shown = scores > threshold
        names = [self._binding.class_name(int(label)) for label in labels[shown]]
        return Detections(boxes[shown], scores[shown], labels[shown], names, queries[shown], run.image_size)

    def _choose(self, run: _binding.ImageRun, query: int | None, box: Any, class_name: str | None) -> _binding.Found:
        if query is not None:
            if not 0 <= query < run.query_count:
                raise UsageError(f"query {query}: this model has queries 0 to {run.query_count - 1}")
            return run.query(query)
        if box is not None:
            corners = tuple(float(side) for side in box)
            if len(corners) != 4:
                raise UsageError(f"box {corners}: expected (x0, y0, x1, y1) in pixels")
            found, iou = run.matching_query(corners)
            if iou <= 0:
                raise Error(f"box {corners}: no query's final box overlaps it")
            return found
        boxes, scores, labels, queries = (rows.numpy() for rows in run.detections())
        rows = list(range(len(scores)))
        if class_name is not None:
            label = run.class_of(class_name)
            rows = [row for row in rows if labels[row] == label]
            if not rows:
                raise Error(f"none of the {len(scores)} best detections is a {class_name}")
        if not rows:
            raise Error("nothing was detected")
        best = rows[0]
        return int(queries[best]), int(labels[best]), float(scores[best]), tuple(boxes[best].tolist())


def _pixels(image: Image) -> torch.Tensor:
    """uint8 [height, width, 3], RGB."""
    if isinstance(image, (str, os.PathLike)):
        return _binding.read_pixels(os.fsdecode(image))
    if isinstance(image, torch.Tensor):
        return image.detach()
    if hasattr(image, "convert"):  # PIL.Image, which need not be installed
        image = image.convert("RGB")
    pixels = numpy.array(image, order="C")
    if pixels.dtype != numpy.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise UsageError(f"image is {pixels.dtype} {list(pixels.shape)}; expected uint8 [height, width, 3], RGB")
    return torch.from_numpy(pixels)
