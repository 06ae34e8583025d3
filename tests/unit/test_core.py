from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sereno.core.geography import Position
from sereno.core.geometry import Box, Line, Point, Zone
from sereno.core.ids import new_id
from sereno.core.media_time import wall_instant, wall_ticks

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
fractions = st.floats(0, 1)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_ids_sort_by_instant(first_ms: int, later_ms: int) -> None:
    earlier = new_id(NOON + timedelta(milliseconds=first_ms))
    later = new_id(NOON + timedelta(milliseconds=first_ms + later_ms))
    assert len(earlier) == 26
    assert earlier < later


@given(st.integers(0, 4 * 10**15).map(lambda micros: NOON + timedelta(microseconds=micros)))
def test_wall_ticks_keep_the_instant_to_a_tick(at: datetime) -> None:
    assert abs(wall_instant(wall_ticks(at)) - at) <= timedelta(microseconds=12)


@given(fractions, fractions, fractions, fractions)
def test_a_box_matches_itself_and_foot_is_on_its_lower_edge(x: float, y: float, width: float, height: float) -> None:
    box = Box(x, y, x + width + 0.01, y + height + 0.01)
    assert abs(box.iou(box) - 1) < 1e-9
    assert box.foot.y == box.bottom


def test_a_zone_contains_its_inside_only() -> None:
    zone = Zone((Point(0.2, 0.2), Point(0.8, 0.2), Point(0.8, 0.8), Point(0.2, 0.8)))
    assert zone.contains(Point(0.5, 0.5))
    assert not zone.contains(Point(0.9, 0.5))


def test_a_line_is_crossed_between_its_ends_only() -> None:
    line = Line(Point(0.5, 0.2), Point(0.5, 0.8))
    assert line.crossed_by(Point(0.4, 0.5), Point(0.6, 0.5))
    assert not line.crossed_by(Point(0.4, 0.9), Point(0.6, 0.9))
    assert not line.crossed_by(Point(0.3, 0.5), Point(0.4, 0.5))


@given(st.floats(-2000, 2000), st.floats(-2000, 2000))
def test_offset_and_distance_agree_around_a_town(east_m: float, north_m: float) -> None:
    here = Position(-34.6, -60.9)
    expected = (east_m**2 + north_m**2) ** 0.5
    assert abs(here.distance_m(here.offset(east_m, north_m)) - expected) < 0.01 + expected * 0.002
