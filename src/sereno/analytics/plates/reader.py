"""Reads the plate of one vehicle: text detection and recognition by PP-OCRv4, then the countries' patterns.

Source: Du et al., "PP-OCR: A practical ultra lightweight OCR system", arXiv 2009.09941; the box around text is grown as
in Liao et al., "Real-time scene text detection with differentiable binarization", AAAI 2020.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from sereno.analytics.detectors.port import Frame
from sereno.analytics.plates.text import ALPHABET, Characters, PlateText, plate_text
from sereno.core.errors import not_found
from sereno.core.geometry import Box

_SIDE = 480
"""Longer side at which text is looked for; a crop is not enlarged by more than 2."""
_MAX_ENLARGED = 2.0
_STRIDE = 32
_TEXT = 0.3
_MIN_MEAN = 0.45
_GROWTH = 1.6
_MIN_ASPECT, _MAX_ASPECT = 1.6, 8.0
_MAX_LINES = 3
_LINE_HEIGHT = 48
_MIN_LINE_WIDTH, _MAX_LINE_WIDTH = 96, 480
_LEAST_KNOWN = 0.2


@dataclass(frozen=True, slots=True)
class PlateOnCrop:
    """``box`` in fractions of the crop."""

    plate: PlateText
    box: Box


class PlateReader:
    """One instance serves one thread."""

    def __init__(self, detection: Path, recognition: Path, *, threads: int = 1) -> None:
        """Raises: AppError not_found when a model was not fetched."""
        self._detection = _session(detection, threads)
        self._recognition = _session(recognition, threads)
        signs = self._recognition.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._columns = np.array([0, *(signs.index(sign) + 1 for sign in ALPHABET)], np.intp)

    def read(self, crop: Frame) -> PlateOnCrop | None:
        """The surest plate on a picture of one vehicle."""
        best: PlateOnCrop | None = None
        for box in self.lines(crop):
            plate = plate_text(self.characters(_cut(crop, box)))
            if plate is not None and (best is None or plate.confidence > best.plate.confidence):
                best = PlateOnCrop(plate, box)
        return best

    def lines(self, crop: Frame) -> list[Box]:
        """Where text stands that is shaped like a plate, the largest first."""
        height, width = crop.shape[:2]
        scale = min(_MAX_ENLARGED, _SIDE / max(height, width))
        size = _whole(width * scale), _whole(height * scale)
        pixels = np.asarray(Image.fromarray(crop).resize(size, Image.Resampling.BILINEAR))
        likely: NDArray[np.float32] = self._detection.run(None, {"x": _planes(pixels)})[0][0, 0]
        return text_boxes(likely)

    def characters(self, line: Frame) -> Characters:
        """(n, 36): what stands on a picture of one line of text."""
        height, width = line.shape[:2]
        wide = int(np.clip(round(width * _LINE_HEIGHT / height), _MIN_LINE_WIDTH, _MAX_LINE_WIDTH))
        pixels = np.asarray(Image.fromarray(line).resize((wide, _LINE_HEIGHT), Image.Resampling.BICUBIC))
        steps: NDArray[np.float32] = self._recognition.run(None, {"x": _planes(pixels)})[0][0]
        return collapsed(steps[:, self._columns])


def text_boxes(likely: NDArray[np.float32]) -> list[Box]:
    """Boxes, in fractions, around the regions of a text map (H, W) that are shaped like a plate; largest first."""
    height, width = likely.shape
    labels, count = ndimage.label(likely > _TEXT)
    found: list[tuple[int, Box]] = []
    means = ndimage.mean(likely, labels, np.arange(1, count + 1))
    for span, mean in zip(ndimage.find_objects(labels), means, strict=True):
        top, bottom, left, right = span[0].start, span[0].stop, span[1].start, span[1].stop
        h, w = bottom - top, right - left
        grow = h * w * _GROWTH / (2 * (h + w))
        if mean < _MIN_MEAN or not _MIN_ASPECT <= (w + 2 * grow) / (h + 2 * grow) <= _MAX_ASPECT:
            continue
        box = Box(
            max(0.0, (left - grow) / width),
            max(0.0, (top - grow) / height),
            min(1.0, (right + grow) / width),
            min(1.0, (bottom + grow) / height),
        )
        found.append((h * w, box))
    return [box for _, box in sorted(found, key=lambda row: -row[0])[:_MAX_LINES]]


def collapsed(steps: NDArray[np.float32]) -> Characters:
    """Merge the steps of connectionist temporal classification; column 0 is the blank, the rest ``ALPHABET``."""
    known = steps.sum(axis=1)
    best = np.where(known > _LEAST_KNOWN, steps.argmax(axis=1), 0)
    characters: list[NDArray[np.float32]] = []
    before = 0
    for step, column in zip(steps, best.tolist(), strict=True):
        if column and column == before:
            if step[column] > characters[-1].max():
                characters[-1] = step[1:]
        elif column:
            characters.append(step[1:])
        before = column
    return np.array(characters, np.float32).reshape(-1, len(ALPHABET))


def _session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    if not path.exists():
        raise not_found("model_missing", f"The plate reader's file {path} is missing.", "Fetch the models.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _planes(pixels: Frame) -> NDArray[np.float32]:
    """(1, 3, H, W) float32 in -1..1, BGR as the models were trained."""
    planes = pixels[:, :, ::-1].transpose(2, 0, 1).astype(np.float32)
    planes *= 1 / 127.5
    planes -= 1
    return np.ascontiguousarray(planes[None])


def _cut(crop: Frame, box: Box) -> Frame:
    height, width = crop.shape[:2]
    top, bottom = int(box.top * height), max(int(box.top * height) + 2, round(box.bottom * height))
    left, right = int(box.left * width), max(int(box.left * width) + 2, round(box.right * width))
    return np.ascontiguousarray(crop[top:bottom, left:right])


def _whole(side: float) -> int:
    return max(_STRIDE, round(side / _STRIDE) * _STRIDE)
