"""The streets of the demo town, drawn on a plane in metres and cut into a graph where they cross."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import hypot

from sereno.core.geography import Position
from sereno.maps.street_graph import RoadClass, StreetEdge, StreetGraph

XY = tuple[float, float]
"""Metres east and north of the crossing of the two avenues, before the town's grid is turned."""

SPEED_MPS: dict[RoadClass, float] = {
    RoadClass.HIGHWAY: 16.7,
    RoadClass.AVENUE: 16.7,
    RoadClass.STREET: 11.1,
    RoadClass.COMMERCIAL: 8.3,
    RoadClass.TRACK: 8.3,
}
"""60, 60, 40, 30 and 30 km/h. Source: Argentina, Ley 24.449 art. 51 (urban limits); slower by shops and on tracks."""

WEST, EAST, SOUTH, NORTH = -500.0, 600.0, -500.0, 500.0
BLOCK = 100.0
CARRIAGEWAY = 9.0
"""From the middle of the boulevard to each of its two carriageways."""
RIVERSIDE = 770.0
"""The riverside drive runs along east + north = RIVERSIDE and cuts the north-eastern blocks."""

NORTH_SOUTH = {
    -500: "Circunvalación Oeste",
    -400: "Los Tilos",
    -300: "Maestra Elvira Sosa",
    -200: "Doctor Hipólito Arce",
    -100: "Los Ceibos",
    100: "Capitán Anselmo Rivas",
    200: "Los Jacarandás",
    300: "Poeta Almada",
    400: "Los Ñandúes",
    500: "Aviadora Inés Roca",
    600: "Circunvalación Este",
}
EAST_WEST = {
    -500: "Circunvalación Sur",
    -400: "Doce de Octubre",
    -300: "Fundador Telmo Ibarra",
    -200: "Las Acacias",
    -100: "Catorce de Febrero",
    0: "Avenida de los Pioneros",
    100: "Comercio",
    200: "Las Magnolias",
    300: "Ingeniera Clara Duarte",
    400: "El Resero",
    500: "Circunvalación Norte",
}
BOULEVARD = "Bulevar San Telmo"
STATION_STREETS = {-740: "La Trocha", -840: "Los Guardagujas", -940: "El Andén"}
"""North-south streets of the quarter beyond the railway."""


@dataclass(frozen=True, slots=True)
class PlannedStreet:
    """A street from end to end; ``oneway`` follows the order of its points."""

    name: str
    road: RoadClass
    oneway: bool
    points: tuple[XY, ...]


def plan_streets() -> tuple[PlannedStreet, ...]:
    return (*_grid(), *_boulevard(), *_accesses(), *_diagonals(), *_station_quarter())


def _grid() -> Iterator[PlannedStreet]:
    for east, name in NORTH_SOUTH.items():
        top = min(NORTH, RIVERSIDE - east)
        yield _street(name, (east, SOUTH), (east, top), oneway=WEST < east < EAST, reverse=east % 200 == 0)
    for north, name in EAST_WEST.items():
        right = min(EAST, RIVERSIDE - north)
        if north == 0:
            yield PlannedStreet(name, RoadClass.AVENUE, False, ((-940.0, 0.0), (right, 0.0)))
        elif north == 100:
            yield _street(name, (WEST, north), (-300, north), oneway=True)
            yield PlannedStreet(name, RoadClass.COMMERCIAL, True, ((-300.0, 100.0), (300.0, 100.0)))
            yield _street(name, (300, north), (right, north), oneway=True)
        else:
            yield _street(name, (WEST, north), (right, north), oneway=SOUTH < north < NORTH, reverse=north % 200 == 0)


def _street(name: str, start: XY, end: XY, *, oneway: bool, reverse: bool = False) -> PlannedStreet:
    ends = (end, start) if reverse else (start, end)
    return PlannedStreet(name, RoadClass.STREET, oneway, ends)


def _boulevard() -> Iterator[PlannedStreet]:
    """Two one-way carriageways with a green between them; traffic keeps to the right."""
    yield PlannedStreet(BOULEVARD, RoadClass.AVENUE, True, ((CARRIAGEWAY, SOUTH), (CARRIAGEWAY, NORTH)))
    yield PlannedStreet(BOULEVARD, RoadClass.AVENUE, True, ((-CARRIAGEWAY, NORTH), (-CARRIAGEWAY, SOUTH)))


