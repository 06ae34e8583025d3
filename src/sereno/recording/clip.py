"""Playback: which bytes of which files make a clip of a time span, the open segment included."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from sereno.core.errors import AppError, invalid, not_found
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S, MediaTicks, WallTicks, wall_ticks
from sereno.recording.archive import Archive
from sereno.recording.chunks import MAX_HEADER_SIZE, REFERENCE_SIZE, init_size, lasting, read_chunk, read_reference
from sereno.recording.disks import COLD
from sereno.recording.journal import find_key_frames, find_segments
from sereno.recording.model import KeyFrame, Segment
from sereno.recording.sound_track import browsers_play, hide_sound
from sereno.recording.tiers.cache import being_fetched, want

FROM_HEADER, LENGTH_HEADER, KEYS_HEADER = "X-Sereno-From", "X-Sereno-Length", "X-Sereno-Keys"
PASS_HEADER = "X-Sereno-Pass"  # noqa: S105 no word to keep
BLOCK = 262_144
MAX_KEY_BYTES = 4 << 20
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
class Piece:
    """The part of a ticket's span that one request is about; ``keys_only`` leaves out all but key frames.

    Where the wall clock was set back, a span was recorded more than once: ``passage`` says which time, from 1.
    """

    began: WallTicks
    ended: WallTicks
    keys_only: bool = False
    passage: int = 1
    sound: bool = False


@dataclass(frozen=True, slots=True)
class FilePart:
    """``lasts`` is set for a key frame alone: the time until the next one."""

    path: Path
    offset: int
    end: int
    lasts: MediaTicks | None = None


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """``init`` and then the parts, in order, are one fragmented MP4; ``wall`` and ``media`` are of its first sample."""

    init: bytes
    parts: tuple[FilePart, ...]
    wall: WallTicks
    media: MediaTicks
    codec: str
    end: ClipEnd
    passes: int
    """How often the span was recorded: more than once where the wall clock was set back."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A segment, open or closed, as far as a clip needs it."""

    path: Path
    size: int
    started_wall: WallTicks
    started_media: MediaTicks
    ended_wall: WallTicks
    codec: str
    key_frames: tuple[KeyFrame, ...]

    @property
    def offset(self) -> int:
        """Wall minus media time."""
        return self.started_wall - self.started_media


def piece_of(headers: Mapping[str, str], span: tuple[WallTicks, WallTicks]) -> Piece:
    """What a request's headers ask of the span; all of it when they ask nothing.

    They are headers because a browser asks leave for each address of another port, but only once for its headers.
    Raises: AppError invalid ``clip_piece``.
    """
    began, ended = span
    try:
        start = headers.get(FROM_HEADER)
        if start is not None:
            began = max(began, wall_ticks(datetime.fromisoformat(start)))
        length = headers.get(LENGTH_HEADER)
        if length is not None:
            ended = min(ended, WallTicks(began + round(float(length) * TICKS_PER_S)))
        passage = max(1, int(headers.get(PASS_HEADER, "1")))
    except (ValueError, TypeError, OverflowError):
        what = f"{FROM_HEADER} is an instant with its zone, {LENGTH_HEADER} seconds, {PASS_HEADER} a number."
        raise invalid("clip_piece", what) from None
    if ended <= began:
        raise invalid("clip_piece", "The piece lies outside of the ticket's span.")
    return Piece(began, ended, KEYS_HEADER in headers, passage)


def plan_clip(archive: Archive, camera_id: CameraId, piece: Piece) -> ClipPlan:
    """From the last key frame before the piece to the first one after it.

    Raises: AppError not_found when nothing was recorded in the piece.
    """
    passes = _passes([s for s in _stretches(archive, camera_id, piece.began, piece.ended) if s.key_frames])
    if piece.passage > len(passes):
        raise _nothing()
    stretches = passes[piece.passage - 1]
    first = stretches[0]
    start = _last_before(first.key_frames, piece.began - first.offset)
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
        part = FilePart(stretch.path, offset, _first_after(stretch, piece.ended - stretch.offset))
        parts += _key_parts(stretch, part) if piece.keys_only else [part]
    wall = WallTicks(start.media + first.offset)
    shown, codec = _shown(init, first.codec, sound=piece.sound)
    return ClipPlan(shown, tuple(parts), wall, start.media, codec, end, len(passes))


