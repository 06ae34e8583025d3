"""What became of segments whose footage is gone, and why streams were lost: for who explains gaps."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from sereno.cameras.events import StreamLost
from sereno.core.ids import CameraId
from sereno.recording.journal import Journal, journal_metadata, recorder_fact_log
from sereno.recording.retention import LOST

_segments = journal_metadata.tables["segments"]
_facts = journal_metadata.tables["facts"]
_LATE = timedelta(minutes=1)
"""A loss may be told so much before what was recorded ends, by the clocks of two machines."""


@dataclass(frozen=True, slots=True)
class Fate:
    reason: str
    """A ``ShedReason``; empty for segments that were shed before reasons were kept."""
    at: datetime

    @property
    def by_rule(self) -> bool:
        return self.reason not in {each.value for each in LOST}


def fates_of(journal: Journal, camera_id: CameraId) -> dict[int, Fate]:
    """By number; of segments of which only the hash is left."""
    s = _segments.c
    query = select(s.number, s.shed_at, s.shed_reason).where(s.camera_id == camera_id, s.shed_at.is_not(None))
    with journal.database.read() as connection:
        return {
            row.number: Fate(row.shed_reason or "", datetime.fromisoformat(row.shed_at))
            for row in connection.execute(query)
        }


def losses_of(journal: Journal, camera_id: CameraId, began: datetime, ended: datetime) -> list[StreamLost]:
    """What the recorder told of a camera's stream in a span, oldest first."""
    f, codec = _facts.c, recorder_fact_log().codec
    query = select(f.kind, f.body).where(
        f.kind == StreamLost.__name__, f.at >= (began - _LATE).isoformat(), f.at < ended.isoformat()
    )
    with journal.database.read() as connection:
        facts = [codec.decode(row.kind, row.body) for row in connection.execute(query.order_by(f.seq))]
    return [fact for fact in facts if isinstance(fact, StreamLost) and fact.camera_id == camera_id]
