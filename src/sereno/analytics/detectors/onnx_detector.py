"""Any ONNX detector that has a card, behind the port: YOLOX-tiny as well as what a site brings."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.detectors.fitting import fitted, fitted_size
from sereno.analytics.detectors.layouts import Arrays, Candidates
from sereno.analytics.detectors.model_card import ModelCard
from sereno.analytics.detectors.onnx_wire import keeps_content_elsewhere
from sereno.analytics.detectors.port import Found, Frame
from sereno.analytics.detectors.sessions import GPU_BATCH, Device, Network
from sereno.analytics.detectors.suppression import suppress, without_false_bags
from sereno.analytics.model import FAMILIES, Detection
from sereno.core.errors import AppError, data_loss, exhausted, invalid, not_found
from sereno.core.geometry import Box

MIN_SCORE = 0.15
MAX_CANDIDATES = 300
MAX_FILE_BYTES = 512 << 20
PROBE_LIMIT_S = 20.0
"""A model that needs longer for one picture is of no use here."""

_INPUT_TYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
}


class OnnxDetector:
    """A picture is fitted into the upper left corner of the input, the rest is the card's grey."""

    def __init__(self, card: ModelCard, network: Network) -> None:
        """Raises: AppError invalid when the network's input is not what the card declares."""
        self._card = card
        self._network = network
        self._reading = card.reading
        self._name, self._kind, self._at_once = _entry(card, network)
        self._classes = np.array(sorted(card.classes), np.intp)
        self._kinds = [card.classes[number] for number in sorted(card.classes)]
        self._families = np.array([FAMILIES[kind] for kind in self._kinds], np.intp)
        self.kinds = frozenset(self._kinds)

    @property
    def batch(self) -> int:
        return self._at_once if self._network.on_gpu else 1

    @property
    def on_gpu(self) -> bool:
        return self._network.on_gpu

    @property
    def fault(self) -> AppError | None:
        return self._network.fault

    def frame_size(self, width: int, height: int) -> tuple[int, int]:
        return fitted_size(width, height, self._card.input.width, self._card.input.height)

    def detect(self, frame: Frame) -> Found:
        return self.detect_batch((frame,))[0]

    def detect_batch(self, frames: Sequence[Frame]) -> tuple[Found, ...]:
        return self._detected(frames, None)

    def probe(self) -> None:
        """Look at two made-up pictures: what will not work should show before a camera depends on it.

        Raises: AppError when the network fails, takes too long, or answers otherwise than its card says.
        """
        side = self._card.input
        noise = np.random.default_rng(1).integers(0, 256, (side.height, side.width, 3), np.uint8)
        self._detected((np.full_like(noise, side.padding), noise), PROBE_LIMIT_S)

    def _detected(self, frames: Sequence[Frame], limit_s: float | None) -> tuple[Found, ...]:
        found: list[Found] = []
        for start in range(0, len(frames), self._at_once):
            pictures = [
                fitted(f, self._card.input.width, self._card.input.height) for f in frames[start:][: self._at_once]
            ]
            outputs = self._network.run({self._name: self._entered(pictures)}, limit_s)
            for index, picture in enumerate(pictures):
                found.append(self._found(self._reading.read(_row(outputs, index)), picture))
        return tuple(found)

    def _entered(self, pictures: Sequence[Frame]) -> NDArray[np.generic]:
        """(B, 3, H, W) as the network wants it."""
        side = self._card.input
        canvas = np.full((len(pictures), side.height, side.width, 3), side.padding, np.uint8)
        for place, picture in zip(canvas, pictures, strict=True):
            place[: picture.shape[0], : picture.shape[1]] = picture
        planes = canvas[..., :: -1 if side.colour == "bgr" else 1].transpose(0, 3, 1, 2)
        if self._kind is np.uint8:
            return np.ascontiguousarray(planes)
        numbers = planes.astype(np.float32) * np.float32(side.scale)
        if any(side.mean) or side.deviation != (1.0, 1.0, 1.0):
            mean, deviation = (np.array(v, np.float32)[:, None, None] for v in (side.mean, side.deviation))
            numbers = (numbers - mean) / deviation
        return np.ascontiguousarray(numbers, self._kind)

    def _found(self, candidates: Candidates, picture: Frame) -> Found:
        if not (np.isfinite(candidates.boxes).all() and np.isfinite(candidates.scores).all()):
            raise invalid(
                "model_outputs", f"The model {self._card.name} answers with what is no number.", "Replace it."
            )
        wanted = np.flatnonzero((candidates.scores >= MIN_SCORE) & np.isin(candidates.classes, self._classes))
        wanted = wanted[np.argsort(-candidates.scores[wanted], kind="stable")][:MAX_CANDIDATES]
        height, width = picture.shape[:2]
        boxes = np.clip(candidates.boxes[wanted] / np.array([width, height] * 2, np.float32), 0, 1, dtype=np.float32)
        scores = np.minimum(candidates.scores[wanted], 1)
        columns = np.searchsorted(self._classes, candidates.classes[wanted])
        return without_false_bags(
            [
                Detection(Box(*boxes[i].tolist()), self._kinds[columns[i]], float(scores[i]))
                for i in suppress(boxes, scores, self._families[columns]).tolist()
                if boxes[i, 2] > boxes[i, 0] and boxes[i, 3] > boxes[i, 1]
            ]
        )


