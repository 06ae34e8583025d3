"""The crews of the demo town, second by second."""

from random import Random

import pytest

from sereno.core.clock import ManualClock
from sereno.core.ids import AssignmentId, IncidentId
from sereno.dispatch.fixes import FASTEST_MPS
from sereno.dispatch.model import Assignment, AssignmentState
from sereno.maps.snapping import Snapper
from sereno.simulation.crew import Crew
from sereno.simulation.crews import Fleet
from sereno.simulation.driving import Drive
from sereno.simulation.town import Town, build_town

NOW = ManualClock().now()


@pytest.fixture(scope="module")
def town() -> Town:
    return build_town("127.0.0.1", 8554)


@pytest.fixture
def fleet(town: Town) -> Fleet:
    return Fleet(town, Random(5), stay_s=6.0)


def assignment(town: Town, unit: int, camera: int, state: AssignmentState = AssignmentState.ASSIGNED) -> Assignment:
    return Assignment(
        id=AssignmentId("a1"),
        incident_id=IncidentId("i1"),
        unit_id=town.units[unit].id,
        state=state,
        destination=town.cameras[camera].view.position,
        assigned_at=NOW,
        assigned_by_name="Ana",
        expected_travel_s=10.0,
    )


def crew_of(fleet: Fleet, town: Town, unit: int) -> Crew:
    return next(crew for crew in fleet.crews if crew.unit == town.units[unit])


def said_within(fleet: Fleet, seconds: int) -> list[tuple[int, AssignmentState, str]]:
    told = []
    for second in range(1, seconds + 1):
        fleet.drive(1.0)
        while (step := fleet.unsaid) is not None:
            told.append((second, step.state, step.report))
            fleet.said()
    return told


def test_patrols_stay_on_the_streets_near_their_posts_at_plausible_speeds(town: Town, fleet: Fleet) -> None:
    snapper = Snapper(town.map.graph)
    fleet.drive(1.0)
    before = {crew.unit.id: crew.position for crew in fleet.crews}
    moved = 0.0
    for _ in range(300):
        fleet.drive(1.0)
        for crew in fleet.crews:
            step_m = before[crew.unit.id].distance_m(crew.position)
            assert step_m < FASTEST_MPS
            assert crew.unit.post.distance_m(crew.position) < 600
            before[crew.unit.id] = crew.position
            moved += step_m
    assert all(snapper.snap(crew.position).gap_m < 30 for crew in fleet.crews)
    assert 2.0 < moved / (300 * len(fleet.crews)) < 12.0


def test_a_sent_crew_answers_drives_stays_reports_and_is_free(town: Town, fleet: Fleet) -> None:
    for _ in range(20):
        fleet.drive(1.0)
    fleet.follow([assignment(town, unit=0, camera=0)])
    told = said_within(fleet, 60)
    assert [state for _, state, _ in told] == list(AssignmentState)[1:]
    acknowledged, arrived, cleared = told[0][0], told[2][0], told[3][0]
    assert acknowledged <= 2
    assert arrived < 40
    assert 6 <= cleared - arrived <= 7
    assert told[-1][2]
    assert crew_of(fleet, town, 0).task is None


def test_what_was_done_is_not_taken_again_while_the_centre_still_lists_it(town: Town, fleet: Fleet) -> None:
    fleet.follow([assignment(town, unit=0, camera=0)])
    said_within(fleet, 60)
    fleet.follow([assignment(town, unit=0, camera=0, state=AssignmentState.ON_SCENE)])
    assert crew_of(fleet, town, 0).task is None


def test_crews_that_start_anew_go_on_where_the_centre_says_they_were(town: Town, fleet: Fleet) -> None:
    fleet.follow([assignment(town, unit=0, camera=0, state=AssignmentState.EN_ROUTE)])
    assert [state for _, state, _ in said_within(fleet, 60)] == [AssignmentState.ON_SCENE, AssignmentState.CLEARED]


def test_an_assignment_that_the_centre_no_longer_lists_is_dropped(town: Town, fleet: Fleet) -> None:
    fleet.follow([assignment(town, unit=0, camera=7)])
    said_within(fleet, 5)
    fleet.follow([])
    assert crew_of(fleet, town, 0).task is None
    assert said_within(fleet, 30) == []


def test_a_journey_without_legs_has_arrived() -> None:
    drive = Drive(())
    assert drive.arrived
    assert drive.advance(5.0).position is None
