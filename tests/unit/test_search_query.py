"""The pure parts of search: cells never miss a path, spans cover what is asked, cursors and plates read back."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sereno.analytics.days.signature import COLOURS, KINDS, description_of, kind_of, signature
from sereno.analytics.days.term import observation_term
from sereno.analytics.days.trails import cells, packed, unpacked
from sereno.analytics.model import Description, ObjectKind, TrailPoint
from sereno.analytics.search.checks import area, check_query
from sereno.analytics.search.cursor import Place
from sereno.analytics.search.matching import arcs, heads
from sereno.analytics.search.model import Across, DayHours, Heading, Query
from sereno.analytics.search.paths import across_line, in_zone, line_cells, zone_cells
from sereno.analytics.search.plate_pattern import plate_pattern
from sereno.analytics.search.spans import Span, spans_of
from sereno.core.errors import AppError
from sereno.core.geometry import Box, Line, Point, Zone
from sereno.core.ids import ObservationId, new_id

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
fractions = st.floats(-0.2, 1.2, allow_nan=False)
inside = st.floats(0.0, 1.0, allow_nan=False)
points = st.builds(Point, inside, inside)
trails = st.lists(st.tuples(fractions, fractions), min_size=1, max_size=6).map(
    lambda feet: tuple(
        TrailPoint(AT + timedelta(seconds=number), Box(x - 0.05, y - 0.2, x + 0.05, y))
        for number, (x, y) in enumerate(feet)
    )
)
zones = st.lists(points, min_size=3, max_size=6).map(lambda corners: Zone(tuple(corners)))


@given(trails, zones)
def test_cells_never_rule_out_a_trail_that_was_in_the_zone(trail: tuple[TrailPoint, ...], zone: Zone) -> None:
    if in_zone(trail, zone) is not None:
        assert cells(trail) & zone_cells(zone)


@given(trails, points, points)
def test_cells_never_rule_out_a_trail_that_passed_the_line(
    trail: tuple[TrailPoint, ...], start: Point, end: Point
) -> None:
    if across_line(trail, Line(start, end), Across.BOTH) is not None:
        assert cells(trail) & line_cells(Line(start, end))


@given(trails)
def test_a_packed_trail_comes_back_to_a_tenth_of_a_pixel(trail: tuple[TrailPoint, ...]) -> None:
    back = unpacked(packed(trail, AT), AT)
    assert [point.at for point in back] == [point.at for point in trail]
    for was, now in zip(trail, back, strict=True):
        assert abs(was.box.left - now.box.left) < 1 / 1920 / 10
        assert abs(was.box.bottom - now.box.bottom) < 1 / 1920 / 10


@given(
    st.sampled_from(KINDS),
    st.builds(
        Description,
        upper=st.none() | st.sampled_from(COLOURS),
        lower=st.none() | st.sampled_from(COLOURS),
        body=st.none() | st.sampled_from(COLOURS),
        riders=st.none() | st.integers(1, 7),
    ),
)
def test_a_look_comes_back_from_its_number(kind: ObjectKind, description: Description) -> None:
    number = signature(kind, description)
    assert kind_of(number) is kind
    assert (description_of(number) or Description()) == description


def test_walking_the_other_way_over_a_line_is_told_apart() -> None:
    down = tuple(TrailPoint(AT + timedelta(seconds=n), Box(0.4, y - 0.2, 0.6, y)) for n, y in enumerate((0.3, 0.7)))
    line = Line(Point(0.2, 0.5), Point(0.8, 0.5))
    assert across_line(down, line, Across.LEFT_TO_RIGHT) is not None
    assert across_line(down, line, Across.RIGHT_TO_LEFT) is None
    assert across_line(down, Line(Point(0.7, 0.5), Point(0.9, 0.5)), Across.BOTH) is None


PLATES = {
    "AB": ["AB123CD", "1AB23", "A8123CD"],
    "ab 123 cd": ["AB123CD", "ABI23CD"],
    "^AB": ["AB123CD", "A8999ZZ"],
    "47$": ["AA12347"],
    "AB*47": ["AB12347", "AB47"],
    "A?1*": ["AB123CD"],
}


@pytest.mark.parametrize("text", PLATES)
def test_a_plate_is_found_by_what_is_remembered(text: str) -> None:
    pattern = plate_pattern(text)
    assert [plate for plate in PLATES[text] if not pattern.fits(plate)] == []
    assert not pattern.fits("XX999XX")


def test_confused_signs_fit_but_not_exactly() -> None:
    pattern = plate_pattern("AB0")
    assert pattern.fits("ABO12")
    assert not pattern.fits_exactly("ABO12")
    assert pattern.fits_exactly("AB012")


@pytest.mark.parametrize("text", ["***", "?", "A", "", "AB; DROP", "A" * 30, "^$", "AÑ"])
def test_a_plate_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(AppError):
        plate_pattern(text)


def test_evenings_over_a_week_are_a_span_each_night_newest_first() -> None:
    kept = Span(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC))
    query = Query(hours=(DayHours(began=time(22), ended=time(2)),))
    spans = spans_of(query, kept, ZONE)
    assert spans[0] == Span(datetime(2026, 3, 7, 1, tzinfo=UTC), datetime(2026, 3, 7, 5, tzinfo=UTC))
    assert spans[-1] == Span(datetime(2026, 3, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, 5, tzinfo=UTC))
    assert len(spans) == 7


@given(st.lists(st.tuples(st.integers(0, 23), st.integers(0, 23)), max_size=3), st.sets(st.integers(0, 6)))
def test_an_instant_is_in_a_span_exactly_when_the_clock_says_so(hours: list[tuple[int, int]], days: set[int]) -> None:
    kept = Span(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC))
    asked = tuple(DayHours(began=time(a), ended=time(b)) for a, b in hours)
    spans = spans_of(Query(hours=asked, weekdays=tuple(days)), kept, ZONE)
    for number in range(8 * 24):
        at = kept.began + timedelta(hours=number, minutes=30)
        assert any(span.began <= at < span.ended for span in spans) is _said(at, hours, days)


def _said(at: datetime, hours: list[tuple[int, int]], days: set[int]) -> bool:
    """A part over midnight belongs to the day on which it begins."""
    here = at.astimezone(ZONE)
    for began, ended in hours or [(0, 0)]:
        for day, hour in ((here.weekday(), here.hour), ((here.weekday() - 1) % 7, here.hour + 24)):
            last = ended if ended > began else ended + 24
            if began <= hour < last and (not days or day in days):
                return True
    return False


def test_times_that_are_reversed_and_numbers_that_are_none_are_refused() -> None:
    for query in (
        Query(began=AT, ended=AT),
        Query(began=AT.replace(tzinfo=None)),
        Query(weekdays=(7,)),
        Query(speed_least_mps=float("nan")),
        Query(stay_least_s=9, stay_most_s=3),
        Query(heading=Heading(degrees=float("inf"))),
    ):
        with pytest.raises(AppError):
            check_query(query)


@given(zones)
def test_a_zone_has_the_same_area_from_either_end(zone: Zone) -> None:
    assert area(zone) == pytest.approx(area(Zone(zone.corners[::-1])))


@given(st.integers(0, (1 << 62) - 1))
def test_a_cursor_reads_back(key: int) -> None:
    place = Place(key, ObservationId(new_id(AT)))
    assert Place.read(place.written()) == place


@given(st.floats(0, 360), st.floats(0, 360), st.floats(1, 180))
def test_a_heading_is_near_when_the_angle_is_small(degrees: float, asked: float, tolerance: float) -> None:
    apart = abs((degrees - asked + 180) % 360 - 180)
    if abs(apart - tolerance) > 1e-6:
        assert heads(degrees, Heading(degrees=asked, tolerance_deg=tolerance)) is (apart < tolerance)
    assert arcs(Heading(degrees=asked, tolerance_deg=tolerance))


def test_what_was_seen_never_outlives_its_footage() -> None:
    floor, ceiling = timedelta(days=30), timedelta(days=60)
    assert observation_term(None, floor, ceiling) == floor
    assert observation_term(7, floor, ceiling) == timedelta(days=7)
    for days in (90, 0, -1):
        with pytest.raises(AppError):
            observation_term(days, floor, ceiling)
