"""Where lines of text stand on a picture of a vehicle; one upright strip of each plate, its two lines joined. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, degrees

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from sereno.analytics.detectors.port import Frame
from sereno.core.geometry import Box

_TEXT = 0.3
_MIN_MEAN = 0.45
_GROWTH = 1.6
_MIN_ASPECT, _MAX_ASPECT = 1.3, 8.0
_MAX_LINES = 3
_LEAST_TILT = 2.0
"""Degrees; less is not worth a turn."""
_TWO_LINES_BELOW = 1.75
"""Width by height of a whole plate: below, its signs stand in two lines."""
_LEAST_TO_TIGHTEN = 14
_SLOPES = tuple(step / 30 for step in range(-4, 5))
_BUSY, _LEAST_BAND, _BAND_MARGIN = 0.4, 0.35, 0.15
"""Share of the way from quiet to loud rows, least share of the height, margin as a share of the band's own."""
_SAME_HEIGHT, _OVERLAP, _GAP = 0.55, 0.5, 0.9


@dataclass(frozen=True, slots=True)
class Line:
    """``box`` in fractions of the picture; ``tilt`` in degrees, clockwise, of the text inside it."""

    box: Box
    tilt: float = 0.0


@dataclass(frozen=True, slots=True)
class PlatePlace:
    """The lines of one plate, the upper first."""

    lines: tuple[Line, ...]

    @property
    def box(self) -> Box:
        boxes = [line.box for line in self.lines]
        return Box(
            min(b.left for b in boxes),
            min(b.top for b in boxes),
            max(b.right for b in boxes),
            max(b.bottom for b in boxes),
        )


def text_lines(likely: NDArray[np.float32]) -> list[Line]:
    """Around the regions of a text map (H, W) that are shaped like a line of a plate; the largest first."""
    height, width = likely.shape
    labels, count = ndimage.label(likely > _TEXT)
    found: list[tuple[int, Line]] = []
    means = ndimage.mean(likely, labels, np.arange(1, count + 1))
    for number, (span, mean) in enumerate(zip(ndimage.find_objects(labels), means, strict=True), start=1):
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
        found.append((h * w, Line(box, _tilt(labels[span] == number))))
    return [line for _, line in sorted(found, key=lambda row: -row[0])[:_MAX_LINES]]


def plate_places(lines: Sequence[Line]) -> list[PlatePlace]:
    """Each pair of lines that stand closely above one another, then each line alone."""
    pairs = [
        PlatePlace((upper, lower))
        for upper in lines
        for lower in lines
        if upper is not lower and _stacked(upper.box, lower.box)
    ]
    return [*pairs, *(PlatePlace((line,)) for line in lines)]


def strip(picture: Frame, place: PlatePlace) -> Frame:
    """(h, w, 3): the plate's text in one upright line."""
    return _side_by_side([_upright(_cut(picture, line.box), line.tilt) for line in place.lines])


def whole_plate_strip(plate: Frame) -> Frame:
    """The same for a picture cut to a plate already: where it is nearly square, its lower half follows its upper."""
    height, width = plate.shape[:2]
    if width / height >= _TWO_LINES_BELOW or height < 8:
        return plate
    between = _emptiest_row(plate)
    return _side_by_side([plate[:between], plate[between:]])


def _tilt(region: NDArray[np.bool_]) -> float:
    """Of the long axis of a region, by its second moments."""
    y, x = np.nonzero(region)
    x, y = x - x.mean(), y - y.mean()
    return degrees(0.5 * atan2(2 * float((x * y).sum()), float((x * x).sum() - (y * y).sum())))


def _stacked(upper: Box, lower: Box) -> bool:
    heights = sorted((upper.bottom - upper.top, lower.bottom - lower.top))
    overlap = min(upper.right, lower.right) - max(upper.left, lower.left)
    return (
        heights[0] > _SAME_HEIGHT * heights[1]
        and overlap > _OVERLAP * max(upper.right - upper.left, lower.right - lower.left)
        and upper.top < lower.top
        and -_GAP < (lower.top - upper.bottom) / heights[0] < _GAP
        and (upper.top + upper.bottom) / 2 < lower.top
    )