def load_model(card: ModelCard, path: Path, threads: int, device: Device) -> OnnxDetector:
    """The detector of a file that is byte for byte what its card pins.

    Raises: AppError that says what is wrong with the file.
    """
    return OnnxDetector(card, Network(card.name, _pinned(card, path), threads=threads, device=device))


def _pinned(card: ModelCard, path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise not_found(
            "model_missing", f"The file {path} of the model {card.name} cannot be read: {error.strerror}.", "Bring it."
        ) from None
    if len(content) > MAX_FILE_BYTES:
        raise exhausted(
            "model_too_large", f"{path.name} is larger than {MAX_FILE_BYTES >> 20} MiB.", "Use a smaller model."
        )
    found = sha256(content).hexdigest()
    if found != card.sha256:
        raise data_loss(
            "model_hash",
            f"{path.name} is not the file that its card pins: SHA-256 {found} instead of {card.sha256}.",
            "Bring the right file; change the card only if you know who changed the file, and why.",
        )
    try:
        elsewhere = keeps_content_elsewhere(content)
    except ValueError as error:
        raise data_loss("model_broken", f"{path.name} is no ONNX file: {error}.", "Export it anew.") from None
    if elsewhere:
        raise invalid(
            "model_external",
            f"{path.name} keeps part of itself in other files, which no hash pins.",
            "Export it with all weights inside one file.",
        )
    return content


def _entry(card: ModelCard, network: Network) -> tuple[str, type[np.generic], int]:
    """Name, type and pictures at once of the network's input."""
    inputs = network.inputs
    if len(inputs) != 1:
        raise _misfit(card, f"it has {len(inputs)} inputs, not one")
    entry, wanted = inputs[0], (3, card.input.height, card.input.width)
    if entry.type not in _INPUT_TYPES:
        raise _misfit(card, f"its input holds {entry.type}, not floats or bytes")
    if len(entry.shape) != 4 or any(
        isinstance(side, int) and side != want for side, want in zip(entry.shape[1:], wanted, strict=True)
    ):
        raise _misfit(card, f"its input has the shape {list(entry.shape)}, the card says [1, 3, H, W] = {[1, *wanted]}")
    if isinstance(entry.shape[0], int) and entry.shape[0] != 1:
        raise _misfit(card, f"it wants {entry.shape[0]} pictures at once; export it for one, or for any number")
    free = not isinstance(entry.shape[0], int) and card.output.layout.takes_batches
    return entry.name, _INPUT_TYPES[entry.type], GPU_BATCH if free else 1


def _misfit(card: ModelCard, what: str) -> AppError:
    return invalid("model_input", f"The model {card.name} does not fit its card: {what}.", "Correct the card.")


def _row(outputs: Arrays, index: int) -> Arrays:
    """Those of one picture; a model that takes one at a time may answer without a row a picture."""
    if index == 0 and all(len(each) == 1 for each in outputs.values() if each.ndim):
        return outputs
    return {name: each[index : index + 1] for name, each in outputs.items()}
