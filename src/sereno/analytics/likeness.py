"""What colours a tracked thing wears above and below, to tell it from the one beside it a moment later. Pure.

It lives in the tracker's memory for as long as the track does, is compared with nothing but the same camera's next
pictures, and only decides between pairs that motion allows: it never joins two places or two visits.

Source: Swain and Ballard, "Color indexing", IJCV 1991, for histograms of opponent colours; their square roots make the
dot product a Bhattacharyya coefficient.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag, toeplitz

from sereno.analytics.detectors.port import Frame
from sereno.core.geometry import Box

Likeness = NDArray[np.float64]
"""(56,) of length 1: brightness, red against green and yellow against blue, of the upper and of the lower half."""
LikenessOf = Callable[[Box], Likeness]
"""Made when it is asked for: most tracks never are."""

_BREADTH = 0.6
"""Share of a box's width that is looked at: what is beside is ground."""
_HALVES = ((0.15, 0.5), (0.5, 0.85))
"""Shares of its height: without the head and the feet, which are few pixels."""
_BRIGHTNESS_BINS, _COLOUR_BINS, _COLOUR_REACH = 8, 10, 60
_SIZES = (_BRIGHTNESS_BINS, _COLOUR_BINS, _COLOUR_BINS)
_FIRST_BINS = np.array([[0], [_BRIGHTNESS_BINS], [_BRIGHTNESS_BINS + _COLOUR_BINS]], np.int32)
_SMOOTHING = block_diag(*(toeplitz([0.5, 0.25, *[0.0] * (size - 2)]) for size in _SIZES))
_NEW_SHARE = 0.15
"""Of a new look in what is known: a person turns round within a second."""
_WEIGHT = 1.0
"""Overlap that a perfect likeness is worth against none. Half decides less; twice lets colours overrule motion."""
_USUAL = 0.9
"""Likeness of a thing with itself or with a stranger, equally often: what is unknown counts as so alike."""
_DISPUTED = 0.3
"""Pairs whose worth is so near to the best one of the same track or detection are in dispute."""


def likeness_in(frame: Frame) -> LikenessOf:
    """Of boxes in this picture, (h, w, 3) uint8 RGB; as small as the detector's own will do."""
    return partial(_likeness, frame)


def blended(known: Likeness | None, new: Likeness) -> Likeness:
    """What is known after one more look."""
    if known is None:
        return new
    mixed = (1 - _NEW_SHARE) * known + _NEW_SHARE * new
    return np.asarray(mixed / np.linalg.norm(mixed), np.float64)


def preferences(
    worth: NDArray[np.float64],
    usable: NDArray[np.bool_],
    known: Sequence[Likeness | None],
    look: Callable[[int], Likeness],
) -> NDArray[np.float64]:
    """(N, M) what to add to the worth of giving detection j to track i; 0 wherever motion alone decides.

    ``look(j)``: the likeness of detection j; asked for once, and only where there is a dispute.
    """
    masked = np.where(usable, worth, -np.inf)
    in_row = masked > masked.max(axis=1, keepdims=True) - _DISPUTED
    in_column = masked > masked.max(axis=0, keepdims=True) - _DISPUTED
    near = usable & (in_row | in_column)
    disputed = near & ((near.sum(axis=1) > 1)[:, None] | (near.sum(axis=0) > 1)[None, :])
    added = np.zeros(worth.shape)
    for j in range(worth.shape[1]):
        rivals = [(i, one) for i, one in enumerate(known) if one is not None and disputed[i, j]]
        if rivals:
            seen = look(j)
            for i, one in rivals:
                added[i, j] = _WEIGHT * (float(one @ seen) - _USUAL)
    return added


def _likeness(frame: Frame, box: Box) -> Likeness:
    height, width = frame.shape[:2]
    middle, reach = (box.left + box.right) / 2, _BREADTH / 2 * box.width
    columns = _span(middle - reach, middle + reach, width)
    halves = [frame[_span(box.top + a * box.height, box.top + b * box.height, height), columns] for a, b in _HALVES]
    counts = np.concatenate([_histogram(half.reshape(-1, 3).astype(np.int32)) for half in halves])
    return np.asarray(np.sqrt(counts / counts.sum()), np.float64)


def _span(low: float, high: float, cells: int) -> slice:
    """Two cells at least, all inside."""
    first = min(max(0, int(low * cells)), cells - 2)
    return slice(first, max(first + 2, min(cells, round(high * cells))))


def _histogram(pixels: NDArray[np.int32]) -> NDArray[np.float64]:
    """(28,) shares; smoothed, since a colour at a bin's border may fall on either side."""
    red, green, blue = pixels.T
    bins = np.empty((3, len(pixels)), np.int32)
    bins[0] = (red + green + blue) * _BRIGHTNESS_BINS // 768
    bins[1], bins[2] = red - green, (red + green) // 2 - blue
    bins[1:] = ((bins[1:] + _COLOUR_REACH) * _COLOUR_BINS // (2 * _COLOUR_REACH)).clip(0, _COLOUR_BINS - 1)
    bins += _FIRST_BINS
    counts = np.bincount(bins.reshape(-1), minlength=len(_SMOOTHING))
    return np.asarray(_SMOOTHING @ counts / len(pixels), np.float64)
