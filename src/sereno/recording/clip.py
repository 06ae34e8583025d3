"""Playback: which bytes of which files make a clip of a time span, the open segment included."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sereno.core.errors import AppError, not_found
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S, MediaTicks, WallTicks
from sereno.recording.archive import Archive
from sereno.recording.chunks import init_size
from sereno.recording.journal import find_key_frames, find_segments
from sereno.recording.model import KeyFrame, Segment

MAX_HEAD_BYTES = 65_536
MAX_DRIFT_TICKS = 2 * TICKS_PER_S
"""How far wall and media time of two segments may part before the clip must end between them."""


class ClipEnd(StrEnum):
    """Why a clip ends where it does."""

    COMPLETE = "complete"
    PARAMETERS_CHANGED = "parameters_changed"
    """The camera's codec settings changed: what follows needs a clip of its own."""
    CLOCK_CHANGED = "clock_changed"
    """The wall clock was set: what follows needs a clip of its own."""


@dataclass(frozen=True, slots=True)
class FilePart:
    path: Path
    offset: int
    end: int


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """``init`` and then the parts, in order, are one fragmented MP4; ``wall`` and ``media`` are of its first sample."""

    init: bytes
    parts: tuple[FilePart, ...]
    wall: WallTicks
    media: MediaTicks
    codec: str
    end: ClipEnd

    @property
    def size(self) -> int:
        return len(self.init) + sum(part.end - part.offset for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A segment, open or closed, as far as a clip needs it."""

    path: Path
    size: int
    started_wall: WallTicks
    started_media: MediaTicks
    codec: str
    key_frames: tuple[KeyFrame, ...]

    @property
    def offset(self) -> int:
        """Wall minus media time."""
        return self.started_wall - self.started_media


def plan_clip(archive: Archive, camera_id: CameraId, began: WallTicks, ended: WallTicks) -> ClipPlan:
    """From the last key frame before ``began`` to the first one after ``ended``.

    Raises: AppError not_found when nothing was recorded in the span.
    """
    stretches = [s for s in _stretches(archive, camera_id, began, ended) if s.key_frames]
    if not stretches:
        raise _nothing()
    first = stretches[0]
    start = _last_before(first.key_frames, began - first.offset)
    init = _init(first.path)
    parts: list[FilePart] = []
    end = ClipEnd.COMPLETE
    for stretch in stretches:
        if abs(stretch.offset - first.offset) > MAX_DRIFT_TICKS:
            end = ClipEnd.CLOCK_CHANGED
            break
        if stretch is not first and _init(stretch.path) != init:
            end = ClipEnd.PARAMETERS_CHANGED
            break
        offset = start.offset if stretch is first else stretch.key_frames[0].offset
        parts.append(FilePart(stretch.path, offset, _first_after(stretch, ended - stretch.offset)))
    wall = WallTicks(start.media + first.offset)
    return ClipPlan(init, tuple(parts), wall, start.media, first.codec, end)


def _stretches(archive: Archive, camera_id: CameraId, began: WallTicks, ended: WallTicks) -> list[_Stretch]:
    unlisted = archive.unlisted(
        camera_id
    )  # first these: a file that is listed in between is then found twice, not never
    with archive.journal.database.read() as connection:
        rows = find_segments(connection, camera_id, began, ended)
        found = [_closed(archive, row, find_key_frames(connection, row.id)) for row in rows]
    known = {stretch.path for stretch in found}
    for file in unlisted:
        size = file.size
        keys = tuple(key for key in file.key_frames if key.offset < size)
        if file.full_path not in known and keys and file.started_wall < ended:
            stretch = _Stretch(file.full_path, size, file.started_wall, file.started_media, file.codec, keys)
            if file.closed_wall is None or file.closed_wall > began:
                found.append(stretch)
    return found


def _closed(archive: Archive, segment: Segment, keys: tuple[KeyFrame, ...]) -> _Stretch:
    path = archive.folder / segment.path
    return _Stretch(path, segment.size, segment.started_wall, segment.started_media, segment.codec, keys)


def _last_before(key_frames: tuple[KeyFrame, ...], media: int) -> KeyFrame:
    earlier = [key for key in key_frames if key.media <= media]
    return earlier[-1] if earlier else key_frames[0]


def _first_after(stretch: _Stretch, media: int) -> int:
    return next((key.offset for key in stretch.key_frames if key.media >= media), stretch.size)


def _init(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(MAX_HEAD_BYTES)
    except FileNotFoundError:
        raise _nothing() from None
    return head[: init_size(head)]


def _nothing() -> AppError:
    return not_found("clip_not_found", "Nothing was recorded by this camera in that time.")
