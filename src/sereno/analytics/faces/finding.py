"""Where faces are: YuNet, decoded here.

Source: Wu, Peng and Yu, "YuNet: a tiny millisecond-level face detector", Machine Intelligence Research 2023; the
decoding follows the graph's heads: distances in strides, score = sqrt(class x object).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from sereno.analytics.detectors.onnx_wire import with_constant_weights, with_free_sides
from sereno.analytics.detectors.port import Frame
from sereno.core.errors import not_found

LEAST_SCORE = 0.8
"""A fingertip was once taken for a face at 0.63."""
_SIDE = 640
_STRIDES = (8, 16, 32)
_LARGEST_SCALE = 2.0
_MARGIN_CELLS = 3
"""With less, boxes at the picture's edge differ by up to 6 pixels from those of a black square of full size."""
_OVERLAP = 0.3
_OVERSIZE = 0.5
"""A face nearer than the graph's largest cells is missed at full size: the picture is tried at this scale as well."""

Points = NDArray[np.float32]
"""(5, 2) x, y in pixels of the picture: the eyes (left one on the picture first), nose, corners of the mouth."""


@dataclass(frozen=True, slots=True)
class Face:
    """Units: pixels of the picture."""

    left: float
    top: float
    width: float
    height: float
    score: float
    points: Points

    @property
    def eyes_px(self) -> float:
        return float(np.hypot(*(self.points[1] - self.points[0])))

    @property
    def turned(self) -> float:
        """0 looks into the camera, 1 shows one eye: how far the nose is from between the eyes."""
        middle = (self.points[0] + self.points[1]) / 2
        along = (self.points[1] - self.points[0]) / max(1e-3, self.eyes_px)
        return float(min(1.0, abs((self.points[2] - middle) @ along) / max(1e-3, self.eyes_px / 2)))


class FaceFinder:
    """One instance serves one thread."""

    def __init__(self, model: Path, *, threads: int = 1) -> None:
        """Raises: AppError not_found when the model was not fetched."""
        self._session = face_session(model, threads, (1, 3, "height", "width"))
        self._input = self._session.get_inputs()[0].name
        self._outputs = [f"{head}_{stride}" for head in ("cls", "obj", "bbox", "kps") for stride in _STRIDES]

    def find(self, picture: Frame) -> list[Face]:
        """Surest first; no two overlap by more than 30 %."""
        height, width = picture.shape[:2]
        scale = min(_LARGEST_SCALE, _SIDE / max(height, width))
        found = self._found(picture, scale)
        if not found:
            found = self._found(picture, scale * _OVERSIZE)
        return _apart(found)

    def _found(self, picture: Frame, scale: float) -> list[Face]:
        height, width = picture.shape[:2]
        size = max(1, round(width * scale)), max(1, round(height * scale))
        canvas = np.zeros((_padded(size[1]), _padded(size[0]), 3), np.uint8)
        resample = Image.Resampling.BILINEAR  # with Pillow's support it also averages when it shrinks
        canvas[: size[1], : size[0]] = np.asarray(Image.fromarray(picture).resize(size, resample))
        planes = np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1), np.float32)[None]
        heads: list[NDArray[np.float32]] = self._session.run(self._outputs, {self._input: planes})
        faces: list[Face] = []
        for i, stride in enumerate(_STRIDES):
            cls, obj, boxes, points = (heads[i + 3 * j][0] for j in range(4))
            scores = np.sqrt(np.clip(cls, 0, 1) * np.clip(obj, 0, 1))[:, 0]
            grid = _Grid(canvas.shape[1] // stride, stride / scale)
            faces += _decoded(scores, boxes, points, grid)
        return faces


def _padded(side: int) -> int:
    """Whole cells of the coarsest head, and some of black beyond the picture, as far as the full square goes."""
    cell = _STRIDES[-1]
    return min(_SIDE, (-(-side // cell) + _MARGIN_CELLS) * cell)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Of one head: how many cells lie side by side, and how many pixels of the picture one measures."""

    columns: int
    cell: float


def _decoded(
    scores: NDArray[np.float32], boxes: NDArray[np.float32], points: NDArray[np.float32], grid: _Grid
) -> list[Face]:
    faces: list[Face] = []
    for cell in np.flatnonzero(scores >= LEAST_SCORE).tolist():
        corner = np.array([cell % grid.columns, cell // grid.columns], np.float32)
        centre = (corner + boxes[cell, :2]) * grid.cell
        size = np.exp(boxes[cell, 2:]) * grid.cell
        marks = ((points[cell].reshape(5, 2) + corner) * grid.cell).astype(np.float32)
        left, top = centre - size / 2
        faces.append(Face(float(left), float(top), float(size[0]), float(size[1]), float(scores[cell]), marks))
    return faces


def _apart(faces: list[Face]) -> list[Face]:
    kept: list[Face] = []
    for face in sorted(faces, key=lambda f: -f.score):
        if all(_iou(face, other) <= _OVERLAP for other in kept):
            kept.append(face)
    return kept


def _iou(a: Face, b: Face) -> float:
    width = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    height = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (a.width * a.height + b.width * b.height - width * height)


def face_session(model: Path, threads: int, shape: Sequence[int | str] = ()) -> onnxruntime.InferenceSession:
    """With ``shape`` the input has that one instead of the file's; a side that is a word is free.

    Raises: AppError not_found when the model was not fetched.
    """
    if not model.exists():
        raise not_found("model_missing", f"The face model {model} is missing.", "Fetch it: sereno assets --faces.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    content = with_constant_weights(model.read_bytes())
    if shape:
        content = with_free_sides(content, shape)
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
