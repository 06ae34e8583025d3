"""How a track moves on the ground: a straight line through its last feet, each weighed by its own error. Pure.

Two errors are told apart: a box's edge jitters anew in each frame, and averages out; the calibration is wrong in the
same way all along, and does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import hypot, sqrt

import numpy as np
import numpy.typing as npt

from sereno.analytics.model import VEHICLES, GroundMotion, ObjectKind
from sereno.core.geometry import Box, Point
from sereno.maps.ground.plane import GroundPlane, GroundPoint, heading_deg

WINDOW_S = 2.0
LEAST_SPAN_S = 0.7
LEAST_FEET = 3
VEHICLE_M = 1.0
"""A vehicle is wider than its foot: the middle of its box's lower edge lies up to so far from its own middle."""
JITTER = 1.5
"""Edges of boxes err alike from one frame to the next, so that more frames tell less than if they did not."""
_STANDS_MPS = 0.3
_CUT = 0.985
"""Of the picture: a box that ends lower has its foot outside."""
_FORGET_S = 10.0
_FAR_OFF = 3.0


@dataclass(frozen=True, slots=True)
class Foot:
    at: datetime
    seen: Point
    spot: GroundPoint


@dataclass(slots=True)
class GroundWatch:
    """The tracks of one camera on its ground; without a plane it tells nothing."""

    plane: GroundPlane | None = None
    _feet: dict[int, tuple[Foot, ...]] = field(default_factory=dict)

    def use(self, plane: GroundPlane | None) -> None:
        """Another ground, or none: what was gathered on the last one is forgotten."""
        if plane != self.plane:
            self.plane, self._feet = plane, {}

    def step(self, track: int, box: Box, kind: ObjectKind, at: datetime) -> GroundMotion | None:
        """None without a plane, when the foot is not seen or too far, and until the track was followed a while."""
        if self.plane is None or box.bottom > _CUT:
            return None
        spot = self.plane.locate(box.foot)
        if spot is None or not spot.usable:
            self._feet.pop(track, None)
            return None
        if track not in self._feet:
            self._forget(at)
        before = (foot for foot in self._feet.get(track, ()) if 0 < (at - foot.at).total_seconds() <= WINDOW_S)
        feet = self._feet[track] = (*before, Foot(at, box.foot, spot))
        return motion(self.plane, feet, kind)

    def _forget(self, at: datetime) -> None:
        self._feet = {n: feet for n, feet in self._feet.items() if (at - feet[-1].at).total_seconds() < _FORGET_S}


def motion(plane: GroundPlane, feet: Sequence[Foot], kind: ObjectKind) -> GroundMotion | None:
    """``feet`` in order of time; None when they are too few or too close in time."""
    if len(feet) < LEAST_FEET or (feet[-1].at - feet[0].at).total_seconds() < LEAST_SPAN_S:
        return None
    state, spread = _line(feet)
    east, north, east_mps, north_mps = (float(value) for value in state)
    way = plane.way_spread(feet[0].seen, feet[-1].seen)
    if way is None:
        return None
    span_s = (feet[-1].at - feet[0].at).total_seconds()
    speed = hypot(east_mps, north_mps)
    moving = spread[2:, 2:] * JITTER**2 + way / span_s**2
    along = np.array([east_mps, north_mps]) / speed if speed > 1e-6 else np.array([1.0, 0.0])
    speed_error = sqrt(float(along @ moving @ along)) if speed > _STANDS_MPS else sqrt(float(np.trace(moving)) / 2)
    place = plane.place(east, north)
    return GroundMotion(
        latitude=place.lat,
        longitude=place.lon,
        error_m=hypot(feet[-1].spot.error_m, VEHICLE_M if kind in VEHICLES else 0.0),
        speed_mps=speed,
        speed_error_mps=speed_error,
        heading=heading_deg(east_mps, north_mps) if speed > max(_STANDS_MPS, 2 * speed_error) else None,
    )


def faster(before: GroundMotion | None, now: GroundMotion | None) -> GroundMotion | None:
    """The one that is more surely fast: compared by speed less its error, so that a jump far off does not count."""
    if before is None or now is None:
        return before or now
    return now if now.speed_mps - now.speed_error_mps > before.speed_mps - before.speed_error_mps else before


def _line(feet: Sequence[Foot]) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    """East, north and their speeds at the last foot, with their covariance. Shapes: (4,), (4, 4).

    Weighted least squares; feet far off the line weigh less the second and third time.
    """
    ago = np.array([(foot.at - feet[-1].at).total_seconds() for foot in feet])
    whiteners = np.linalg.inv(np.linalg.cholesky(np.array([_matrix(foot.spot) for foot in feet])))
    seen = np.array([(foot.spot.east_m, foot.spot.north_m) for foot in feet])
    rows = np.concatenate((whiteners, ago[:, None, None] * whiteners), axis=2).reshape(-1, 4)
    ends = (whiteners @ seen[:, :, None]).ravel()
    trust, state, off = np.ones(len(feet)), np.zeros(4), np.zeros(len(feet))
    normal = np.eye(4)
    for _ in range(3):
        trusted = rows * np.repeat(trust, 2)[:, None]
        normal = trusted.T @ rows
        state = np.linalg.solve(normal, trusted.T @ ends)
        off = ((rows @ state - ends) ** 2).reshape(-1, 2).sum(axis=1)
        trust = 1 / (1 + off / _FAR_OFF**2)
    excess = max(1.0, float((trust * off).sum()) / (2 * len(feet) - 4))
    return state, np.linalg.inv(normal) * excess


def _matrix(spot: GroundPoint) -> tuple[tuple[float, float], tuple[float, float]]:
    ee, en, nn = spot.foot_spread
    return (ee, en), (en, nn)
