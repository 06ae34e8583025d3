"""From one camera's pictures to chunks: to its viewers at once, and into segments on disk."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple, Protocol
from zlib import crc32

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.rtsp.media import SenderClock, Sound
from sereno.cameras.rtsp.sound_format import SoundFormat
from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.core.ids import CameraId, SegmentId, new_id
from sereno.core.media_time import TICKS_PER_S, MediaTicks, WallTicks
from sereno.recording.archive import Archive
from sereno.recording.chunks import make_chunk, make_init
from sereno.recording.live import LiveCamera, LiveChunk, Opening
from sereno.recording.model import EndReason, Origin
from sereno.recording.nal import ParameterSets, sets_after, with_sets
from sereno.recording.segment_file import SegmentFile
from sereno.recording.sound import PictureLine, SoundGroup, SoundLine
from sereno.recording.sound_track import browsers_play, make_sound_chunk
from sereno.recording.timeline import Arrival, RunEnd, Timeline, continue_after

log = logging.getLogger(__name__)

_AFTER_LAST = frozenset({EndReason.STREAM_LOST, EndReason.STOPPED, EndReason.NO_KEY_FRAME})
"""Reasons that come after a segment's last picture; at the others the next picture is already there."""

_KEYLESS_S = 30.0
"""So long pictures may come before the first key frame of a stream."""
_LONGEST = 10
_LONGEST_S = 60.0
"""A segment that waits for a key frame is ended at so many times the usual length, but not before a minute."""


class Picture(NamedTuple):
    """One coded picture as the camera sent it. Time stamps in the camera's ticks of 1/90,000 s."""

    content: bytes
    """Units behind 4-byte lengths."""
    key: bool
    decode: int
    presentation: int
    sets: tuple[bytes, ...]
    """The parameter sets that came with it."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What a camera's description says of an open stream."""

    sets: ParameterSets
    sound: SoundFormat | None = None


@dataclass(frozen=True, slots=True)
class ClosedFile:
    """A file that takes no more, and what its row will say."""

    file: SegmentFile
    started_wall: WallTicks
    duration: MediaTicks
    reason: EndReason


class Closings(Protocol):
    """Takes files that have ended; makes them durable and lists them, in order."""

    def submit(self, closed: ClosedFile) -> None: ...


@dataclass(slots=True)
class WriterCounts:
    frames: int = 0
    """Given to a file."""
    shown: int = 0
    """Given to live view."""
    sounds: int = 0
    unwritten: int = 0
    """Came while nothing could be written: before the first key frame, or while the disk was full."""


@dataclass(frozen=True, slots=True)
class Writing:
    """What a writer works with."""

    archive: Archive
    closings: Closings
    clock: Clock
    segment_s: float
    take_in: Callable[[CameraId], None] = lambda _camera_id: None
    """Between two segments of a camera: footage from elsewhere gets its numbers (``recording.backfill``)."""


@dataclass(slots=True)
class _Run:
    """What stays the same from an opening to the next one."""

    timeline: Timeline
    shift: int
    """Presentation minus decode time of the run's first key frame; taken off, so that both begin together."""
    sets: ParameterSets
    opening: Opening
    recorded: Opening
    """With the sound, if there is any."""
    sound: SoundFormat | None
    line: SoundLine | None

    @property
    def sounding(self) -> Opening:
        """With the sound, if browsers play it."""
        return self.recorded if self.sound is not None and browsers_play(self.sound.codec_string) else self.opening

    @property
    def ended(self) -> MediaTicks:
        """Where the run ends if no more pictures come."""
        return MediaTicks(self.timeline.last + self.timeline.step)


