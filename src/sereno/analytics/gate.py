"""Says which frames are worth a detector: those in which something moves, and now and then the others.

Works on small luma pictures of about 160 cells across. The background and its noise are learned cell by cell, so that a
tree in the wind raises its own threshold and a slow change of light is followed.
"""

from dataclasses import dataclass
from datetime import datetime
from math import exp

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Luma = NDArray[np.uint8]
"""(h, w) uint8: brightness only."""

GRID_WIDTH = 160
_BLOCK = 8
_MIN_CELLS = 5
"""Changed cells in one block of 8 x 8 that make a movement: a walker 6 % of the picture high."""
_FLOOR = 9.0
_NOISE_FACTOR = 4.0
_FIRST_NOISE = 2.0
_QUIET_TAU_S = 2.0
_MOVING_TAU_S = 12.0
"""After about this time what stopped belongs to the background; its track still keeps it in view."""


@dataclass(frozen=True, slots=True)
class GateState:
    """Shapes: both (h, w) float32, in steps of brightness."""

    background: NDArray[np.float32]
    noise: NDArray[np.float32]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPolicy:
    """Units: seconds between two looks although nothing moves."""

    live_s: float = 1.0
    """While something is tracked: who stays still is still there."""
    idle_s: float = 5.0
    """When nothing is: what the gate cannot see must not stay unseen."""


def shrunk(luma: Luma) -> Luma:
    """The picture by whole-number averaging, about 160 cells across."""
    factor = max(1, luma.shape[1] // GRID_WIDTH)
    return np.asarray(Image.fromarray(luma).reduce(factor)) if factor > 1 else luma


def step(state: GateState | None, luma: Luma, at: datetime) -> tuple[GateState, bool]:
    """The state after a small picture, and whether something moved in it. The first picture counts as movement."""
    seen = luma.astype(np.float32)
    if state is None or state.background.shape != seen.shape:
        return GateState(seen, np.full(seen.shape, _FIRST_NOISE, np.float32), at), True
    difference = seen - state.background
    difference -= np.median(difference[::4, ::4])
    size = np.abs(difference)
    changed = size > np.maximum(_NOISE_FACTOR * state.noise, _FLOOR)
    elapsed_s = max(0.0, (at - state.at).total_seconds())
    rate = np.where(changed, np.float32(_share(elapsed_s, _MOVING_TAU_S)), np.float32(_share(elapsed_s, _QUIET_TAU_S)))
    background = state.background + rate * (seen - state.background)
    noise = state.noise + rate * (size - state.noise)
    return GateState(background, noise, at), _largest_block(changed) >= _MIN_CELLS


def wants_look(*, moving: bool, live: bool, since_look_s: float, policy: LookPolicy) -> bool:
    """Whether this frame is worth a detector. ``live``: something is being tracked."""
    return moving or since_look_s >= (policy.live_s if live else policy.idle_s)


def _share(elapsed_s: float, tau_s: float) -> float:
    return 1 - exp(-elapsed_s / tau_s)


def _largest_block(changed: NDArray[np.bool_]) -> int:
    height, width = (max(_BLOCK, side // _BLOCK * _BLOCK) for side in changed.shape)
    whole = np.zeros((height, width), np.uint8)
    part = changed[:height, :width]
    whole[: part.shape[0], : part.shape[1]] = part
    blocks = whole.reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    return int(blocks.sum(axis=(1, 3), dtype=np.int32).max())
