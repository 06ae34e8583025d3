"""Units and assignments in the centre's database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Float, ForeignKey, Row, String, Table, insert, select, update

from sereno.access.model import Access
from sereno.core.geography import Position
from sereno.core.ids import AssignmentId, FactId, IncidentId, UnitId
from sereno.dispatch.events import UnitFix
from sereno.dispatch.model import Agency, Assignment, AssignmentState, Unit, UnitState
from sereno.incidents.store import ids_on_screen
from sereno.runtime.database import centre_metadata

units = Table(
    "units",
    centre_metadata,
    Column("id", String(64), primary_key=True),
    Column("call_sign", String(64), nullable=False, unique=True, comment="What is said on the radio."),
    Column("agency", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("lat", Float, nullable=False, comment="Degrees, WGS 84: the last believed fix."),
    Column("lon", Float, nullable=False, comment="Degrees, WGS 84."),
    Column("bearing_deg", Float, nullable=False, comment="Clockwise from north."),
    Column("speed_mps", Float, nullable=False, comment="Metres per second."),
    Column("positioned_at", String(32), nullable=False, comment="ISO 8601, UTC: when the fix was taken."),
)

assignments = Table(
    "assignments",
    centre_metadata,
    Column("id", String(26), primary_key=True),
    Column("incident_id", String(26), ForeignKey("incidents.id"), nullable=False, index=True),
    Column("unit_id", String(64), ForeignKey("units.id"), nullable=False, index=True),
    Column("state", String(16), nullable=False, index=True),
    Column("lat", Float, nullable=False, comment="Destination; degrees, WGS 84."),
    Column("lon", Float, nullable=False, comment="Destination; degrees, WGS 84."),
    Column("assigned_at", String(32), nullable=False, comment="ISO 8601, UTC; so are the other clocks."),
    Column("assigned_by_name", String(200), nullable=False),
    Column("expected_travel_s", Float, nullable=False, comment="Seconds by road when it was sent."),
    Column("acknowledged_at", String(32), nullable=True),
    Column("en_route_at", String(32), nullable=True),
    Column("on_scene_at", String(32), nullable=True),
    Column("cleared_at", String(32), nullable=True),
    Column("report", String, nullable=False, comment="What the crew wrote."),
    Column("last_fact_id", String(26), nullable=False, comment="Latest fact about it: cause of the next."),
)

_CLOCKS = ("acknowledged_at", "en_route_at", "on_scene_at", "cleared_at")


@dataclass(frozen=True, slots=True)
class StoredAssignment:
    assignment: Assignment
    last_fact_id: FactId


def add_unit(connection: Connection, unit: Unit) -> None:
    row = {
        "id": unit.id,
        "call_sign": unit.call_sign,
        "agency": unit.agency.value,
        "state": unit.state.value,
        "lat": unit.position.lat,
        "lon": unit.position.lon,
        "bearing_deg": unit.bearing_deg,
        "speed_mps": unit.speed_mps,
        "positioned_at": unit.positioned_at.isoformat(),
    }
    connection.execute(insert(units), row)


def set_unit_state(connection: Connection, unit_id: UnitId, state: UnitState) -> None:
    connection.execute(update(units).where(units.c.id == unit_id).values(state=state.value))


def move_unit(connection: Connection, fix: UnitFix) -> None:
    row = {
        "lat": fix.position.lat,
        "lon": fix.position.lon,
        "bearing_deg": fix.bearing_deg,
        "speed_mps": fix.speed_mps,
        "positioned_at": fix.at.isoformat(),
    }
    connection.execute(update(units).where(units.c.id == fix.unit_id).values(row))


def all_units(connection: Connection) -> Sequence[Unit]:
    """By call sign."""
    return [_unit(row) for row in connection.execute(select(units).order_by(units.c.call_sign))]


def find_unit(connection: Connection, unit_id: UnitId) -> Unit | None:
    row = connection.execute(select(units).where(units.c.id == unit_id)).one_or_none()
    return None if row is None else _unit(row)


def add_assignment(connection: Connection, assignment: Assignment, fact: FactId) -> None:
    row = {
        "id": assignment.id,
        "incident_id": assignment.incident_id,
        "unit_id": assignment.unit_id,
        "lat": assignment.destination.lat,
        "lon": assignment.destination.lon,
        "assigned_at": assignment.assigned_at.isoformat(),
        "assigned_by_name": assignment.assigned_by_name,
        "expected_travel_s": assignment.expected_travel_s,
        **_changing(assignment, fact),
    }
    connection.execute(insert(assignments), row)


def save_assignment(connection: Connection, assignment: Assignment, fact: FactId) -> None:
    connection.execute(update(assignments).where(assignments.c.id == assignment.id).values(_changing(assignment, fact)))


def find_assignment(connection: Connection, assignment_id: AssignmentId) -> StoredAssignment | None:
    row = connection.execute(select(assignments).where(assignments.c.id == assignment_id)).one_or_none()
    return None if row is None else StoredAssignment(_assignment(row), FactId(row.last_fact_id))


def under_way(connection: Connection) -> Sequence[Assignment]:
    """Every assignment that is not cleared, oldest first."""
    query = select(assignments).where(assignments.c.state != AssignmentState.CLEARED.value).order_by(assignments.c.id)
    return [_assignment(row) for row in connection.execute(query)]


def of_incident(connection: Connection, incident_id: IncidentId) -> Sequence[Assignment]:
    """Oldest first. The caller has found the incident with its access."""
    query = select(assignments).where(assignments.c.incident_id == incident_id).order_by(assignments.c.id)
    return [_assignment(row) for row in connection.execute(query)]


def on_screen(connection: Connection, access: Access) -> Sequence[Assignment]:
    """For the snapshot: the assignments of the incidents that it shows."""
    query = select(assignments).where(assignments.c.incident_id.in_(ids_on_screen(access))).order_by(assignments.c.id)
    return [_assignment(row) for row in connection.execute(query)]


def _changing(assignment: Assignment, fact: FactId) -> dict[str, str | None]:
    clocks = {name: getattr(assignment, name) for name in _CLOCKS}
    return {
        "state": assignment.state.value,
        "report": assignment.report,
        "last_fact_id": fact,
        **{name: None if at is None else at.isoformat() for name, at in clocks.items()},
    }


def _unit(row: Row[tuple[object, ...]]) -> Unit:
    return Unit(
        id=UnitId(row.id),
        call_sign=row.call_sign,
        agency=Agency(row.agency),
        state=UnitState(row.state),
        position=Position(row.lat, row.lon),
        bearing_deg=row.bearing_deg,
        speed_mps=row.speed_mps,
        positioned_at=datetime.fromisoformat(row.positioned_at),
    )


def _assignment(row: Row[tuple[object, ...]]) -> Assignment:
    return Assignment(
        id=AssignmentId(row.id),
        incident_id=IncidentId(row.incident_id),
        unit_id=UnitId(row.unit_id),
        state=AssignmentState(row.state),
        destination=Position(row.lat, row.lon),
        assigned_at=datetime.fromisoformat(row.assigned_at),
        assigned_by_name=row.assigned_by_name,
        expected_travel_s=row.expected_travel_s,
        acknowledged_at=_instant(row.acknowledged_at),
        en_route_at=_instant(row.en_route_at),
        on_scene_at=_instant(row.on_scene_at),
        cleared_at=_instant(row.cleared_at),
        report=row.report,
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
