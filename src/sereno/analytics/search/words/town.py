"""What of the town's map has a name that a search can say. Pure."""

from collections import defaultdict
from itertools import pairwise

from sereno.analytics.search.words.names import NamedPlace
from sereno.analytics.search.words.places import STREET
from sereno.core.geography import Position
from sereno.maps.town_map import TownMap

_STEP_M = 40.0


def named_places(town: TownMap) -> tuple[NamedPlace, ...]:
    """Places and named greens by their point, streets by points along them."""
    plan = town.plan
    streets: dict[str, list[Position]] = defaultdict(list)
    for line in plan.streets:
        if line.name:
            streets[line.name] += _along(line.points)
    return (
        *(NamedPlace(name=each.name, kind=each.kind, positions=(each.position,)) for each in plan.places if each.name),
        *(NamedPlace(name=each.name, kind=each.use, positions=each.ring) for each in plan.greens if each.name),
        *(NamedPlace(name=name, kind=STREET, positions=tuple(points)) for name, points in sorted(streets.items())),
    )


def _along(points: tuple[Position, ...]) -> list[Position]:
    found = list(points)
    for a, b in pairwise(points):
        steps = int(a.distance_m(b) / _STEP_M)
        found += [
            Position(a.lat + (b.lat - a.lat) * step / (steps + 1), a.lon + (b.lon - a.lon) * step / (steps + 1))
            for step in range(1, steps + 1)
        ]
    return found
