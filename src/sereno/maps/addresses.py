"""What people call a position: a street, or the corner of two."""

from dataclasses import dataclass

from sereno.core.geography import Position
from sereno.maps.snapping import Snapper
from sereno.maps.street_graph import StreetGraph

AT_CORNER_M = 25.0


@dataclass(frozen=True, slots=True)
class Corner:
    """``street`` where the position lies, ``crossing`` the nearest street across (empty: none), and how far it is."""

    street: str
    crossing: str
    distance_m: float

    @property
    def at(self) -> bool:
        return self.distance_m <= AT_CORNER_M


class Addresses:
    def __init__(self, graph: StreetGraph) -> None:
        self._graph = graph
        self._snapper = Snapper(graph) if graph.edges else None

    def corner(self, position: Position) -> Corner | None:
        """None when there are no streets."""
        if self._snapper is None:
            return None
        place = self._snapper.snap(position)
        edge = self._graph.edges[place.edge]
        near, far = (edge.start, edge.end) if place.along < 0.5 else (edge.end, edge.start)
        for node in (near, far):
            for name in self._graph.names_at(node):
                if name != edge.name:
                    return Corner(edge.name, name, position.distance_m(self._graph.nodes[node]))
        return Corner(edge.name, "", float("inf"))

    def name(self, position: Position) -> str:
        """``Los Aromos y Belgrano``, ``Los Aromos casi Belgrano``; empty without streets.

        Written as it is said in Spanish: an address is a name and not a translated sentence.
        """
        corner = self.corner(position)
        if corner is None:
            return ""
        if not corner.crossing:
            return corner.street
        return f"{corner.street} {'y' if corner.at else 'casi'} {corner.crossing}"
