"""Sub streams: read only while somebody watches them, shown and never recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sereno.cameras.roster import RosterCamera
from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S, MediaTicks
from sereno.recording.feed import CameraFeed
from sereno.recording.live import Hub, LiveChunk, Opening
from sereno.recording.nal import ParameterSets
from sereno.recording.reactor import Reactor
from sereno.recording.reports import Reports
from sereno.recording.tickets import StreamKind
from sereno.recording.timeline import Arrival, RunEnd
from sereno.recording.writer import CameraWriter, Picture, Writing, _Run

LINGER_S = 5.0
"""A wall that turns its page back finds the stream still open."""
RENEW_TICKS = 60 * TICKS_PER_S


@dataclass(slots=True)
class SubWriter(CameraWriter):
    """To viewers and analysts alone; its media time begins at 0 with each reading."""

    _renewed: int = 0

    def _begin_run(self, picture: Picture, sets: ParameterSets, arrival: Arrival) -> _Run:
        if self._end is None:
            self._end = RunEnd(MediaTicks(0), arrival.wall)
        return CameraWriter._begin_run(self, picture, sets, arrival)

    def _write(self, run: _Run, chunks: Sequence[LiveChunk]) -> None:
        pass

    def _bound_segment(self, media: MediaTicks) -> None:
        """No segment ends here, but the estimate of wall time follows the camera's clock as if one did."""
        if self._run is not None and not 0 <= media - self._renewed < RENEW_TICKS:
            if media > self._renewed:
                self._run.timeline.close_segment(MediaTicks(self._renewed), media)
            self._renewed = media


class _Silence(Reports):
    """How a sub stream does is told to who watches it, by its absence; a camera's health is its main stream's."""

    def opened(self, camera_id: CameraId, opening: Opening, fps: float) -> None:
        pass

    def lost(self, camera_id: CameraId, fault: AppError, *, paused: bool = False) -> None:
        pass


@dataclass(slots=True)
class SubStreams:
    """``tend`` several times a second, from the thread that follows the roster."""

    hub: Hub
    writing: Writing
    reactor: Reactor
    clock: Clock
    _feeds: dict[CameraId, CameraFeed] = field(default_factory=dict)
    _watched_s: dict[CameraId, float] = field(default_factory=dict)

    def tend(self, cameras: Mapping[CameraId, RosterCamera]) -> None:
        """Opens what somebody watches and closes what nobody does any more."""
        now_s = self.clock.monotonic_s()
        for camera_id in self.hub.watched(StreamKind.SUB):
            self._watched_s[camera_id] = now_s
            camera = cameras.get(camera_id)
            if camera_id not in self._feeds and camera is not None and camera.has_sub:
                self._open(camera)
        for camera_id, feed in list(self._feeds.items()):
            camera = cameras.get(camera_id)
            gone = camera is None or camera.sub_url != feed.camera.main_url
            if gone or now_s - self._watched_s[camera_id] > LINGER_S:
                del self._feeds[camera_id]
                feed.stop()

    def stop(self) -> None:
        for feed in self._feeds.values():
            feed.stop()
        self._feeds.clear()

    def _open(self, camera: RosterCamera) -> None:
        writer = SubWriter(camera.id, self.writing, self.hub.camera(camera.id, StreamKind.SUB))
        read = replace(camera, main_url=camera.sub_url, audio=False)
        silence = _Silence(self.writing.archive.journal, self.clock)
        feed = CameraFeed(read, writer, silence, self.reactor)
        self._feeds[camera.id] = feed
        feed.start()
