"""Whether one observation answers a question: what is open is asked so, and every index must agree with it. Pure."""

from collections.abc import Sequence

from sereno.analytics.model import Colour, Description, ObjectKind, Observation, TrailPoint
from sereno.analytics.search.model import Heading, Query
from sereno.analytics.search.paths import Moment, across_line, in_zone, largest
from sereno.analytics.search.plate_pattern import PlatePattern
from sereno.analytics.search.spans import Span


def fits_look(query: Query, kind: ObjectKind, description: Description | None) -> bool:
    look = description or Description()
    return (
        (not query.kinds or kind in query.kinds)
        and _one_of(look.upper, query.upper)
        and _one_of(look.lower, query.lower)
        and _one_of(look.body, query.body)
        and (not query.colours or any(c in query.colours for c in (look.upper, look.lower, look.body)))
        and (query.riders_least is None or (look.riders or 0) >= query.riders_least)
        and (query.riders_most is None or (look.riders is not None and look.riders <= query.riders_most))
    )


def fits(query: Query, seen: Observation, spans: Sequence[Span], pattern: PlatePattern | None) -> bool:
    """Everything but its path; whether the camera may be asked is the caller's."""
    ground, stay_s = seen.ground, (seen.last_at - seen.first_at).total_seconds()
    speed = ground.speed_mps if ground else None
    return (
        fits_look(query, seen.kind, seen.description)
        and any(span.meets(seen.first_at, seen.last_at) for span in spans)
        and (pattern is None or (seen.plate is not None and pattern.fits(seen.plate.text)))
        and (query.zone is not None or within(stay_s, query.stay_least_s, query.stay_most_s))
        and (
            not asks_speed(query) or (speed is not None and within(speed, query.speed_least_mps, query.speed_most_mps))
        )
        and (query.heading is None or (ground is not None and heads(ground.heading, query.heading)))
    )


def moment(query: Query, trail: Sequence[TrailPoint]) -> Moment | None:
    """The instant to show; None when the path is not the one asked for."""
    found: Moment | None = largest(trail)
    if query.line is not None:
        found = across_line(trail, query.line.line, query.line.direction)
    if found is not None and query.zone is not None:
        passed = in_zone(trail, query.zone.zone)
        if passed is None or not within(passed.stay_s, query.stay_least_s, query.stay_most_s):
            return None
        found = found if query.line is not None else passed
    return found


def within(value: float, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def asks_speed(query: Query) -> bool:
    return query.speed_least_mps is not None or query.speed_most_mps is not None


def heads(degrees: float | None, asked: Heading) -> bool:
    return degrees is not None and any(low <= degrees <= high for low, high in arcs(asked))


def arcs(asked: Heading) -> tuple[tuple[float, float], ...]:
    """The headings from 0 to 360 that are near enough: one arc, or two around north."""
    if asked.tolerance_deg >= 180:
        return ((0.0, 360.0),)
    low, high = (asked.degrees - asked.tolerance_deg) % 360, (asked.degrees + asked.tolerance_deg) % 360
    return ((low, high),) if low <= high else ((low, 360.0), (0.0, high))


def _one_of(colour: Colour | None, asked: tuple[Colour, ...]) -> bool:
    return not asked or colour in asked
