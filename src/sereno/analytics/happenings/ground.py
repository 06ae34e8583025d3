"""The empty place and what stands still before it: two backgrounds of different speed on a small grey picture.

``far`` is the place as it was, ``near`` what the last seconds showed. Where both differ and the picture agrees with
``near``, something stands that was not there, or something is gone that was.

Source: the two speeds follow Porikli, Ivanov and Haga, "Robust abandoned object detection using dual
foregrounds", 2008.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from math import exp

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Luma = NDArray[np.uint8]
"""(h, w) uint8: brightness only."""
Plane = NDArray[np.float32]
Cells = NDArray[np.bool_]

GRID_WIDTH = 200
"""A case that a person carries is some ten cells high when the person is a quarter of the picture."""
_FLOOR = 12.0
"""Least difference, in steps of brightness, between the place and what stands before it."""
_NOISE_FACTOR = 4.0
_STILL = 8.0
"""What differs less from the last seconds has not moved."""
_NEAR_TAU_S = 1.0
_LEARN_S = 6.0
"""Time that a new place is learned, before anything in it is news."""
_LEARN_TAU_S = 2.0
_FAR_TAU_S = 20.0
_CHANGED_TAU_S = 90.0
"""After about this time a change that nobody brought (light, a shadow, a parked car) belongs to the place."""
_ALL_NEW = 0.4
"""Share of changed cells from which it is another view or another light, and not something in the view."""
_GAP_S = 60.0
"""A camera that was away for longer is learned anew."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Shapes: all (h, w), in steps of brightness; ``still_s`` in seconds, 0 where nothing stands."""

    far: Plane
    near: Plane
    noise: Plane
    still_s: Plane
    seen: Plane
    began: datetime
    at: datetime

    @property
    def learned(self) -> bool:
        return (self.at - self.began).total_seconds() >= _LEARN_S


def small(luma: Luma) -> Luma:
    """The picture by whole-number averaging, 200 to 400 cells across."""
    factor = max(1, luma.shape[1] // GRID_WIDTH)
    return np.asarray(Image.fromarray(luma).reduce(factor)) if factor > 1 else luma


def step(ground: Ground | None, luma: Luma, at: datetime, kept: Cells | None = None) -> Ground:
    """The ground after a small picture. ``kept``: cells whose ``far`` stays as it is."""
    seen = luma.astype(np.float32)
    elapsed_s = (at - ground.at).total_seconds() if ground else 0.0
    if ground is None or ground.far.shape != seen.shape or not 0 <= elapsed_s <= _GAP_S:
        return _begun(seen, at)
    levelled = seen - np.median((seen - ground.far)[::4, ::4])
    near = ground.near + np.float32(_share(elapsed_s, _NEAR_TAU_S)) * (levelled - ground.near)
    if not ground.learned:
        rate = np.float32(_share(elapsed_s, _LEARN_TAU_S))
        noise = ground.noise + rate * (np.abs(seen - ground.far) - ground.noise)
        return replace(ground, far=ground.far + rate * (seen - ground.far), near=near, noise=noise, seen=seen, at=at)
    off = np.abs(near - ground.far)
    changed = off > np.maximum(_NOISE_FACTOR * ground.noise, _FLOOR)
    if changed.mean() > _ALL_NEW:
        return _begun(seen, at)
    standing = changed & (np.abs(levelled - near) < _STILL)
    still_s = np.where(standing, ground.still_s + np.float32(elapsed_s), np.float32(0))
    quick, slow = np.float32(_share(elapsed_s, _FAR_TAU_S)), np.float32(_share(elapsed_s, _CHANGED_TAU_S))
    learning = np.where(changed, slow, quick)
    if kept is not None:
        learning = np.where(kept, np.float32(0), learning)
    far = ground.far + learning * (levelled - ground.far)
    noise = ground.noise + np.where(changed, np.float32(0), quick) * (np.abs(levelled - ground.far) - ground.noise)
    return Ground(far, near, noise, still_s, levelled, ground.began, at)


def absorbed(ground: Ground, cells: Cells) -> Ground:
    """What stands in ``cells`` belongs to the place from now on."""
    still_s = np.where(cells, np.float32(0), ground.still_s)
    return replace(ground, far=np.where(cells, ground.near, ground.far), still_s=still_s)


def _begun(seen: Plane, at: datetime) -> Ground:
    zeros = np.zeros(seen.shape, np.float32)
    return Ground(seen, seen, np.full(seen.shape, 2.0, np.float32), zeros, seen, at, at)


def _share(elapsed_s: float, tau_s: float) -> float:
    return 1 - exp(-elapsed_s / tau_s)
