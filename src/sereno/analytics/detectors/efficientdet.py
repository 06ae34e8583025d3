"""EfficientDet-Lite with its raw heads, on LiteRT or on ONNX Runtime.

Source: Tan, Pang, Le, "EfficientDet: Scalable and Efficient Object Detection", CVPR 2020.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from sereno.analytics.detectors.efficientdet_onnx import BOXES, CLASSES, PICTURES, onnx_twin
from sereno.analytics.detectors.fitting import fitted, fitted_size
from sereno.analytics.detectors.heads import CutModel, Shape, cut_model, fitting_shape, shipped_side
from sereno.analytics.detectors.port import Found, Frame
from sereno.analytics.detectors.sessions import GPU_BATCH, Device, Network
from sereno.analytics.detectors.suppression import suppress, without_false_bags
from sereno.analytics.model import FAMILIES, Detection, ObjectKind
from sereno.core.errors import AppError
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


Stored = NDArray[np.int8] | NDArray[np.float32]
"""What a network puts out."""


class Runtime(StrEnum):
    LITERT = "litert"
    """The quickest on a CPU with eight-bit instructions; a frame at a time."""
    ONNX = "onnx"


class EfficientDetLite:
    """A picture is fitted into the upper left corner of the input; one network per shape of picture."""

    kinds = frozenset(_KINDS.values())

    def __init__(
        self,
        shipped: Path,
        cache: Path,
        *,
        threads: int = 1,
        runtime: Runtime = Runtime.LITERT,
        device: Device = Device.CPU,
    ) -> None:
        """``device`` counts on ONNX Runtime only.

        Raises: AppError not_found or data_loss when the file is missing or no such model.
        """
        self._shipped = shipped
        self._cache = cache
        self._threads = threads
        self._runtime = runtime
        self._device = device
        self._side = shipped_side(shipped)
        self._networks: dict[Shape, _Network] = {}

    @property
    def batch(self) -> int:
        return GPU_BATCH if self.on_gpu else 1

    @property
    def on_gpu(self) -> bool:
        return any(isinstance(network, _OnnxNetwork) and network.on_gpu for network in self._networks.values())

    @property
    def fault(self) -> AppError | None:
        """Why it does not run where it should."""
        faults = (network.fault for network in self._networks.values() if isinstance(network, _OnnxNetwork))
        return next((fault for fault in faults if fault is not None), None)

    def frame_size(self, width: int, height: int) -> tuple[int, int]:
        return fitted_size(width, height, self._side, self._side)

    def detect(self, frame: Frame) -> Found:
        return self.detect_batch((frame,))[0]

    def detect_batch(self, frames: Sequence[Frame]) -> tuple[Found, ...]:
        pictures = [fitted(frame, self._side, self._side) for frame in frames]
        shapes = [fitting_shape(self._side, picture.shape[1], picture.shape[0]) for picture in pictures]
        found: list[Found] = [()] * len(pictures)
        for shape in dict.fromkeys(shapes):
            network = self._network(shape)
            alike = [index for index, each in enumerate(shapes) if each == shape]
            for start in range(0, len(alike), network.at_once):
                chunk = alike[start : start + network.at_once]
                for index, heads in zip(chunk, network.run([pictures[i] for i in chunk]), strict=True):
                    found[index] = self._found(network, heads, pictures[index])
        return tuple(found)

    def _found(self, network: "_Network", heads: "_Heads", picture: Frame) -> Found:
        rows, columns, scores = _candidates(heads.classes, network.class_steps)
        if scores.size == 0:
            return ()
        height, width = picture.shape[:2]
        boxes = _decoded(heads.boxes[rows], network.box_steps, network.anchors[rows])
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

    def _network(self, shape: Shape) -> "_Network":
        if shape not in self._networks:
            model = cut_model(self._shipped, self._cache, shape, _COLUMNS)
            self._networks[shape] = (
                _LiteRtNetwork(model, shape, self._threads)
                if self._runtime is Runtime.LITERT
                else _OnnxNetwork(model, shape, self._threads, self._device)
            )
        return self._networks[shape]


@dataclass(frozen=True, slots=True)
class _Heads:
    """Of one picture. Shapes: ``boxes`` (N, 4), ``classes`` (N, C); quantised as the network says."""

    boxes: Stored
    classes: Stored


@dataclass(frozen=True, slots=True)
class _Steps:
    """Quantisation: a number is ``(stored - zero) * scale``."""

    scale: float = 1.0
    zero: int = 0


class _Network(Protocol):
    """One input shape. ``at_once``: as many pictures fit into one run."""

    anchors: NDArray[np.float32]
    box_steps: _Steps
    class_steps: _Steps
    at_once: int

    def run(self, pictures: Sequence[Frame]) -> list[_Heads]: ...


class _LiteRtNetwork:
    at_once = 1

    def __init__(self, model: CutModel, shape: Shape, threads: int) -> None:
        self._interpreter = Interpreter(str(model.path), num_threads=threads)
        self._interpreter.allocate_tensors()
        boxes, classes = self._interpreter.get_output_details()
        self._entry: int = self._interpreter.get_input_details()[0]["index"]
        self._boxes: int = boxes["index"]
        self._classes: int = classes["index"]
        self.box_steps = _Steps(*boxes["quantization"])
        self.class_steps = _Steps(*classes["quantization"])
        self.anchors = model.anchors
        self._canvas = np.zeros((1, shape.height, shape.width, 3), np.uint8)
        self._filled = (0, 0)

    def run(self, pictures: Sequence[Frame]) -> list[_Heads]:
        height, width = pictures[0].shape[:2]
        if self._filled != (width, height):
            self._canvas[:] = 0
            self._filled = width, height
        self._canvas[0, :height, :width] = pictures[0]
        self._interpreter.set_tensor(self._entry, self._canvas)
        self._interpreter.invoke()
        boxes, classes = self._interpreter.get_tensor(self._boxes), self._interpreter.get_tensor(self._classes)
        return [_Heads(boxes[0], classes[0])]


class _OnnxNetwork:
    box_steps = class_steps = _Steps()
    at_once = GPU_BATCH

    def __init__(self, model: CutModel, shape: Shape, threads: int, device: Device) -> None:
        path = onnx_twin(model)
        self._network = Network(path.stem, path.read_bytes(), threads=threads, device=device)
        self._shape = shape
        self.anchors = model.anchors

    @property
    def on_gpu(self) -> bool:
        return self._network.on_gpu

    @property
    def fault(self) -> AppError | None:
        return self._network.fault

    def run(self, pictures: Sequence[Frame]) -> list[_Heads]:
        canvas = np.zeros((len(pictures), self._shape.height, self._shape.width, 3), np.uint8)
        for place, picture in zip(canvas, pictures, strict=True):
            place[: picture.shape[0], : picture.shape[1]] = picture
        out = self._network.run({PICTURES: canvas})
        tables = (np.asarray(out[name], np.float32) for name in (BOXES, CLASSES))
        return [_Heads(boxes, classes) for boxes, classes in zip(*tables, strict=True)]


def _candidates(classes: Stored, steps: _Steps) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Anchor rows, columns and scores of what may be something, the best 300."""
    least = math.log(MIN_SCORE / (1 - MIN_SCORE)) / steps.scale + steps.zero
    flat = np.flatnonzero(classes.ravel() >= (math.ceil(least) if classes.dtype == np.int8 else least))
    stored = classes.ravel()[flat].astype(np.float32)
    if flat.size > MAX_CANDIDATES:
        best = np.argpartition(stored, -MAX_CANDIDATES)[-MAX_CANDIDATES:]
        flat, stored = flat[best], stored[best]
    scores = 1 / (1 + np.exp((steps.zero - stored) * np.float32(steps.scale)))
    return flat // classes.shape[1], flat % classes.shape[1], scores


def _decoded(offsets: Stored, steps: _Steps, anchors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Left, top, right, bottom in fractions of the shipped square."""
    t = (offsets.astype(np.float32) - steps.zero) * np.float32(steps.scale)
    cy, cx = t[:, 0] * anchors[:, 2] + anchors[:, 0], t[:, 1] * anchors[:, 3] + anchors[:, 1]
    h, w = np.exp(t[:, 2]) * anchors[:, 2] / 2, np.exp(t[:, 3]) * anchors[:, 3] / 2
    return np.stack((cx - w, cy - h, cx + w, cy + h), axis=1)
