"""RTMPose on ONNX Runtime: where the joints of one person are.

Source: Jiang et al., "RTMPose: real-time multi-person pose estimation based on MMPose", 2023. Outputs are two rows of
bins for each joint (SimCC), half a pixel wide.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions
from PIL import Image

from sereno.core.errors import not_found
from sereno.core.geometry import Point

Crop = NDArray[np.uint8]
"""(H, W, 3) uint8, RGB: a person with some room around."""

_WIDTH, _HEIGHT = 192, 256
_BINS = 2
_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
_DEVIATION = np.array([58.395, 57.12, 57.375], np.float32)
_SHOULDERS, _HIPS, _KNEES, _ANKLES = (5, 6), (11, 12), (13, 14), (15, 16)
"""Joints of Halpe's 26."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Middles of pairs of joints, in pixels of the crop; ``score`` is that of the least sure of them, about 0..1."""

    shoulders: Point
    hips: Point
    knees: Point
    ankles: Point
    score: float


class PoseModel(Protocol):
    def pose(self, crop: Crop) -> Pose: ...


class RtmPose:
    """``PoseModel`` of the pinned file. One instance serves one thread."""

    def __init__(self, model: Path, threads: int = 1) -> None:
        """Raises: AppError not_found when the file is not fetched."""
        if not model.is_file():
            raise not_found("pose_model_missing", f"{model} is missing.", "Fetch the models: sereno assets.")
        options = SessionOptions()
        options.intra_op_num_threads = threads
        self._network = InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._input = self._network.get_inputs()[0].name

    def pose(self, crop: Crop) -> Pose:
        """Of the person in the middle of ``crop``."""
        height, width = crop.shape[:2]
        scale = min(_WIDTH / width, _HEIGHT / height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        left, top = (_WIDTH - size[0]) // 2, (_HEIGHT - size[1]) // 2
        canvas = np.zeros((_HEIGHT, _WIDTH, 3), np.float32)
        scaled = np.asarray(Image.fromarray(crop).resize(size, Image.Resampling.BILINEAR), np.float32)
        canvas[top : top + size[1], left : left + size[0]] = (scaled - _MEAN) / _DEVIATION
        across, down = self._network.run(None, {self._input: canvas.transpose(2, 0, 1)[np.newaxis]})
        across, down = np.asarray(across, np.float32)[0], np.asarray(down, np.float32)[0]
        scores = np.minimum(across.max(axis=1), down.max(axis=1))
        x = (across.argmax(axis=1) / _BINS - left) / scale
        y = (down.argmax(axis=1) / _BINS - top) / scale

        def middle(pair: tuple[int, int]) -> Point:
            return Point(float(x[list(pair)].mean()), float(y[list(pair)].mean()))

        least = min(float(scores[list(pair)].max()) for pair in (_SHOULDERS, _HIPS, _KNEES))
        return Pose(middle(_SHOULDERS), middle(_HIPS), middle(_KNEES), middle(_ANKLES), least)
