"""Road times against a tiny brute force, and the rules of streets."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sereno.core.geography import Position
from sereno.maps.addresses import Addresses
from sereno.maps.street_graph import StreetEdge, StreetGraph
from sereno.maps.travel_times import (
    Journey,
    Profile,
    StraightLineTravelTimes,
    StreetTravelTimes,
    travel_times,
)

ORIGIN = Position(-36.18, -62.318)
AS_SIGNED = Profile("as signed", factor=1.0, ceiling_mps=100.0)


def at(east_m: float, north_m: float) -> Position:
    return ORIGIN.offset(east_m, north_m)


def edge(nodes: tuple[Position, ...], start: int, end: int, speed_mps: float = 10.0, name: str = "Calle") -> StreetEdge:
    return StreetEdge(start, end, nodes[start].distance_m(nodes[end]), speed_mps, name)


def two_way(nodes: tuple[Position, ...], start: int, end: int, name: str = "Calle") -> tuple[StreetEdge, StreetEdge]:
    return edge(nodes, start, end, name=name), edge(nodes, end, start, name=name)


SQUARE = (at(0, 0), at(100, 0), at(100, 100), at(0, 100))


def test_a_two_way_street_is_driven_from_the_middle_of_one_block_to_the_middle_of_another() -> None:
    graph = StreetGraph(SQUARE, (*two_way(SQUARE, 0, 1), *two_way(SQUARE, 1, 2)))
    journey = StreetTravelTimes(graph, AS_SIGNED).journeys([at(40, 3)], at(104, 30))[0]
    assert not journey.straight_line
    assert journey.distance_m == pytest.approx(60 + 30, abs=0.5)
    assert journey.travel_s == pytest.approx(9.0, abs=0.05)
    assert [round(p.distance_m(q)) for p, q in pairwise(journey.path)] == [60, 30]


def test_a_one_way_street_is_not_driven_backwards() -> None:
    ring = tuple(edge(SQUARE, i, (i + 1) % 4) for i in range(4))
    times = StreetTravelTimes(StreetGraph(SQUARE, ring), AS_SIGNED)
    ahead, behind = times.seconds([at(20, 0), at(80, 0)], at(60, 0))
    assert ahead == pytest.approx(4.0, abs=0.05)
    assert behind == pytest.approx(38.0, abs=0.1)


def test_the_faster_of_two_parallel_streets_is_taken() -> None:
    graph = StreetGraph(SQUARE, (edge(SQUARE, 0, 1, 5.0, "slow"), edge(SQUARE, 0, 1, 20.0, "fast")))
    journey = StreetTravelTimes(graph, AS_SIGNED).journeys([SQUARE[0]], SQUARE[1])[0]
    assert journey.travel_s == pytest.approx(5.0, abs=0.05)


def test_a_place_that_no_road_reaches_gets_a_flagged_straight_line() -> None:
    graph = StreetGraph(SQUARE, (*two_way(SQUARE, 0, 1), *two_way(SQUARE, 2, 3)))
    times = StreetTravelTimes(graph)
    island, field_far_away = times.journeys([SQUARE[0], at(5_000, 5_000)], at(50, 100))
    assert island.straight_line
    assert field_far_away.straight_line
    assert island.path == (SQUARE[0], at(50, 100))


def test_a_centre_without_streets_guesses_and_says_so() -> None:
    times = travel_times(StreetGraph((), ()))
    assert isinstance(times, StraightLineTravelTimes)
    assert times.journeys([SQUARE[0]], SQUARE[1])[0].straight_line
    assert times.seconds([SQUARE[0]], SQUARE[1])[0] == times.journeys([SQUARE[0]], SQUARE[1])[0].travel_s


def test_standing_at_the_destination_costs_nothing() -> None:
    graph = StreetGraph(SQUARE, two_way(SQUARE, 0, 1))
    journey = StreetTravelTimes(graph).journeys([SQUARE[0]], SQUARE[0])[0]
    assert journey.travel_s == pytest.approx(0.0, abs=1e-6)
    assert journey.path == ()


def test_an_address_names_the_corner() -> None:
    graph = StreetGraph(
        SQUARE, (*two_way(SQUARE, 0, 1, "Los Aromos"), *two_way(SQUARE, 1, 2, "Belgrano"), edge(SQUARE, 3, 0))
    )
    addresses = Addresses(graph)
    assert addresses.name(at(94, 2)) == "Los Aromos y Belgrano"
    assert addresses.name(at(60, 4)) == "Los Aromos casi Belgrano"
    assert Addresses(StreetGraph((), ())).name(at(0, 0)) == ""


# In general position: no street passes through a corner that is not its own.
NODES = (at(0, 0), at(130, 20), at(210, 150), at(120, 260), at(-20, 230), at(-90, 90))
PAIRS = [(a, b) for a in range(6) for b in range(6) if a != b]


@st.composite
def graphs(draw: st.DrawFn) -> StreetGraph:
    chosen = draw(
        st.lists(st.tuples(st.sampled_from(PAIRS), st.sampled_from([5.0, 10.0, 20.0])), min_size=1, max_size=14)
    )
    return StreetGraph(NODES, tuple(edge(NODES, a, b, speed) for (a, b), speed in chosen))


def brute_force_s(graph: StreetGraph, origin: int, destination: int) -> float:
    """Bellman-Ford, the slow and obvious way."""
    best = [float("inf")] * len(graph.nodes)
    best[origin] = 0.0
    for _ in graph.nodes:
        for e in graph.edges:
            best[e.end] = min(best[e.end], best[e.start] + e.length_m / e.speed_mps)
    return best[destination]


@given(graph=graphs(), ends=st.sampled_from(PAIRS))
def test_from_corner_to_corner_nothing_is_faster_than_a_brute_force(graph: StreetGraph, ends: tuple[int, int]) -> None:
    used = {n for e in graph.edges for n in (e.start, e.end)}
    if not used.issuperset(ends):
        return  # such a corner would snap to another street
    expected_s = brute_force_s(graph, *ends)
    journey = StreetTravelTimes(graph, AS_SIGNED).journeys([graph.nodes[ends[0]]], graph.nodes[ends[1]])[0]
    if expected_s == float("inf"):
        assert journey.straight_line
    else:
        assert journey.travel_s == pytest.approx(expected_s, abs=0.02)
        _assert_follows_edges(graph, journey)


def _assert_follows_edges(graph: StreetGraph, journey: Journey) -> None:
    drivable = {(graph.nodes[e.start], graph.nodes[e.end]) for e in graph.edges}
    for leg in journey.legs:
        whole = leg.start in graph.nodes and leg.end in graph.nodes
        assert not whole or (leg.start, leg.end) in drivable
    assert sum(leg.length_m / leg.speed_mps for leg in journey.legs) == pytest.approx(journey.travel_s, abs=0.02)
