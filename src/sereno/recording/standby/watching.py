"""The standby's own work: ask each recorder every second, tell our recorder what to take over, give footage back.

Our recorder is an ordinary one: it follows ``roster.json`` in this home, which is written here.
"""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Lock

from pydantic import TypeAdapter

from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.core.ids import CameraId
from sereno.recording.library import Library
from sereno.recording.model import Segment
from sereno.recording.standby.client import GuardedRecorder
from sereno.recording.standby.messages import OfferedSegment
from sereno.recording.standby.takeover import Guard, step
from sereno.runtime.atomic_file import replace_file
from sereno.runtime.loops import start_loop

log = logging.getLogger(__name__)

ASK_EVERY_S = 1.0
GIVE_EVERY_S = 5.0
REMEMBERED = timedelta(days=7)
"""How far back footage is offered; what a recorder has already it does not want again."""
MAX_OFFERED = 200
ROSTER, KNOWN = "roster.json", "standby.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is remembered of a recorder, so that a standby that starts beside a dead one can still take over."""

    url: str
    archive_id: str
    cameras: tuple[RosterCamera, ...]


_KNOWN = TypeAdapter(tuple[_Known, ...])


class Standby:
    """``recorders`` are those that it stands by for; the home is this machine's own."""

    def __init__(self, home: Path, archive: Path, recorders: tuple[GuardedRecorder, ...], clock: Clock) -> None:
        self._home = home
        self._library = Library(archive)
        self._recorders = recorders
        self._clock = clock
        self._lock = Lock()
        self._guards = self._remembered()
        self._told: tuple[RosterCamera, ...] | None = None
        self._kept: tuple[_Known, ...] = ()

    def run(self, stop: Event) -> None:
        giving = start_loop("give-back", self._give_back, stop)
        while not stop.is_set():
            for recorder in self._recorders:
                self._watch(recorder)
            self._remember()
            self._tell()
            stop.wait(ASK_EVERY_S)
        giving.join(2.0)
        self._library.close()

    def _watch(self, recorder: GuardedRecorder) -> None:
        try:
            answer = recorder.ask()
        except AppError as silence:
            answer, why = None, silence.message
        else:
            why = "it answers"
        with self._lock:
            before = self._guards[recorder.url]
            after = step(before, self._clock.monotonic_s(), answer)
            self._guards[recorder.url] = after
        if set(before.taken) != set(after.taken):
            log.warning("recorder=%s cameras taken over: %d (%s)", recorder.url, len(after.taken), why)

    def _tell(self) -> None:
        duties = tuple(
            replace(camera, id=own_id(guard.archive_id, camera.id), audio=False)
            for guard in self._guards.values()
            for camera in guard.duties
        )
        if duties != self._told:
            write_roster(self._home / ROSTER, duties)
            self._told = duties

    def _remember(self) -> None:
        known = tuple(
            _Known(url=url, archive_id=guard.archive_id, cameras=guard.cameras) for url, guard in self._guards.items()
        )
        if known != self._kept:
            replace_file(self._home / KNOWN, _KNOWN.dump_json(known))
            self._kept = known

    def _remembered(self) -> dict[str, Guard]:
        now_s = self._clock.monotonic_s()
        guards = {recorder.url: Guard(heard_s=now_s) for recorder in self._recorders}
        try:
            known = _KNOWN.validate_json((self._home / KNOWN).read_bytes())
        except FileNotFoundError:
            return guards
        for each in known:
            if each.url in guards:
                guards[each.url] = Guard(heard_s=now_s, archive_id=each.archive_id, cameras=each.cameras)
        return guards

    def _give_back(self, stop: Event) -> None:
        while not stop.wait(GIVE_EVERY_S):
            for recorder in self._recorders:
                with self._lock:
                    guard = self._guards[recorder.url]
                if guard.answering_since_s is None:
                    continue
                try:
                    self._give(recorder, guard, stop)
                except AppError as silence:
                    log.info("footage waits for its recorder: %s", silence.message)

    def _give(self, recorder: GuardedRecorder, guard: Guard, stop: Event) -> None:
        ended = self._clock.now()
        for camera in guard.cameras:
            mine = self._library.segments(own_id(guard.archive_id, camera.id), ended - REMEMBERED, ended)[-MAX_OFFERED:]
            if not mine:
                continue
            offered = {segment.id: (_offered(segment, camera.id), segment) for segment in mine}
            wanted = recorder.offer(tuple(offer for offer, _ in offered.values()))
            for segment_id in wanted.ids:
                if stop.is_set() or segment_id not in offered:
                    return
                offer, segment = offered[segment_id]
                recorder.give(offer, self._library.path(segment))
                log.info("camera=%s given back: %s of footage", camera.id, offer.ended - offer.began)


def own_id(archive_id: str, camera_id: CameraId) -> CameraId:
    """What the standby calls a camera: two recorders may call theirs alike."""
    return CameraId(f"{archive_id[-10:]}.{camera_id}")


def _offered(segment: Segment, camera_id: CameraId) -> OfferedSegment:
    return OfferedSegment(
        id=segment.id,
        camera_id=camera_id,
        began=segment.started_wall,
        ended=segment.ended_wall,
        size=segment.size,
        sha256=segment.sha256,
        wall_offset=segment.started_wall - segment.started_media,
    )
