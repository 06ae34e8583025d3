"""Units, their life cycle, and assignments with their clocks."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sereno.core.errors import conflict
from sereno.core.geography import Position
from sereno.core.ids import AssignmentId, IncidentId, UnitId


class Agency(StrEnum):
    POLICE = "police"
    FIRE = "fire"
    CIVIL_DEFENCE = "civil_defence"
    AMBULANCE = "ambulance"
    MUNICIPAL = "municipal"


class UnitState(StrEnum):
    AVAILABLE = "available"
    ASSIGNED = "assigned"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    OUT_OF_SERVICE = "out_of_service"


class AssignmentState(StrEnum):
    ASSIGNED = "assigned"
    ACKNOWLEDGED = "acknowledged"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    CLEARED = "cleared"


ASSIGNMENT_TRANSITIONS: dict[AssignmentState, frozenset[AssignmentState]] = {
    AssignmentState.ASSIGNED: frozenset({AssignmentState.ACKNOWLEDGED, AssignmentState.CLEARED}),
    AssignmentState.ACKNOWLEDGED: frozenset({AssignmentState.EN_ROUTE, AssignmentState.CLEARED}),
    AssignmentState.EN_ROUTE: frozenset({AssignmentState.ON_SCENE, AssignmentState.CLEARED}),
    AssignmentState.ON_SCENE: frozenset({AssignmentState.CLEARED}),
    AssignmentState.CLEARED: frozenset(),
}

UNIT_STATE_DURING: dict[AssignmentState, UnitState] = {
    AssignmentState.ASSIGNED: UnitState.ASSIGNED,
    AssignmentState.ACKNOWLEDGED: UnitState.ASSIGNED,
    AssignmentState.EN_ROUTE: UnitState.EN_ROUTE,
    AssignmentState.ON_SCENE: UnitState.ON_SCENE,
    AssignmentState.CLEARED: UnitState.AVAILABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    id: UnitId
    call_sign: str
    agency: Agency
    state: UnitState
    position: Position
    bearing_deg: float = 0.0
    speed_mps: float = 0.0
    positioned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A unit on an incident; the instants are its clocks."""

    id: AssignmentId
    incident_id: IncidentId
    unit_id: UnitId
    state: AssignmentState
    destination: Position
    assigned_at: datetime
    assigned_by_name: str
    expected_travel_s: float
    acknowledged_at: datetime | None = None
    en_route_at: datetime | None = None
    on_scene_at: datetime | None = None
    cleared_at: datetime | None = None
    report: str = ""

    def require_transition(self, to: AssignmentState) -> None:
        """Raises: AppError conflict when the table does not allow it."""
        if to not in ASSIGNMENT_TRANSITIONS[self.state]:
            raise conflict("assignment_transition", f"This assignment is {self.state}: it cannot become {to}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A unit that could go. ``reasons`` are codes with a number, worded by the screen."""

    unit_id: UnitId
    rank: int
    travel_s: float
    distance_m: float
    straight_line: bool
    """True when no road was found and the figure is a straight-line guess."""
    reasons: tuple[tuple[str, float], ...]
    route: tuple[Position, ...]
