"""Tables of alerts, of the observations they are about, and of the rules drawn on each camera.

Whoever reads for a person passes the ``Access``: cameras of other groups do not exist for it.
"""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Join,
    String,
    Table,
    UniqueConstraint,
    case,
    select,
    true,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from sereno.access.model import Access
from sereno.alerts.model import Alert, AlertState
from sereno.alerts.rule_set import RULES_ADAPTER, CameraRules
from sereno.analytics.model import Observation
from sereno.cameras.model import PlaceKind
from sereno.cameras.store import camera_rows
from sereno.core.ids import AlertId, CameraId, FactId, ObservationId
from sereno.runtime.database import centre_metadata

alert_rows = Table(
    "alerts",
    centre_metadata,
    Column("id", String(26), primary_key=True),
    Column("camera_id", String(64), nullable=False),
    Column("rule_id", String(64), nullable=False, comment="Which of the camera's rules."),
    Column("observation_id", String(26), nullable=False, comment="Of a happening: the alert's own id."),
    Column("state", String(16), nullable=False, comment="waiting, claimed or decided."),
    Column("priority", Integer, nullable=False, comment="1 is the most urgent, 5 the least."),
    Column("at", String(32), nullable=False, comment="When the rule fired; ISO 8601, UTC."),
    Column(
        "last_fact", String(26), nullable=False, comment="The fact that told its present state; the next one's cause."
    ),
    Column("body", String, nullable=False, comment="The whole alert as JSON."),
    UniqueConstraint("camera_id", "rule_id", "observation_id", name="alerts_ring_once"),
    Index("alerts_queue", "state", "priority", "at"),
    Index("alerts_of_camera", "camera_id", "at"),
)

