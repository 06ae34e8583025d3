"""Reads the plate of one vehicle: lines of text found, recognised, and weighed under the countries' patterns.

Lines are found by PP-OCRv4's detector; the box around them grows as in Liao et al., "Real-time scene text detection
with differentiable binarization", AAAI 2020. When the first look is unsure, the same place is cut again, a little
wider, and levelled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sereno.analytics.detectors.port import Frame
from sereno.analytics.plates.fusion import ALIKE_CROPS, Look, PlateText, decided, merged
from sereno.analytics.plates.lattice import hypotheses
from sereno.analytics.plates.lines import (
    Line,
    PlatePlace,
    plate_places,
    strip,
    text_lines,
    tightened,
    whole_plate_strip,
)
from sereno.analytics.plates.patterns import shape_prior
from sereno.analytics.plates.recogniser import PlateNetwork, PpOcr, Recogniser, bgr_planes, onnx_session
from sereno.core.geometry import Box

SIDE, SIDE_NEAR = 480, 256
"""Longer side at which text is looked for on a vehicle, and near where its plate was; not enlarged by more than 2."""
_MAX_ENLARGED = 2.0
_STRIDE = 32
_SURE = 0.9
_LEAST = 0.05
"""Below, what was seen is no plate: a word, a grille, noise."""
_HOPELESS = 0.01
"""Below, a second look is wasted."""
_FULL_HEIGHT, _LEAST_WEIGHT = 24.0, 0.3
"""Pixels of a line of text that counts in full, and how much the smallest counts."""
_WIDER, _SECOND_CUT = 0.15, 0.5
"""The second cut: the line's box grown by so many of its heights; how much it counts beside the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateModels:
    """``network`` is a file that a site trained by ``recipes/plates``; None: PP-OCR alone."""

    detection: Path
    recognition: Path
    network: Path | None = None


@dataclass(frozen=True, slots=True)
class PlateOnCrop:
    """``box`` in fractions of the crop; ``look`` is its vote beside those of other frames."""

    plate: PlateText
    box: Box
    look: Look


class PlateReader:
    """One instance serves one thread."""

    def __init__(self, models: PlateModels, country: str = "", *, threads: int = 1) -> None:
        """``country``: see ``patterns.shape_prior``.

        Raises: AppError not_found when a model was not fetched, invalid when ``network`` is not of the recipe.
        """
        self._detection = onnx_session(models.detection, threads)
        self._recognisers: tuple[Recogniser, ...] = (PpOcr(models.recognition, threads=threads),)
        if models.network is not None:
            self._recognisers = (*self._recognisers, PlateNetwork(models.network, threads=threads))
        self.prior: Mapping[str, float] = shape_prior(country)
        self._shapes = tuple(self.prior)

    def read(self, crop: Frame, side: int = SIDE) -> PlateOnCrop | None:
        """The surest plate on a picture of one vehicle; its longer side is brought to ``side`` to find text."""
        best: PlateOnCrop | None = None
        for place in plate_places(self.lines(crop, side)):
            found = self._read_place(crop, place)
            if found is not None and (best is None or found.plate.confidence > best.plate.confidence):
                best = found
            if best is not None and best.plate.confidence >= _SURE:
                break
        return best

    def read_plate(self, plate: Frame) -> PlateOnCrop | None:
        """The same for a picture that is cut to the plate already, of one or two lines."""
        whole = whole_plate_strip(plate)
        line = tightened(whole)
        looks = self._looks(line)
        if self._unsure(looks):
            looks += [replace(look, weight=_SECOND_CUT) for look in self._looks(whole)]
        return self._decided(looks, line, Box(0, 0, 1, 1))

    def lines(self, crop: Frame, side: int = SIDE) -> list[Line]:
        """Where text stands that is shaped like a line of a plate, the largest first."""
        height, width = crop.shape[:2]
        scale = min(_MAX_ENLARGED, side / max(height, width))
        size = _whole(width * scale), _whole(height * scale)
        pixels = np.asarray(Image.fromarray(crop).resize(size, Image.Resampling.BILINEAR))
        likely: NDArray[np.float32] = self._detection.run(None, {"x": bgr_planes(pixels)})[0][0, 0]
        return text_lines(likely)

    def _read_place(self, crop: Frame, place: PlatePlace) -> PlateOnCrop | None:
        line = strip(crop, place)
        looks = self._looks(line)
        if self._unsure(looks):
            wider = strip(crop, _grown(crop, place, _WIDER))
            again = [*self._looks(wider), *self._looks(tightened(wider))]
            looks += [replace(look, weight=_SECOND_CUT) for look in again]
        return self._decided(looks, line, place.box)

    def _unsure(self, looks: Sequence[Look]) -> bool:
        """Whether the same place is worth a second cut."""
        first = decided(merged(looks, ALIKE_CROPS), self.prior)
        return first is not None and _HOPELESS < first.confidence < _SURE

    def _looks(self, line: Frame) -> list[Look]:
        """What each recogniser makes of a picture of one line of text."""
        return [Look(hypotheses(recogniser.steps(line), self._shapes)) for recogniser in self._recognisers]

    def _decided(self, looks: Sequence[Look], line: Frame, box: Box) -> PlateOnCrop | None:
        weight = min(1.0, max(_LEAST_WEIGHT, line.shape[0] / _FULL_HEIGHT))
        look = replace(merged(looks, ALIKE_CROPS), weight=weight)
        text = decided(look, self.prior)
        return PlateOnCrop(text, box, look) if text is not None and is_plate(text) else None


def is_plate(text: PlateText) -> bool:
    """Whether it may be shown: sure enough, and not a word."""
    return text.confidence >= _LEAST and any(sign.isdigit() for sign in text.text)


def _grown(crop: Frame, place: PlatePlace, growth: float) -> PlatePlace:
    height, width = crop.shape[:2]

    def grown(line: Line) -> Line:
        by = growth * (line.box.bottom - line.box.top)
        across = by * height / width
        box = Box(line.box.left - across, line.box.top - by, line.box.right + across, line.box.bottom + by)
        return replace(line, box=box.within_picture())

    return PlatePlace(tuple(grown(line) for line in place.lines))


def _whole(side: float) -> int:
    return max(_STRIDE, round(side / _STRIDE) * _STRIDE)
