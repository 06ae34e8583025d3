"""What may be asked: each refusal names what is wrong and what to do. Pure."""

from collections.abc import Iterable
from math import isfinite

from sereno.analytics.search.model import Query
from sereno.analytics.search.plate_pattern import plate_pattern
from sereno.core.errors import AppError, invalid
from sereno.core.geometry import Point, Zone

LEAST_AREA = 1e-5
"""Of the picture: below, a zone is a slip of the hand."""
MOST_CORNERS = 64
MOST_VALUES = 500
WIDEST_M = 50_000.0


def check_query(query: Query) -> None:
    """Raises: AppError invalid."""
    _check_times(query)
    if query.plate:
        plate_pattern(query.plate)
    if query.zone is not None:
        _check_zone(query.zone.zone)
    if query.line is not None:
        line = query.line.line
        _check_points((line.start, line.end))
        if (line.start.x - line.end.x) ** 2 + (line.start.y - line.end.y) ** 2 < LEAST_AREA:
            raise invalid("search_line", "The line is only a point.", "Draw it from one side of the way to the other.")
    if query.zone is not None and query.line is not None and query.zone.camera_id != query.line.camera_id:
        raise invalid("search_two_pictures", "Zone and line are drawn on two cameras.", "Draw both on one.")
    _check_numbers(query)


def _check_times(query: Query) -> None:
    for at in (query.began, query.ended):
        if at is not None and at.tzinfo is None:
            raise invalid("search_time", "An instant has no time zone.", "Write it with Z or an offset.")
    if query.began is not None and query.ended is not None and query.began >= query.ended:
        raise invalid("search_times_reversed", "The search ends before it begins.", "Exchange the two times.")
    if any(not 0 <= day <= 6 for day in query.weekdays):
        raise invalid("search_weekday", "A day of the week lies in 0 (Monday) to 6.")
    if len(query.hours) > 24 or len(query.cameras) > MOST_VALUES:
        raise invalid("search_too_many", "So many values cannot be asked for at once.", "Leave some out.")


def _check_zone(zone: Zone) -> None:
    _check_points(zone.corners)
    if not 3 <= len(zone.corners) <= MOST_CORNERS:
        raise invalid("search_zone", f"A zone has 3 to {MOST_CORNERS} corners.", "Draw it again.")
    if area(zone) < LEAST_AREA:
        raise invalid("search_zone", "The zone has no area.", "Draw it around the place that is meant.")


def area(zone: Zone) -> float:
    """As the even-odd rule fills a simple polygon."""
    corners = zone.corners
    return abs(sum(a.x * b.y - b.x * a.y for a, b in zip(corners, (*corners[1:], corners[0]), strict=True))) / 2


def _check_points(points: Iterable[Point]) -> None:
    if not all(isfinite(p.x) and isfinite(p.y) and -0.01 <= p.x <= 1.01 and -0.01 <= p.y <= 1.01 for p in points):
        raise invalid("search_drawing", "A corner lies outside the picture.", "Corners are fractions, 0 to 1.")


def _check_numbers(query: Query) -> None:
    ranges = (
        (query.stay_least_s, query.stay_most_s),
        (query.speed_least_mps, query.speed_most_mps),
        (query.riders_least, query.riders_most),
    )
    for least, most in ranges:
        if any(value is not None and (not isfinite(value) or value < 0) for value in (least, most)):
            raise _number()
        if least is not None and most is not None and least > most:
            raise invalid("search_range", "The least is above the most.", "Exchange the two.")
    heading, near = query.heading, query.near
    if heading is not None and not (isfinite(heading.degrees) and 0 < heading.tolerance_deg <= 180):
        raise _number()
    if near is not None and not (
        0 < near.radius_m <= WIDEST_M and abs(near.position.lat) <= 90 and abs(near.position.lon) <= 180
    ):
        raise invalid("search_circle", f"A place is on the earth, with 1 to {WIDEST_M:g} m around it.")


def _number() -> AppError:
    return invalid("search_number", "A number of the search is negative or no number.")