@dataclass(slots=True)
class CameraWriter:
    """``take`` and its like are called by the reactor's thread, ``end`` by it or by who stops the recorder."""

    camera_id: CameraId
    writing: Writing
    live: LiveCamera
    heard: LiveCamera | None = None
    """Live view with sound, where the camera's is taken."""
    origin: Origin = Origin.LIVE
    counts: WriterCounts = field(default_factory=WriterCounts)
    _run: _Run | None = None
    _file: SegmentFile | None = None
    _end: RunEnd | None = None
    _sequence: int = 0
    _due: int = 0
    _first: bool = True
    _keyless_since_s: float | None = None
    _sound: SoundFormat | None = None
    _clocks: dict[int, SenderClock] = field(default_factory=dict)
    _ended: bool = False
    _lock: Lock = field(default_factory=Lock)

    @property
    def opening(self) -> Opening | None:
        return None if self._run is None else self._run.opening

    @property
    def recording(self) -> bool:
        """Whether pictures go to disk."""
        return self._file is not None

    @property
    def fps(self) -> float:
        """As the last two time stamps say; 0 before there are two."""
        run = self._run
        return 0.0 if run is None or not run.timeline.stepped else TICKS_PER_S / run.timeline.step

    def take(self, pictures: Sequence[Picture], stream: Stream, arrival: Arrival) -> None:
        """Show and write what one read brought.

        A full disk is no error here: see ``Archive.pause``. Raises: AppError invalid ``camera_garbage`` or
        ``camera_no_key_frame``.
        """
        with self._lock:
            if self._ended:
                return
            self._take(pictures, stream, arrival)

    def take_sound(self, sound: Sound, arrival: Arrival) -> None:
        """One unit of sound. It is left out before the first picture and, when a clock jumped, until a key frame."""
        with self._lock:
            run = self._run
            if self._ended or run is None or run.line is None or run.timeline.broken:
                return
            self.counts.sounds += 1
            timeline = run.timeline
            now = MediaTicks(arrival.wall - timeline.wall_of(MediaTicks(0)))
            clocks = [clock for track, clock in self._clocks.items() if track != sound.track][:1]
            clocks += [clock for track, clock in self._clocks.items() if track == sound.track]
            told = (clocks[0], clocks[1]) if len(clocks) == 2 else None
            line = PictureLine(now, timeline.base - run.shift)
            for group in run.line.take(sound, line, told):
                chunk = self._sound_chunk(run, group)
                if self._file is not None:
                    self._write_sound(self._file, chunk, group.began)

    def take_clock(self, clock: SenderClock, arrival: Arrival) -> None:
        """The camera says what time it is; a report is never early, so the largest offset is the best."""
        with self._lock:
            self._clocks[clock.track] = clock
            file, offset = self._file, clock.wall - arrival.wall
            if file is not None:
                file.camera_offset = offset if file.camera_offset is None else max(file.camera_offset, offset)

    def end(self, reason: EndReason, *, for_good: bool = False) -> None:
        """The stream is gone, or the recorder stops."""
        with self._lock:
            self._close_file(reason)
            if self._run is not None:
                self._close_run(self._run.ended)
            self._keyless_since_s = None
            self._clocks.clear()
            self.live.close()
            if self.heard is not None:
                self.heard.close()
            self._ended = self._ended or for_good

    def _take(self, pictures: Sequence[Picture], stream: Stream, arrival: Arrival) -> None:
        """The recorder's time goes here: what is the same for many pictures stands outside of the loop."""
        run, chunks = self._run, list[LiveChunk]()
        for picture in pictures:
            content, key, decode, presentation, announced = picture
            if key or run is None:
                self._give(chunks)
                chunks = []
                run = self._at_key_frame(picture, stream, arrival)
                if run is None:
                    continue
            else:
                run.timeline.place(decode, arrival)
            timeline = run.timeline
            media = timeline.last
            self._sequence += 1
            shift = presentation - decode - run.shift
            sample = with_sets(run.sets, content, announced) if announced and not key else content
            chunk = make_chunk(self._sequence, media, timeline.step, sample, key=key, shift=shift)
            chunks.append(LiveChunk(chunk, key, media, timeline.wall_of(media)))
        self._give(chunks)

    def _give(self, chunks: Sequence[LiveChunk]) -> None:
        """To viewers, then to the disk; a key frame only in front. Raises: as ``_bound_segment``."""
        if not chunks or self._run is None:
            return
        self.live.publish(chunks)
        if self.heard is not None:
            self.heard.publish(chunks)
        self.counts.shown += len(chunks)
        self._write(self._run, chunks)
        self._bound_segment(chunks[-1].media)

    def _at_key_frame(self, picture: Picture, stream: Stream, arrival: Arrival) -> _Run | None:
        """The run that it belongs to; none while the first key frame is awaited."""
        run = self._run
        known = stream.sets if run is None else run.sets
        sets = sets_after(known, picture.sets) if picture.key else known
        if run is not None:
            run.timeline.place(picture.decode, arrival)
            return self._part(run, picture, sets, arrival)
        if picture.key and sets.complete:
            self._sound = stream.sound
            return self._begin_run(picture, sets, arrival)
        self._await_key(arrival)
        return None

    def _await_key(self, arrival: Arrival) -> None:
        """Raises: AppError invalid ``camera_no_key_frame`` when none comes for long."""
        self.counts.unwritten += 1
        since_s = self._keyless_since_s
        if since_s is None:
            self._keyless_since_s = arrival.monotonic_s
        elif arrival.monotonic_s - since_s > _KEYLESS_S:
            self._keyless_since_s = None
            raise stream_fault(StreamFault.NO_KEY_FRAME)

    def _bound_segment(self, media: MediaTicks) -> None:
        """Raises: AppError invalid ``camera_no_key_frame``: the stream begins anew, mostly with a key frame."""
        longest_s = max(_LONGEST_S, _LONGEST * self.writing.segment_s)
        if self._file is not None and media - self._file.started_media > longest_s * TICKS_PER_S:
            self._close_file(EndReason.NO_KEY_FRAME)
            raise stream_fault(StreamFault.NO_KEY_FRAME)

    def _begin_run(self, picture: Picture, sets: ParameterSets, arrival: Arrival) -> _Run:
        if self._end is None:
            last = self.writing.archive.journal.last_live(self.camera_id)
            self._end = None if last is None else RunEnd(last.ended_media, last.ended_wall)
        timeline = Timeline(picture.decode, continue_after(self._end, arrival.wall), arrival)
        sound = self._sound
        line = None if sound is None else SoundLine(sound, timeline.last)
        shift = picture.presentation - picture.decode
        run = _Run(timeline, shift, sets, _opening(sets, None), _opening(sets, sound), sound, line)
        self._run = run
        self._keyless_since_s = None
        self._open_live(run)
        return run

    def _open_live(self, run: _Run) -> None:
        self.live.open(run.opening)
        if self.heard is not None:
            self.heard.open(run.sounding)

    def _sound_chunk(self, run: _Run, group: SoundGroup) -> bytes:
        self._sequence += 1
        chunk = make_sound_chunk(self._sequence, group.began, group.units)
        if self.heard is not None and run.sound is not None:
            self.heard.sound(run.sound, group, run.timeline.wall_of(group.began))
        if run.sounding is run.recorded and self.heard is not None:
            self.heard.publish([LiveChunk(chunk, False, group.began, run.timeline.wall_of(group.began))])
        return chunk

    def _write_sound(self, file: SegmentFile, chunk: bytes, began: MediaTicks) -> None:
        try:
            file.append(chunk, began, None, picture=False)
        except AppError as failure:
            self._leave_disk(failure)

    def _part(self, run: _Run, picture: Picture, sets: ParameterSets, arrival: Arrival) -> _Run:
        """Here a segment may end: for new parameters, for a clock that jumped, or because it is long enough."""
        timeline = run.timeline
        if sets != run.sets:
            self._close_file(EndReason.PARAMETERS_CHANGED)
            run.sets, run.opening, run.recorded = sets, _opening(sets, None), _opening(sets, run.sound)
            self._open_live(run)
        elif self._file is not None and timeline.last >= self._due and not timeline.broken:
            self._close_file(EndReason.ROTATED)
        if timeline.broken:
            log.warning("camera=%s a clock jumped: a new run begins", self.camera_id)
            self._close_file(EndReason.CLOCK_CHANGED)
            self._close_run(timeline.last)
            if self._end is not None and abs(arrival.wall - self._end.wall) < TICKS_PER_S:
                self._end = RunEnd(self._end.media, arrival.wall)  # the camera's clock, not ours: there is no gap
            return self._begin_run(picture, sets, arrival)
        return run

    def _write(self, run: _Run, chunks: Sequence[LiveChunk]) -> None:
        archive = self.writing.archive
        if self._file is not None and self._file.disk.pause is not None:
            self._leave_disk(self._file.disk.pause)
        if archive.pause is None and (self._file is not None or chunks[0].key):
            try:
                file = self._file or self._open_file(run, chunks[0])
                file.extend(chunks, frames=len(chunks))
            except AppError as failure:
                self._leave_disk(failure)
            else:
                self.counts.frames += len(chunks)
                return
        self.counts.unwritten += len(chunks)

    def _leave_disk(self, why: AppError) -> None:
        """The next key frame begins a segment on another disk, if there is one."""
        self._close_file(EndReason.DISK_FULL if why.code == "disk_full" else EndReason.DISK_FAILED)

    def _open_file(self, run: _Run, first: LiveChunk) -> SegmentFile:
        archive, clock = self.writing.archive, self.writing.clock
        self.writing.take_in(self.camera_id)
        file = archive.create(self.camera_id, SegmentId(new_id(clock.now())))
        file.origin = self.origin
        file.begin(run.recorded.init, run.recorded.codec, first.media, first.wall)
        archive.enlist(file)
        self._due = first.media + int(self.writing.segment_s * self._share() * TICKS_PER_S) - run.timeline.step // 2
        self._file = file
        return file

    def _share(self) -> float:
        """The first segment is shorter, by a different part for each camera, so that not all end at once."""
        if not self._first:
            return 1.0
        self._first = False
        return 0.25 + 0.75 * (crc32(self.camera_id.encode()) % 997) / 997

    def _close_file(self, reason: EndReason) -> None:
        file, run = self._file, self._run
        if file is None or run is None:
            return
        self._file = None
        try:
            for group in run.line.flush() if run.line is not None else ():
                file.append(self._sound_chunk(run, group), group.began, None, picture=False)
            file.flush()
        except AppError:
            log.warning("camera=%s the last pictures of a segment did not reach the disk", self.camera_id)
        ended = run.ended if reason in _AFTER_LAST else run.timeline.last
        if file.lost_from is not None:
            ended = file.lost_from
        duration = MediaTicks(ended - file.started_media)
        wall = run.timeline.close_segment(file.started_media, ended)
        file.started_wall, file.closed_wall = wall, WallTicks(wall + duration)
        if not file.frames:
            self.writing.archive.discard(file)
            return
        self.writing.closings.submit(ClosedFile(file, wall, duration, reason))

    def _close_run(self, ended: MediaTicks) -> None:
        run, self._run = self._run, None
        if run is not None:
            self._end = RunEnd(ended, run.timeline.wall_of(ended))


def _opening(sets: ParameterSets, sound: SoundFormat | None) -> Opening:
    try:
        init, sequence = make_init(sets, sound)
    except AppError as error:
        raise stream_fault(StreamFault.GARBAGE, "its parameter sets do not parse") from error
    codec = sequence.codec_string if sound is None else f"{sequence.codec_string},{sound.codec_string}"
    return Opening(codec, sequence.width, sequence.height, init)
