"""When a fault becomes a ticket, and what ends it."""

from datetime import timedelta
from itertools import product

import pytest

from sereno.core.errors import AppError
from sereno.upkeep.judge import judge
from sereno.upkeep.model import TRANSITIONS, Ticket, TicketState
from sereno.upkeep.spans import Span
from sereno.upkeep.tickets import UNSTABLE, faults_of, may_open, opened, stepped
from tests.unit.test_upkeep_judge import AT, MEXICO, WHOLE, evidence, footage, hour


def ticket() -> Ticket:
    """A camera that is lost at noon."""
    day = judge(evidence(judged=Span(WHOLE.began, hour(12)), at=hour(12), recorded=footage((0, 11))), MEXICO)
    (fault,) = faults_of(day)
    return opened(fault, day, "Plaza", hour(12), MEXICO)


@pytest.mark.parametrize(("state", "to"), list(product(TicketState, TicketState)))
def test_only_the_tables_steps_are_taken(state: TicketState, to: TicketState) -> None:
    path = {
        TicketState.OPENED: (),
        TicketState.ACKNOWLEDGED: (TicketState.ACKNOWLEDGED,),
        TicketState.IN_REPAIR: (TicketState.IN_REPAIR,),
        TicketState.DONE: (TicketState.DONE,),
    }
    one = ticket()
    for step in path[state]:
        one = stepped(one, step, AT, "Ana", "porque sí")
    if to in TRANSITIONS[state]:
        after = stepped(one, to, AT, "Ana", "porque sí")
        assert (after.state, after.closed_at is not None) == (to, to is TicketState.DONE)
    else:
        with pytest.raises(AppError, match="does not become"):
            stepped(one, to, AT, "Ana", "porque sí")


def test_a_lost_camera_is_due_within_the_urgent_hours() -> None:
    one = ticket()
    assert one.due_at - one.opened_at == timedelta(hours=24)
    assert "Mexican technical norm" in one.due_source
    assert one.since == one.last_good == hour(11)


def test_a_day_below_the_limit_that_is_over_opens_as_unstable() -> None:
    day = judge(evidence(recorded=footage((0, 10), (14, 24))), MEXICO)
    assert [fault.code for fault in faults_of(day)] == [UNSTABLE]


def test_what_a_person_closed_stays_quiet_for_a_day_unless_it_is_new() -> None:
    day = judge(evidence(judged=Span(WHOLE.began, hour(12)), at=hour(12), recorded=footage((0, 11))), MEXICO)
    (fault,) = faults_of(day)
    one = ticket()
    assert may_open(fault, None, AT)
    assert not may_open(fault, one, AT)
    by_person = stepped(one, TicketState.DONE, hour(13), "Ana", "poste caído, en obra")
    assert not may_open(fault, by_person, hour(14))
    assert may_open(fault, by_person, hour(37.1))
    assert may_open(fault, stepped(one, TicketState.DONE, hour(13), "", ""), hour(14))