def read_clip(plan: ClipPlan) -> Iterator[bytes]:
    """The clip in blocks, the first just up to the end of its first picture. A file that was shed meanwhile ends it."""
    before = plan.init
    for part in plan.parts:
        try:
            file = part.path.open("rb", buffering=0)
        except FileNotFoundError:
            break
        with file:
            file.seek(part.offset)
            if part.lasts is not None:
                yield before + _key_alone(file, part.lasts)
                before = b""
                continue
            left = part.end - part.offset
            if before and (first := _first_picture(file, left)):
                left -= len(first)
                yield before + first
                before = b""
            while left > 0 and (block := file.read(min(BLOCK, left))):
                left -= len(block)
                yield before + block
                before = b""
    if before:
        yield before


def _first_picture(file: BinaryIO, most: int) -> bytes:
    """The chunk that begins here, with the reference before it; what has been read when it is none of ours."""
    head = file.read(min(most, REFERENCE_SIZE + MAX_HEADER_SIZE))
    start = 0 if read_reference(head[:REFERENCE_SIZE]) is None else REFERENCE_SIZE
    chunk = read_chunk(head[start:])
    size = 0 if chunk is None else min(most, start + chunk.size, MAX_KEY_BYTES)
    return head + file.read(max(0, size - len(head)))


def _key_parts(stretch: _Stretch, part: FilePart) -> list[FilePart]:
    """Each key frame of a part alone. Until the last one's successor it is as long as the one before."""
    keys = [key for key in stretch.key_frames if part.offset <= key.offset < part.end]
    steps = [MediaTicks(after.media - before.media) for before, after in pairwise(keys)]
    steps.append(steps[-1] if steps else MediaTicks(TICKS_PER_S))
    after = next((key.media for key in stretch.key_frames if key.offset >= part.end), None)
    if after is not None and keys:
        steps[-1] = MediaTicks(after - keys[-1].media)
    ends = [*(key.offset for key in keys[1:]), part.end]
    return [FilePart(part.path, key.offset, end, step) for key, end, step in zip(keys, ends, steps, strict=True)]


def _key_alone(file: BinaryIO, lasts: MediaTicks) -> bytes:
    """The chunk of a key frame without its reference; nothing when it is none of ours."""
    head = file.read(REFERENCE_SIZE + MAX_HEADER_SIZE)
    if read_reference(head[:REFERENCE_SIZE]) is not None:
        head = head[REFERENCE_SIZE:]
    chunk = read_chunk(head)
    if chunk is None or not chunk.key or chunk.size > MAX_KEY_BYTES:
        return b""
    return lasting((head + file.read(max(0, chunk.size - len(head))))[: chunk.size], lasts)


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
            ended_wall = file.closed_wall or WallTicks(file.started_wall + keys[-1].media - file.started_media)
            stretch = _Stretch(
                file.full_path, size, file.started_wall, file.started_media, ended_wall, file.codec, keys
            )
            if file.closed_wall is None or file.closed_wall > began:
                found.append(stretch)
    return found


def _passes(stretches: list[_Stretch]) -> list[list[_Stretch]]:
    """Each time that the span was recorded, in the order in which that was, each in the order of time.

    Footage that was fetched later stands later in the chain, but fits where the time before it is empty.
    """
    passes: list[list[_Stretch]] = []
    for stretch in stretches:
        for known in passes:
            if stretch.started_wall >= known[-1].ended_wall - MAX_DRIFT_TICKS:
                known.append(stretch)
                break
            if not any(_overlap(stretch, other) for other in known):
                known.append(stretch)
                known.sort(key=lambda each: each.started_wall)
                break
        else:
            passes.append([stretch])
    return passes


def _overlap(one: _Stretch, other: _Stretch) -> bool:
    return min(one.ended_wall, other.ended_wall) - max(one.started_wall, other.started_wall) > MAX_DRIFT_TICKS


def _shown(init: bytes, codec: str, *, sound: bool) -> tuple[bytes, str]:
    """What a player gets to see of the tracks: sound when it is asked for and browsers play it."""
    picture, _, spoken = codec.partition(",")
    return (init, codec) if sound and browsers_play(spoken) else (hide_sound(init), picture)


def _closed(archive: Archive, segment: Segment, keys: tuple[KeyFrame, ...]) -> _Stretch:
    path = _path(archive, segment)
    place = segment.started_wall, segment.started_media, segment.ended_wall
    return _Stretch(path, segment.size, *place, segment.codec, keys)


def _path(archive: Archive, segment: Segment) -> Path:
    """Raises: AppError unavailable ``footage_cold`` while it is being fetched."""
    if segment.disk != COLD:
        return archive.path(segment) or archive.folder / f".{segment.disk}" / segment.path
    path = want(archive.folder.parent, segment)
    if not path.exists():
        raise being_fetched(segment.size)
    return path


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
