"""The recorder process: follows the roster; one thread reads all cameras, one keeps, one serves viewers."""

import logging
from dataclasses import replace
from threading import Event, Thread

from sereno.access.jurisdiction import Jurisdiction, load_jurisdiction
from sereno.cameras.local_feed.wire import FEED_SOCKET, Wanted, handed_out
from sereno.cameras.roster import RosterCamera, analysed, read_roster
from sereno.core.clock import Clock
from sereno.core.errors import AppError, ErrorKind
from sereno.core.ids import CameraId
from sereno.recording.archive import IDENTITY, Archive, open_archive, read_identity
from sereno.recording.backfill.delivery import SPOOL
from sereno.recording.backfill.door import Door
from sereno.recording.feed import CameraFeed
from sereno.recording.heads import HeadSigner
from sereno.recording.holds import HoldsFile
from sereno.recording.keeper import Keeper
from sereno.recording.live import Hub
from sereno.recording.media_server import MediaPort, MediaServer
from sereno.recording.model import Origin
from sereno.recording.packet_feed import PacketFeed
from sereno.recording.reactor import Reactor
from sereno.recording.recorder_key import load_recorder_key
from sereno.recording.repair import repair
from sereno.recording.reports import Reports
from sereno.recording.retention import RetentionRules, site_term
from sereno.recording.segment_file import is_camera_folder
from sereno.recording.space import SpaceKeeper, camera_term
from sereno.recording.standby.link import open_link
from sereno.recording.standby.port import SPOOL as STANDBY_SPOOL
from sereno.recording.standby.port import GuardedArchive, standby_routes
from sereno.recording.standby.takeover import Answer
from sereno.recording.sub_streams import SubStreams
from sereno.recording.ticket_key import load_ticket_key
from sereno.recording.tickets import StreamKind
from sereno.recording.writer import CameraWriter, Writing
from sereno.runtime.loops import start_loop
from sereno.runtime.settings import Settings

log = logging.getLogger(__name__)

ROSTER_EVERY_S = 1.0
REPORT_EVERY_S = 0.1
ROSTER = "roster.json"


def run_recorder(settings: Settings, stop: Event, clock: Clock, law: Jurisdiction | None = None) -> None:
    """Record until ``stop`` is set, then close every segment. ``law`` is that of the settings unless it is given.

    Raises: AppError for an archive that is not the right one, a port that is taken, or a thread of ours that died.
    """
    archive = open_archive(settings.home, clock, settings.recording.disks)
    try:
        repair(archive, clock)
        recorder = Recorder(settings, archive, clock, law or load_jurisdiction(settings.site.jurisdiction))
        recorder.start()
        try:
            recorder.follow(stop)
        finally:
            recorder.stop()
    finally:
        archive.journal.database.close()