observation_rows = Table(
    "observations",
    centre_metadata,
    Column("id", String(26), primary_key=True),
    Column("camera_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("first_at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("last_at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("closed", Boolean, nullable=False, comment="False while the track may go on."),
    Column("body", String, nullable=False, comment="The whole observation as JSON, its trail thinned."),
    Index("observations_of_camera", "camera_id", "first_at"),
)

rules_rows = Table(
    "camera_rules",
    centre_metadata,
    Column("camera_id", String(64), primary_key=True, comment="A camera without a row has the rules of its place."),
    Column("body", String, nullable=False, comment="JSON list of rules."),
    Column("drawn_by_name", String(200), nullable=False),
    Column("drawn_at", String(32), nullable=False, comment="ISO 8601, UTC."),
)

_ALERT = TypeAdapter(Alert)
_OBSERVATION = TypeAdapter(Observation)
_WAITING_FIRST = case({AlertState.WAITING.value: 0, AlertState.CLAIMED.value: 1}, value=alert_rows.c.state, else_=2)


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An alert and the fact that told its present state; whatever follows from it names that fact as its cause."""

    alert: Alert
    last_fact: FactId


def insert_alert(connection: Connection, alert: Alert, fact_id: FactId) -> bool:
    """False, and nothing written, when it is known, or its rule already rang for this observation."""
    row = _alert_row(alert, fact_id)
    return connection.execute(insert(alert_rows).values(row).on_conflict_do_nothing()).rowcount == 1


def update_alert(connection: Connection, alert: Alert, fact_id: FactId) -> None:
    connection.execute(update(alert_rows).where(alert_rows.c.id == alert.id).values(_alert_row(alert, fact_id)))


def alert_of(connection: Connection, access: Access, alert_id: AlertId) -> AlertRecord | None:
    query = (
        select(alert_rows.c.body, alert_rows.c.last_fact)
        .select_from(_with_camera(alert_rows))
        .where(alert_rows.c.id == alert_id, _seen_by(access))
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else AlertRecord(_ALERT.validate_json(row.body), FactId(row.last_fact))


def queue(connection: Connection, access: Access, state: AlertState | None, limit: int) -> list[Alert]:
    """Waiting ones first, then claimed ones, each by urgency and then age; decided ones last, newest first."""
    c = alert_rows.c
    newest_decided = case((c.state == AlertState.DECIDED.value, c.at), else_=None).desc()
    urgency = case((c.state == AlertState.DECIDED.value, 0), else_=c.priority)
    query = (
        select(c.body)
        .select_from(_with_camera(alert_rows))
        .where(_seen_by(access), true() if state is None else c.state == state.value)
        .order_by(_WAITING_FIRST, newest_decided, urgency, c.at, c.id)
        .limit(limit)
    )
    return [_ALERT.validate_json(row.body) for row in connection.execute(query)]


def save_observation(connection: Connection, observation: Observation) -> None:
    """Insert or replace; a closed observation stays as it is."""
    row = {
        "id": observation.id,
        "camera_id": observation.camera_id,
        "kind": observation.kind.value,
        "first_at": observation.first_at.isoformat(),
        "last_at": observation.last_at.isoformat(),
        "closed": observation.closed,
        "body": _OBSERVATION.dump_json(observation).decode(),
    }
    statement = insert(observation_rows).values(row)
    still_open = observation_rows.c.closed.is_(False)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row, where=still_open))


def observation_of(connection: Connection, access: Access, observation_id: ObservationId) -> Observation | None:
    query = (
        select(observation_rows.c.body)
        .select_from(_with_camera(observation_rows))
        .where(observation_rows.c.id == observation_id, _seen_by(access))
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _OBSERVATION.validate_json(row.body)


def drop_observations(connection: Connection, before: datetime) -> int:
    """Forget closed observations that ended before an instant and that no alert is about; returns how many."""
    c = observation_rows.c
    kept = select(alert_rows.c.observation_id)
    gone = observation_rows.delete().where(c.closed, c.last_at < before.isoformat(), c.id.not_in(kept))
    return connection.execute(gone).rowcount


def place_of(connection: Connection, access: Access, camera_id: CameraId) -> PlaceKind | None:
    """None for a camera that does not exist for this access."""
    query = select(camera_rows.c.place).where(camera_rows.c.id == camera_id, _seen_by(access))
    place = connection.execute(query).scalar_one_or_none()
    return None if place is None else PlaceKind(place)


def places(connection: Connection) -> dict[CameraId, PlaceKind]:
    """Of every camera that is in use."""
    query = select(camera_rows.c.id, camera_rows.c.place).where(camera_rows.c.enabled).order_by(camera_rows.c.id)
    return {CameraId(row.id): PlaceKind(row.place) for row in connection.execute(query)}


def save_rules(connection: Connection, rules: CameraRules, drawn_by_name: str, at: datetime) -> None:
    row = {
        "camera_id": rules.camera_id,
        "body": RULES_ADAPTER.dump_json(rules.rules).decode(),
        "drawn_by_name": drawn_by_name,
        "drawn_at": at.isoformat(),
    }
    statement = insert(rules_rows).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["camera_id"], set_=row))


def drawn_rules(connection: Connection) -> dict[CameraId, CameraRules]:
    """Of every camera that somebody drew for."""
    rows = connection.execute(select(rules_rows.c.camera_id, rules_rows.c.body))
    return {
        CameraId(row.camera_id): CameraRules(
            camera_id=CameraId(row.camera_id), rules=RULES_ADAPTER.validate_json(row.body)
        )
        for row in rows
    }


def _alert_row(alert: Alert, fact_id: FactId) -> dict[str, str | int]:
    about = alert.id if alert.happening else alert.observation_id  # an owner may leave two bags
    return {
        "id": alert.id,
        "camera_id": alert.camera_id,
        "rule_id": alert.rule_id or alert.rule.value,
        "observation_id": about or alert.id,
        "state": alert.state.value,
        "priority": alert.priority,
        "at": alert.at.isoformat(),
        "last_fact": fact_id,
        "body": _ALERT.dump_json(alert).decode(),
    }


def _with_camera(rows: Table) -> Join:
    return rows.outerjoin(camera_rows, camera_rows.c.id == rows.c.camera_id)


def _seen_by(access: Access) -> ColumnElement[bool]:
    """The cameras that exist for this access."""
    return camera_rows.c.group.in_(access.camera_groups) if access.camera_groups else true()
