"""By how much the whole picture moved between two looks: a steered, swaying or driving camera. Pure.

Phase correlation: the product of one picture's spectrum with the other's conjugate, each frequency of equal weight, is
the spectrum of a spike that stands where the one lies on the other. Brightness plays no part, and what moves in the
scene only makes spikes of its own, which are lower as long as most of the picture is background.

Source: Kuglin and Hines, "The phase correlation image alignment method", IEEE Conf. Cybernetics and Society, 1975.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_CHANGED_SHARE = 0.25
"""Below it the camera stands still, and nothing is computed. A busy square changes up to 0.1, a pan 0.35 and more."""
_STEP = 9.0
"""Steps of brightness from which a cell has changed: above the noise of a dark picture."""
_CLEAR = 1.8
"""By how much the spike must stand above every other one. Noise gives up to 1.5, a clip that pans mostly 3 and more."""
_BESIDE = 2
"""Cells round a spike that belong to it: a shift by half a cell has two tops."""
_FARTHEST = 0.4
"""Share of the picture; beyond it too little is in both, and one way cannot be told from the other round."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Where what stands still is now, less where it was; to the right and down. Units: fractions of the picture."""

    x: float
    y: float


def camera_shift(before: NDArray[np.float32], now: NDArray[np.float32]) -> Shift | None:
    """From one small picture (h, w) of brightness to another of the same shape, as fine as its cells.

    None when most of it stands still, or when the two do not clearly lie on each other. Zoom and turning are not told:
    a little blurs the spike, more hides it.
    """
    change = now - before
    change -= np.median(change[::4, ::4])
    if np.count_nonzero(np.abs(change) > _STEP) < _CHANGED_SHARE * change.size:
        return None
    spikes = _spikes(before, now)
    height, width = spikes.shape
    row, column = (int(at) for at in np.unravel_index(int(spikes.argmax()), spikes.shape))
    top = float(spikes[row, column])
    rows, columns = ((at + np.arange(-_BESIDE, _BESIDE + 1)) % n for at, n in ((row, height), (column, width)))
    spikes[np.ix_(rows, columns)] = 0.0
    down, right = _signed(row, height), _signed(column, width)
    if top < _CLEAR * float(spikes.max()) or max(abs(down), abs(right)) > _FARTHEST:
        return None
    return Shift(right, down)


def _spikes(before: NDArray[np.float32], now: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w): how well the one lies on the other when it is moved by so many cells, wrapped round."""
    height, width = now.shape
    window = np.hanning(height)[:, None] * np.hanning(width)[None, :]
    a, b = (np.fft.rfft2((each - each.mean()) * window) for each in (before, now))
    cross = b * a.conj()
    cross /= np.maximum(np.abs(cross), 1e-9)
    return np.fft.irfft2(cross, s=now.shape).astype(np.float32)


def _signed(cell: int, cells: int) -> float:
    return (cell if cell <= cells / 2 else cell - cells) / cells
