"""When a camera was recorded, read narrowly from the journal: for whoever asks about whole days of many cameras."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from sereno.core.ids import CameraId
from sereno.core.media_time import seconds_of_ticks, wall_instant, wall_ticks
from sereno.recording.journal import journal_metadata
from sereno.recording.library import Library

_SLACK_S = 3600
"""No segment is longer; lets the index by start find those that began before a span."""
_segments = journal_metadata.tables["segments"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One segment's footage; ``camera_offset_s`` is the camera's clock minus ours, when it told."""

    began: datetime
    ended: datetime
    end_reason: str
    camera_offset_s: float | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The oldest footage that is still there, and the first that ever was; None when there is none."""

    oldest: datetime | None
    first: datetime | None


def recorded_in(library: Library, camera_id: CameraId, began: datetime, ended: datetime) -> list[Recorded]:
    """Ordered by start; may overlap where the clock was set back. Footage that retention has deleted counts as well:
    it was recorded."""
    s = _segments.c
    since = wall_ticks(began)
    query = (
        select(s.started_wall, s.duration, s.end_reason, s.camera_offset)
        .where(s.camera_id == camera_id)
        .where(s.started_wall > since - _SLACK_S * 90_000, s.started_wall < wall_ticks(ended))
        .where(s.started_wall + s.duration > since)
        .order_by(s.started_wall)
    )
    with library.reading() as connection:
        if connection is None:
            return []
        rows = connection.execute(query).all()
    return [
        Recorded(
            wall_instant(start),
            wall_instant(start + duration),
            reason,
            None if offset is None else seconds_of_ticks(offset),
        )
        for start, duration, reason, offset in rows
    ]


def kept(library: Library, camera_id: CameraId) -> Kept:
    s = _segments.c
    started = select(func.min(s.started_wall)).where(s.camera_id == camera_id)
    with library.reading() as connection:
        if connection is None:
            return Kept(None, None)
        first = connection.execute(started).scalar()
        oldest = connection.execute(
            select(s.started_wall)
            .where(s.camera_id == camera_id, s.shed_at.is_(None))
            .order_by(s.started_wall)
            .limit(1)
        ).scalar()
    return Kept(
        None if oldest is None else wall_instant(oldest),
        None if first is None else wall_instant(first),
    )
