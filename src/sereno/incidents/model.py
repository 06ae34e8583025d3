"""An incident: an agency's case, with a timeline in which every entry names its cause."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sereno.core.errors import conflict
from sereno.core.geography import Position
from sereno.core.ids import AlertId, CameraId, FactId, IncidentId


class IncidentState(StrEnum):
    OPEN = "open"
    ASSIGNED = "assigned"
    ON_SCENE = "on_scene"
    CLOSED = "closed"


TRANSITIONS: dict[IncidentState, frozenset[IncidentState]] = {
    IncidentState.OPEN: frozenset({IncidentState.ASSIGNED, IncidentState.ON_SCENE, IncidentState.CLOSED}),
    IncidentState.ASSIGNED: frozenset({IncidentState.OPEN, IncidentState.ON_SCENE, IncidentState.CLOSED}),
    IncidentState.ON_SCENE: frozenset({IncidentState.OPEN, IncidentState.ASSIGNED, IncidentState.CLOSED}),
    IncidentState.CLOSED: frozenset(),
}
"""The whole life of an incident; the diagram in docs is generated from it."""


class Channel(StrEnum):
    CAMERA_ALERT = "camera_alert"
    CALL = "call"
    PANIC_BUTTON = "panic_button"
    CITIZEN_REPORT = "citizen_report"
    SENSOR = "sensor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    id: IncidentId
    number: str
    """What people say: ``2026-000123``."""
    kind: str
    """Code of the taxonomy; the catalogue names it in each language."""
    channel: Channel
    priority: int
    state: IncidentState
    position: Position
    address: str
    opened_at: datetime
    opened_by_name: str
    camera_id: CameraId | None = None
    alert_ids: tuple[AlertId, ...] = ()
    closed_at: datetime | None = None
    closing: str = ""
    """Closing code: ``resolved``, ``unfounded`` or ``handed_over``."""

    def require_transition(self, to: IncidentState) -> None:
        """Raises: AppError conflict when the table does not allow it."""
        if to not in TRANSITIONS[self.state]:
            raise conflict("incident_transition", f"Incident {self.number} is {self.state}: it cannot become {to}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """``kind`` is the fact's or act's name; ``text`` is only what a person wrote."""

    at: datetime
    kind: str
    by_name: str
    text: str = ""
    refers_to: str = ""
    """Id of the alert, assignment, hold or export that the entry is about."""
    caused_by: FactId | None = None
