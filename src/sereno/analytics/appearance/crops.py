"""How much a look at a track is worth as its picture, and the cutting of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sereno.analytics.detectors.port import Frame
from sereno.core.geometry import Box

LONGER_SIDE = 256
"""Pixels of a kept crop."""
_ENOUGH_PX = 160.0
"""Height of a box above which more pixels make a picture no better."""
_MARGIN = 0.08
"""Of the box, cut around it: a person reads a picture better with a little of the street."""
_EDGE = 0.006
"""Of the picture; a box nearer to its edge counts as cut off."""
_CUT_OFF = 0.35
_SHARP = 12.0
"""Mean step between neighbouring pixels (0..255) of a crop that is as sharp as needed."""
_LEAST_SHARP = 0.3


@dataclass(frozen=True, slots=True)
class Crop:
    """``pixels``: (H, W, 3) uint8, RGB, longer side at most 256; ``box`` is what they show, in fractions of the
    picture; ``inner`` is the thing itself, in fractions of ``pixels``.
    """

    pixels: Frame
    box: Box
    inner: Box
    at: datetime
    quality: float

    def tight(self) -> Frame:
        """The pixels inside ``inner``."""
        return part_of(self.pixels, self.inner)


def standing(box: Box, score: float, others: Sequence[Box], size: tuple[int, int]) -> float:
    """0..1: what boxes alone say of the look: score x size x not cut off x not overlapped.

    ``others`` are the boxes of the same frame without this one; ``size`` is the picture's (width, height) in pixels.
    """
    seen = box.within_picture()
    pixels = min(seen.height * size[1], 2 * seen.width * size[0])
    large = min(1.0, max(0.0, pixels) / _ENOUGH_PX)
    touches = min(box.left, box.top, 1 - box.right, 1 - box.bottom) < _EDGE
    free = 1.0 - max((_covered(box, other) for other in others), default=0.0)
    return score * large * (_CUT_OFF if touches else 1.0) * free * free


def _covered(box: Box, other: Box) -> float:
    """Share of ``box`` that ``other`` hides: of two, the one whose foot is higher stands behind."""
    width = min(box.right, other.right) - max(box.left, other.left)
    height = min(box.bottom, other.bottom) - max(box.top, other.top)
    if width <= 0 or height <= 0 or box.area <= 0:
        return 0.0
    share = min(1.0, width * height / box.area)
    return share if other.bottom > box.bottom else share / 2


def sharpness(luma: NDArray[np.uint8]) -> float:
    """0.3..1: how much neighbouring pixels of the (H, W) part differ where they differ most."""
    if min(luma.shape) < 4:
        return _LEAST_SHARP
    steps = np.abs(np.diff(luma.astype(np.int16), axis=1))
    edges = float(np.percentile(steps, 90))
    return float(np.clip(edges / _SHARP, _LEAST_SHARP, 1.0))


def grown(box: Box) -> Box:
    """``box`` with a little of the street around it, inside the picture."""
    dx, dy = _MARGIN * box.width, _MARGIN * box.height
    return Box(box.left - dx, box.top - dy, box.right + dx, box.bottom + dy).within_picture()


def made(pixels: Frame, box: Box, cut: Box, at: datetime, quality: float) -> Crop:
    """The crop of ``box`` out of the pixels of ``cut``, shrunk to what is kept."""
    seen = box.within_picture()
    inner = Box(
        (seen.left - cut.left) / cut.width,
        (seen.top - cut.top) / cut.height,
        (seen.right - cut.left) / cut.width,
        (seen.bottom - cut.top) / cut.height,
    )
    return Crop(shrunk(pixels), cut, inner, at, quality)


def shrunk(pixels: Frame) -> Frame:
    """The longer side at most 256; smaller ones stay."""
    height, width = pixels.shape[:2]
    scale = LONGER_SIDE / max(height, width)
    if scale >= 1:
        return pixels
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX), np.uint8)


def part_of(pixels: Frame, part: Box) -> Frame:
    """The pixels inside ``part`` (fractions), at least one; a view. ``pixels`` may be one plane."""
    height, width = pixels.shape[:2]
    top, left = min(height - 1, max(0, int(part.top * height))), min(width - 1, max(0, int(part.left * width)))
    bottom, right = max(top + 1, round(part.bottom * height)), max(left + 1, round(part.right * width))
    return pixels[top:bottom, left:right]