class Recorder:
    """The parts of a recorder, and the cameras that it records now."""

    def __init__(self, settings: Settings, archive: Archive, clock: Clock, law: Jurisdiction) -> None:
        """Raises: AppError unavailable ``port_busy``."""
        self.hub = Hub()
        self._settings = settings
        self._clock = clock
        recording = settings.recording
        self._sound_allowed = law.audio_allowed.value is True
        self._term = site_term(law, recording)
        rules = RetentionRules(self._term)
        self._space = SpaceKeeper(archive, recording.reserve_mb << 20, rules, HoldsFile(settings.home), clock)
        heads = HeadSigner(archive, load_recorder_key(settings.home), 60 * settings.recording.head_minutes, clock)
        self._keeper = Keeper(archive, self._space, heads, clock)
        self._keeper_stop = Event()
        self._keeper_thread = Thread(target=self._keeper.run, args=(self._keeper_stop,), name="keeper", daemon=True)
        self._door = Door(archive, self._keeper, (settings.home / SPOOL, settings.home / STANDBY_SPOOL), clock)
        self._writing = Writing(archive, self._keeper, clock, settings.recording.segment_s, self._door.take_in)
        self._reports = Reports(archive.journal, clock)
        self._wanted: dict[CameraId, RosterCamera] = {}
        self._feeds: dict[CameraId, CameraFeed] = {}
        self._roster_stamp: tuple[int, int] | None = None
        key, link = load_ticket_key(settings.home), open_link(settings.home)
        more = (
            standby_routes(GuardedArchive(link, archive, settings.home / STANDBY_SPOOL, self._answer)) if link else ()
        )
        self.media = MediaServer(MediaPort(archive, self.hub, key, clock, settings.server, more))
        self._reactor = Reactor(clock)  # after what may fail: it holds sockets of its own
        self._subs = SubStreams(self.hub, self._writing, self._reactor, clock)
        self._packets = PacketFeed(settings.home / FEED_SOCKET, self.hub, self._reactor, self._handed_out)

    @property
    def feeds(self) -> dict[CameraId, CameraFeed]:
        return dict(self._feeds)

    def start(self) -> None:
        self._keeper_thread.start()
        start_loop("backfill", self._door.run, self._keeper_stop)
        self._reactor.start()
        self._packets.start()
        self.media.start()
        log.info("recorder ready media_port=%d", self.media.port)

    def follow(self, stop: Event) -> None:
        """Raises: AppError internal when a thread of ours died; the supervisor starts the process again."""
        next_s = 0.0
        while not stop.is_set():
            if self._clock.monotonic_s() >= next_s:
                next_s = self._clock.monotonic_s() + ROSTER_EVERY_S
                self._read_roster()
                self._check_threads()
            self._subs.tend(self._wanted)
            self._reports.flush()
            stop.wait(REPORT_EVERY_S)

    def stop(self) -> None:
        """Every picture taken so far is kept; viewers are sent away."""
        self._subs.stop()
        for feed in self._feeds.values():
            feed.stop()
        self._packets.stop()
        self._reactor.stop()
        self._reports.flush()
        self._keeper_stop.set()
        self._keeper.wake()
        if self._keeper_thread.is_alive():
            self._keeper_thread.join()
        self.media.stop()

    def _read_roster(self) -> None:
        path = self._settings.home / ROSTER
        try:
            state = path.stat()
            stamp = (state.st_mtime_ns, state.st_ino)
            if stamp == self._roster_stamp:
                return
            cameras = read_roster(path)
        except FileNotFoundError:
            return  # control has not written one yet, or is being restored: go on with what there is
        except (OSError, ValueError) as error:
            log.error("%s cannot be read (%s): going on with the cameras before", path, type(error).__name__)
            return
        self._roster_stamp = stamp
        self._apply(cameras)

    def _apply(self, cameras: tuple[RosterCamera, ...]) -> None:
        cameras = tuple(replace(camera, audio=camera.audio and self._sound_allowed) for camera in cameras)
        wanted = {camera.id: camera for camera in cameras if is_camera_folder(camera.id)}
        self._wanted = wanted
        terms = {camera.id: camera_term(camera.quota_gb, camera.keep_days) for camera in cameras}
        self._space.rules = RetentionRules(self._term, terms)
        for camera in cameras:
            if camera.id not in wanted:
                log.error("camera=%r left out: its id cannot name a folder", camera.id)
        for camera_id, feed in list(self._feeds.items()):
            now_wanted = wanted.get(camera_id)
            if now_wanted is None or _read_differently(now_wanted, feed.camera):
                feed.stop()
                del self._feeds[camera_id]
                self._reports.forget(camera_id)
        for camera in wanted.values():
            if camera.id not in self._feeds:
                self._begin(camera)

    def _begin(self, camera: RosterCamera) -> None:
        heard = self.hub.camera(camera.id, StreamKind.SOUND) if camera.audio else None
        origin = Origin.MASKED if camera.mask else Origin.LIVE
        writer = CameraWriter(camera.id, self._writing, self.hub.camera(camera.id), heard, origin)
        feed = CameraFeed(camera, writer, self._reports, self._reactor)
        self._feeds[camera.id] = feed
        feed.start()

    def _handed_out(self, wanted: Wanted) -> bool:
        """By what control wrote for analysts: the same cameras; their sound as far as the law allows it."""
        camera = self._wanted.get(wanted.camera_id)
        return handed_out(wanted, None if camera is None else analysed(camera))

    def _answer(self) -> Answer:
        """What a standby is told."""
        identity = read_identity(self._writing.archive.folder / IDENTITY) or ""
        cameras = tuple(self._wanted.values())
        return Answer(archive_id=identity, cameras=cameras, states=self._reports.states())

    def _check_threads(self) -> None:
        parts = {
            "reactor": self._reactor.alive,
            "keeper": self._keeper_thread.is_alive(),
            "media server": self.media.alive,
        }
        dead = [name for name, alive in parts.items() if not alive]
        if dead:
            raise AppError(
                ErrorKind.INTERNAL,
                "recorder_thread_died",
                f"A part of the recorder died ({', '.join(dead)}).",
                "The recorder starts again by itself; the log tells why.",
            )


def _read_differently(one: RosterCamera, other: RosterCamera) -> bool:
    def way(camera: RosterCamera) -> tuple[object, ...]:
        return camera.main_url, camera.transport, camera.audio, camera.tls_fingerprint, camera.mask

    return way(one) != way(other)