def _cut(picture: Frame, box: Box) -> Frame:
    height, width = picture.shape[:2]
    top, bottom = int(box.top * height), max(int(box.top * height) + 2, round(box.bottom * height))
    left, right = int(box.left * width), max(int(box.left * width) + 2, round(box.right * width))
    return np.ascontiguousarray(picture[top:bottom, left:right])


def _upright(cut: Frame, tilt: float) -> Frame:
    """Sheared so that the text runs level, its columns kept where they are."""
    if abs(tilt) < _LEAST_TILT:
        return cut
    height, width = cut.shape[:2]
    slope = float(np.tan(np.radians(tilt)))
    spare = min(int(abs(slope) * width / 2 * 0.6), height // 4)
    return np.ascontiguousarray(np.asarray(_sheared(Image.fromarray(cut), slope))[spare : height - spare])


def _emptiest_row(plate: Frame) -> int:
    """Near the middle, where the ink changes least along the row."""
    grey = plate.mean(axis=2)
    busy = ndimage.uniform_filter1d(np.abs(np.diff(grey, axis=1)).mean(axis=1), 3)
    height = len(busy)
    first, last = round(height * 0.38), max(round(height * 0.38) + 1, round(height * 0.66))
    return first + int(busy[first:last].argmin())


def _side_by_side(parts: Sequence[Frame]) -> Frame:
    if len(parts) == 1:
        return parts[0]
    height = max(part.shape[0] for part in parts)
    resized = [
        np.asarray(Image.fromarray(part).resize((max(2, round(part.shape[1] * height / part.shape[0])), height)))
        for part in parts
    ]
    return np.ascontiguousarray(np.concatenate(resized, axis=1))


def tightened(line: Frame) -> Frame:
    """A strip levelled by itself and cut to the rows of its signs: without frame, small print and bolts."""
    height, width = line.shape[:2]
    if height < _LEAST_TO_TIGHTEN or width < _TWO_LINES_BELOW * height:
        return line
    grey = Image.fromarray(line).convert("L")
    slope = max(_SLOPES, key=lambda s: float(_busy_rows(_sheared(grey, s)).std()))
    level = np.asarray(_sheared(Image.fromarray(line), slope))
    top, bottom = _sign_rows(_busy_rows(_sheared(grey, slope)))
    return np.ascontiguousarray(level[top:bottom])


def _sheared(image: Image.Image, slope: float) -> Image.Image:
    width, height = image.size
    return image.transform(
        (width, height), Image.Transform.AFFINE, (1, 0, 0, slope, 1, -slope * width / 2), Image.Resampling.BILINEAR
    )


def _busy_rows(grey: Image.Image) -> NDArray[np.float32]:
    """How much each row changes along its middle part."""
    pixels = np.asarray(grey, np.float32)
    side = pixels.shape[1] // 7
    changes: NDArray[np.float32] = np.abs(np.diff(pixels[:, side:-side], axis=1)).mean(axis=1)
    return changes


def _sign_rows(busy: NDArray[np.float32]) -> tuple[int, int]:
    """First and last row of the tallest band of busy rows, with a margin; all rows where there is no such band."""
    height = len(busy)
    smooth = ndimage.uniform_filter1d(busy, max(3, height // 12))
    quiet, loud = np.percentile(smooth, (5, 90))
    labels, _ = ndimage.label(smooth > quiet + _BUSY * (loud - quiet))
    bands = [span[0] for span in ndimage.find_objects(labels)]
    if not bands:
        return 0, height
    band = max(bands, key=lambda rows: rows.stop - rows.start)
    tall = band.stop - band.start
    if tall < _LEAST_BAND * height:
        return 0, height
    margin = round(_BAND_MARGIN * tall)
    return max(0, band.start - margin), min(height, band.stop + margin)
