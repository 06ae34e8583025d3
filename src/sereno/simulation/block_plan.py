"""What stands between the streets of the demo town: blocks, buildings, greens and the river."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot

from sereno.simulation.street_plan import BLOCK, NORTH, RIVERSIDE, SOUTH, XY

Ring = tuple[XY, ...]
Cell = tuple[int, int]
"""A block by its south-western corner, in blocks east and north of the crossing of the avenues."""

STREET_HALF, AVENUE_HALF, BOULEVARD_HALF = 8.0, 14.0, 19.0

GREENS: dict[Cell, str] = {
    (0, 0): "Plaza de los Fundadores",
    (-4, 3): "Plaza Los Ceibos",
    (3, -4): "Plaza de la Madre",
    (-8, 0): "Plaza del Ferroviario",
}
PITCHES: dict[Cell, str] = {(4, -2): "Club Atlético San Telmo"}
INDUSTRY: tuple[Cell, ...] = ((-5, 3), (-5, 2), (-5, -4), (5, -5))


@dataclass(frozen=True, slots=True)
class Drawn:
    """An area on the plane."""

    use: str
    ring: Ring
    name: str = ""
    height_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Landmark:
    """A building that people know: its place, its kind and name, and its footprint (west, south, east, north)."""

    kind: str
    name: str
    west: float
    south: float
    east: float
    north: float
    height_m: float

    @property
    def middle(self) -> XY:
        return (self.west + self.east) / 2, (self.south + self.north) / 2


LANDMARKS = (
    Landmark("municipality", "Municipalidad de San Telmo del Sur", 34, -44, 76, -18, 11.0),
    Landmark("church", "Parroquia San Telmo", 111, 38, 150, 62, 16.0),
    Landmark("bank", "Banco de la Llanura", -54, 62, -22, 89, 9.0),
    Landmark("police", "Comisaría Primera", 22, -88, 52, -66, 6.0),
    Landmark("fire", "Bomberos Voluntarios", -188, 164, -152, 188, 7.0),
    Landmark("hospital", "Hospital Municipal", -288, 218, -216, 280, 12.0),
    Landmark("school", "Escuela N.º 7 Maestra Elvira Sosa", 212, -182, 288, -112, 8.0),
    Landmark("civil_defence", "Defensa Civil", 142, -282, 172, -258, 5.0),
    Landmark("supermarket", "Supermercado El Ombú", 216, 114, 276, 168, 7.0),
    Landmark("bus_terminal", "Terminal de Ómnibus", -486, -88, -420, -38, 7.0),
    Landmark("station", "Estación San Telmo", -622, 24, -606, 76, 6.0),
    Landmark("waste_point", "Punto Limpio Municipal", 512, -386, 556, -344, 5.0),
)


def plan_blocks() -> tuple[Drawn, ...]:
    """Every block, greens and pitches too; corners cut by the diagonal and the riverside drive."""
    town = [(i, j) for i in range(-5, 6) for j in range(-5, 5)]
    station_quarter = [(i, j) for i in (-9, -8) for j in (-2, -1, 0, 1)]
    return tuple(block for cell in (*town, *station_quarter) for block in _block(cell))


def _block(cell: Cell) -> Iterator[Drawn]:
    inset = STREET_HALF * 1.42
    ring = clipped(_cell_ring(cell), (1.0, 1.0), RIVERSIDE - inset)
    pieces = [ring]
    if cell[0] == cell[1] and -5 <= cell[0] < -1:  # the diagonal cuts these in two
        pieces = [clipped(ring, (1.0, -1.0), -inset), clipped(ring, (-1.0, 1.0), -inset)]
    for piece in pieces:
        if len(piece) >= 3 and area_m2(piece) > 600:
            yield Drawn(_use(cell), piece, GREENS.get(cell, "") or PITCHES.get(cell, ""))


def _cell_ring(cell: Cell) -> Ring:
    i, j = cell
    shift = -40.0 if i < -5 else 0.0  # the quarter beyond the railway has a grid of its own
    west = i * BLOCK + shift + (BOULEVARD_HALF if i == 0 else STREET_HALF)
    east = (i + 1) * BLOCK + shift - (BOULEVARD_HALF if i == -1 else STREET_HALF)
    south = j * BLOCK + (AVENUE_HALF if j == 0 else STREET_HALF)
    north = (j + 1) * BLOCK - (AVENUE_HALF if j == -1 else STREET_HALF)
    return (west, south), (east, south), (east, north), (west, north)


def _use(cell: Cell) -> str:
    if cell in GREENS:
        return "plaza"
    if cell in PITCHES:
        return "pitch"
    if cell in INDUSTRY:
        return "industry"
    return "centre" if -3 <= cell[0] < 3 and -2 <= cell[1] < 3 else "homes"


def clipped(ring: Ring, normal: XY, limit: float) -> Ring:
    """The part of a convex ring where normal · point <= limit. Source: Sutherland and Hodgman, 1974."""
    kept: list[XY] = []
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        over_a = normal[0] * a[0] + normal[1] * a[1] - limit
        over_b = normal[0] * b[0] + normal[1] * b[1] - limit
        if over_a <= 0:
            kept.append(a)
        if over_a * over_b < 0:
            t = over_a / (over_a - over_b)
            kept.append((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
    return tuple(kept)


def area_m2(ring: Ring) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))) / 2


RIVER = (
    (-1500.0, 1080.0), (-1000.0, 1010.0), (-400.0, 935.0), (0.0, 850.0), (190.0, 700.0), (420.0, 455.0),
    (640.0, 230.0), (800.0, 60.0), (950.0, -150.0), (1000.0, -420.0), (960.0, -800.0), (1100.0, -1300.0),
)  # fmt: skip
RAILWAY = ((-560.0, -1500.0), (-620.0, -300.0), (-640.0, 300.0), (-720.0, 1500.0))
OUTLINE = (
    (-1000, -260), (-1000, 260), (-700, 330), (-540, 560), (-60, 580), (-40, 1180), (40, 1180), (60, 590), (285, 560),
    (660, 190), (660, -540), (60, -560), (130, -1180), (-20, -1180), (-60, -560), (-540, -560), (-700, -300),
)  # fmt: skip


def plan_waters() -> tuple[Drawn, ...]:
    return (Drawn("river", _band(_rounded(RIVER, times=3), 17.0), "Arroyo del Molino"),)


def plan_greens() -> tuple[Drawn, ...]:
    """The riverside park and the green of the boulevard, piece by piece between its crossings."""
    park = ((292, 508), (608, 192), (626, 206), (410, 432), (205, 640), (120, 640), (120, 520))
    greens = [Drawn("park", park, "Parque del Arroyo")]
    for south in range(int(SOUTH), int(NORTH), int(BLOCK)):
        ring = ((-4.0, south + 12.0), (4.0, south + 12.0), (4.0, south + 88.0), (-4.0, south + 88.0))
        greens.append(Drawn("median", ring))
    return tuple(greens)


def plan_ways() -> tuple[Drawn, ...]:
    """Lines that are not streets: the railway and the footpaths of the main plaza."""
    west, south, east, north = BOULEVARD_HALF, AVENUE_HALF, BLOCK - STREET_HALF, BLOCK - STREET_HALF
    return (
        Drawn("railway", _rounded(RAILWAY, times=3), "Ramal del Sur"),
        Drawn("footpath", ((west, south), (east, north))),
        Drawn("footpath", ((west, north), (east, south))),
    )


def _rounded(line: Sequence[XY], times: int) -> Ring:
    """Corners cut off a line again and again. Source: Chaikin, 1974."""
    for _ in range(times):
        cut = [
            point
            for a, b in pairwise(line)
            for point in (
                (0.75 * a[0] + 0.25 * b[0], 0.75 * a[1] + 0.25 * b[1]),
                (0.25 * a[0] + 0.75 * b[0], 0.25 * a[1] + 0.75 * b[1]),
            )
        ]
        line = (line[0], *cut, line[-1])
    return tuple(line)


def _band(line: Sequence[XY], half_m: float) -> Ring:
    """A line widened on both sides."""
    left: list[XY] = []
    right: list[XY] = []
    for index, (x, y) in enumerate(line):
        before, after = line[max(index - 1, 0)], line[min(index + 1, len(line) - 1)]
        along = after[0] - before[0], after[1] - before[1]
        size = hypot(*along)
        across = -along[1] / size * half_m, along[0] / size * half_m
        left.append((x + across[0], y + across[1]))
        right.append((x - across[0], y - across[1]))
    return (*left, *reversed(right))
