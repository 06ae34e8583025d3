"""The streets as a graph: corners and directed edges. A two-way street is two edges; a one-way street is one."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sereno.core.errors import invalid
from sereno.core.geography import Position


class RoadClass(StrEnum):
    HIGHWAY = "highway"
    """A road out of town: the city accesses."""
    AVENUE = "avenue"
    STREET = "street"
    COMMERCIAL = "commercial"
    """A slow street of shops."""
    TRACK = "track"
    """Unpaved."""


@dataclass(frozen=True, slots=True)
class StreetEdge:
    """From node ``start`` to node ``end``, straight. Units: metres; metres per second allowed to ordinary traffic."""

    start: int
    end: int
    length_m: float
    speed_mps: float
    name: str
    road: RoadClass = RoadClass.STREET


@dataclass(frozen=True, slots=True)
class StreetGraph:
    nodes: tuple[Position, ...]
    edges: tuple[StreetEdge, ...]

    def check(self) -> None:
        """Raises: AppError invalid when an edge joins no node or cannot be driven."""
        count = len(self.nodes)
        for number, edge in enumerate(self.edges):
            if not (0 <= edge.start < count and 0 <= edge.end < count) or edge.start == edge.end:
                raise invalid("street_graph_edge", f"Edge {number} joins {edge.start} and {edge.end} of {count} nodes.")
            if not (edge.length_m > 0 and edge.speed_mps > 0):
                raise invalid("street_graph_edge", f"Edge {number} ({edge.name}) has no length or no speed.")

    def names_at(self, node: int) -> Iterator[str]:
        """Names of the streets that meet there, each once, in the order of the edges."""
        return iter(dict.fromkeys(e.name for e in self.edges if node in (e.start, e.end) and e.name))
