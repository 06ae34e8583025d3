"""Who should go, and why."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sereno.core.clock import ManualClock
from sereno.core.geography import Position
from sereno.core.ids import UnitId
from sereno.dispatch.model import Agency, Unit, UnitState
from sereno.dispatch.propose import OLD_POSITION_S, Candidate, choose, proposed, zones_left_without
from sereno.incidents.kinds import KINDS
from sereno.maps.travel_times import Journey, Leg

NOW = ManualClock().now()
HERE = Position(-36.18, -62.318)
WANTED = (Agency.POLICE, Agency.MUNICIPAL)


def unit(name: str, agency: Agency = Agency.POLICE, state: UnitState = UnitState.AVAILABLE, age_s: float = 0.0) -> Unit:
    at = NOW - timedelta(seconds=age_s)
    return Unit(id=UnitId(name), call_sign=name, agency=agency, state=state, position=HERE, positioned_at=at)


def candidate(who: Unit, travel_s: float, zones_left: int = 0) -> Candidate:
    return Candidate(who, travel_s, zones_left)


def journey(metres: float, *, straight_line: bool = False) -> Journey:
    leg = Leg(HERE, HERE.offset(metres, 0), metres, 10.0, "Calle")
    return Journey(travel_s=metres / 10, distance_m=metres, straight_line=straight_line, legs=(leg,))


def order(*candidates: Candidate) -> list[str]:
    return [choice.unit.id for choice in choose(candidates, WANTED, NOW)]


def test_the_nearest_three_of_the_wanted_agency_are_proposed_in_order() -> None:
    cars = [candidate(unit(f"p{s}"), float(s)) for s in (90, 30, 60, 120)]
    choices = choose(cars, WANTED, NOW)
    assert [choice.unit.id for choice in choices] == ["p30", "p60", "p90"]
    assert choices[0].reasons == (("travel_s", 30.0), ("agency_match", 1.0), ("nearest", 1.0))
    assert choices[1].reasons == (("travel_s", 60.0), ("agency_match", 1.0))


def test_a_proposal_shows_the_way_and_says_when_it_is_a_guess() -> None:
    choices = choose([candidate(unit("a"), 30.0), candidate(unit("b"), 60.0)], WANTED, NOW)
    road, guess = proposed(choices, [journey(300), journey(600, straight_line=True)])
    assert (road.unit_id, road.rank, road.distance_m) == ("a", 1, 300)
    assert road.route == (HERE, HERE.offset(300, 0))
    assert not road.straight_line
    assert guess.straight_line
    assert guess.reasons[-1] == ("straight_line", 1.0)


def test_an_agency_that_was_not_asked_for_goes_last() -> None:
    fire = candidate(unit("fire", Agency.FIRE), 5.0)
    assert order(fire, candidate(unit("police"), 300.0)) == ["police", "fire"]
    assert choose([fire], WANTED, NOW)[0].reasons[1] == ("agency_match", 0.0)


def test_the_second_choice_goes_when_it_is_clearly_nearer() -> None:
    guard = candidate(unit("guard", Agency.MUNICIPAL), 30.0)
    assert order(guard, candidate(unit("police"), 40.0)) == ["police", "guard"]
    assert order(guard, candidate(unit("police"), 60.0)) == ["guard", "police"]


def test_busy_units_are_not_proposed() -> None:
    busy = [candidate(unit(state.value, state=state), 1.0) for state in UnitState if state is not UnitState.AVAILABLE]
    assert order(*busy) == []
    assert order(*busy, candidate(unit("free"), 500.0)) == ["free"]


def test_a_unit_that_would_leave_a_zone_alone_yields_to_one_a_little_farther() -> None:
    alone, other = candidate(unit("alone"), 30.0, zones_left=1), candidate(unit("other"), 50.0)
    assert order(alone, other) == ["other", "alone"]
    assert ("leaves_zone_uncovered", 1.0) in choose([alone], WANTED, NOW)[0].reasons


def test_a_silent_unit_yields_and_says_how_long_it_was_silent() -> None:
    silent = candidate(unit("silent", age_s=OLD_POSITION_S + 30), 10.0)
    assert order(silent, candidate(unit("fresh"), 60.0)) == ["fresh", "silent"]
    assert ("position_age_s", 90.0) in choose([silent], WANTED, NOW)[0].reasons


def test_a_zone_counts_for_the_only_unit_that_covers_it() -> None:
    reach_s = [[30.0, 200.0], [40.0, 50.0], [300.0, 300.0]]
    assert zones_left_without(reach_s, within_s=90.0) == (1, 0)
    assert zones_left_without([], within_s=90.0) == ()


@given(st.lists(st.tuples(st.floats(0, 2_000), st.sampled_from(Agency), st.integers(0, 3)), max_size=12))
def test_whoever_is_chosen_nobody_better_was_left_out(drawn: list[tuple[float, Agency, int]]) -> None:
    candidates = [candidate(unit(f"u{i}", agency), s, left) for i, (s, agency, left) in enumerate(drawn)]
    choices = choose(candidates, WANTED, NOW)
    assert len({c.unit.id for c in choices}) == min(3, len(drawn))
    assert [c.cost_s for c in choices] == sorted(c.cost_s for c in choices)
    chosen = {c.unit.id for c in choices}
    police = [c for c in candidates if c.unit.agency is Agency.POLICE and not c.zones_left]
    for other in (c for c in police if c.unit.id not in chosen):
        assert all(c.travel_s <= other.travel_s for c in choices)


def test_every_kind_of_incident_asks_for_agencies_that_exist() -> None:
    for kind in KINDS:
        assert kind.agencies
        assert [Agency(code) for code in kind.agencies]
