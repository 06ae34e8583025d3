"""What the daily proof says of a camera and a day, and the tickets that follow."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from sereno.core.ids import CameraId

TicketId = NewType("TicketId", str)
WorkId = NewType("WorkId", str)


class Item(StrEnum):
    """What is judged of each camera, each day; in the order of the page."""

    AVAILABILITY = "availability"
    RETENTION = "retention"
    COVERED = "covered"
    MOVED = "moved"
    FROZEN = "frozen"
    SHARPNESS = "sharpness"
    EXPOSURE = "exposure"
    CLOCK = "clock"
    DENSITY = "density"


UNITS: dict[Item, str] = {
    Item.AVAILABILITY: "share",
    Item.RETENTION: "days",
    Item.COVERED: "min",
    Item.MOVED: "min",
    Item.FROZEN: "min",
    Item.SHARPNESS: "min",
    Item.EXPOSURE: "min",
    Item.CLOCK: "s",
    Item.DENSITY: "px/m",
}
"""Of figure and limit; minutes are those of the day with the fault, the share is of the time in service."""


class Verdict(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    NOT_MEASURED = "not_measured"
    """Nothing was claimed: ``note`` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One item of one day. ``source`` says who set the limit."""

    item: Item
    verdict: Verdict
    figure: float | None = None
    limit: float | None = None
    unit: str = ""
    source: str = ""
    note: str = ""
    """A code: why it was not measured, or what is wrong; a stream fault for availability."""
    now: bool | None = None
    """Whether it is wrong at the end of the judged time; None when that cannot be told."""
    since: datetime | None = None
    """From when on it is wrong, when it still is."""
    last_good: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Time without footage. ``reason`` is a stream fault, an end reason of the recorder, or ``unknown``."""

    began: datetime
    ended: datetime
    reason: str
    planned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraDay:
    """One camera's day, judged. Final days do not change; a correction is a new ``version`` beside the old one."""

    camera_id: CameraId
    day: date
    version: int
    final: bool
    began: datetime
    ended: datetime
    """How far it is judged; of a day that is over, its end."""
    judged_at: datetime
    day_s: float
    """Length of the whole day: 82,800 s or 90,000 s when clocks change."""
    expected_s: float
    """Time in service that was judged, without planned work."""
    recorded_s: float
    planned_s: float
    """Planned work while in service; shown apart, never hidden."""
    gaps: tuple[Gap, ...]
    gaps_left_out: int = 0
    """Shorter ones beyond the longest 200."""
    looks: int = 0
    """How often the view was looked at."""
    night_dark_min: float = 0.0
    """Minutes that were nearly black by night; not held against the camera."""
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        verdicts = {finding.item: finding.verdict for finding in self.findings}
        if Verdict.NOT_MET in verdicts.values():
            return Verdict.NOT_MET
        return verdicts[Item.AVAILABILITY]

    def finding(self, item: Item) -> Finding:
        return next(finding for finding in self.findings if finding.item is item)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayMark:
    """One square of the calendar."""

    camera_id: CameraId
    day: date
    version: int
    final: bool
    verdict: Verdict
    availability: float | None
    """0..1."""
    failed: tuple[Item, ...]


class TicketState(StrEnum):
    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    IN_REPAIR = "in_repair"
    DONE = "done"


TRANSITIONS: dict[TicketState, frozenset[TicketState]] = {
    TicketState.OPENED: frozenset({TicketState.ACKNOWLEDGED, TicketState.IN_REPAIR, TicketState.DONE}),
    TicketState.ACKNOWLEDGED: frozenset({TicketState.IN_REPAIR, TicketState.DONE}),
    TicketState.IN_REPAIR: frozenset({TicketState.ACKNOWLEDGED, TicketState.DONE}),
    TicketState.DONE: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketStep:
    at: datetime
    state: TicketState
    by_name: str
    """Empty: Sereno itself, by a check."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One fault of one camera, from the check that found it to the check, or the person, that ends it."""

    id: TicketId
    camera_id: CameraId
    camera_name: str
    item: Item
    code: str
    """What is wrong, as a stream fault or a note of the finding."""
    figure: float | None
    limit: float | None
    unit: str
    since: datetime
    last_good: datetime | None
    opened_at: datetime
    due_at: datetime
    due_source: str
    state: TicketState = TicketState.OPENED
    closed_at: datetime | None = None
    steps: tuple[TicketStep, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWork:
    """Maintenance that was declared before it began."""

    id: WorkId
    camera_id: CameraId
    began: datetime
    ended: datetime
    reason: str
    declared_by_name: str
    declared_at: datetime
    cancelled_by_name: str = ""
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRecord:
    """Why a camera has the reference picture it has. ``asked_by_name`` empty: taken by itself, the first good view."""

    camera_id: CameraId
    asked_at: datetime | None
    asked_by_name: str
    reason: str
    taken_at: datetime | None
