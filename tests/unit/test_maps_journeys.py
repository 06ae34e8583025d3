"""Which sightings can be one vehicle: times on a street of a known length, and a plate at two places at once."""

from datetime import UTC, datetime, timedelta

from sereno.core.geography import Position
from sereno.core.ids import CameraId
from sereno.maps.journeys import ON_FOOT, SeenAt, StepReason, journeys
from sereno.maps.street_graph import StreetEdge, StreetGraph
from sereno.maps.travel_times import StraightLineTravelTimes, travel_times

BEGIN = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
HOME = Position(-34.6, -59.4)
STRAIGHT = StraightLineTravelTimes()


def seen(name: str, east_m: float, at_s: float, likeness: float = 0.95, stays_s: float = 2.0) -> SeenAt:
    return SeenAt(
        id=name,
        camera_id=CameraId(f"camera-{east_m:.0f}"),
        position=HOME.offset(east_m, 0),
        first_at=BEGIN + timedelta(seconds=at_s),
        last_at=BEGIN + timedelta(seconds=at_s + stays_s),
        likeness=likeness,
    )


def test_a_drive_past_three_cameras_is_one_chain() -> None:
    found = journeys([seen("c", 2_000, 240), seen("a", 0, 0), seen("b", 1_000, 120)], STRAIGHT)
    assert [chain.sightings for chain in found.chains] == [("a", "b", "c")]
    assert [step.reason for step in found.chains[0].steps] == [StepReason.DIRECT, StepReason.DIRECT]
    assert found.conflicts == ()
    assert found.chains[0].support > 0


def test_too_fast_is_two_vehicles_and_a_conflict() -> None:
    found = journeys([seen("a", 0, 0), seen("b", 3_000, 40)], STRAIGHT)
    assert sorted(chain.sightings for chain in found.chains) == [("a",), ("b",)]
    (conflict,) = found.conflicts
    assert (conflict.reason, conflict.possible) == (StepReason.TOO_FAST, False)
    assert conflict.speed_mps is not None
    assert 70 < conflict.speed_mps < 80
    assert conflict.gap_s < conflict.way_s


def test_the_same_plate_at_two_places_at_once() -> None:
    found = journeys([seen("a", 0, 0, stays_s=60), seen("b", 500, 30)], STRAIGHT)
    assert [step.reason for step in found.conflicts] == [StepReason.AT_ONCE]
    assert found.conflicts[0].speed_mps is None


def test_an_unsure_sighting_makes_no_conflict_and_leaves_the_chain_whole() -> None:
    found = journeys([seen("a", 0, 0), seen("x", 9_000, 60, likeness=0.4), seen("b", 1_000, 120)], STRAIGHT)
    assert found.conflicts == ()
    assert found.chains[0].sightings == ("a", "b")
    assert found.chains[1].sightings == ("x",)


def test_a_long_gap_is_a_stop_and_counts_for_less() -> None:
    direct = journeys([seen("a", 0, 0), seen("b", 1_000, 180)], STRAIGHT).chains[0]
    stopped = journeys([seen("a", 0, 0), seen("b", 1_000, 1_500)], STRAIGHT).chains[0]
    assert stopped.steps[0].reason is StepReason.STOPPED
    assert direct.support > stopped.support > 0


def test_two_clones_that_drive_in_turn_become_two_chains() -> None:
    first = [seen(f"a{n}", n * 1_000, n * 120) for n in range(3)]
    second = [seen(f"b{n}", 20_000 + n * 1_000, n * 120) for n in range(3)]
    found = journeys([*first, *second], STRAIGHT)
    assert {chain.sightings for chain in found.chains} == {("a0", "a1", "a2"), ("b0", "b1", "b2")}
    assert len(found.conflicts) == 9


def test_the_streets_decide_and_not_the_crow() -> None:
    """Across the river it is 600 m; by road 6 km round."""
    here, there, far = HOME, HOME.offset(600, 0), HOME.offset(300, 3_000)
    legs = ((0, 2), (2, 0), (2, 1), (1, 2))
    graph = StreetGraph((here, there, far), tuple(StreetEdge(a, b, 3_015.0, 11.0, "Bridge") for a, b in legs))
    pair = [seen("a", 0, 0), seen("b", 600, 90)]
    assert journeys(pair, STRAIGHT).conflicts == ()
    assert journeys(pair, travel_times(graph)).conflicts[0].reason is StepReason.TOO_FAST


def test_on_foot_the_way_takes_longer() -> None:
    pair = [seen("a", 0, 0), seen("b", 800, 80)]
    assert journeys(pair, STRAIGHT).conflicts == ()
    assert journeys(pair, STRAIGHT, ON_FOOT).conflicts[0].reason is StepReason.TOO_FAST


def test_the_next_camera_round_the_corner_sees_the_same_ground() -> None:
    found = journeys([seen("a", 0, 0, stays_s=30), seen("b", 60, 10)], STRAIGHT)
    assert found.chains[0].steps[0].reason is StepReason.SAME_PLACE


def test_nothing_seen_is_no_journey() -> None:
    found = journeys([], STRAIGHT)
    assert (found.chains, found.conflicts) == ((), ())
