"""EfficientDet-Lite with its raw heads, on LiteRT.

Source: Tan, Pang, Le, "EfficientDet: Scalable and Efficient Object Detection", CVPR 2020.
"""

from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from PIL import Image

from sereno.analytics.detectors.heads import cut_model
from sereno.analytics.detectors.port import Frame
from sereno.analytics.detectors.suppression import suppress
from sereno.analytics.model import FAMILIES, Detection, ObjectKind
from sereno.core.geometry import Box

MIN_SCORE = 0.15
"""Weak detections are still worth something to the tracker; rules never see them alone."""
MAX_CANDIDATES = 300

_COLUMNS = {
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
"""Column of the class head to kind: COCO's 90 ids less one."""


class EfficientDetLite:
    """Shapes: the input is square; a picture is fitted into its upper left corner, the rest is black."""

    def __init__(self, shipped: Path, cache: Path, *, threads: int = 1, min_score: float = MIN_SCORE) -> None:
        model = cut_model(shipped, cache)
        self._interpreter = Interpreter(str(model.path), num_threads=threads)
        self._interpreter.allocate_tensors()
        entry = self._interpreter.get_input_details()[0]
        boxes, classes = self._interpreter.get_output_details()
        self._entry: int = entry["index"]
        self._boxes: int = boxes["index"]
        self._classes: int = classes["index"]
        self._side: int = int(entry["shape"][1])
        self._box_scale, self._box_zero = boxes["quantization"]
        self._class_scale, self._class_zero = classes["quantization"]
        self._anchors = model.anchors
        self._canvas = np.zeros((1, self._side, self._side, 3), np.uint8)
        self._filled = (0, 0)
        self._least = _quantised_logit(min_score, self._class_scale, self._class_zero)
        self._columns = np.array(sorted(_COLUMNS), np.intp)
        self._kinds = tuple(_COLUMNS[int(column)] for column in self._columns)
        self._families = np.array([FAMILIES[kind] for kind in self._kinds], np.intp)

    def frame_size(self, width: int, height: int) -> tuple[int, int]:
        scale = min(1.0, self._side / max(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        width, height = self._place(frame)
        self._interpreter.set_tensor(self._entry, self._canvas)
        self._interpreter.invoke()
        logits: NDArray[np.int8] = self._interpreter.get_tensor(self._classes)[0]
        offsets: NDArray[np.int8] = self._interpreter.get_tensor(self._boxes)[0]
        rows, columns, quantised = self._candidates(logits)
        if rows.size == 0:
            return ()
        scores = 1 / (1 + np.exp((self._class_zero - quantised.astype(np.float32)) * self._class_scale))
        fitted = np.array([self._side / width, self._side / height] * 2, np.float32)
        boxes = np.clip(self._decoded(rows, offsets) * fitted, 0, 1)
        kept = suppress(boxes, scores, self._families[columns])
        return tuple(
            Detection(Box(*boxes[i].tolist()), self._kinds[columns[i]], float(scores[i]))
            for i in kept.tolist()
            if boxes[i, 2] > boxes[i, 0] and boxes[i, 3] > boxes[i, 1]
        )

    def _place(self, frame: Frame) -> tuple[int, int]:
        """Fit ``frame`` into the canvas; returns the (width, height) it fills there."""
        height, width = frame.shape[:2]
        if max(height, width) != self._side:
            scale = self._side / max(width, height)
            size = max(1, round(width * scale)), max(1, round(height * scale))
            frame = np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BILINEAR))
            height, width = frame.shape[:2]
        if self._filled != (width, height):
            self._canvas[:] = 0
            self._filled = width, height
        self._canvas[0, :height, :width] = frame
        return width, height

    def _candidates(self, logits: NDArray[np.int8]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int8]]:
        """Anchor rows, wanted columns and logits of what may be something, the best 300."""
        wanted = logits[:, self._columns]
        flat = np.flatnonzero(wanted >= self._least)
        values = wanted.ravel()[flat]
        if flat.size > MAX_CANDIDATES:
            best = np.argpartition(values, -MAX_CANDIDATES)[-MAX_CANDIDATES:]
            flat, values = flat[best], values[best]
        return flat // len(self._columns), flat % len(self._columns), values

    def _decoded(self, rows: NDArray[np.intp], offsets: NDArray[np.int8]) -> NDArray[np.float32]:
        """(N, 4) left, top, right, bottom in fractions of the input."""
        t = (offsets[rows].astype(np.float32) - self._box_zero) * np.float32(self._box_scale)
        anchors = self._anchors[rows]
        cy, cx = t[:, 0] * anchors[:, 2] + anchors[:, 0], t[:, 1] * anchors[:, 3] + anchors[:, 1]
        h, w = np.exp(t[:, 2]) * anchors[:, 2] / 2, np.exp(t[:, 3]) * anchors[:, 3] / 2
        boxes: NDArray[np.float32] = np.stack((cx - w, cy - h, cx + w, cy + h), axis=1)
        return boxes


def _quantised_logit(score: float, scale: float, zero: int) -> int:
    return int(np.clip(np.ceil(np.log(score / (1 - score)) / scale + zero), -128, 127))
