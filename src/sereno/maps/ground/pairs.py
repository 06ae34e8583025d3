"""Calibration from pairs: points picked on the picture and the same points picked on the map.

Normalised direct linear transformation for a start, then a robust fit that weighs each point by what a picking error
on the picture and on the map means at its distance. Source: Hartley and Zisserman, 4.1, 4.4 and 4.7.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from sereno.core.errors import AppError, invalid
from sereno.core.geography import Position
from sereno.core.geometry import Point
from sereno.maps.ground.minimum import Minimum, minimum
from sereno.maps.ground.plane import PARAMETERS, Floats, GroundPlane, east_north_m, ideal, mapped, slope

LEAST_PAIRS, MOST_PAIRS = 4, 40
PICK_ERROR = 0.002
"""Standard error of a point picked on the picture, in picture widths: 1.3 px of 640."""
MAP_ERROR_M = 0.3
_LEAST_AREA = 0.01
"""Of the picture, that the points must span."""
_THIN = 0.03
"""The points' narrowest width over their widest; below, they are a line."""
_FARTHEST_M = 2_000.0
_LENS_PAIRS = 8
_ROBUST_PAIRS = 6
"""With fewer, who is wrong cannot be told."""
_LENS_PRIOR = 0.1
_DISAGREE_M = 3.0
_DISAGREE_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Pair:
    """One spot, on the picture (fractions) and on the ground."""

    picture: Point
    place: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFit:
    """``residuals_m``: how far each pair's place lies from where its picture point lands, in their order.

    ``rms_m`` is theirs with the freedom of the fit taken out; None with four pairs, which always fit.
    """

    plane: GroundPlane
    residuals_m: tuple[float, ...]
    rms_m: float | None


def fit_pairs(pairs: Sequence[Pair], width: int, height: int, map_error_m: float = MAP_ERROR_M) -> PairFit:
    """``width``, ``height``: pixels of the picture that was picked on.

    Raises: AppError invalid that says which points cannot be, and why.
    """
    _check(pairs, height / width)
    origin = pairs[0].place
    picked = np.array([(pair.picture.x, pair.picture.y) for pair in pairs])
    ground = np.array([east_north_m(origin, pair.place) for pair in pairs])
    aspect = height / width
    anchor = ideal(picked, aspect, 0.0).mean(axis=0)
    start = _linear(ideal(picked, aspect, 0.0) - anchor, ground)
    _check_side(start, ideal(picked, aspect, 0.0) - anchor)
    fit = _Fit(picked, ground, anchor, aspect, map_error_m)
    parameters, covariance = fit.solved(np.append(start, 0.0))
    landed = fit.landed(parameters)
    _check_side(parameters[:8], ideal(picked, aspect, float(parameters[8])) - anchor)
    residuals = np.hypot(*(landed[:, :2] - ground).T)
    _check_agreement(residuals, ground)
    plane = GroundPlane(
        origin=origin,
        width=width,
        height=height,
        anchor=(float(anchor[0]), float(anchor[1])),
        homography=tuple(float(p) for p in parameters[:8]),
        lens=float(parameters[8]),
        covariance=tuple(float(c) for c in covariance.ravel()),
    )
    freedom = 2 * len(pairs) - 8
    rms = sqrt(2 * float((residuals**2).sum()) / freedom) / sqrt(2) if freedom else None
    return PairFit(plane=plane, residuals_m=tuple(float(r) for r in residuals), rms_m=rms)


class _Fit:
    """The least-squares problem. Residuals are whitened: 1 is one standard error of a pair."""

    def __init__(self, picked: Floats, ground: Floats, anchor: Floats, aspect: float, map_error_m: float) -> None:
        self._picked, self._ground, self._anchor, self._aspect = picked, ground, anchor, aspect
        self._map_error_m = map_error_m

    def landed(self, parameters: Floats) -> Floats:
        return mapped(parameters[:8], ideal(self._picked, self._aspect, float(parameters[8])) - self._anchor)

    def solved(self, start: Floats) -> tuple[Floats, Floats]:
        """Parameters and their covariance; the lens only where it earns its keep."""
        best, covariance, cost = self._refined(start, free=8)
        if len(self._picked) >= _LENS_PAIRS:
            bent, bent_covariance, bent_cost = self._refined(best, free=9)
            if cost - bent_cost > 4.0:
                return bent, bent_covariance
        return best, covariance

    def _refined(self, start: Floats, free: int) -> tuple[Floats, Floats, float]:
        """Weights follow the parameters, so it is done three times."""
        pairs, rest = len(self._picked), start[free:]
        found = self._once(start[:free], rest)
        for _ in range(2):
            found = self._once(found.at, rest)
        excess = max(1.0, found.cost / (2 * pairs - 8)) if pairs > LEAST_PAIRS else 1.0
        covariance = np.zeros((PARAMETERS, PARAMETERS))
        covariance[:free, :free] = np.linalg.pinv(found.normal, rcond=1e-14) * excess
        return np.append(found.at, rest), covariance, found.cost

    def _once(self, start: Floats, rest: Floats) -> Minimum:
        whiteners = self._whiteners(np.append(start, rest))

        def off(part: Floats) -> Floats:
            whole = np.append(part, rest)
            rows = np.einsum("nij,nj->ni", whiteners, self.landed(whole)[:, :2] - self._ground).ravel()
            return rows if rest.size else np.append(rows, whole[8] / _LENS_PRIOR)

        return minimum(off, start, "soft_l1" if len(self._picked) >= _ROBUST_PAIRS else "linear")

    def _whiteners(self, parameters: Floats) -> Floats:
        """Inverse square root of each pair's covariance on the ground. Shapes: (N, 2, 2).

        Taken where the place would be seen and not where it was picked: a point that was picked too high would weigh
        less for it, one picked too low more, and the whole ground would tilt.
        """
        seen = np.linalg.solve(np.append(parameters[:8], 1.0).reshape(3, 3), _homogeneous(self._ground).T).T
        at = seen[:, :2] / np.where(np.abs(seen[:, 2:]) < 1e-9, 1e-9, seen[:, 2:])
        rows = []
        for point, (east, north, depth) in zip(at, mapped(parameters[:8], at), strict=True):
            per_width = slope(parameters[:8], point, (east, north), max(depth, 1e-3))
            spread = per_width @ per_width.T * PICK_ERROR**2 + np.eye(2) * self._map_error_m**2
            rows.append(np.linalg.inv(np.linalg.cholesky(spread)))
        return np.array(rows)


