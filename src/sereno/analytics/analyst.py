"""The analyst: its share of the cameras, their readers in threads and one loop that looks at the newest frames."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Event

from sereno.analytics.analyst_setup import AnalystSetup
from sereno.analytics.appearance.album import Album
from sereno.analytics.appearance.vectors import vectors_at_start
from sereno.analytics.attention import Attended, Attention
from sereno.analytics.camera_watch import CameraWatch, Seen, closing
from sereno.analytics.decode import TakenFrame
from sereno.analytics.detectors.catalogue import DetectorPool, ModelFolders
from sereno.analytics.detectors.sessions import Device
from sereno.analytics.frame_reader import FrameReader, Reading
from sereno.analytics.gate.decoding import SizeGate
from sereno.analytics.gate.looks import LookPolicy
from sereno.analytics.gate.watching import MotionGate
from sereno.analytics.keeper import Keeper, KeepPlan
from sereno.analytics.looking import looks
from sereno.analytics.outbox import Outbox
from sereno.analytics.plates.models import plate_models
from sereno.analytics.plates.reader import PlateReader
from sereno.analytics.ports import SceneRules
from sereno.analytics.priorities import read_priorities
from sereno.analytics.quarantine import Suspicion, after_end, read_suspicions, set_aside, write_suspicions
from sereno.analytics.schedule import Waiting, in_turn, is_stale
from sereno.analytics.sharding import log_name, shards_of
from sereno.analytics.stats import AnalystStats, CameraStats, write_stats
from sereno.analytics.store import AnalystStore
from sereno.analytics.views.pictures import ViewPictures, read_orders
from sereno.analytics.views.watch import ViewWatch
from sereno.analytics.waiting_packets import EveryPacket
from sereno.analytics.work_note import Slot, WorkNote, left_at_work
from sereno.cameras.faults import StreamFault
from sereno.cameras.ground.orders import read_grounds
from sereno.cameras.local_feed.subscription import Subscription
from sereno.cameras.local_feed.wire import FeedStream, Wanted
from sereno.cameras.roster import AnalysedCamera, read_analyst_roster
from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.core.ids import CameraId
from sereno.runtime.fact_log import FactLog
from sereno.runtime.intake import read_cursor

log = logging.getLogger(__name__)

_TEND_S = 1.0
_STATS_S = 3.0
_SHED_LOG_S = 60.0
_BLIND_S = 8.0
"""A camera that gave no frame for so long has its observations closed."""
_IDLE_WAIT_S = 0.1
_JOIN_S = 0.5


@dataclass(slots=True)
class _Camera:
    """One camera at work. Units: monotonic seconds, milliseconds for lags."""

    spec: AnalysedCamera
    reads_plates: bool
    reader: FrameReader
    watch: CameraWatch
    view: ViewWatch
    note: Slot
    sizes: SizeGate
    served_s: float
    lags_ms: list[float] = field(default_factory=list)
    shed_logged: int = 0
    passed_over: bool = False
    """Its last frame was too old to be looked at."""
    fault: AppError | None = None
    """Of the last look."""


def run_analyst(setup: AnalystSetup, rules: SceneRules, facts: FactLog, clock: Clock, stop: Event) -> None:
    """Work until ``stop`` is set.

    A camera whose detector cannot be had is left out, and its fault told.
    Raises: AppError when the database cannot be opened.
    """
    store = AnalystStore(setup.database, facts)
    try:
        analyst = Analyst(setup, rules, store, clock)
        analyst.run(stop)
    finally:
        store.close()


class Analyst:
    def __init__(self, setup: AnalystSetup, rules: SceneRules, store: AnalystStore, clock: Clock) -> None:
        self._setup = setup
        self._rules = rules
        self._clock = clock
        self._outbox = Outbox(store, clock)
        plan = KeepPlan(keep=setup.keep, followed=partial(read_cursor, setup.followed, log_name(setup.shard)))
        self._keeper = Keeper(store, clock, plan)
        self._detectors = DetectorPool(
            ModelFolders(assets=setup.assets, cache=setup.folder / "models", site=setup.models),
            threads=setup.settings.threads,
            device=Device(setup.settings.device),
        )
        self._plates: PlateReader | None = None
        self._vectors = vectors_at_start(setup.appearance_hours, setup.models, setup.settings)
        self._pictures = ViewPictures(setup.views)
        self._attention = Attention(setup.assets, setup.feed, setup.settings.threads)
        self._cameras: dict[CameraId, _Camera] = {}
        self._priorities: dict[CameraId, float] = {}
        self._refused: dict[CameraId, tuple[AnalysedCamera, str]] = {}
        """Those that are not looked at, and why: an error code."""
        self._suspicions = _suspicions_at_start(setup, clock)
        self._note = WorkNote(setup.work_note)
        self._wake = Event()
        self._started_s = self._tended_s = self._stats_s = self._shed_s = clock.monotonic_s()
        self._busy_s = 0.0
        self._close_left_open(store)

    def run(self, stop: Event) -> None:
        self._tend()
        try:
            while not stop.is_set():
                self._wake.clear()
                if self._clock.monotonic_s() - self._tended_s >= _TEND_S:
                    self._tend()
                served = self._serve()
                self._outbox.flush_if_due()
                if not served:
                    self._wake.wait(_IDLE_WAIT_S)
        finally:
            self._end()
        self._note.close()

    def _serve(self) -> bool:
        """Look at one frame, or at as many as the detector takes at once; False when there is none."""
        began_s = self._clock.monotonic_s()
        ready = ((id_, camera) for id_, camera in self._cameras.items() if camera.reader.ready)
        turns = in_turn([Waiting(id_, c.served_s, self._weight(c)) for id_, c in ready], began_s)
        if not turns:
            return False
        detector = self._cameras[turns[0]].watch.detector
        alike = [camera for id_ in turns if (camera := self._cameras[id_]).watch.detector is detector]
        taken = [(camera, frame) for camera in alike[: detector.batch] if (frame := self._taken(camera)) is not None]
        for camera, frame, seen in looks(detector, taken):
            self._keep_look(camera, frame, seen)
        self._busy_s += self._clock.monotonic_s() - began_s
        return True

    def _taken(self, camera: _Camera) -> TakenFrame | None:
        """Its newest frame, unless that is too old."""
        frame = camera.reader.take()
        if frame is None:
            return None
        camera.passed_over = is_stale(self._age_s(frame), passed_over=camera.passed_over)
        camera.reader.counts.dropped += camera.passed_over
        return None if camera.passed_over else frame

    def _keep_look(self, camera: _Camera, frame: TakenFrame, looked: Seen | None) -> None:
        seen = looked or Seen()
        if looked is not None:
            camera.fault = None
            moving = camera.watch.moving or camera.watch.happenings.intent
            camera.sizes.told(frame.at, moving=moving, live_since=camera.watch.live_since)
        told = self._rules.step(seen.scene, camera.watch) if seen.scene is not None else ()
        rows = camera.watch.rows() if told else ()
        camera.watch.counts.facts_of_rules += len(told)
        self._outbox.put((*seen.rows, *rows), (*seen.facts, *told, *camera.view.step(frame)), urgent=bool(told))
        self._outbox.keep(seen.portraits)
        camera.served_s = self._clock.monotonic_s()
        camera.lags_ms.append(self._age_s(frame) * 1000)

    def _age_s(self, frame: TakenFrame) -> float:
        return (self._clock.now() - frame.at).total_seconds()

    def _weight(self, camera: _Camera) -> float:
        id_ = camera.spec.id
        return camera.spec.weight * self._rules.weight(id_) * self._priorities.get(id_, 1.0)

    def _tend(self) -> None:
        """Once a second: follow the roster and the rules, close what is blind, tell what was done."""
        now_s = self._tended_s = self._clock.monotonic_s()
        self._rules.refresh()
        self._keeper.step()
        self._follow(read_analyst_roster(self._setup.roster))
        self._priorities = read_priorities(self._setup.priorities)
        orders = read_orders(self._setup.view_orders)
        grounds = read_grounds(self._setup.grounds)
        for id_, camera in self._cameras.items():
            camera.view.order(orders.get(id_))
            camera.watch.ground.use(grounds.get(id_))
            camera.sizes.wake(wanted=camera.watch.happenings.urgent)
            blind = now_s - camera.served_s > _BLIND_S and not camera.reader.ready
            if blind and camera.watch.open_count:
                self._keep(camera.watch.close_all(self._clock.now()))
        self._attention.follow(map(_attended, self._cameras.values()), self._rules.wants)
        if now_s - self._shed_s >= _SHED_LOG_S:
            self._log_shed()
            self._shed_s = now_s
        if now_s - self._stats_s >= _STATS_S:
            self._write_stats(now_s)

    def _follow(self, roster: tuple[AnalysedCamera, ...]) -> None:
        now = self._clock.now()
        shards = shards_of((camera.id for camera in roster), self._setup.shards)
        mine = {camera.id: camera for camera in roster if shards[camera.id] == self._setup.shard}
        self._refused = {
            id_: (spec, code)
            for id_, (spec, code) in self._refused.items()
            if mine.get(id_) == spec and (code != StreamFault.ENDS_DECODER or set_aside(self._suspicions, id_, now))
        }
        for id_, camera in list(self._cameras.items()):
            spec = mine.get(id_)
            if spec != camera.spec or self._rules.reads_plates(id_) != camera.reads_plates:
                self._remove(id_)
        for id_, spec in mine.items():
            if id_ not in self._cameras and id_ not in self._refused:
                self._add(spec, now)

    def _add(self, spec: AnalysedCamera, now: datetime) -> None:
        if set_aside(self._suspicions, spec.id, now):
            until = self._suspicions[spec.id].until
            log.error("camera=%s ended its analyst again and again: it is not looked at until %s", spec.id, until)
            self._refused[spec.id] = spec, StreamFault.ENDS_DECODER
            return
        reads_plates = self._rules.reads_plates(spec.id)
        try:
            detector = self._detectors.get(spec.detector or self._setup.settings.detector, spec.tiles)
            plates = self._plate_reader() if reads_plates else None
        except AppError as error:
            log.error("camera=%s is not analysed: %s", spec.id, error)
            self._refused[spec.id] = spec, error.code
            return
        stream = FeedStream.SUB if spec.has_sub and not reads_plates else FeedStream.MAIN
        note = self._note.slot(spec.id)
        sizes = SizeGate()
        reading = Reading(
            camera_id=spec.id,
            subscription=Subscription(self._setup.feed, Wanted(camera_id=spec.id, stream=stream)),
            fps=self._setup.settings.fps,
            note=note,
            gate=EveryPacket() if reads_plates else sizes,
            open_decoder=self._setup.open_decoder,
        )
        reader = FrameReader(reading, self._wake.set)
        gate = MotionGate(LookPolicy(each_movement=reads_plates), spec.quiet_areas)
        watch = CameraWatch(spec.id, detector, plates, gate, album=Album(self._vectors))
        view = ViewWatch(spec.id, self._pictures)
        self._cameras[spec.id] = _Camera(
            spec, reads_plates, reader, watch, view, note, sizes, self._clock.monotonic_s()
        )
        reader.start()
        log.info("camera=%s analysis begins", spec.id)

    def _remove(self, camera_id: CameraId) -> None:
        camera = self._cameras.pop(camera_id)
        camera.reader.stop()
        self._keep(camera.watch.close_all(self._clock.now()))
        log.info("camera=%s analysis ends", camera_id)

    def _plate_reader(self) -> PlateReader:
        if self._plates is None:
            settings = self._setup.settings
            models = plate_models(self._setup.assets, self._setup.models, settings.plate_network_sha256)
            self._plates = PlateReader(models, self._setup.country, threads=settings.threads)
        return self._plates

    def _close_left_open(self, store: AnalystStore) -> None:
        """A crash left these open; their tracks are gone."""
        for observation, opened_by in store.unclosed():
            fact = closing(observation, opened_by, self._clock.now())
            self._outbox.put(((fact.observation, opened_by),), (fact,))

    def _keep(self, seen: Seen) -> None:
        self._outbox.put(seen.rows, seen.facts)
        self._outbox.keep(seen.portraits)

    def _end(self) -> None:
        self._attention.stop()
        for id_ in list(self._cameras):
            reader = self._cameras[id_].reader
            self._remove(id_)
            reader.join(_JOIN_S / max(1, len(self._cameras)))
        self._outbox.flush_all()

    def _log_shed(self) -> None:
        for id_, camera in self._cameras.items():
            shed = camera.reader.counts.dropped - camera.shed_logged
            camera.shed_logged = camera.reader.counts.dropped
            if shed:
                log.warning("camera=%s shed=%s frames in the last minute: too little time for all cameras", id_, shed)

    def _write_stats(self, now_s: float) -> None:
        busy = self._busy_s / max(1e-3, now_s - self._stats_s)
        stats = AnalystStats(
            at=self._clock.now(),
            uptime_s=round(now_s - self._started_s, 1),
            busy=round(min(1.0, busy), 3),
            commits=self._outbox.commits,
            detectors=self._detectors.states(),
            cameras={
                **{id_: CameraStats(fault=code) for id_, (_, code) in self._refused.items()},
                **{id_: _stats_of(camera) for id_, camera in self._cameras.items()},
            },
        )
        write_stats(self._setup.stats, stats)
        self._stats_s, self._busy_s = now_s, 0.0
        for camera in self._cameras.values():
            camera.lags_ms.clear()


def _suspicions_at_start(setup: AnalystSetup, clock: Clock) -> dict[CameraId, Suspicion]:
    """What is held against each camera, with what the end of the last process adds."""
    at_work = left_at_work(setup.work_note)
    suspicions = after_end(read_suspicions(setup.suspicions), at_work, clock.now())
    if at_work:
        log.warning("the last analyst ended while at work on: %s", ", ".join(sorted(at_work)))
    write_suspicions(setup.suspicions, suspicions)
    return suspicions


def _attended(camera: _Camera) -> Attended:
    return Attended(
        camera_id=camera.spec.id, audio=camera.spec.audio, note=camera.note, happenings=camera.watch.happenings
    )


def _stats_of(camera: _Camera) -> CameraStats:
    decoded, looked, lags = camera.reader.counts, camera.watch.counts, camera.lags_ms
    fault = camera.reader.fault or camera.fault
    return CameraStats(
        decoded=decoded.decoded,
        frames_read=decoded.offered,
        shed=decoded.dropped,
        skipped_by_gate=looked.skipped_by_gate,
        detector_calls=looked.detector_calls,
        plate_calls=looked.plate_calls,
        observations=looked.observations,
        observations_open=camera.watch.open_count,
        alerts=looked.facts_of_rules,
        lost=dict(decoded.lost),
        missed=decoded.missed,
        slept=camera.sizes.skipped,
        fault=fault.code if fault else "",
        lag_mean_ms=round(sum(lags) / len(lags), 1) if lags else 0.0,
        lag_max_ms=round(max(lags), 1) if lags else 0.0,
    )
