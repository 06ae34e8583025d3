"""When a fault becomes a ticket, until when it must be repaired, and when a check ends it. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sereno.core.errors import conflict, invalid
from sereno.core.ids import new_id
from sereno.upkeep.limits import Limit, Limits
from sereno.upkeep.model import (
    TRANSITIONS,
    CameraDay,
    Finding,
    Item,
    Ticket,
    TicketId,
    TicketState,
    TicketStep,
    Verdict,
)

UNSTABLE = "unstable"
"""A day below the limit although the camera works now: it comes and goes."""
URGENT = frozenset({Item.AVAILABILITY, Item.COVERED, Item.FROZEN})
"""These give no picture, and are due first."""
QUIET = timedelta(hours=24)
"""What a person has closed is not opened again for so long while nothing changed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a ticket is opened for."""

    finding: Finding
    code: str
    since: datetime


def faults_of(day: CameraDay) -> list[Fault]:
    """What needs somebody: now, or of a day that is over, because the camera came and went."""
    faults = []
    for finding in day.findings:
        below = finding.verdict is Verdict.NOT_MET
        if day.final:
            if finding.item is Item.AVAILABILITY and below:
                faults.append(Fault(finding, UNSTABLE, day.began))
        elif finding.now and (below or finding.item is Item.AVAILABILITY):
            faults.append(Fault(finding, finding.note, finding.since or day.began))
    return faults


def ended_by(ticket: Ticket, day: CameraDay) -> bool:
    """Whether this day's check verifies that the fault is gone."""
    finding = day.finding(ticket.item)
    if ticket.code == UNSTABLE:
        return day.final and day.began >= ticket.opened_at and finding.verdict is Verdict.MET
    if day.final:
        return False
    if ticket.item is Item.AVAILABILITY:
        recording_again = not day.gaps or day.ended - day.gaps[-1].ended >= timedelta(minutes=10)
        return finding.now is False and recording_again and finding.verdict is not Verdict.NOT_MEASURED
    return finding.now is False


def opened(fault: Fault, day: CameraDay, camera_name: str, at: datetime, limits: Limits) -> Ticket:
    limit = due_within(fault.finding.item, limits)
    finding = fault.finding
    return Ticket(
        id=TicketId(new_id(at)),
        camera_id=day.camera_id,
        camera_name=camera_name,
        item=finding.item,
        code=fault.code,
        figure=finding.figure,
        limit=finding.limit,
        unit=finding.unit,
        since=fault.since,
        last_good=finding.last_good,
        opened_at=at,
        due_at=at + timedelta(hours=limit.value),
        due_source=limit.source,
        steps=(TicketStep(at=at, state=TicketState.OPENED, by_name=""),),
    )


def due_within(item: Item, limits: Limits) -> Limit:
    return limits.repair_urgent_hours if item in URGENT else limits.repair_hours


def stepped(ticket: Ticket, to: TicketState, at: datetime, by_name: str, note: str) -> Ticket:
    """Raises: AppError conflict for a step that is not in the table, invalid for a person's end without a reason."""
    if to not in TRANSITIONS[ticket.state]:
        raise conflict("ticket_state", f"A ticket that is {ticket.state} does not become {to}.")
    if to is TicketState.DONE and by_name and not note:
        raise invalid("ticket_reason", "Say why the ticket is done although no check has verified it.")
    step = TicketStep(at=at, state=to, by_name=by_name, note=note)
    closed_at = at if to is TicketState.DONE else None
    return replace(ticket, state=to, closed_at=closed_at, steps=(*ticket.steps, step))


def may_open(fault: Fault, last: Ticket | None, at: datetime) -> bool:
    """``last`` is the newest ticket of the same camera and item."""
    if last is None:
        return True
    if last.closed_at is None:
        return False
    by_person = bool(last.steps[-1].by_name)
    return not by_person or fault.since > last.closed_at or at - last.closed_at >= QUIET
