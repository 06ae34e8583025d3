"""Calibration from how the camera stands: its height, tilt, roll, direction and field of view, each with its error.

A start comes from the register; lines of known length, points on the map and people's heights make it sharper. What
nothing is said of keeps the error of its start, so that the plane's own error stays honest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import atan, cos, degrees, exp, isfinite, radians, sin, tan

import numpy as np

from sereno.core.errors import AppError, invalid
from sereno.core.geography import Position
from sereno.core.geometry import Point
from sereno.maps.ground.minimum import minimum
from sereno.maps.ground.pairs import MAP_ERROR_M, PICK_ERROR, Pair
from sereno.maps.ground.plane import PARAMETERS, Floats, GroundPlane, east_north_m, ideal

PERSON_M, PERSON_ERROR_M = 1.65, 0.09
"""Height of a standing adult, shoes and all, and how much one differs from the next."""
MEAN_ERROR = 0.03
"""How far the mean height of those who pass here may be off, as a share: it scales everything."""
BOX_ERROR = 0.02
"""Standard error of a box's upper and lower edge together, as a share of its height."""
LENGTH_ERROR = 0.02
"""Of a measured length, as a share."""
_ANCHOR = Point(0.5, 0.97)
_NUDGES = np.array([[0.0, 0.0], [PICK_ERROR, 0.0], [0.0, PICK_ERROR]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Units: metres; degrees; ``tilt_deg`` down from level, ``bearing_deg`` clockwise from north, ``roll_deg`` of the
    camera about its own axis. ``field_of_view_deg`` is across the picture's width."""

    position: Position
    height_m: float
    tilt_deg: float
    bearing_deg: float
    field_of_view_deg: float
    roll_deg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseErrors:
    """Standard errors of a ``Pose``; ``height`` and ``focal`` as shares."""

    position_m: float = 3.0
    height: float = 0.4
    tilt_deg: float = 12.0
    bearing_deg: float = 5.0
    focal: float = 0.15
    roll_deg: float = 2.0


@dataclass(frozen=True, slots=True)
class Length:
    """A line drawn along the ground whose length is known: a kerb, a lane mark, a parking bay."""

    start: Point
    end: Point
    metres: float


@dataclass(frozen=True, slots=True)
class Stature:
    """A standing person on the picture; ``weight`` below 1 where one person gives many."""

    foot: Point
    head: Point
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    lengths: tuple[Length, ...] = ()
    pairs: tuple[Pair, ...] = ()
    statures: tuple[Stature, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseFit:
    """``height_error`` and ``focal_error`` are shares. ``rms``: of the evidence, 1 is as its errors say."""

    plane: GroundPlane
    pose: Pose
    height_error: float
    tilt_error_deg: float
    focal_error: float
    rms: float


def fit_pose(
    start: Pose, errors: PoseErrors, width: int, height: int, evidence: Evidence | None = None, aim: float | None = None
) -> PoseFit:
    """The pose that agrees best with its start and with ``evidence``; ``aim`` (degrees down) tries another tilt first.

    Raises: AppError invalid when the camera would see no ground, or the evidence cannot be on it.
    """
    _check(start, evidence or Evidence())
    fit = _PoseFit(start, errors, height / width, evidence or Evidence())
    first = np.zeros(7)
    if aim is not None:
        first[3] = (aim - start.tilt_deg) / errors.tilt_deg
    found = minimum(fit.off, first, "soft_l1")
    parameters = fit.plane_parameters(found.at)
    if parameters is None:
        raise _no_ground()
    told = fit.evidence_rows(found.at)
    rms = float(np.sqrt(np.mean(told**2))) if told.size else 0.0
    covariance: Floats = np.linalg.inv(found.normal).astype(np.float64) * max(1.0, min(rms, 10.0)) ** 2
    if (evidence or Evidence()).statures:
        covariance[2, 2] += (MEAN_ERROR / errors.height) ** 2
    pose = fit.pose(found.at)
    plane = GroundPlane(
        origin=start.position,
        width=width,
        height=height,
        anchor=(float(fit.anchor[0]), float(fit.anchor[1])),
        homography=tuple(float(p) for p in parameters),
        lens=0.0,
        covariance=tuple(float(c) for c in fit.spread(found.at, covariance).ravel()),
    )
    return PoseFit(
        plane=plane,
        pose=pose,
        height_error=float(np.sqrt(covariance[2, 2])) * errors.height,
        tilt_error_deg=float(np.sqrt(covariance[3, 3])) * errors.tilt_deg,
        focal_error=float(np.sqrt(covariance[5, 5])) * errors.focal,
        rms=rms,
    )


class _PoseFit:
    """Unknowns in standard errors of the start: east, north, log height, tilt, bearing, log focal length, roll."""

    def __init__(self, start: Pose, errors: PoseErrors, aspect: float, evidence: Evidence) -> None:
        self._start, self._errors, self._aspect = start, errors, aspect
        self.anchor = _flat(_ANCHOR, aspect)
        self._lengths = [(_flat(line.start, aspect), _flat(line.end, aspect), line.metres) for line in evidence.lengths]
        self._pairs = [(_flat(p.picture, aspect), east_north_m(start.position, p.place)) for p in evidence.pairs]
        self._feet = np.array([_flat(s.foot, aspect) for s in evidence.statures]).reshape(-1, 2)
        self._heads = np.array([_flat(s.head, aspect) for s in evidence.statures]).reshape(-1, 2)
        self._weights = np.sqrt([s.weight for s in evidence.statures])

    def pose(self, unknown: Floats) -> Pose:
        start, errors = self._start, self._errors
        focal = 0.5 / tan(radians(start.field_of_view_deg) / 2) * exp(_bounded(unknown[5] * errors.focal))
        return replace(
            start,
            position=start.position.offset(unknown[0] * errors.position_m, unknown[1] * errors.position_m),
            height_m=start.height_m * exp(_bounded(unknown[2] * errors.height)),
            tilt_deg=float(start.tilt_deg + unknown[3] * errors.tilt_deg),
            bearing_deg=float(start.bearing_deg + unknown[4] * errors.bearing_deg) % 360,
            field_of_view_deg=degrees(2 * atan(0.5 / focal)),
            roll_deg=float(start.roll_deg + unknown[6] * errors.roll_deg),
        )

    def plane_parameters(self, unknown: Floats) -> Floats | None:
        """Eight parameters about the anchor; None when the picture's lower edge is above the horizon."""
        matrix = ground_matrix(self.pose(unknown), self._start.position)
        moved = matrix @ np.array([[1, 0, self.anchor[0]], [0, 1, self.anchor[1]], [0, 0, 1]])
        if moved[2, 2] <= 1e-3:
            return None
        parameters: Floats = (moved / moved[2, 2]).ravel()[:8]
        return parameters

    def spread(self, unknown: Floats, covariance: Floats) -> Floats:
        """Covariance of the plane's parameters. Shapes: (PARAMETERS, PARAMETERS); the lens has none."""
        columns, step = [], 1e-4
        for number in range(len(unknown)):
            nudge = np.zeros(len(unknown))
            nudge[number] = step
            up, down = self.plane_parameters(unknown + nudge), self.plane_parameters(unknown - nudge)
            if up is None or down is None:
                raise _no_ground()
            columns.append((up - down) / (2 * step))
        by_unknown = np.array(columns).T
        whole = np.zeros((PARAMETERS, PARAMETERS))
        whole[:8, :8] = by_unknown @ covariance @ by_unknown.T
        return whole

    def off(self, unknown: Floats) -> Floats:
        return np.concatenate((unknown, self.evidence_rows(unknown)))

    def evidence_rows(self, unknown: Floats) -> Floats:
        """Each in its own standard error."""
        pose = self.pose(unknown)
        matrix = ground_matrix(pose, self._start.position)
        parts = [_length_rows(matrix, self._lengths), _pair_rows(matrix, self._pairs)]
        if len(self._feet):
            parts.append(_stature_rows(pose, self._feet, self._heads) * self._weights)
        return np.concatenate(parts)


def ground_matrix(pose: Pose, origin: Position) -> Floats:
    """From lens-free picture coordinates to metres east and north of ``origin``; its last row is the depth below the
    horizon. Shapes: (3, 3)."""
    axes = _axes(pose)
    east, north = east_north_m(origin, pose.position)
    down = -axes[2]
    return np.vstack((pose.height_m * axes[0] + east * down, pose.height_m * axes[1] + north * down, down))


def _axes(pose: Pose) -> Floats:
    """Columns: what a picture width to the right, one down, and the focal length ahead are in east, north, up."""
    tilt, bearing, roll = radians(pose.tilt_deg), radians(pose.bearing_deg), radians(pose.roll_deg)
    ahead = np.array([sin(bearing) * cos(tilt), cos(bearing) * cos(tilt), -sin(tilt)])
    right = np.array([cos(bearing), -sin(bearing), 0.0])
    down = np.cross(ahead, right)
    focal = 0.5 / tan(radians(pose.field_of_view_deg) / 2)
    return np.column_stack((right * cos(roll) + down * sin(roll), down * cos(roll) - right * sin(roll), ahead * focal))


def _length_rows(matrix: Floats, lengths: Sequence[tuple[Floats, Floats, float]]) -> Floats:
    rows = []
    for start, end, metres in lengths:
        ends = _landed(matrix, np.array([start, end]))
        rows.append((float(np.hypot(*(ends[1] - ends[0]))) - metres) / (LENGTH_ERROR * metres + 0.1))
    return np.array(rows)


def _pair_rows(matrix: Floats, pairs: Sequence[tuple[Floats, tuple[float, float]]]) -> Floats:
    rows = []
    for picked, (east, north) in pairs:
        nudged = _landed(matrix, picked + _NUDGES)
        sides = (nudged[1:] - nudged[0]).T
        spread = sides @ sides.T + np.eye(2) * MAP_ERROR_M**2
        rows.append(np.linalg.solve(np.linalg.cholesky(spread), nudged[0] - np.array([east, north])))
    return np.concatenate(rows) if rows else np.zeros(0)


def _stature_rows(pose: Pose, feet: Floats, heads: Floats) -> Floats:
    """How far each head lies from where a person of ``PERSON_M`` on that foot would have it."""
    axes = _axes(pose)
    rays = np.column_stack((feet, np.ones(len(feet)))) @ axes.T
    fall = np.maximum(-rays[:, 2:3], 1e-3)
    tops = rays / fall * pose.height_m + np.array([0.0, 0.0, PERSON_M])
    seen = tops @ np.linalg.inv(axes).T
    expected = seen[:, 1] / np.maximum(seen[:, 2], 1e-3)
    tall = np.maximum(feet[:, 1] - heads[:, 1], 1e-3)
    error = np.hypot(tall * np.hypot(PERSON_ERROR_M / PERSON_M, BOX_ERROR), PICK_ERROR)
    rows: Floats = np.clip((expected - heads[:, 1]) / error, -50, 50)
    return rows


def _landed(matrix: Floats, points: Floats) -> Floats:
    whole = np.column_stack((points, np.ones(len(points)))) @ matrix.T
    landed: Floats = whole[:, :2] / np.maximum(whole[:, 2:3], 1e-3)
    return landed


def _flat(point: Point, aspect: float) -> Floats:
    flat: Floats = ideal(np.array([[point.x, point.y]]), aspect, 0.0)[0]
    return flat


def _bounded(exponent: float) -> float:
    return float(min(max(exponent, -3.0), 3.0))


def _check(start: Pose, evidence: Evidence) -> None:
    checks = (
        ("height_m", 1 <= start.height_m <= 200, "is from 1 to 200 m"),
        ("tilt_deg", -20 <= start.tilt_deg <= 90, "is from -20 to 90 degrees"),
        ("field_of_view_deg", 2 <= start.field_of_view_deg <= 160, "is from 2 to 160 degrees"),
        ("roll_deg", abs(start.roll_deg) <= 45, "is from -45 to 45 degrees"),
        ("bearing_deg", isfinite(start.bearing_deg), "is a number"),
    )
    for name, holds, rule in checks:
        if not holds:
            raise invalid("ground_pose_invalid", f"{name} {rule}.")
    drawn = [point for line in evidence.lengths for point in (line.start, line.end)]
    for point in (*drawn, *(pair.picture for pair in evidence.pairs)):
        if not (0 <= point.x <= 1 and 0 <= point.y <= 1):
            raise invalid("ground_point_outside", "A point lies outside of the picture.", "Pick it anew.")
    for line in evidence.lengths:
        if not 0.5 <= line.metres <= 500:
            raise invalid("ground_length_invalid", "A length is from 0.5 to 500 m.")
        if np.hypot(line.end.x - line.start.x, line.end.y - line.start.y) < 0.01:
            raise invalid("ground_area_tiny", "A drawn line is shorter than a hundredth of the picture.")


def _no_ground() -> AppError:
    return invalid(
        "ground_above_horizon",
        "Standing so, the camera would see sky at the picture's lower edge.",
        "Check its tilt and height.",
    )
