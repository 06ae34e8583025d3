"""What a time line is made of: rows of the journal as plain tuples, fast enough for 36 cameras and a day."""

from datetime import timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from sereno.cameras.events import StreamLost
from sereno.core.ids import CameraId, first_id
from sereno.core.media_time import WallTicks, wall_instant
from sereno.recording.journal import recorder_fact_log

_LOST_WITHIN = timedelta(seconds=90)
"""How long after the last picture the recorder may still find out why no more came."""
_EARLY = timedelta(seconds=2)

_ROWS = text("""
    SELECT started_wall, started_wall + duration, size, end_reason, origin, shed_at IS NOT NULL
    FROM segments WHERE camera_id = :camera AND started_wall < :ended AND started_wall >= coalesce(
        (SELECT max(started_wall) FROM segments WHERE camera_id = :camera AND started_wall <= :began), 0)
    ORDER BY started_wall
""")
_KEYS = text("""
    SELECT started_wall - started_media, started_wall + duration, size, key_frames
    FROM segments WHERE camera_id = :camera AND shed_at IS NULL AND started_wall < :ended
        AND started_wall + duration > :began AND started_wall >= coalesce(
        (SELECT max(started_wall) FROM segments WHERE camera_id = :camera AND started_wall <= :began), 0)
    ORDER BY started_wall
""")
_LOST = text("SELECT kind, body FROM facts WHERE id >= :first AND id < :last AND kind = 'StreamLost' ORDER BY id")


class FootageRow(NamedTuple):
    """A segment. Units: wall ticks, bytes."""

    began: int
    ended: int
    size: int
    end_reason: str
    origin: str
    shed: bool


def find_footage(connection: Connection, camera_id: CameraId, began: WallTicks, ended: WallTicks) -> list[FootageRow]:
    """Segments in order of time, from the last that began at or before ``began`` on; those shed included."""
    rows = connection.execute(_ROWS, {"camera": camera_id, "began": began, "ended": ended})
    return list(map(FootageRow._make, rows))


def find_intervals(
    connection: Connection, camera_id: CameraId, began: WallTicks, ended: WallTicks
) -> NDArray[np.int64]:
    """From each key frame to the next: (N, 3) wall ticks of both and bytes between; for spans of some hours at most."""
    found = []
    for row in connection.execute(_KEYS, {"camera": camera_id, "began": began, "ended": ended}):
        offset, last, size, packed = row
        keys = np.frombuffer(packed, ">u8").astype(np.int64).reshape(-1, 2)
        starts = keys[:, 1] + offset
        ends = np.append(starts[1:], last)
        found.append(np.stack((starts, ends, np.diff(np.append(keys[:, 0], size))), axis=1))
    return np.concatenate(found) if found else np.empty((0, 3), np.int64)


def why_lost(connection: Connection, camera_id: CameraId, began: WallTicks, ended: WallTicks) -> StreamLost | None:
    """What the recorder told when the stream was gone from ``began`` to ``ended``; its last word is the best."""
    at = wall_instant(began)
    last = min(wall_instant(ended), at + _LOST_WITHIN)
    codec = recorder_fact_log().codec
    bounds = {"first": first_id(at - _EARLY), "last": first_id(last)}
    told = [codec.decode(row.kind, row.body) for row in connection.execute(_LOST, bounds)]
    mine = [fact for fact in told if isinstance(fact, StreamLost) and fact.camera_id == camera_id]
    return mine[-1] if mine else None