def _accesses() -> Iterator[PlannedStreet]:
    name, road = "Acceso Norte", RoadClass.HIGHWAY
    yield PlannedStreet(name, road, True, ((CARRIAGEWAY, NORTH), (0.0, 545.0)))
    yield PlannedStreet(name, road, True, ((0.0, 545.0), (-CARRIAGEWAY, NORTH)))
    yield PlannedStreet(name, road, False, ((0.0, 545.0), (0.0, 900.0), (-60.0, 1150.0)))
    name = "Acceso Sur"
    yield PlannedStreet(name, road, True, ((-CARRIAGEWAY, SOUTH), (-CARRIAGEWAY, -680.0), (0.0, -710.0)))
    yield PlannedStreet(name, road, True, ((0.0, -710.0), (CARRIAGEWAY, -680.0), (CARRIAGEWAY, SOUTH)))
    yield PlannedStreet("Retorno", road, True, ((-CARRIAGEWAY, -630.0), (CARRIAGEWAY, -630.0)))
    yield PlannedStreet(name, road, False, ((0.0, -710.0), (0.0, -900.0), (80.0, -1150.0)))


def _diagonals() -> Iterator[PlannedStreet]:
    yield PlannedStreet("Diagonal Los Inmigrantes", RoadClass.STREET, False, ((-100.0, -100.0), (-500.0, -500.0)))
    yield PlannedStreet(
        "Costanera del Arroyo", RoadClass.STREET, False, ((RIVERSIDE - NORTH, NORTH), (EAST, RIVERSIDE - EAST))
    )


def _station_quarter() -> Iterator[PlannedStreet]:
    """Beyond the railway; two level crossings join it to the town."""
    for east, name in STATION_STREETS.items():
        yield PlannedStreet(name, RoadClass.TRACK, False, ((east, -200.0), (east, 200.0)))
    yield PlannedStreet(EAST_WEST[-200], RoadClass.STREET, False, ((-940.0, -200.0), (WEST, -200.0)))
    for north in (-100, 100, 200):
        yield PlannedStreet(EAST_WEST[north], RoadClass.TRACK, False, ((-940.0, north), (-740.0, north)))


def cut_into_graph(streets: Sequence[PlannedStreet], place: Callable[[XY], Position]) -> StreetGraph:
    """A node at every end, bend and crossing; an edge for each direction in which a piece may be driven."""
    nodes: dict[tuple[int, int], int] = {}
    corners: list[XY] = []

    def node(point: XY) -> int:
        key = round(point[0] * 2), round(point[1] * 2)  # half a metre
        if key not in nodes:
            nodes[key] = len(corners)
            corners.append(point)
        return nodes[key]

    edges: list[StreetEdge] = []
    for street, points in _cut(streets):
        for a, b in pairwise(points):
            start, end = node(a), node(b)
            if start == end:
                continue
            length_m, speed_mps = hypot(b[0] - a[0], b[1] - a[1]), SPEED_MPS[street.road]
            edges.append(StreetEdge(start, end, length_m, speed_mps, street.name, street.road))
            if not street.oneway:
                edges.append(StreetEdge(end, start, length_m, speed_mps, street.name, street.road))
    return StreetGraph(tuple(place(corner) for corner in corners), tuple(edges))


def _cut(streets: Sequence[PlannedStreet]) -> Iterator[tuple[PlannedStreet, list[XY]]]:
    pieces = [(number, a, b) for number, street in enumerate(streets) for a, b in pairwise(street.points)]
    cuts: dict[int, list[float]] = {index: [0.0, 1.0] for index in range(len(pieces))}
    for (i, (_, a, b)), (j, (_, c, d)) in combinations(enumerate(pieces), 2):
        for along_i, along_j in _crossings((a, b), (c, d)):
            cuts[i].append(along_i)
            cuts[j].append(along_j)
    for index, (number, a, b) in enumerate(pieces):
        along = sorted(set(cuts[index]))
        yield streets[number], [(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) for t in along]


def _crossings(first: tuple[XY, XY], second: tuple[XY, XY]) -> Iterator[tuple[float, float]]:
    """Where two pieces meet, as fractions of each; touching within half a metre counts."""
    (a, b), (c, d) = first, second
    along, across = (b[0] - a[0], b[1] - a[1]), (d[0] - c[0], d[1] - c[1])
    determinant = along[0] * across[1] - along[1] * across[0]
    if abs(determinant) < 1e-9:
        return
    gap = c[0] - a[0], c[1] - a[1]
    t = (gap[0] * across[1] - gap[1] * across[0]) / determinant
    u = (gap[0] * along[1] - gap[1] * along[0]) / determinant
    slack_t, slack_u = 0.5 / hypot(*along), 0.5 / hypot(*across)
    if -slack_t <= t <= 1 + slack_t and -slack_u <= u <= 1 + slack_u:
        yield min(max(t, 0.0), 1.0), min(max(u, 0.0), 1.0)
