"""Bookmarks, and what of alerts, tracks and holds a time line shows. Who asks passes the ``Access``."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    String,
    Table,
    delete,
    insert,
    select,
)
from sqlalchemy.engine import Row

from sereno.alerts.model import Alert
from sereno.alerts.store import alert_rows, observation_rows
from sereno.core.ids import BookmarkId, CameraId, HoldId, IncidentId, PersonId
from sereno.core.media_time import wall_ticks
from sereno.evidence.model import HoldState
from sereno.evidence.store import hold_rows
from sereno.playback.model import AlertMark, Bookmark, HoldMark
from sereno.runtime.database import centre_metadata

MOST_TRACKS = 20_000
"""Of one camera in one span; a crowd's day is cut short rather than slow."""
MOST_MARKS = 500

bookmark_rows = Table(
    "bookmarks",
    centre_metadata,
    Column("id", String(26), primary_key=True),
    Column("camera_id", String(26), ForeignKey("cameras.id"), nullable=False),
    Column("at", String(32), nullable=False, comment="ISO 8601, UTC: an instant of the footage."),
    Column("ended", String(32), nullable=False, comment="ISO 8601, UTC; equals at for a single instant."),
    Column("text", String(500), nullable=False),
    Column("author_id", String(64), nullable=False),
    Column("author_name", String(200), nullable=False),
    Column("written_at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("incident_id", String(26), ForeignKey("incidents.id"), nullable=True),
    Index("bookmarks_of_camera", "camera_id", "at"),
)

_ALERT = TypeAdapter(Alert)


def add_bookmark(connection: Connection, bookmark: Bookmark) -> None:
    row = {
        "id": bookmark.id,
        "camera_id": bookmark.camera_id,
        "at": bookmark.at.isoformat(),
        "ended": bookmark.ended.isoformat(),
        "text": bookmark.text,
        "author_id": bookmark.author_id,
        "author_name": bookmark.author_name,
        "written_at": bookmark.written_at.isoformat(),
        "incident_id": bookmark.incident_id,
    }
    connection.execute(insert(bookmark_rows), row)


def remove_bookmark(connection: Connection, bookmark_id: BookmarkId) -> None:
    connection.execute(delete(bookmark_rows).where(bookmark_rows.c.id == bookmark_id))


def find_bookmark(connection: Connection, bookmark_id: BookmarkId) -> Bookmark | None:
    """Whoever asks on behalf of a person looks at the camera's group too."""
    row = connection.execute(select(bookmark_rows).where(bookmark_rows.c.id == bookmark_id)).one_or_none()
    return None if row is None else _bookmark(row)


def bookmarks_between(
    connection: Connection, camera_id: CameraId, began: datetime, ended: datetime
) -> tuple[Bookmark, ...]:
    c = bookmark_rows.c
    query = select(bookmark_rows).where(
        c.camera_id == camera_id, c.at < ended.isoformat(), c.ended >= began.isoformat()
    )
    return tuple(_bookmark(row) for row in connection.execute(query.order_by(c.at).limit(MOST_MARKS)))


def alerts_between(
    connection: Connection, camera_id: CameraId, began: datetime, ended: datetime
) -> tuple[AlertMark, ...]:
    c = alert_rows.c
    query = select(c.body).where(c.camera_id == camera_id, c.at >= began.isoformat(), c.at < ended.isoformat())
    alerts = [_ALERT.validate_json(row.body) for row in connection.execute(query.order_by(c.at).limit(MOST_MARKS))]
    return tuple(
        AlertMark(
            id=alert.id,
            at=alert.at,
            since=alert.since,
            rule=alert.rule,
            priority=alert.priority,
            state=alert.state,
            outcome=alert.outcome,
        )
        for alert in alerts
    )


def holds_between(
    connection: Connection, camera_id: CameraId, began: datetime, ended: datetime
) -> tuple[HoldMark, ...]:
    c = hold_rows.c
    query = select(c.id, c.began, c.ended, c.reason, c.state).where(
        c.camera_id == camera_id, c.began < ended.isoformat(), c.ended > began.isoformat()
    )
    return tuple(
        HoldMark(
            id=HoldId(row.id),
            began=datetime.fromisoformat(row.began),
            ended=datetime.fromisoformat(row.ended),
            reason=row.reason,
            state=HoldState(row.state),
        )
        for row in connection.execute(query.order_by(c.began).limit(MOST_MARKS))
    )


def tracks_between(
    connection: Connection, camera_id: CameraId, began: datetime, ended: datetime
) -> Sequence[tuple[int, int, str]]:
    """Beginning and end in wall ticks, and kind; in order of beginning."""
    c = observation_rows.c
    query = select(c.first_at, c.last_at, c.kind).where(
        c.camera_id == camera_id, c.first_at >= began.isoformat(), c.first_at < ended.isoformat()
    )
    return [
        (_ticks(row.first_at), _ticks(row.last_at), row.kind)
        for row in connection.execute(query.order_by(c.first_at).limit(MOST_TRACKS))
    ]


def _ticks(text: str) -> int:
    return wall_ticks(datetime.fromisoformat(text))


def _bookmark(row: Row[tuple[object, ...]]) -> Bookmark:
    return Bookmark(
        id=BookmarkId(row.id),
        camera_id=CameraId(row.camera_id),
        at=datetime.fromisoformat(row.at),
        ended=datetime.fromisoformat(row.ended),
        text=row.text,
        author_id=PersonId(row.author_id),
        author_name=row.author_name,
        written_at=datetime.fromisoformat(row.written_at),
        incident_id=None if row.incident_id is None else IncidentId(row.incident_id),
    )
