"""Stills for control: which key frame shows a camera at an instant, asked of the stills process, kept for a while."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Connection

from sereno.core.errors import AppError, invalid, not_found
from sereno.core.ids import CameraId
from sereno.core.media_time import WallTicks, wall_instant, wall_ticks
from sereno.recording.journal import find_key_frames, find_last_begun
from sereno.recording.library import Library
from sereno.recording.stills.calls import (
    LATEST,
    MAX_PLACES,
    STILL,
    STRIP,
    LatestQuestion,
    StillPlace,
    StillQuestion,
    StripQuestion,
    unpack_stills,
)
from sereno.runtime.local_call import LocalCaller

KEPT_BYTES = 48 << 20
ASK_WITHIN_S = 15.0
_GROWING_WITHIN = timedelta(minutes=10)
"""An instant this long after the last row may still lie in the file that is being written."""


@dataclass(frozen=True, slots=True)
class Still:
    """``at`` is when the picture was taken: the last key frame at or before the instant that was asked."""

    at: datetime
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class _Found:
    place: StillPlace
    at: WallTicks
    ended: WallTicks
    """Where the footage that it stands in ends."""


class Stills:
    """Thread-safe. ``width`` is the most: no picture is made larger than it is."""

    def __init__(self, library: Library, caller: LocalCaller) -> None:
        self._library = library
        self._caller = caller
        self._kept = _Kept(KEPT_BYTES)

    def at(self, camera_id: CameraId, at: datetime, width: int) -> Still:
        """Raises: AppError not_found ``still_not_found``, data_loss ``still_undecodable``, unavailable."""
        with self._library.reading() as connection:
            found = None if connection is None else self._find(connection, camera_id, wall_ticks(at))
        if found is None or wall_instant(found.ended) <= at < wall_instant(found.ended) + _GROWING_WITHIN:
            growing = self._growing(camera_id, width, wall_ticks(at))
            if growing is not None:
                return growing
        if found is None:
            raise _none()
        return self._one(found, width)

    def latest(self, camera_id: CameraId, width: int) -> Still:
        """Of a camera that is being recorded it is some seconds old at most. Raises: as ``at``."""
        growing = self._growing(camera_id, width, None)
        if growing is not None:
            return growing
        with self._library.reading() as connection:
            found = None if connection is None else self._find(connection, camera_id, WallTicks(1 << 62))
        if found is None:
            raise _none()
        return self._one(found, width)

    def strip(self, camera_id: CameraId, span: tuple[datetime, datetime], count: int, width: int) -> list[Still | None]:
        """``count`` pictures at the middles of equal parts of the span; None where nothing was recorded."""
        if not 1 <= count <= MAX_PLACES or span[1] <= span[0]:
            raise invalid(
                "strip_invalid", f"A strip has 1 to {MAX_PLACES} pictures of a span that ends after it begins."
            )
        step = (wall_ticks(span[1]) - wall_ticks(span[0])) // count
        instants = [WallTicks(wall_ticks(span[0]) + step * number + step // 2) for number in range(count)]
        with self._library.reading() as connection:
            found = [None if connection is None else self._find(connection, camera_id, each) for each in instants]
        shown = [
            each if each is not None and each.ended > at - step // 2 else None
            for each, at in zip(found, instants, strict=True)
        ]
        distinct = list(dict.fromkeys(each for each in shown if each is not None))
        pictures = dict(zip(distinct, self._decoded(distinct, width), strict=True))
        return [None if each is None or not pictures[each].jpeg else pictures[each] for each in shown]

    def _growing(self, camera_id: CameraId, width: int, until: WallTicks | None) -> Still | None:
        path = self._library.growing(camera_id)
        if path is None:
            return None
        question = LatestQuestion(path=str(path), width=width, until=until)
        try:
            raw = next(unpack_stills(self._caller.ask(LATEST, question, ASK_WITHIN_S)), None)
        except AppError as error:
            if error.code == "still_not_found":  # closed and moved meanwhile, or no key frame in it yet
                return None
            raise
        if raw is None or (until is not None and raw.wall > until):
            return None
        return Still(wall_instant(raw.wall), raw.jpeg)

    def _find(self, connection: Connection, camera_id: CameraId, at: WallTicks) -> _Found | None:
        segment = find_last_begun(connection, camera_id, at)
        if segment is None:
            return None
        keys = find_key_frames(connection, segment.id)
        media = at - segment.started_wall + segment.started_media
        key = next((each for each in reversed(keys) if each.media <= media), keys[0] if keys else None)
        if key is None:
            return None
        place = StillPlace(str(self._library.path(segment)), key.offset)
        return _Found(place, WallTicks(segment.started_wall + key.media - segment.started_media), segment.ended_wall)

    def _one(self, found: _Found, width: int) -> Still:
        jpeg = self._kept.get((found.place, width))
        if jpeg is None:
            question = StillQuestion(place=found.place, width=width)
            jpeg = b"".join(raw.jpeg for raw in unpack_stills(self._caller.ask(STILL, question, ASK_WITHIN_S)))
            self._kept.put((found.place, width), jpeg)
        return Still(wall_instant(found.at), jpeg)

    def _decoded(self, found: list[_Found], width: int) -> list[Still]:
        """An empty ``jpeg`` tells of what cannot be decoded."""
        kept = {each: self._kept.get((each.place, width)) for each in found}
        missing = [each for each in found if kept[each] is None]
        if missing:
            question = StripQuestion(places=tuple(each.place for each in missing), width=width)
            raws = unpack_stills(self._caller.ask(STRIP, question, ASK_WITHIN_S))
            for each, raw in zip(missing, raws, strict=False):  # a process that was taken over may answer anything
                kept[each] = raw.jpeg
                if raw.jpeg:
                    self._kept.put((each.place, width), raw.jpeg)
        return [Still(wall_instant(each.at), kept[each] or b"") for each in found]


class _Kept:
    """The last pictures, up to so many bytes."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._bytes = 0
        self._pictures: OrderedDict[tuple[StillPlace, int], bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[StillPlace, int]) -> bytes | None:
        with self._lock:
            jpeg = self._pictures.get(key)
            if jpeg is not None:
                self._pictures.move_to_end(key)
            return jpeg

    def put(self, key: tuple[StillPlace, int], jpeg: bytes) -> None:
        with self._lock:
            self._bytes += len(jpeg) - len(self._pictures.pop(key, b""))
            self._pictures[key] = jpeg
            while self._bytes > self._limit_bytes:
                self._bytes -= len(self._pictures.popitem(last=False)[1])


def _none() -> AppError:
    return not_found("still_not_found", "There is no footage of this camera at that instant.")
