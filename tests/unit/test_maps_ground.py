"""Calibration of a picture to the ground, of a camera whose pose is known: points, people, lines; what is refused."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import tan

import numpy as np
import pytest

from sereno.core.errors import AppError
from sereno.core.geography import Position
from sereno.core.geometry import Box, Point
from sereno.maps.ground.heights import fit_heights
from sereno.maps.ground.overlay import overlay
from sereno.maps.ground.pairs import Pair, fit_pairs
from sereno.maps.ground.plane import GroundPlane, real
from sereno.maps.ground.pose import Evidence, Length, Pose, PoseErrors, fit_pose

WIDTH, HEIGHT = 1280, 720
HOME = Position(-34.6, -59.4)
TRUE = Pose(position=HOME, height_m=6.0, tilt_deg=18.0, bearing_deg=40.0, field_of_view_deg=60.0, roll_deg=1.0)
EXACT = PoseErrors(position_m=0.01, height=0.001, tilt_deg=0.01, bearing_deg=0.01, focal=0.001, roll_deg=0.01)
SPOTS = (
    (0.1, 0.95),
    (0.9, 0.9),
    (0.2, 0.4),
    (0.75, 0.45),
    (0.5, 0.6),
    (0.35, 0.7),
    (0.6, 0.35),
    (0.85, 0.6),
    (0.5, 0.9),
)


@pytest.fixture(scope="module")
def truth() -> GroundPlane:
    return fit_pose(TRUE, EXACT, WIDTH, HEIGHT).plane


def pairs_of(truth: GroundPlane, spots: Sequence[tuple[float, float]], noise_px: float = 0.0) -> list[Pair]:
    draw = np.random.default_rng(3)
    found = []
    for x, y in spots:
        spot = truth.locate(Point(x, y))
        assert spot is not None
        dx, dy = draw.normal(0, noise_px, 2)
        found.append(Pair(Point(x + dx / WIDTH, y + dy / HEIGHT), spot.position))
    return found


def off_m(plane: GroundPlane, truth: GroundPlane, x: float, y: float) -> float:
    here, there = plane.locate(Point(x, y)), truth.locate(Point(x, y))
    assert here is not None
    assert there is not None
    return here.position.distance_m(there.position)


def test_the_ground_under_the_lower_edge_is_where_trigonometry_says(truth: GroundPlane) -> None:
    level = fit_pose(replace(TRUE, roll_deg=0.0), EXACT, WIDTH, HEIGHT).plane
    spot = level.locate(Point(0.5, 0.5))
    assert spot is not None
    assert HOME.distance_m(spot.position) == pytest.approx(6.0 / tan(np.radians(18)), rel=1e-4)
    assert HOME.bearing_deg(spot.position) == pytest.approx(40.0, abs=0.01)
    back = level.picture(spot.east_m, spot.north_m)
    assert back is not None
    assert (back.x, back.y) == pytest.approx((0.5, 0.5))
    assert spot.px_per_m_across > spot.px_per_m_along
    assert truth.locate(Point(0.5, -0.05)) is None  # sky, above the picture


@pytest.mark.parametrize("count", [4, 6, 9])
def test_picked_points_find_the_ground(truth: GroundPlane, count: int) -> None:
    exact = fit_pairs(pairs_of(truth, SPOTS[:count]), WIDTH, HEIGHT)
    assert max(exact.residuals_m) < 0.01
    assert off_m(exact.plane, truth, 0.5, 0.5) < 0.01
    noisy = fit_pairs(pairs_of(truth, SPOTS[:count], noise_px=1.5), WIDTH, HEIGHT)
    spot = noisy.plane.locate(Point(0.5, 0.5))
    assert spot is not None
    assert off_m(noisy.plane, truth, 0.5, 0.5) < 3 * spot.error_m
    assert (noisy.rms_m is None) == (count == 4)


def test_far_is_less_sure_than_near_and_the_horizon_is_refused(truth: GroundPlane) -> None:
    plane = fit_pairs(pairs_of(truth, SPOTS, noise_px=1.0), WIDTH, HEIGHT).plane
    near, far = plane.locate(Point(0.5, 0.9)), plane.locate(Point(0.5, 0.22))
    assert near is not None
    assert far is not None
    assert near.error_m < 0.5 < far.error_m
    assert near.usable
    horizon = plane.horizon_y(0.5)
    assert horizon is not None
    assert plane.locate(Point(0.5, horizon - 0.01)) is None


def test_one_wrong_pair_among_many_shows_by_its_residual(truth: GroundPlane) -> None:
    pairs = pairs_of(truth, SPOTS, noise_px=0.5)
    pairs[4] = Pair(pairs[4].picture, pairs[4].place.offset(4, 3))
    fit = fit_pairs(pairs, WIDTH, HEIGHT)
    assert int(np.argmax(fit.residuals_m)) == 4
    assert off_m(fit.plane, truth, 0.5, 0.7) < 1.0


def test_a_bent_lens_is_found_with_many_points(truth: GroundPlane) -> None:
    pairs = []
    for x in (0.1, 0.35, 0.65, 0.9):
        for y in (0.35, 0.65, 0.95):
            spot = truth.locate(Point(x, y))
            assert spot is not None
            flat = np.array([[x - 0.5, (y - 0.5) * HEIGHT / WIDTH]])
            seen = real(flat, HEIGHT / WIDTH, -0.12)[0]
            pairs.append(Pair(Point(float(seen[0]), float(seen[1])), spot.position))
    inside = [pair for pair in pairs if 0 <= pair.picture.x <= 1 and 0 <= pair.picture.y <= 1]
    plane = fit_pairs(inside, WIDTH, HEIGHT, map_error_m=0.05).plane
    assert plane.lens == pytest.approx(-0.12, abs=0.03)


def _swapped(pairs: list[Pair]) -> list[Pair]:
    first, second = pairs[0], pairs[1]
    return [Pair(first.picture, second.place), Pair(second.picture, first.place), *pairs[2:]]


def _mirrored(pairs: list[Pair]) -> list[Pair]:
    return [Pair(Point(1 - pair.picture.x, pair.picture.y), pair.place) for pair in pairs]


@pytest.mark.parametrize(
    ("code", "bad"),
    [
        ("ground_pairs_count", lambda pairs: pairs[:3]),
        ("ground_crossed", lambda pairs: _swapped(pairs[:4])),
        ("ground_mirrored", _mirrored),
        ("ground_point_outside", lambda pairs: [Pair(Point(1.2, 0.5), pairs[0].place), *pairs[1:]]),
        ("ground_in_line", lambda pairs: [Pair(Point(p.picture.x, 0.9 - p.picture.x / 9), p.place) for p in pairs[:4]]),
        ("ground_in_line", lambda pairs: [Pair(p.picture, pairs[0].place.offset(n, n)) for n, p in enumerate(pairs)]),
        ("ground_in_line", lambda pairs: [*pairs[:3], pairs[0]]),
        ("ground_too_far", lambda pairs: [*pairs[:5], Pair(pairs[5].picture, Position(-34.5, -59.4))]),
    ],
)
def test_what_cannot_be_is_refused(truth: GroundPlane, code: str, bad: Callable[[list[Pair]], list[Pair]]) -> None:
    with pytest.raises(AppError) as refused:
        fit_pairs(bad(pairs_of(truth, SPOTS)), WIDTH, HEIGHT)
    assert refused.value.code == code


def test_points_on_a_stamp_are_refused(truth: GroundPlane) -> None:
    small = [(0.5, 0.5), (0.55, 0.5), (0.5, 0.55), (0.56, 0.56)]
    with pytest.raises(AppError) as refused:
        fit_pairs(pairs_of(truth, small), WIDTH, HEIGHT)
    assert refused.value.code == "ground_area_tiny"


def test_known_lengths_sharpen_a_start_from_the_register(truth: GroundPlane) -> None:
    rough = replace(TRUE, height_m=8.0, tilt_deg=22.0, roll_deg=0.0)
    lines = []
    for start, end in (
        ((0.2, 0.9), (0.8, 0.85)),
        ((0.3, 0.4), (0.7, 0.42)),
        ((0.3, 0.5), (0.32, 0.9)),
        ((0.7, 0.9), (0.62, 0.4)),
    ):
        a, b = truth.locate(Point(*start)), truth.locate(Point(*end))
        assert a is not None
        assert b is not None
        lines.append(Length(Point(*start), Point(*end), a.position.distance_m(b.position)))
    before = fit_pose(rough, PoseErrors(), WIDTH, HEIGHT)
    after = fit_pose(rough, PoseErrors(), WIDTH, HEIGHT, Evidence(lengths=tuple(lines)))
    assert abs(after.pose.height_m - 6) < 0.6 < abs(before.pose.height_m - 6)
    assert after.height_error < before.height_error / 3
    assert off_m(after.plane, truth, 0.5, 0.5) < off_m(before.plane, truth, 0.5, 0.5) / 2


def people(truth: GroundPlane, count: int, far_y: float = 0.35) -> list[list[Box]]:
    """Each walks from somewhere near to somewhere far; of all sizes."""
    draw = np.random.default_rng(5)
    axes_tall = fit_pose(replace(TRUE, height_m=6.0), EXACT, WIDTH, HEIGHT)
    tracks = []
    for _ in range(count):
        tall, x = draw.normal(1.65, 0.09), draw.uniform(0.2, 0.8)
        track = []
        for y in np.linspace(far_y, 0.92, 9):
            foot = axes_tall.plane.locate(Point(x, float(y)))
            assert foot is not None
            lower = fit_pose(replace(TRUE, height_m=6.0 - tall), EXACT, WIDTH, HEIGHT).plane
            head = lower.picture(foot.east_m, foot.north_m)
            assert head is not None
            high = float(y) - head.y
            track.append(Box(x - high * 0.1, head.y, x + high * 0.1, float(y)))
        tracks.append(track)
    return tracks


def test_people_who_walk_by_teach_the_ground(truth: GroundPlane) -> None:
    start = replace(TRUE, height_m=4.0, tilt_deg=10.0, roll_deg=0.0)
    errors = PoseErrors(position_m=0.5, height=0.7, tilt_deg=20.0, bearing_deg=0.5, focal=0.03)
    found = fit_heights(people(truth, 12), start, WIDTH, HEIGHT, errors)
    assert found.pose.height_m == pytest.approx(6.0, rel=0.08)
    assert found.pose.tilt_deg == pytest.approx(18.0, abs=2.0)
    spot = found.plane.locate(Point(0.5, 0.5))
    assert spot is not None
    assert off_m(found.plane, truth, 0.5, 0.5) < 2 * spot.error_m


@pytest.mark.parametrize(("count", "far_y"), [(3, 0.35), (12, 0.88)])
def test_too_few_people_or_all_at_one_distance_teach_nothing(truth: GroundPlane, count: int, far_y: float) -> None:
    with pytest.raises(AppError) as refused:
        fit_heights(people(truth, count, far_y), TRUE, WIDTH, HEIGHT)
    assert refused.value.code == "ground_not_learned"


def test_a_camera_that_looks_up_sees_no_ground() -> None:
    with pytest.raises(AppError) as refused:
        fit_pose(replace(TRUE, tilt_deg=-20.0), EXACT, WIDTH, HEIGHT)
    assert refused.value.code == "ground_above_horizon"


def test_the_grid_lies_on_the_ground_and_bands_are_in_order(truth: GroundPlane) -> None:
    drawn = overlay(truth)
    line = next(line for line in drawn.grid if line.step_m == 5 and len(line.points) > 3)
    ends = [truth.locate(point) for point in line.points]
    easts = [spot.east_m for spot in ends if spot is not None]
    norths = [spot.north_m for spot in ends if spot is not None]
    across = min((easts, norths), key=np.ptp)
    assert np.ptp(across) < 0.3
    assert across[0] / 5 == pytest.approx(round(across[0] / 5), abs=0.05)
    heights = [min(point.y for point in band.points) for band in drawn.bands]
    assert heights == sorted(heights)
    assert drawn.error_m is not None
