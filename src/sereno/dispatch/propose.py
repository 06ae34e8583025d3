"""Who should go: the three best free units by road time, the agencies the case wants, and what they leave behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sereno.dispatch.fixes import is_fresh
from sereno.dispatch.model import Agency, Proposal, Unit, UnitState
from sereno.maps.travel_times import Journey

PROPOSED = 3
SECOND_CHOICE_S = 15.0
"""What an agency further down the list costs, for each step, in seconds of travel."""
OTHER_AGENCY_S = 900.0
"""An agency that the case does not ask for goes only when nobody else can."""
UNCOVERED_ZONE_S = 40.0
"""What it costs to leave a zone that only this unit could reach in time."""
OLD_POSITION_S = 60.0
"""A unit silent for longer may be elsewhere."""
OLD_POSITION_COST_S = 120.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit, its road time to the incident, and how many zones nobody else would cover in time if it went."""

    unit: Unit
    travel_s: float
    zones_left: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """A unit that could go, and why. ``cost_s`` orders choices: seconds of travel, and what counts like them."""

    unit: Unit
    travel_s: float
    cost_s: float
    reasons: tuple[tuple[str, float], ...]


def choose(candidates: Sequence[Candidate], wanted: Sequence[Agency], now: datetime) -> tuple[Choice, ...]:
    """At most three, the best first; only units that are available.

    Reasons: ``travel_s``; ``agency_match`` 1 first choice, 2 second …, 0 not asked for; ``nearest`` 1;
    ``leaves_zone_uncovered`` how many; ``position_age_s`` when it is old.
    """
    free = [c for c in candidates if c.unit.state is UnitState.AVAILABLE]
    if not free:
        return ()
    shortest_s = min(c.travel_s for c in free)
    choices = (_judge(c, wanted, shortest_s, now) for c in free)
    return tuple(sorted(choices, key=lambda c: (c.cost_s, c.travel_s, c.unit.id))[:PROPOSED])


def proposed(choices: Sequence[Choice], journeys: Sequence[Journey]) -> tuple[Proposal, ...]:
    """The choices in their order, each with its way; ``straight_line`` 1 joins the reasons when no road was found."""
    return tuple(
        Proposal(
            unit_id=choice.unit.id,
            rank=rank,
            travel_s=journey.travel_s,
            distance_m=journey.distance_m,
            straight_line=journey.straight_line,
            reasons=(*choice.reasons, ("straight_line", 1.0)) if journey.straight_line else choice.reasons,
            route=journey.path,
        )
        for rank, (choice, journey) in enumerate(zip(choices, journeys, strict=True), start=1)
    )


def _judge(candidate: Candidate, wanted: Sequence[Agency], shortest_s: float, now: datetime) -> Choice:
    unit, travel_s = candidate.unit, candidate.travel_s
    choice = wanted.index(unit.agency) + 1 if unit.agency in wanted else 0
    reasons = [("travel_s", travel_s), ("agency_match", float(choice))]
    cost_s = travel_s + (SECOND_CHOICE_S * (choice - 1) if choice else OTHER_AGENCY_S)
    if travel_s == shortest_s:
        reasons.append(("nearest", 1.0))
    if candidate.zones_left:
        reasons.append(("leaves_zone_uncovered", float(candidate.zones_left)))
        cost_s += UNCOVERED_ZONE_S * candidate.zones_left
    if not is_fresh(unit, now, OLD_POSITION_S):
        reasons.append(("position_age_s", (now - unit.positioned_at).total_seconds()))
        cost_s += OLD_POSITION_COST_S
    return Choice(unit, travel_s, cost_s, tuple(reasons))


def zones_left_without(reach_s: Sequence[Sequence[float]], within_s: float) -> tuple[int, ...]:
    """For each unit, how many zones only it covers. ``reach_s[zone][unit]`` is a travel time."""
    if not reach_s:
        return ()
    left = [0] * len(reach_s[0])
    for times in reach_s:
        covering = [unit for unit, seconds in enumerate(times) if seconds <= within_s]
        if len(covering) == 1:
            left[covering[0]] += 1
    return tuple(left)
