"""How long a unit needs by road, and which way it goes."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from sereno.core.geography import Position
from sereno.maps.snapping import OnStreet, Snapper
from sereno.maps.street_graph import StreetGraph

FARTHEST_FROM_STREET_M = 400.0
"""Beyond this a position is not on these streets, and only a straight-line guess is honest."""
DETOUR = 1.4
"""Road distance over straight-line distance in a grid town: 4/pi on average, plus one-way streets."""
STRAIGHT_LINE_MPS = 11.0
KEPT_TREES = 256
KEPT_SNAPS = 4_096


@dataclass(frozen=True, slots=True)
class Profile:
    """How a vehicle drives: ``factor`` on the allowed speed, at most ``ceiling_mps``."""

    name: str
    factor: float
    ceiling_mps: float

    def speed_mps(self, allowed_mps: float) -> float:
        return min(allowed_mps * self.factor, self.ceiling_mps)


EMERGENCY = Profile("emergency", factor=1.5, ceiling_mps=25.0)
PATROL = Profile("patrol", factor=0.65, ceiling_mps=14.0)


@dataclass(frozen=True, slots=True)
class Leg:
    """A straight piece of a journey. Units: metres, metres per second."""

    start: Position
    end: Position
    length_m: float
    speed_mps: float
    street: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """From an origin to a destination by road; ``straight_line`` says that no road was found and this is a guess."""

    travel_s: float
    distance_m: float
    straight_line: bool
    legs: tuple[Leg, ...]

    @property
    def path(self) -> tuple[Position, ...]:
        if not self.legs:
            return ()
        return (self.legs[0].start, *(leg.end for leg in self.legs))


class TravelTimes(Protocol):
    """Implementations: ``StreetTravelTimes`` on a street graph, ``StraightLineTravelTimes`` without one."""

    def journeys(self, origins: Sequence[Position], destination: Position) -> tuple[Journey, ...]:
        """One journey for each origin, in their order."""
        ...

    def seconds(self, origins: Sequence[Position], destination: Position) -> tuple[float, ...]:
        """The travel times alone; much cheaper for many origins."""
        ...


def straight_line(origin: Position, destination: Position) -> Journey:
    """What is said when no road is known, flagged as such."""
    distance_m = origin.distance_m(destination) * DETOUR
    leg = Leg(origin, destination, distance_m, STRAIGHT_LINE_MPS, "")
    return Journey(travel_s=distance_m / STRAIGHT_LINE_MPS, distance_m=distance_m, straight_line=True, legs=(leg,))


class StraightLineTravelTimes:
    """For a centre that has no street graph yet."""

    def journeys(self, origins: Sequence[Position], destination: Position) -> tuple[Journey, ...]:
        return tuple(straight_line(origin, destination) for origin in origins)

    def seconds(self, origins: Sequence[Position], destination: Position) -> tuple[float, ...]:
        return tuple(straight_line(origin, destination).travel_s for origin in origins)


@dataclass(frozen=True, slots=True)
class _Tree:
    """Fastest ways from every node to one destination: seconds, and the node that comes next (-1: none)."""

    arrivals: tuple[OnStreet, ...]
    """The destination on its street: one place on each edge that passes there."""
    seconds: npt.NDArray[np.float64]
    onward: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Start:
    """The best way to begin: leave on this edge; ``arrival`` when the destination lies further along the same edge."""

    seconds: float
    origin: OnStreet
    arrival: OnStreet | None


class StreetTravelTimes:
    """Dijkstra on the reversed graph: one run from the destination answers every origin at once.

    Turns cost nothing and traffic is not known. The trees of the last destinations are kept: incidents and zones are
    asked for again and again while the units move.
    """

    def __init__(self, graph: StreetGraph, profile: Profile = EMERGENCY) -> None:
        self._graph = graph
        self._snap_all = lru_cache(maxsize=KEPT_SNAPS)(Snapper(graph).snap_all)
        self._speeds = np.array([profile.speed_mps(e.speed_mps) for e in graph.edges])
        self._costs = np.array([e.length_m for e in graph.edges]) / self._speeds
        self._fastest: dict[tuple[int, int], int] = {}
        for number, edge in enumerate(graph.edges):
            known = self._fastest.setdefault((edge.start, edge.end), number)
            if self._costs[number] < self._costs[known]:
                self._fastest[edge.start, edge.end] = number
        self._reversed = _reversed_matrix(graph, self._costs, tuple(self._fastest.values()))
        self._trees: OrderedDict[Position, _Tree] = OrderedDict()
        self._lock = Lock()

    def journeys(self, origins: Sequence[Position], destination: Position) -> tuple[Journey, ...]:
        tree = self._tree(destination)
        return tuple(self._journey(origin, destination, tree) for origin in origins)

    def seconds(self, origins: Sequence[Position], destination: Position) -> tuple[float, ...]:
        tree = self._tree(destination)
        return tuple(self._seconds(origin, destination, tree) for origin in origins)

    def _seconds(self, origin: Position, destination: Position, tree: _Tree) -> float:
        start = self._start(origin, tree)
        return straight_line(origin, destination).travel_s if start is None else start.seconds

    def _tree(self, destination: Position) -> _Tree:
        with self._lock:
            if destination in self._trees:
                self._trees.move_to_end(destination)
                return self._trees[destination]
        tree = self._grow(destination)
        with self._lock:
            self._trees[destination] = tree
            while len(self._trees) > KEPT_TREES:
                self._trees.popitem(last=False)
        return tree

    def _grow(self, destination: Position) -> _Tree:
        """The destination becomes a node of its own, reached from the start of each edge that passes there."""
        arrivals = tuple(self._snap_all(destination))
        count = len(self._graph.nodes)
        reach: dict[int, float] = {}
        for place in arrivals:
            node, cost = self._graph.edges[place.edge].start, max(place.along * self._costs[place.edge], 1e-9)
            reach[node] = min(cost, reach.get(node, np.inf))
        matrix = self._reversed
        widened = csr_array(
            (
                np.concatenate((matrix.data, list(reach.values()))),
                np.concatenate((matrix.indices, list(reach))).astype(np.int32),
                np.append(matrix.indptr, matrix.indptr[-1] + len(reach)).astype(np.int32),
            ),
            shape=(count + 1, count + 1),
        )
        seconds, onward = dijkstra(widened, directed=True, indices=[count], return_predecessors=True)
        return _Tree(arrivals, seconds[0], onward[0])

    def _start(self, origin: Position, tree: _Tree) -> _Start | None:
        """None when the origin or the destination is far from the streets, or no road joins them."""
        places = self._snap_all(origin)
        if max(places[0].gap_m, tree.arrivals[0].gap_m) > FARTHEST_FROM_STREET_M:
            return None
        best: _Start | None = None
        for place in places:
            cost = float(self._costs[place.edge])
            onward_s = float(tree.seconds[self._graph.edges[place.edge].end])
            ways = [_Start((1 - place.along) * cost + onward_s, place, None)]
            ways += [
                _Start((arrival.along - place.along) * cost, place, arrival)
                for arrival in tree.arrivals
                if arrival.edge == place.edge and arrival.along >= place.along
            ]
            for way in ways:
                if np.isfinite(way.seconds) and (best is None or way.seconds < best.seconds):
                    best = way
        return best

    def _journey(self, origin: Position, destination: Position, tree: _Tree) -> Journey:
        start = self._start(origin, tree)
        if start is None:
            return straight_line(origin, destination)
        legs = tuple(leg for leg in self._legs(start, tree) if leg.length_m > 0.01)
        return Journey(
            travel_s=start.seconds,
            distance_m=sum(leg.length_m for leg in legs),
            straight_line=False,
            legs=legs,
        )

    def _legs(self, start: _Start, tree: _Tree) -> list[Leg]:
        first = start.origin
        if start.arrival is not None:
            return [self._leg(first.edge, first.along, start.arrival.along, (first.position, start.arrival.position))]
        node = self._graph.edges[first.edge].end
        legs = [self._leg(first.edge, first.along, 1.0, (first.position, self._graph.nodes[node]))]
        while (following := int(tree.onward[node])) != len(self._graph.nodes):
            edge = self._fastest[node, following]
            legs.append(self._leg(edge, 0.0, 1.0, (self._graph.nodes[node], self._graph.nodes[following])))
            node = following
        last = min(
            (a for a in tree.arrivals if self._graph.edges[a.edge].start == node),
            key=lambda a: a.along * self._costs[a.edge],
        )
        legs.append(self._leg(last.edge, 0.0, last.along, (self._graph.nodes[node], last.position)))
        return legs

    def _leg(self, number: int, begun: float, ended: float, ends: tuple[Position, Position]) -> Leg:
        edge = self._graph.edges[number]
        return Leg(ends[0], ends[1], edge.length_m * (ended - begun), float(self._speeds[number]), edge.name)


def _reversed_matrix(
    graph: StreetGraph, costs: npt.NDArray[np.float64], edges: Sequence[int]
) -> csr_array[np.float64, tuple[int, int]]:
    """Row = end of an edge, column = its start. Only the fastest of parallel edges are given: CSR would add them up."""
    count = len(graph.nodes)
    rows = np.fromiter((graph.edges[e].end for e in edges), dtype=np.int32)
    columns = np.fromiter((graph.edges[e].start for e in edges), dtype=np.int32)
    return csr_array((costs[list(edges)], (rows, columns)), shape=(count, count))


def travel_times(graph: StreetGraph, profile: Profile = EMERGENCY) -> TravelTimes:
    """By road when there is a graph, otherwise the flagged straight line."""
    return StreetTravelTimes(graph, profile) if graph.edges else StraightLineTravelTimes()
