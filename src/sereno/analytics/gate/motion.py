"""What moves in a picture: cells that differ from a learned background by more than their own noise. Pure.

Works on small luma pictures of about 160 cells across. The background and its noise are learned cell by cell, so that a
tree in the wind, rain or the gain of a night raises its own threshold, and a slow change of light is followed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from sereno.core.geometry import Point

Luma = NDArray[np.uint8]
"""(h, w) uint8: brightness only."""
Cells = NDArray[np.bool_]
"""(h, w): one flag a cell."""
Blocks = NDArray[np.int32]
"""(h / 8, w / 8), rounded up: cells of each block."""
Areas = Sequence[Sequence[Point]]
"""Polygons, corners in fractions of the picture."""

GRID_WIDTH = 160
BLOCK = 8
MIN_CELLS = 5
"""Changed cells in one block of 8 x 8 that make a movement: a walker 6 % of the picture high."""
_FLOOR = 9.0
_NOISE_FACTOR = 4.0
_FIRST_NOISE = 2.0
_QUIET_TAU_S = 2.0
_MOVING_TAU_S = 12.0
"""After about this time what stopped belongs to the background; its track still keeps it in view."""
_SUDDEN_SHARE = 0.6
"""When so much of the picture changes at once, it is the light or the camera: a lamp, the infrared filter, exposure."""
_LEAST_S = 1 / 30


@dataclass(frozen=True, slots=True)
class GateState:
    """Shapes: all (h, w) float32, in steps of brightness; ``seen`` is the last picture."""

    background: NDArray[np.float32]
    noise: NDArray[np.float32]
    seen: NDArray[np.float32]
    at: datetime


@dataclass(frozen=True, slots=True)
class Movement:
    """``changed`` are the cells that are not background; ``sudden``: all at once, so that they say nothing."""

    changed: Cells
    sudden: bool = False

    @property
    def any(self) -> bool:
        """Whether something moves, or the light changed."""
        return self.sudden or is_movement(self.changed)


def shrunk(luma: Luma) -> Luma:
    """The picture by whole-number averaging, about 160 cells across."""
    factor = max(1, luma.shape[1] // GRID_WIDTH)
    return np.asarray(Image.fromarray(luma).reduce(factor)) if factor > 1 else luma


def step(state: GateState | None, luma: Luma, at: datetime, ignored: Cells | None = None) -> tuple[GateState, Movement]:
    """The state after a small picture, and what moved in it. The first picture counts as sudden.

    ``ignored``: cells in which movement does not count.
    """
    seen = luma.astype(np.float32)
    if state is None or state.background.shape != seen.shape:
        noise = np.full(seen.shape, _FIRST_NOISE, np.float32)
        return GateState(seen, noise, seen, at), Movement(np.zeros(seen.shape, np.bool_), sudden=True)
    difference = seen - state.background
    difference -= np.median(difference[::4, ::4])
    size = np.abs(difference)
    changed: Cells = size > thresholds(state)
    elapsed_s = max(_LEAST_S, (at - state.at).total_seconds())
    quiet, moving = np.float32(_share(elapsed_s, _QUIET_TAU_S)), np.float32(_share(elapsed_s, _MOVING_TAU_S))
    rate = np.where(changed, moving, quiet)
    noise = state.noise + rate * (size - state.noise)
    counted = changed if ignored is None else changed & ~ignored
    if np.count_nonzero(changed) > _SUDDEN_SHARE * changed.size:
        return GateState(seen, state.noise, seen, at), Movement(np.zeros_like(counted), sudden=True)
    background = state.background + rate * (seen - state.background)
    return GateState(background, noise, seen, at), Movement(counted)


def thresholds(state: GateState) -> NDArray[np.float32]:
    """(h, w): by how much a cell must differ to count as changed."""
    least: NDArray[np.float32] = np.maximum(np.float32(_NOISE_FACTOR) * state.noise, np.float32(_FLOOR))
    return least


def differing(state: GateState, earlier: NDArray[np.float32]) -> Cells:
    """Where the last picture differs from an earlier one by more than the noise."""
    difference = state.seen - earlier
    difference -= np.median(difference[::4, ::4])
    found: Cells = np.abs(difference) > thresholds(state)
    return found


def blocks(cells: Cells) -> Blocks:
    """How many cells of each block of 8 x 8 are set."""
    height, width = (-(-side // BLOCK) * BLOCK for side in cells.shape)
    whole = np.zeros((height, width), np.uint8)
    whole[: cells.shape[0], : cells.shape[1]] = cells
    parts = whole.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    counts: Blocks = parts.sum(axis=1, dtype=np.uint8).sum(axis=2, dtype=np.int32)
    return counts


def is_movement(cells: Cells) -> bool:
    """Whether a block has enough of them."""
    return int(np.count_nonzero(cells)) >= MIN_CELLS and int(blocks(cells).max()) >= MIN_CELLS


def covered(areas: Areas, shape: tuple[int, int]) -> Cells:
    """The cells whose centre lies in one of ``areas``, corners in fractions of the picture."""
    height, width = shape
    drawn = Image.new("1", (width, height))
    pen = ImageDraw.Draw(drawn)
    for corners in areas:
        pen.polygon([(corner.x * width - 0.5, corner.y * height - 0.5) for corner in corners], fill=1)
    return np.asarray(drawn, np.bool_)


def _share(elapsed_s: float, tau_s: float) -> float:
    return 1 - exp(-elapsed_s / tau_s)
