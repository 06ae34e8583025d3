"""Facts about units and assignments."""

from dataclasses import dataclass
from datetime import datetime

from sereno.core.facts import Fact
from sereno.core.geography import Position
from sereno.core.ids import CameraId, UnitId
from sereno.dispatch.model import Assignment, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitChanged(Fact):
    """Registered, or its state changed."""

    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFix:
    unit_id: UnitId
    position: Position
    bearing_deg: float
    speed_mps: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsMoved(Fact):
    """All fixes of about one second in one fact, so that a fleet costs one row a second."""

    fixes: tuple[UnitFix, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAssigned(Fact):
    """``caused_by`` is the ``IncidentOpened`` fact; ``camera_id`` is the incident's, for deciding who sees it."""

    assignment: Assignment
    camera_id: CameraId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentChanged(Fact):
    assignment: Assignment
    camera_id: CameraId | None = None
