"""The basemap: a town plan as one GeoJSON FeatureCollection. Source: RFC 7946.

Every feature has ``layer`` in its properties; the console draws by ``layer`` and ``class``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sereno.core.geography import Position
from sereno.maps.town_map import Area, TownPlan, Way

Coordinate = tuple[float, float]
"""Longitude, latitude: GeoJSON's order. Rounded to a millionth of a degree, about 0.1 m."""


@dataclass(frozen=True, slots=True)
class Point:
    coordinates: Coordinate
    type: Literal["Point"] = "Point"


@dataclass(frozen=True, slots=True)
class LineString:
    coordinates: tuple[Coordinate, ...]
    type: Literal["LineString"] = "LineString"


@dataclass(frozen=True, slots=True)
class Polygon:
    coordinates: tuple[tuple[Coordinate, ...], ...]
    type: Literal["Polygon"] = "Polygon"


Property = str | float | bool


@dataclass(frozen=True, slots=True)
class Feature:
    geometry: Point | LineString | Polygon
    properties: dict[str, Property]
    type: Literal["Feature"] = "Feature"


@dataclass(frozen=True, slots=True)
class FeatureCollection:
    features: tuple[Feature, ...]
    bbox: tuple[float, float, float, float] | None = None
    """West, south, east, north of the town; absent when there is no map."""
    type: Literal["FeatureCollection"] = "FeatureCollection"


def basemap(plan: TownPlan) -> FeatureCollection:
    """Features in drawing order, lowest first; none for an empty plan."""
    if not plan.outline:
        return FeatureCollection(())
    lons = [p.lon for p in plan.outline]
    lats = [p.lat for p in plan.outline]
    return FeatureCollection(tuple(_features(plan)), (min(lons), min(lats), max(lons), max(lats)))


def _features(plan: TownPlan) -> Iterator[Feature]:
    yield Feature(_polygon(plan.outline), {"layer": "town", "name": plan.name, "inhabitants": float(plan.inhabitants)})
    yield from _areas("water", plan.waters)
    yield from _areas("green", plan.greens)
    yield from _areas("block", plan.blocks)
    yield from _ways(plan.ways)
    for street in plan.streets:
        properties: dict[str, Property] = {
            "layer": "street",
            "class": street.road.value,
            "name": street.name,
            "oneway": street.oneway,
        }
        yield Feature(_line(street.points), properties)
    yield from _areas("building", plan.buildings)
    for place in plan.places:
        yield Feature(Point(_coordinate(place.position)), {"layer": "place", "class": place.kind, "name": place.name})


def _areas(layer: str, areas: Sequence[Area]) -> Iterator[Feature]:
    for area in areas:
        properties: dict[str, Property] = {"layer": layer, "class": area.use}
        if area.name:
            properties["name"] = area.name
        if area.height_m:
            properties["height_m"] = area.height_m
        yield Feature(_polygon(area.ring), properties)


def _ways(ways: Sequence[Way]) -> Iterator[Feature]:
    for way in ways:
        yield Feature(_line(way.points), {"layer": "way", "class": way.use, "name": way.name})


def _coordinate(position: Position) -> Coordinate:
    return round(position.lon, 6), round(position.lat, 6)


def _line(points: Sequence[Position]) -> LineString:
    return LineString(tuple(_coordinate(p) for p in points))


def _polygon(ring: Sequence[Position]) -> Polygon:
    """Closed, and counter-clockwise as RFC 7946 section 3.1.6 asks of an outer ring."""
    corners = [_coordinate(p) for p in ring]
    doubled = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True))
    if doubled < 0:
        corners.reverse()
    return Polygon(((*corners, corners[0]),))
