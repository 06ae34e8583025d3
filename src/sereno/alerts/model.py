"""An alert: a machine's suggestion that waits for a named human outcome."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sereno.analytics.model import HappeningKind, ObjectKind, PlateReading, TrailPoint
from sereno.core.geometry import Line, Zone
from sereno.core.ids import AlertId, CameraId, IncidentId, ListEntryId, ObservationId, PersonId


class RuleKind(StrEnum):
    LOITERING = "loitering"
    LINE_CROSSING = "line_crossing"
    WRONG_WAY = "wrong_way"
    CROWD = "crowd"
    PLATE_ON_LIST = "plate_on_list"
    LEFT_OBJECT = "left_object"
    REMOVED_OBJECT = "removed_object"
    FALLEN_PERSON = "fallen_person"
    DISPERSAL = "dispersal"
    SOUND = "sound"


class AlertState(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    DECIDED = "decided"


class Outcome(StrEnum):
    REAL = "real"
    NUISANCE = "nuisance"
    FALSE = "false"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of why a rule fired: ``stayed_s`` 31.4 against a ``limit`` of 30."""

    name: str
    value: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """``since`` is when the behaviour began, ``at`` when the rule fired; ``region`` is the drawn zone or line."""

    id: AlertId
    camera_id: CameraId
    rule: RuleKind
    rule_id: str = ""
    """Which of the camera's rules; the same rule never rings twice for one observation."""
    rule_name: str
    at: datetime
    since: datetime
    priority: int
    """1 is the most urgent, 5 the least."""
    observation_id: ObservationId | None
    """Whom or what it is about; for a happening whoever is thought to have part in it, None when nobody is known."""
    object_kind: ObjectKind | None
    trail: tuple[TrailPoint, ...]
    why: tuple[Measure, ...]
    happening: HappeningKind | None = None
    """What went on, where no single thing was the reason; its place is the trail, which is empty for a sound."""
    region: Zone | Line | None = None
    plate: PlateReading | None = None
    list_entry_id: ListEntryId | None = None
    state: AlertState = AlertState.WAITING
    claimed_by: PersonId | None = None
    claimed_by_name: str = ""
    claimed_at: datetime | None = None
    outcome: Outcome | None = None
    decided_by: PersonId | None = None
    decided_by_name: str = ""
    decided_at: datetime | None = None
    note: str = ""
    incident_id: IncidentId | None = None
