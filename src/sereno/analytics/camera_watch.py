"""One camera at work: from a taken frame to a scene, rows and facts. Everything it needs is given; it does no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sereno.analytics import tracker
from sereno.analytics.appearance.album import Album
from sereno.analytics.appearance.portrait import Portrait
from sereno.analytics.decode import Picture, TakenFrame
from sereno.analytics.detectors.port import Detector, Found, Frame
from sereno.analytics.events import ObservationClosed, ObservationOpened
from sereno.analytics.gate.looks import LookPolicy
from sereno.analytics.gate.watching import MotionGate
from sereno.analytics.ground.motion import GroundWatch
from sereno.analytics.happenings.watch import HappeningWatch
from sereno.analytics.likeness import likeness_in
from sereno.analytics.model import Observation, Scene, Sighting, TrailPoint
from sereno.analytics.observations import OpenObservation
from sereno.analytics.plates.reader import PlateReader
from sereno.analytics.plates.watch import PlateWatch
from sereno.analytics.tracker import SPARSE, Track, TrackerSettings, TrackerState
from sereno.core.facts import Fact
from sereno.core.ids import CameraId, FactId, ObservationId, new_id

CHECKPOINT_S = 10.0
"""How often the row of an open observation is written again."""
_BACK_S = 1.0
"""A clock set back by more ends every track of the camera."""


@dataclass(slots=True)
class LookCounts:
    """Since the camera was added."""

    frames: int = 0
    skipped_by_gate: int = 0
    detector_calls: int = 0
    plate_calls: int = 0
    observations: int = 0
    facts_of_rules: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a frame brought: ``scene`` is None when the gate kept it from the detector."""

    scene: Scene | None = None
    rows: tuple[tuple[Observation, FactId], ...] = ()
    facts: tuple[Fact, ...] = ()
    portraits: tuple[Portrait, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A frame that a detector is to see: ``small`` has the size it asks for; ``ended`` is what ended before."""

    frame: TakenFrame
    small: Frame
    ended: Seen


@dataclass(slots=True)
class _Open:
    """An open observation, and when its row was last written."""

    state: OpenObservation
    written_at: datetime | None = None


class CameraWatch:
    """Holds gate, tracker and open observations of one camera."""

    def __init__(
        self,
        camera_id: CameraId,
        detector: Detector,
        plates: PlateReader | None = None,
        gate: MotionGate | None = None,
        tracking: TrackerSettings | None = None,
        album: Album | None = None,
    ) -> None:
        self.camera_id = camera_id
        self.counts = LookCounts()
        self.ground = GroundWatch()
        self.happenings = HappeningWatch()
        self.detector = detector
        self._plates = PlateWatch(plates) if plates is not None else None
        self._gate = gate or MotionGate(LookPolicy(each_movement=plates is not None))
        self._tracking = tracking or (SPARSE if plates is None else TrackerSettings())
        self._album = album if album is not None else Album()  # an empty one is false
        self._tracker = TrackerState()
        self._open: dict[int, _Open] = {}
        self._size: tuple[int, int] | None = None

    def look(self, frame: TakenFrame) -> Seen:
        """All of it, with this frame alone before the detector."""
        asked = self.ask(frame)
        return asked if isinstance(asked, Seen) else self.answer(asked, self.detector.detect(asked.small))

    def ask(self, frame: TakenFrame) -> Asked | Seen:
        """Gates: what the detector is to see, or what there is to tell without it."""
        self.counts.frames += 1
        ended = self._restart_if_new(frame)
        self.happenings.glance(frame.picture, frame.at)
        asked = self._gate.asks(frame.picture.luma(), frame.at, self._tracker) is not None
        if not asked and not self.happenings.urgent:
            self.counts.skipped_by_gate += 1
            return ended
        self.counts.detector_calls += 1
        picture = frame.picture
        return Asked(frame, picture.rgb(*self.detector.frame_size(picture.width, picture.height)), ended)

    def answer(self, asked: Asked, found: Found) -> Seen:
        """Tracker, plates, looks; the observations that opened and closed with this frame."""
        frame, picture, ended = asked.frame, asked.frame.picture, asked.ended
        camera, likeness = self._gate.camera_shift(), likeness_in(asked.small)
        result = tracker.step(self._tracker, found, frame.at, self._tracking, camera, likeness)
        self._tracker = result.state
        self._gate.looked(result.state.tracks)
        closed = self._closed(result.ended, frame.at)
        opened = self._grow(frame.at)
        self._read_plates(picture, frame.at)
        self._describe(picture, frame.at)
        sightings = self._sightings(frame.at)
        happenings = self.happenings.step(picture, sightings, frame.at)
        scene = Scene(camera_id=self.camera_id, at=frame.at, sightings=sightings, happenings=happenings)
        due, portraits = self._due(frame.at)
        return Seen(
            scene,
            (*ended.rows, *closed.rows, *due),
            (*ended.facts, *closed.facts, *opened),
            (*ended.portraits, *closed.portraits, *portraits),
        )

    def close_all(self, at: datetime) -> Seen:
        """End everything: the camera went away, or the program stops."""
        ended = self._closed(self._tracker.tracks, at)
        self._tracker = replace(self._tracker, tracks=())
        self._gate.forget()
        return ended

    @property
    def moving(self) -> bool:
        """Whether something moved in the last frame."""
        return self._gate.moving

    @property
    def live_since(self) -> datetime | None:
        """When the oldest track that is believed began."""
        return min((track.began_at for track in self._tracker.tracks if track.believed), default=None)

    @property
    def open_count(self) -> int:
        return len(self._open)

    def observation(self, observation_id: ObservationId) -> Observation | None:
        """An open observation as it now is."""
        found = self._find(observation_id)
        return found.state.row() if found else None

    def opened_by(self, observation_id: ObservationId) -> FactId | None:
        """The fact that alerts about this observation name as their cause."""
        found = self._find(observation_id)
        return found.state.opened_by if found else None

    def rows(self) -> tuple[tuple[Observation, FactId], ...]:
        """All open observations as they now are."""
        return tuple((known.state.row(), known.state.opened_by) for known in self._open.values())

    def _find(self, observation_id: ObservationId) -> _Open | None:
        return next((o for o in self._open.values() if o.state.observation.id == observation_id), None)

    def _restart_if_new(self, frame: TakenFrame) -> Seen:
        """A clock that was set back, or pictures of another size, end what was tracked."""
        size, before = (frame.picture.width, frame.picture.height), self._tracker.at
        same_size, self._size = self._size in (None, size), size
        if before is None or (same_size and (before - frame.at).total_seconds() <= _BACK_S):
            return Seen()
        ended = self.close_all(before)
        self._tracker = TrackerState(next_number=self._tracker.next_number)
        return ended

    def _grow(self, at: datetime) -> tuple[Fact, ...]:
        """Bring every believed track that was seen up to date; the facts of those that are new."""
        facts: list[Fact] = []
        for track in self._tracker.tracks:
            if not track.believed or track.detection is None:
                continue
            known = self._open.get(track.number)
            if known is not None:
                known.state = known.state.seen(track, at)
                continue
            fact = self._opening(track, at)
            self._open[track.number] = _Open(OpenObservation.of(fact.observation, fact.id))
            self.counts.observations += 1
            facts.append(fact)
        return tuple(facts)

    def _opening(self, track: Track, at: datetime) -> ObservationOpened:
        observation = Observation(
            id=ObservationId(new_id(at)),
            camera_id=self.camera_id,
            kind=track.kind,
            first_at=track.began_at,
            last_at=at,
            best_score=track.best_score,
            trail=(TrailPoint(at, track.box),),
        )
        return ObservationOpened(id=FactId(new_id(at)), at=at, observation=observation)

    def _closed(self, tracks: Sequence[Track], at: datetime) -> Seen:
        rows: list[tuple[Observation, FactId]] = []
        facts: list[Fact] = []
        portraits: list[Portrait | None] = []
        for track in tracks:
            known = self._open.pop(track.number, None)
            if known is None:
                continue
            row = known.state.row(closed=True)
            rows.append((row, known.state.opened_by))
            facts.append(closing(row, known.state.opened_by, at))
            portraits.append(self._portrait(track.number, row, at))
            self._album.forget(track.number)
            if self._plates is not None:
                self._plates.forget(track.number)
        return Seen(None, tuple(rows), tuple(facts), tuple(p for p in portraits if p is not None))

    def _due(self, at: datetime) -> tuple[tuple[tuple[Observation, FactId], ...], tuple[Portrait, ...]]:
        """Rows of what is new, and rows and pictures of what was not written for a while: a crash loses little."""
        rows: list[tuple[Observation, FactId]] = []
        portraits: list[Portrait | None] = []
        for number, known in self._open.items():
            if known.written_at is None or (at - known.written_at).total_seconds() >= CHECKPOINT_S:
                row = known.state.row()
                rows.append((row, known.state.opened_by))
                if known.written_at is not None:  # a new track will soon show itself better
                    portraits.append(self._portrait(number, row, at))
                known.written_at = at
        return tuple(rows), tuple(p for p in portraits if p is not None)

    def _describe(self, picture: Picture, at: datetime) -> None:
        for number, description in self._album.look(picture, self._tracker.tracks, at).items():
            if number in self._open:
                self._open[number].state = self._open[number].state.described(description)

    def _sightings(self, at: datetime) -> tuple[Sighting, ...]:
        sightings: list[Sighting] = []
        for track in self._tracker.tracks:
            if track.detection is not None and track.number in self._open:
                known = self._open[track.number]
                known.state = known.state.on_ground(self.ground.step(track.number, track.box, track.kind, at))
                sightings.append(known.state.sighting(track))
        return tuple(sightings)

    def _read_plates(self, picture: Picture, at: datetime) -> None:
        if self._plates is None:
            return
        read = self._plates.look(picture, [t for t in self._tracker.tracks if t.number in self._open], at)
        if read is not None:
            number, reading = read
            self.counts.plate_calls += 1
            self._open[number].state = self._open[number].state.read(reading)

    def _portrait(self, number: int, row: Observation, at: datetime) -> Portrait | None:
        """With the crop of its plate, where one was read."""
        crop = self._plates.crop(number) if self._plates is not None else None
        return self._album.portrait(number, row, at, crop.jpeg if crop is not None else None)


def closing(row: Observation, opened_by: FactId, at: datetime) -> ObservationClosed:
    return ObservationClosed(id=FactId(new_id(at)), at=at, caused_by=opened_by, observation=replace(row, closed=True))
