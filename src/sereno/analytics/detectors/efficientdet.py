"""EfficientDet-Lite with its raw heads, on LiteRT.

Source: Tan, Pang, Le, "EfficientDet: Scalable and Efficient Object Detection", CVPR 2020.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from PIL import Image

from sereno.analytics.detectors.heads import Shape, cut_model, fitting_shape, shipped_side
from sereno.analytics.detectors.port import Found, Frame
from sereno.analytics.detectors.suppression import suppress, without_false_bags
from sereno.analytics.model import FAMILIES, Detection, ObjectKind
from sereno.core.geometry import Box

MIN_SCORE = 0.15
"""Weak detections are still worth something to the tracker; rules never see them alone."""
MAX_CANDIDATES = 300

_KINDS = {
    0: ObjectKind.PERSON,
    1: ObjectKind.BICYCLE,
    2: ObjectKind.CAR,
    3: ObjectKind.MOTORCYCLE,
    5: ObjectKind.BUS,
    7: ObjectKind.TRUCK,
    17: ObjectKind.DOG,
    26: ObjectKind.BACKPACK,
    30: ObjectKind.HANDBAG,
    32: ObjectKind.SUITCASE,
}
"""Column of the shipped class head to kind: COCO's 90 ids less one."""
_COLUMNS = tuple(_KINDS)
_FAMILIES = np.array([FAMILIES[kind] for kind in _KINDS.values()], np.intp)


class EfficientDetLite:
    """A picture is fitted into the upper left corner of the input; one network per shape of picture."""

    batch = 1
    kinds = frozenset(_KINDS.values())

    def __init__(self, shipped: Path, cache: Path, *, threads: int = 1, min_score: float = MIN_SCORE) -> None:
        """Raises: AppError not_found or data_loss when the file is missing or no such model."""
        self._shipped = shipped
        self._cache = cache
        self._threads = threads
        self._min_score = min_score
        self._side = shipped_side(shipped)
        self._networks: dict[Shape, _Network] = {}

    def frame_size(self, width: int, height: int) -> tuple[int, int]:
        scale = min(1.0, self._side / max(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))

    def detect(self, frame: Frame) -> Found:
        return self.detect_batch((frame,))[0]

    def detect_batch(self, frames: Sequence[Frame]) -> tuple[Found, ...]:
        return tuple(self._detected(frame) for frame in frames)

    def _detected(self, frame: Frame) -> Found:
        fitted = self._fitted(frame)
        height, width = fitted.shape[:2]
        boxes, scores, columns = self._network(width, height).run(fitted)
        if scores.size == 0:
            return ()
        boxes = np.clip(boxes * np.array([self._side / width, self._side / height] * 2, np.float32), 0, 1)
        kept = suppress(boxes, scores, _FAMILIES[columns])
        kinds = tuple(_KINDS.values())
        return without_false_bags(
            [
                Detection(Box(*boxes[i].tolist()), kinds[columns[i]], float(scores[i]))
                for i in kept.tolist()
                if boxes[i, 2] > boxes[i, 0] and boxes[i, 3] > boxes[i, 1]
            ]
        )

    def _fitted(self, frame: Frame) -> Frame:
        height, width = frame.shape[:2]
        if max(height, width) == self._side:
            return frame
        scale = self._side / max(width, height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BILINEAR))

    def _network(self, width: int, height: int) -> "_Network":
        shape = fitting_shape(self._side, width, height)
        if shape not in self._networks:
            self._networks[shape] = _Network(
                self._shipped, self._cache, shape, threads=self._threads, min_score=self._min_score
            )
        return self._networks[shape]


class _Network:
    """One input shape. Boxes leave it as left, top, right, bottom in fractions of the shipped square."""

    def __init__(self, shipped: Path, cache: Path, shape: Shape, *, threads: int, min_score: float) -> None:
        model = cut_model(shipped, cache, shape, _COLUMNS)
        self._interpreter = Interpreter(str(model.path), num_threads=threads)
        self._interpreter.allocate_tensors()
        boxes, classes = self._interpreter.get_output_details()
        self._entry: int = self._interpreter.get_input_details()[0]["index"]
        self._boxes: int = boxes["index"]
        self._classes: int = classes["index"]
        self._box_scale, self._box_zero = boxes["quantization"]
        self._class_scale, self._class_zero = classes["quantization"]
        self._anchors = model.anchors
        self._canvas = np.zeros((1, shape.height, shape.width, 3), np.uint8)
        self._filled = (0, 0)
        self._least = _quantised_logit(min_score, self._class_scale, self._class_zero)

    def run(self, frame: Frame) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.intp]]:
        """Boxes (N, 4), scores (N,) and wanted columns (N,) of what may be something."""
        height, width = frame.shape[:2]
        if self._filled != (width, height):
            self._canvas[:] = 0
            self._filled = width, height
        self._canvas[0, :height, :width] = frame
        self._interpreter.set_tensor(self._entry, self._canvas)
        self._interpreter.invoke()
        logits: NDArray[np.int8] = self._interpreter.get_tensor(self._classes)[0]
        offsets: NDArray[np.int8] = self._interpreter.get_tensor(self._boxes)[0]
        rows, columns, quantised = self._candidates(logits)
        scores = 1 / (1 + np.exp((self._class_zero - quantised.astype(np.float32)) * np.float32(self._class_scale)))
        return self._decoded(rows, offsets), scores, columns

    def _candidates(self, logits: NDArray[np.int8]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int8]]:
        """Anchor rows, columns and logits, the best 300."""
        flat = np.flatnonzero(logits.ravel() >= self._least)
        values = logits.ravel()[flat]
        if flat.size > MAX_CANDIDATES:
            best = np.argpartition(values, -MAX_CANDIDATES)[-MAX_CANDIDATES:]
            flat, values = flat[best], values[best]
        return flat // logits.shape[1], flat % logits.shape[1], values

    def _decoded(self, rows: NDArray[np.intp], offsets: NDArray[np.int8]) -> NDArray[np.float32]:
        t = (offsets[rows].astype(np.float32) - self._box_zero) * np.float32(self._box_scale)
        anchors = self._anchors[rows]
        cy, cx = t[:, 0] * anchors[:, 2] + anchors[:, 0], t[:, 1] * anchors[:, 3] + anchors[:, 1]
        h, w = np.exp(t[:, 2]) * anchors[:, 2] / 2, np.exp(t[:, 3]) * anchors[:, 3] / 2
        boxes: NDArray[np.float32] = np.stack((cx - w, cy - h, cx + w, cy + h), axis=1)
        return boxes


def _quantised_logit(score: float, scale: float, zero: int) -> int:
    return int(np.clip(np.ceil(np.log(score / (1 - score)) / scale + zero), -128, 127))
