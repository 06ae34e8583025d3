"""The ground as a camera's picture shows it: where a foot stands, how sure that is, and how fine the picture is there.

A homography from the picture to flat ground, with one lens coefficient and the covariance of both, so that each
position comes with its own error. Source: Hartley and Zisserman, Multiple View Geometry, 2nd ed., 4.1 and 5.2.
"""

from dataclasses import dataclass
from math import cos, degrees, hypot, isfinite, radians, sqrt

import numpy as np
import numpy.typing as npt

from sereno.core.geography import EARTH_RADIUS_M, Position
from sereno.core.geometry import Point

Floats = npt.NDArray[np.float64]

PARAMETERS = 9
"""Eight of the homography, whose ninth is 1 at the anchor, and the lens."""
FOOT_ERROR = 0.003
"""Standard error of a box's lower edge, in picture widths: 2 px of 640, 6 px of 1920."""
FARTHEST_ERROR_M = 5.0
"""Where a position is less sure than a car is long, it is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundPoint:
    """Where something stands. Units: metres; ``px_per_m`` of the picture that was calibrated.

    ``error_m`` is the standard error along the worst direction, which is mostly the line of sight; ``foot_spread`` the
    part of it that comes anew with each foot, as a covariance of east and north (ee, en, nn; square metres).
    """

    position: Position
    east_m: float
    north_m: float
    error_m: float
    foot_spread: tuple[float, float, float]
    px_per_m_across: float
    px_per_m_along: float

    @property
    def usable(self) -> bool:
        return self.error_m <= FARTHEST_ERROR_M


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundPlane:
    """``origin`` of the metres east and north; ``anchor`` in lens-free coordinates (see ``ideal``).

    ``homography``: eight numbers, row by row; ``covariance``: ``PARAMETERS`` squared, of these and the lens.
    """

    origin: Position
    width: int
    height: int
    anchor: tuple[float, float]
    homography: tuple[float, ...]
    lens: float
    covariance: tuple[float, ...]

    @property
    def aspect(self) -> float:
        return self.height / self.width

    def east_north(self, point: Point) -> tuple[float, float] | None:
        """Metres from the origin; None at and above the horizon."""
        at = ideal(np.array([[point.x, point.y]]), self.aspect, self.lens) - self.anchor
        east, north, depth = mapped(np.array(self.homography), at)[0]
        return (float(east), float(north)) if depth > _LEAST_DEPTH else None

    def locate(self, foot: Point, foot_error: float = FOOT_ERROR) -> GroundPoint | None:
        """None at and above the horizon. Far points are told too: ask ``usable``."""
        landing = self._landing(foot)
        if landing is None:
            return None
        (east, north), per_width, by_parameter = landing
        foot_spread = per_width @ per_width.T * foot_error**2
        spread = foot_spread + by_parameter @ self._covariance() @ by_parameter.T
        stretch = np.linalg.svd(per_width / self.width, compute_uv=False)
        return GroundPoint(
            position=self.place(float(east), float(north)),
            east_m=float(east),
            north_m=float(north),
            error_m=_longest(spread),
            foot_spread=(float(foot_spread[0, 0]), float(foot_spread[0, 1]), float(foot_spread[1, 1])),
            px_per_m_across=float(1 / stretch[1]),
            px_per_m_along=float(1 / stretch[0]),
        )

    def way_spread(self, start: Point, end: Point) -> Floats | None:
        """Covariance of the way from one foot to another by what the calibration may be wrong: less than each end's.

        Shapes: (2, 2), square metres. None when either lies above the horizon.
        """
        first, second = self._landing(start), self._landing(end)
        if first is None or second is None:
            return None
        by_parameter = second[2] - first[2]
        spread: Floats = by_parameter @ self._covariance() @ by_parameter.T
        return spread

    def _landing(self, foot: Point) -> tuple[tuple[float, float], Floats, Floats] | None:
        """East and north, and how they move with the foot (2, 2) and with each parameter (2, PARAMETERS)."""
        parameters = np.array(self.homography)
        flat = np.array([foot.x - 0.5, (foot.y - 0.5) * self.aspect])
        at = flat / (1 + 4 * self.lens * flat @ flat) - self.anchor
        east, north, depth = mapped(parameters, at[None])[0]
        if not depth > _LEAST_DEPTH:
            return None
        per_ideal = slope(parameters, at, (east, north), depth)
        by_lens = per_ideal @ _by_lens(flat, self.lens)
        by_parameter = _by_parameter(at, (east, north), depth, by_lens)
        return (float(east), float(north)), per_ideal @ _lens_slope(flat, self.lens), by_parameter

    def _covariance(self) -> Floats:
        return np.array(self.covariance).reshape(PARAMETERS, PARAMETERS)

    def place(self, east_m: float, north_m: float) -> Position:
        return self.origin.offset(east_m, north_m)

    def metres(self, position: Position) -> tuple[float, float]:
        """East and north of the origin; the reverse of ``place``."""
        return east_north_m(self.origin, position)

    def picture(self, east_m: float, north_m: float) -> Point | None:
        """Where ground is seen, in the picture or beside it; None behind the camera."""
        matrix = np.append(np.array(self.homography), 1.0).reshape(3, 3)
        u, v, depth = np.linalg.solve(matrix, np.array([east_m, north_m, 1.0]))
        if not depth > 0:
            return None
        seen = real(np.array([[u / depth + self.anchor[0], v / depth + self.anchor[1]]]), self.aspect, self.lens)[0]
        return Point(float(seen[0]), float(seen[1])) if isfinite(seen[0]) else None

    def horizon_y(self, x: float) -> float | None:
        """Height of the horizon over ``x``, lens left aside; None when it stands upright."""
        a, b = self.homography[6:8]
        if abs(b) < 1e-9:
            return None
        v = -(1 + a * (x - 0.5 - self.anchor[0])) / b
        return (v + self.anchor[1]) / self.aspect + 0.5


_LEAST_DEPTH = 1e-6


def east_north_m(origin: Position, position: Position) -> tuple[float, float]:
    """Flat-earth metres, the reverse of ``Position.offset``."""
    per_degree = radians(1) * EARTH_RADIUS_M
    return (
        (position.lon - origin.lon) * per_degree * cos(radians(origin.lat)),
        (position.lat - origin.lat) * per_degree,
    )


def ideal(points: Floats, aspect: float, lens: float) -> Floats:
    """Lens-free coordinates, in picture widths from the middle. Shapes: (N, 2) fractions of the picture → (N, 2).

    Division model with the radius in half widths. Source: Fitzgibbon, CVPR 2001.
    """
    flat = (points - 0.5) * np.array([1.0, aspect])
    straight: Floats = flat / (1 + 4 * lens * (flat * flat).sum(axis=1, keepdims=True))
    return straight


def real(points: Floats, aspect: float, lens: float) -> Floats:
    """The reverse of ``ideal``; not a number where the lens shows nothing."""
    radius = np.sqrt((points * points).sum(axis=1, keepdims=True))
    root = 1 - 16 * lens * radius * radius
    with np.errstate(invalid="ignore"):
        growth = 2 / (1 + np.sqrt(root))
    bent: Floats = points * growth / np.array([1.0, aspect]) + 0.5
    return bent


def mapped(parameters: Floats, at: Floats) -> Floats:
    """East, north and depth (1 at the anchor, 0 on the horizon). Shapes: (8,), (N, 2) → (N, 3)."""
    depth = at @ parameters[6:8] + 1
    safe = np.where(np.abs(depth) < 1e-12, 1e-12, depth)
    east = (at @ parameters[0:2] + parameters[2]) / safe
    north = (at @ parameters[3:5] + parameters[5]) / safe
    return np.column_stack((east, north, depth))


def slope(parameters: Floats, at: Floats, ground: tuple[float, float], depth: float) -> Floats:
    """How ground moves with the lens-free picture point. Shapes: (2, 2), metres a picture width."""
    lean = parameters[6:8]
    return np.array([parameters[0:2] - ground[0] * lean, parameters[3:5] - ground[1] * lean]) / depth


def _by_parameter(at: Floats, ground: tuple[float, float], depth: float, by_lens: Floats) -> Floats:
    """How ground moves with each parameter. Shapes: (2, PARAMETERS)."""
    row = np.append(at, 1.0)
    east, north = ground
    table = np.zeros((2, PARAMETERS))
    table[0, 0:3] = table[1, 3:6] = row
    table[0, 6:8], table[1, 6:8] = -east * at, -north * at
    table /= depth
    table[:, 8] = by_lens
    return table


def _lens_slope(flat: Floats, lens: float) -> Floats:
    shrink = 1 / (1 + 4 * lens * float(flat @ flat))
    return shrink * np.eye(2) - 8 * lens * shrink**2 * np.outer(flat, flat)


def _by_lens(flat: Floats, lens: float) -> Floats:
    square = float(flat @ flat)
    return -4 * square * flat / (1 + 4 * lens * square) ** 2


def _longest(spread: Floats) -> float:
    middle, half = (spread[0, 0] + spread[1, 1]) / 2, (spread[0, 0] - spread[1, 1]) / 2
    return sqrt(max(0.0, float(middle + hypot(half, spread[0, 1]))))


def heading_deg(east: float, north: float) -> float:
    """Degrees clockwise from north, 0 up to but not 360."""
    return degrees(np.arctan2(east, north)) % 360.0
