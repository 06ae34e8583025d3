"""A re-identification model that a site brings: any ONNX file of OSNet's kind, pinned by its hash."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort
from PIL import Image

from sereno.analytics.appearance.embedder import Vectors, unit_rows
from sereno.analytics.detectors.port import Frame
from sereno.core.errors import data_loss, invalid, not_found

_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)

_REFUSALS = (ort.Fail, ort.InvalidGraph, ort.InvalidProtobuf, ort.NotImplemented, RuntimeError, ValueError)


class OnnxEmbedder:
    """Takes (n, 3, H, W) RGB with ImageNet's mean and deviation, gives (n, d); the file says H, W and d."""

    def __init__(self, model: Path, sha256: str, *, threads: int = 1) -> None:
        """Raises: AppError not_found, data_loss for another file than the pinned one, invalid for another kind."""
        if not model.exists():
            raise not_found("model_missing", f"The embedder's file {model} is missing.", "Put it there.")
        content = model.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != sha256.lower():
            raise data_loss(
                "model_hash_differs",
                f"{model.name} has SHA-256 {found}, not the {sha256} that the settings pin.",
                "Put the right file there, or pin this one if you trust it.",
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except _REFUSALS as error:
            raise _unusable(model, str(error)) from None
        self._session = session
        self._input, self._size, self.dimension, self._batches = _shape(session, model)
        self.name = f"onnx-{found[:12]}"

    def embed(self, crops: Sequence[Frame]) -> Vectors:
        if not crops:
            return np.zeros((0, self.dimension), np.float32)
        planes = np.stack([_planes(crop, self._size) for crop in crops])
        batches = (planes,) if self._batches else (planes[i : i + 1] for i in range(len(planes)))
        rows = [np.asarray(self._session.run(None, {self._input: batch})[0], np.float32) for batch in batches]
        return unit_rows(np.concatenate(rows).reshape(len(crops), self.dimension))


def _shape(session: onnxruntime.InferenceSession, model: Path) -> tuple[str, tuple[int, int], int, bool]:
    """(input's name, (width, height), dimension, whether it takes several at once)."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    given, made = inputs[0].shape, outputs[0].shape
    if len(inputs) != 1 or len(given) != 4 or given[1] != 3 or inputs[0].type != "tensor(float)":
        raise _unusable(model, f"its input is {given}, not one (n, 3, H, W) of float32")
    if len(outputs) != 1 or len(made) != 2:
        raise _unusable(model, f"it has {len(outputs)} outputs, not one (n, d)")
    if not isinstance(given[2], int) or not isinstance(given[3], int) or not isinstance(made[-1], int):
        raise _unusable(model, "it leaves the size of its picture or of its vector open")
    return inputs[0].name, (given[3], given[2]), made[-1], not isinstance(given[0], int)


def _unusable(model: Path, why: str) -> Exception:
    return invalid("model_unusable", f"{model.name} is no embedder: {why}.", "Give a model of OSNet's kind.")


def _planes(crop: Frame, size: tuple[int, int]) -> NDArray[np.float32]:
    pixels = np.asarray(Image.fromarray(crop).resize(size, Image.Resampling.BILINEAR), np.float32) / 255
    return np.ascontiguousarray(((pixels - _MEAN) / _DEVIATION).transpose(2, 0, 1), np.float32)