def _linear(at: Floats, ground: Floats) -> Floats:
    """Eight parameters by the normalised DLT. Shapes: (N, 2), (N, 2) → (8,)."""
    to_at, to_ground = _normaliser(at), _normaliser(ground)
    near, far = _homogeneous(at) @ to_at.T, _homogeneous(ground) @ to_ground.T
    zero = np.zeros_like(near)
    rows = np.vstack((np.hstack((near, zero, -far[:, :1] * near)), np.hstack((zero, near, -far[:, 1:2] * near))))
    _, sizes, directions = np.linalg.svd(rows)
    if sizes[7] < 1e-6 * sizes[0]:
        raise _in_line()
    matrix = np.linalg.inv(to_ground) @ directions[8].reshape(3, 3) @ to_at
    if abs(matrix[2, 2]) < 1e-9 * np.abs(matrix).max():
        raise _crossed()
    parameters: Floats = (matrix / matrix[2, 2]).ravel()[:8]
    return parameters


def _homogeneous(points: Floats) -> Floats:
    return np.column_stack((points, np.ones(len(points))))


def _normaliser(points: Floats) -> Floats:
    middle = points.mean(axis=0)
    scale = sqrt(2) / max(1e-12, float(np.sqrt(((points - middle) ** 2).sum(axis=1)).mean()))
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]])


def _check(pairs: Sequence[Pair], aspect: float) -> None:
    if not LEAST_PAIRS <= len(pairs) <= MOST_PAIRS:
        raise invalid(
            "ground_pairs_count",
            f"{len(pairs)} pairs of points; it takes {LEAST_PAIRS} to {MOST_PAIRS}.",
            "Pick more points on the picture and on the map.",
        )
    for number, pair in enumerate(pairs, start=1):
        if not (0 <= pair.picture.x <= 1 and 0 <= pair.picture.y <= 1):
            raise invalid("ground_point_outside", f"Point {number} lies outside of the picture.", "Pick it anew.")
    picked = np.array([(pair.picture.x, pair.picture.y * aspect) for pair in pairs])
    ground = np.array([east_north_m(pairs[0].place, pair.place) for pair in pairs])
    if np.abs(ground).max() > _FARTHEST_M:
        raise invalid("ground_too_far", "Points of one picture lie kilometres apart on the map.", "Check the map side.")
    for points in (picked, ground):
        if _is_thin(points):
            raise _in_line()
    if _hull_area(picked) / aspect < _LEAST_AREA:
        raise invalid(
            "ground_area_tiny",
            "The points span less than a hundredth of the picture.",
            "Pick points farther apart: near and far, left and right.",
        )


def _is_thin(points: Floats) -> bool:
    """All on a line; of four, three on a line; or two on one spot."""
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    if spread[1] < _THIN * spread[0]:
        return True
    longest = float(np.ptp(points, axis=0).max())
    for first, second in combinations(points, 2):
        if np.hypot(*(first - second)) < 1e-3 * longest:
            return True
    if len(points) > LEAST_PAIRS:
        return False
    for a, b, c in combinations(points, 3):
        doubled = abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
        if doubled < _THIN * max(np.hypot(*(b - a)), np.hypot(*(c - a)), np.hypot(*(c - b))) ** 2:
            return True
    return False


def _hull_area(points: Floats) -> float:
    try:
        return float(ConvexHull(points).volume)  # in a plane, SciPy's volume is the area
    except QhullError:
        return 0.0


def _check_side(parameters: Floats, at: Floats) -> None:
    """All points below the horizon, and the ground seen from above."""
    if mapped(parameters, at)[:, 2].min() <= 0.02:
        raise _crossed()
    if np.linalg.det(slope(parameters, np.zeros(2), (parameters[2], parameters[5]), 1.0)) >= 0:
        raise invalid(
            "ground_mirrored",
            "The points run round the other way on the map than on the picture: as in a mirror.",
            "Check which point is which; left on the picture is left of the line of sight on the map.",
        )


def _check_agreement(residuals: Floats, ground: Floats) -> None:
    limit_m = max(_DISAGREE_M, _DISAGREE_SHARE * float(np.ptp(ground, axis=0).max()))
    worst = int(residuals.argmax())
    if np.median(residuals) > limit_m:
        raise invalid(
            "ground_disagrees",
            f"The points do not fit one flat ground: half of them are off by more than {np.median(residuals):.0f} m.",
            f"Check the pairs, point {worst + 1} first.",
        )


def _in_line() -> AppError:
    return invalid(
        "ground_in_line",
        "The points lie on a line, or two on one spot: they say nothing of the ground beside it.",
        "Pick points to both sides, near and far.",
    )


def _crossed() -> AppError:
    return invalid(
        "ground_crossed",
        "Some of the points would lie above the horizon: two pairs are swapped, or a point is not on the ground.",
        "Check that each pair is the same spot on the picture and on the map.",
    )
