"""What a centre knows of its town: the street graph for times and routes, and the plan that is drawn.

One JSON file (``home/town.json``), replaced whole; a centre without it works, with a bare map and straight-line times.
"""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from sereno.core.errors import invalid
from sereno.core.geography import Position
from sereno.maps.street_graph import RoadClass, StreetGraph
from sereno.runtime.atomic_file import replace_file


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetLine:
    """A street as it is drawn; ``oneway`` means that traffic follows the order of the points."""

    name: str
    road: RoadClass
    oneway: bool
    points: tuple[Position, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A polygon without its closing point. ``use``: what the ground or the building is for."""

    use: str
    ring: tuple[Position, ...]
    name: str = ""
    height_m: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A line that is not a street: a railway, a footpath."""

    use: str
    points: tuple[Position, ...]
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point with a name: church, school, bank…"""

    kind: str
    name: str
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class TownPlan:
    """Everything that is drawn."""

    name: str = ""
    inhabitants: int = 0
    outline: tuple[Position, ...] = ()
    streets: tuple[StreetLine, ...] = ()
    blocks: tuple[Area, ...] = ()
    buildings: tuple[Area, ...] = ()
    greens: tuple[Area, ...] = ()
    waters: tuple[Area, ...] = ()
    ways: tuple[Way, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TownMap:
    graph: StreetGraph = field(default_factory=lambda: StreetGraph((), ()))
    plan: TownPlan = field(default_factory=TownPlan)


EMPTY_TOWN = TownMap()
"""What a centre without a map has."""


_TOWN_MAP: TypeAdapter[TownMap] = TypeAdapter(TownMap)


def write_town_map(path: Path, town: TownMap) -> None:
    replace_file(path, _TOWN_MAP.dump_json(town), mode=0o644)


def read_town_map(path: Path) -> TownMap:
    """``EMPTY_TOWN`` when the file is not there. Raises: AppError invalid when it is not a town map."""
    try:
        town = _TOWN_MAP.validate_json(path.read_bytes())
    except FileNotFoundError:
        return EMPTY_TOWN
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise invalid("town_map_invalid", f"{path} is not a town map: {where}: {first['msg']}.") from None
    town.graph.check()
    return town
