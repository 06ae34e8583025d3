"""Time lines of several cameras: the journal for what was recorded, the centre's database for what happened."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sereno.access.model import Access, Permission
from sereno.access.work import Workplace
from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.model import Camera, Health
from sereno.cameras.store import all_cameras, all_health
from sereno.core.errors import invalid, not_found
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S, WallTicks, wall_instant, wall_ticks
from sereno.playback import store
from sereno.playback.model import CameraTimeline, Gap, GapReason, Recorded, Timeline, Tracked
from sereno.playback.spans import GapSpan, Tail, activity_of, joined_tracks, rows_as_intervals, spans_of
from sereno.recording.footage import find_footage, find_intervals, why_lost
from sereno.recording.library import Library

MOST_CAMERAS = 64
LONGEST = timedelta(days=8)
MOST_PARTS = 2_000
FINE_PART_S = 20.0
"""Below this a part is finer than segments are: key frames tell instead."""
MOST_LOOKED_UP = 100
"""Gaps of one camera for which the recorder's own word is looked up; the latest ones."""
_TRACK_PARTS = 600

MESSAGES: dict[str, str] = {
    GapReason.STREAM_LOST: "The camera's stream was lost.",
    GapReason.RECORDER_STOPPED: "The recorder was stopped, or the camera switched off.",
    GapReason.RECORDER_DIED: "The recorder died and was started again.",
    GapReason.DISK_FULL: "The disk was full.",
    GapReason.CLOCK_SET: "The centre's clock was set.",
    GapReason.NOT_YET: "The camera was not recorded yet.",
    GapReason.CAMERA_OFF: "The camera is switched off.",
    GapReason.SHED: "The footage reached its age, or room was needed.",
    GapReason.UNKNOWN: "It is not known why nothing was recorded.",
}


class Timelines:
    def __init__(self, workplace: Workplace, library: Library) -> None:
        self._workplace = workplace
        self._library = library

    def of(
        self, access: Access, camera_ids: tuple[CameraId, ...], span: tuple[datetime, datetime], parts: int
    ) -> Timeline:
        """In the order asked. Raises: AppError not_found, invalid."""
        began, ended = span
        if not 1 <= len(camera_ids) <= MOST_CAMERAS or not 1 <= parts <= MOST_PARTS:
            raise invalid("timeline_size", f"1 to {MOST_CAMERAS} cameras and 1 to {MOST_PARTS} parts.")
        if not timedelta(0) < ended - began <= LONGEST:
            raise invalid("span_invalid", f"The span must end after it begins, and be {LONGEST.days} days at most.")
        now = self._workplace.clock.now()
        with (
            self._workplace.look(access, Permission.PLAYBACK_VIEW) as connection,
            self._library.reading() as journal,
        ):
            known = {camera.id: camera for camera in all_cameras(connection) if access.sees_group(camera.group)}
            if not set(camera_ids) <= known.keys():
                raise not_found("camera_unknown", "There is no such camera.")
            health = all_health(connection)
            look = _Look(access, connection, journal, (began, ended), parts, now)
            cameras = tuple(look.camera(known[each], health.get(each)) for each in camera_ids)
        return Timeline(began=began, ended=ended, now=now, cameras=cameras)


class _Look:
    """One question, inside its transactions."""

    def __init__(
        self,
        access: Access,
        connection: Connection,
        journal: Connection | None,
        span: tuple[datetime, datetime],
        parts: int,
        now: datetime,
    ) -> None:
        self._access = access
        self._connection = connection
        self._journal = journal
        self._span = span
        self._ticks = wall_ticks(span[0]), wall_ticks(span[1])
        self._parts = parts
        self._now = now

    def camera(self, camera: Camera, health: Health | None) -> CameraTimeline:
        began, ended = self._ticks
        rows = [] if self._journal is None else find_footage(self._journal, camera.id, began, ended)
        recorded, gaps = spans_of(rows, began, ended, Tail(wall_ticks(self._now), health, camera.enabled))
        fine = (ended - began) / self._parts < FINE_PART_S * TICKS_PER_S
        intervals = rows_as_intervals(rows)
        if fine and self._journal is not None:
            intervals = find_intervals(self._journal, camera.id, began, ended)
        sees_alerts = self._access.may(Permission.ALERTS_VIEW)
        sees_holds = self._access.may(Permission.EVIDENCE_VIEW)
        return CameraTimeline(
            camera_id=camera.id,
            recorded=tuple(
                Recorded(
                    began=wall_instant(each.began),
                    ended=wall_instant(each.ended),
                    origin=each.origin,
                    growing=each.growing,
                )
                for each in recorded
            ),
            gaps=tuple(self._explained(camera.id, gaps)),
            activity=activity_of(intervals, began, ended, self._parts),
            tracked=self._tracked(camera.id) if sees_alerts else (),
            alerts=store.alerts_between(self._connection, camera.id, *self._span) if sees_alerts else (),
            bookmarks=store.bookmarks_between(self._connection, camera.id, *self._span),
            holds=store.holds_between(self._connection, camera.id, *self._span) if sees_holds else (),
        )

    def _explained(self, camera_id: CameraId, gaps: list[GapSpan]) -> list[Gap]:
        """A lost stream gets the fault that the recorder told of it."""
        lost = [gap for gap in gaps if gap.reason == GapReason.STREAM_LOST][-MOST_LOOKED_UP:]
        faults = {gap: self._fault(camera_id, gap) for gap in lost}
        named = [replace(gap, reason=faults.get(gap) or gap.reason) for gap in gaps]
        return [
            Gap(
                began=wall_instant(gap.began),
                ended=wall_instant(gap.ended),
                reason=gap.reason,
                message=MESSAGES.get(gap.reason) or _fault_message(gap.reason),
            )
            for gap in named
        ]

    def _fault(self, camera_id: CameraId, gap: GapSpan) -> str | None:
        if self._journal is None:
            return None
        told = why_lost(self._journal, camera_id, WallTicks(gap.began), WallTicks(gap.ended))
        return None if told is None else told.reason

    def _tracked(self, camera_id: CameraId) -> tuple[Tracked, ...]:
        tracks = store.tracks_between(self._connection, camera_id, *self._span)
        least_gap = max(2 * TICKS_PER_S, (self._ticks[1] - self._ticks[0]) // _TRACK_PARTS)
        return tuple(
            Tracked(began=wall_instant(began), ended=wall_instant(ended), count=count, kinds=kinds)
            for began, ended, count, kinds in joined_tracks(tracks, least_gap)
        )


def _fault_message(reason: str) -> str:
    known = next((fault for fault in StreamFault if fault.value == reason), None)
    return MESSAGES[GapReason.STREAM_LOST] if known is None else stream_fault(known).message
