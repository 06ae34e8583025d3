"""What comes out of detectors of the usual families, as boxes, scores and class numbers (pure).

Source: Ge et al., "YOLOX: Exceeding YOLO Series in 2021", arXiv 2107.08430 (grid and exponential decoding).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sereno.core.errors import AppError, invalid

Arrays = Mapping[str, NDArray[np.generic]]

_STRIDES = (8, 16, 32)


class Layout(StrEnum):
    YOLOX = "yolox"
    """Raw grid (1, N, 5 + C): centre and logarithm of the size by cell, objectness, classes; strides 8, 16, 32."""
    YOLOV8 = "yolov8"
    """(1, 4 + C, N): centre x, centre y, width, height in input pixels, then one score a class."""
    BOXES = "boxes"
    """Left, top, right, bottom (1, n, 4) with scores (1, n) and labels (1, n), or (1, n, 5) with the score last."""

    @property
    def takes_batches(self) -> bool:
        """How many boxes a picture has is fixed, so pictures can stand side by side."""
        return self is not Layout.BOXES


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputNames:
    """Empty: the only output of the model, or, for scores and labels, that it has none."""

    boxes: str = ""
    scores: str = ""
    labels: str = ""
    fractions: bool = False
    """Boxes are in fractions of the input, not in its pixels."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Shapes: ``boxes`` (n, 4) as left, top, right, bottom in input pixels; ``scores`` and ``classes`` (n,)."""

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    classes: NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read a model's outputs. Units: pixels of the input."""

    layout: Layout
    names: OutputNames
    width: int
    height: int
    class_count: int

    def read(self, outputs: Arrays) -> Candidates:
        """Of the first picture in ``outputs``. Raises: AppError invalid when the outputs are not what was declared."""
        match self.layout:
            case Layout.YOLOX:
                return self._yolox(self._table(outputs, (1, self._cells(), 5 + self.class_count)))
            case Layout.YOLOV8:
                return _centred(self._table(outputs, (1, 4 + self.class_count, None)).T)
            case Layout.BOXES:
                return self._boxes(outputs)

    def _cells(self) -> int:
        return sum((self.width // stride) * (self.height // stride) for stride in _STRIDES)

    def _table(self, outputs: Arrays, shape: tuple[int | None, ...]) -> NDArray[np.float32]:
        name = self.names.boxes or (next(iter(outputs)) if len(outputs) == 1 else "")
        found = self._output(outputs, name)
        if found.ndim != len(shape) or any(
            want not in (None, is_) for want, is_ in zip(shape, found.shape, strict=True)
        ):
            wanted = tuple("n" if side is None else side for side in shape)
            raise _misfit(f"{name or 'its output'} has the shape {found.shape}, declared is {wanted}")
        return np.asarray(found[0], np.float32)

    def _output(self, outputs: Arrays, name: str) -> NDArray[np.generic]:
        if name not in outputs:
            raise _misfit(f"it has no output {name!r} but {', '.join(outputs)}")
        return outputs[name]

    def _yolox(self, table: NDArray[np.float32]) -> Candidates:
        parts, strides = [], []
        for stride in _STRIDES:
            rows, columns = np.mgrid[: self.height // stride, : self.width // stride]
            parts.append(np.stack((columns.ravel(), rows.ravel()), axis=1))
            strides.append(np.full((rows.size, 1), stride))
        grid, stride_column = np.concatenate(parts), np.concatenate(strides)
        centres = (table[:, :2] + grid) * stride_column
        sizes = np.exp(np.minimum(table[:, 2:4], 20)) * stride_column
        scores = table[:, 4:5] * table[:, 5:]
        return _centred(np.concatenate((centres, sizes, scores), axis=1))

    def _boxes(self, outputs: Arrays) -> Candidates:
        boxes = self._output(outputs, self.names.boxes)
        if boxes.ndim != 3 or boxes.shape[0] != 1 or boxes.shape[2] not in (4, 5):
            raise _misfit(f"{self.names.boxes} has the shape {boxes.shape}, declared is (1, n, 4) or (1, n, 5)")
        rows = np.asarray(boxes[0], np.float32)
        if self.names.scores:
            scores = np.asarray(self._row(outputs, self.names.scores, len(rows)), np.float32)
        elif rows.shape[1] == 5:
            scores = rows[:, 4]
        else:
            raise _misfit("its boxes carry no score, and no output of scores is declared")
        labels = self._row(outputs, self.names.labels, len(rows)) if self.names.labels else np.zeros(len(rows))
        factor = np.array([self.width, self.height] * 2 if self.names.fractions else [1] * 4, np.float32)
        return Candidates(rows[:, :4] * factor, scores, labels.astype(np.intp))

    def _row(self, outputs: Arrays, name: str, length: int) -> NDArray[np.generic]:
        found = self._output(outputs, name)
        if found.shape != (1, length):
            raise _misfit(f"{name} has the shape {found.shape}, declared is (1, {length}), one a box")
        return np.asarray(found[0])


def _centred(table: NDArray[np.float32]) -> Candidates:
    """Of rows with centre, size and one score a class: the best class of each."""
    scores = table[:, 4:]
    classes = scores.argmax(axis=1) if scores.shape[1] else np.zeros(len(table), np.intp)
    centre, half = table[:, :2], table[:, 2:4] / 2
    boxes = np.concatenate((centre - half, centre + half), axis=1).astype(np.float32)
    return Candidates(boxes, scores[np.arange(len(table)), classes].astype(np.float32), classes)


def _misfit(what: str) -> AppError:
    return invalid("model_outputs", f"The model's outputs are not what its card declares: {what}.", "Correct the card.")
