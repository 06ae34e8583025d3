"""The life of incidents and assignments, and the taxonomy."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import product
from typing import TypeVar

import pytest

from sereno.alerts.model import RuleKind
from sereno.cameras.model import PlaceKind
from sereno.core.errors import AppError
from sereno.dispatch.model import ASSIGNMENT_TRANSITIONS, UNIT_STATE_DURING, AssignmentState
from sereno.incidents.kinds import KINDS, TYPES, kind_of, suggested_kind
from sereno.incidents.model import TRANSITIONS, IncidentState
from sereno.incidents.states import UnitsOn, render_state_diagram, state_with

S = TypeVar("S", bound=StrEnum)


def reached_from(table: Mapping[S, frozenset[S]], first: S) -> set[S]:
    reached, todo = {first}, [first]
    while todo:
        fresh = table[todo.pop()] - reached
        reached |= fresh
        todo += fresh
    return reached


def test_every_state_of_an_incident_can_be_reached_and_only_the_last_is_the_end() -> None:
    assert reached_from(TRANSITIONS, IncidentState.OPEN) == set(TRANSITIONS) == set(IncidentState)
    assert [state for state, onward in TRANSITIONS.items() if not onward] == [IncidentState.CLOSED]


def test_every_state_of_an_assignment_can_be_reached_and_only_the_last_is_the_end() -> None:
    states = set(AssignmentState)
    assert reached_from(ASSIGNMENT_TRANSITIONS, AssignmentState.ASSIGNED) == set(ASSIGNMENT_TRANSITIONS) == states
    assert [state for state, onward in ASSIGNMENT_TRANSITIONS.items() if not onward] == [AssignmentState.CLEARED]
    assert set(UNIT_STATE_DURING) == states


@pytest.mark.parametrize(
    ("units", "state"),
    [
        (UnitsOn(0, 0), IncidentState.OPEN),
        (UnitsOn(1, 0), IncidentState.ASSIGNED),
        (UnitsOn(2, 1), IncidentState.ON_SCENE),
    ],
)
def test_the_state_follows_the_units(units: UnitsOn, state: IncidentState) -> None:
    assert state_with(units) is state


def test_whatever_the_units_do_the_table_allows_it() -> None:
    followed = {state_with(UnitsOn(a, b)) for a, b in product(range(2), range(2))}
    for before, after in product(followed, followed):
        assert before is after or after in TRANSITIONS[before]


def test_the_diagram_shows_every_transition() -> None:
    diagram = render_state_diagram()
    assert diagram.startswith("stateDiagram-v2\n    [*] --> open\n")
    assert diagram.count("-->") == 2 + sum(len(onward) for onward in TRANSITIONS.values())


def test_the_taxonomy_is_whole() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    for kind in KINDS:
        assert kind.code.count(".") == 2
        assert kind.type in TYPES
        assert 1 <= kind.priority <= 5
        assert all((kind.names.es, kind.names.en, kind.names.pt))
    with pytest.raises(AppError):
        kind_of("security.conduct.unheard_of")


def test_every_rule_at_every_place_suggests_a_kind() -> None:
    for rule, place in product(RuleKind, PlaceKind):
        assert suggested_kind(rule, place) in KINDS
    assert suggested_kind(RuleKind.LOITERING, PlaceKind.WASTE_POINT).code == "services.waste.dumping"
