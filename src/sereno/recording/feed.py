"""One camera: connect, read, write; when the stream is lost, wait and connect again, for ever."""

import logging
import random
from collections.abc import Iterator, Sequence
from itertools import groupby
from threading import Event as Flag
from typing import cast
from urllib.parse import urlsplit

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.model import Transport
from sereno.cameras.roster import RosterCamera
from sereno.cameras.rtsp.media import Codec, Described, Event, MediaDescription, Redirected, Sample, SenderClock, Sound
from sereno.cameras.urls import check_stream_url
from sereno.core.errors import AppError
from sereno.core.media_time import TICKS_PER_S, wall_ticks
from sereno.recording.connection import Connection, Target
from sereno.recording.masking.link import MaskedCamera
from sereno.recording.masking.source import MaskedSource
from sereno.recording.model import EndReason
from sereno.recording.nal import parameter_sets
from sereno.recording.reactor import Reactor
from sereno.recording.reports import Reports
from sereno.recording.retry import pause_s
from sereno.recording.sps import read_sps
from sereno.recording.time_stamps import TimeStamps
from sereno.recording.timeline import Arrival
from sereno.recording.writer import CameraWriter, Picture, Stream

log = logging.getLogger(__name__)

STEADY_S = 10.0
"""A stream that lasted so long starts the retries from their shortest pause again."""
REPORT_EVERY_S = 0.25
STOP_WITHIN_S = 5.0
_MAX_REDIRECTS = 3


class CameraFeed:
    """Lives on the reactor's thread; ``start`` and ``stop`` are called by another."""

    def __init__(self, camera: RosterCamera, writer: CameraWriter, reports: Reports, reactor: Reactor) -> None:
        self.camera = camera
        self.writer = writer
        self._reports = reports
        self._reactor = reactor
        self._clock = reactor.clock
        self._url = camera.main_url
        self._transport = camera.transport
        self._connection: Connection | MaskedSource | None = None
        self._stream: Stream | None = None
        self._video: MediaDescription | None = None
        self._stamps = TimeStamps()
        self._sets: tuple[bytes, ...] = ()
        self._failures = 0
        self._redirects = 0
        self._shown = 0
        self._began_s = 0.0
        self._report_s = 0.0
        self._stopped = False

    def start(self) -> None:
        self._reactor.call(self, self._connect)

    def stop(self) -> None:
        """Takes what has come, says goodbye to the camera, closes the open segment."""
        done = Flag()
        self._reactor.call(self, lambda: self._leave(done))
        done.wait(STOP_WITHIN_S if self._reactor.alive else 0)
        self._stopped = True
        self.writer.end(EndReason.STOPPED, for_good=True)

    @property
    def watched(self) -> bool:
        live, heard = self.writer.live, self.writer.heard
        return live.viewers > 0 or (heard is not None and heard.viewers > 0)

    @property
    def tapped(self) -> bool:
        live, heard = self.writer.live, self.writer.heard
        return live.tapped or (heard is not None and heard.tapped)

    def described(self, described: Described) -> None:
        video = described.video
        self._video = video
        sets = parameter_sets(video.codec or Codec.H264, described.sets)
        self._stream = Stream(sets, described.sound_format)
        self._stamps = TimeStamps(_reordered(video.codec, sets.sps), video.fps)
        self._sets = ()

    def heard(self, events: Sequence[Event]) -> None:
        arrival = Arrival(wall_ticks(self._clock.now()), self._clock.monotonic_s())
        try:
            for kind, group in groupby(events, type):
                if kind is Sample:
                    self._take(cast("Iterator[Sample]", group), arrival)
                else:
                    for event in group:
                        self._take_other(event, arrival)
        except AppError as fault:
            self._end(fault)
        else:
            if arrival.monotonic_s >= self._report_s:
                self._report_s = arrival.monotonic_s + REPORT_EVERY_S
                self._report()

    def lost(self, fault: AppError) -> None:
        connection = self._connection
        if connection is not None and connection.silent_udp:
            log.warning("camera=%s nothing comes by UDP: it is asked for TCP", self.camera.id)
            self._transport = Transport.TCP
            self._reactor.later(self, 0.0, self._connect)
            return
        self._end(fault)

    def broke(self, error: Exception) -> None:
        """What it sent is beyond what was thought of."""
        log.error("camera=%s sent what the recorder does not understand", self.camera.id, exc_info=error)
        self._end(stream_fault(StreamFault.GARBAGE, "see the log"))

    def _connect(self) -> None:
        if self._stopped:
            return
        camera = self.camera
        self._began_s, self._shown = self._clock.monotonic_s(), self.writer.counts.shown
        try:
            check_stream_url(self._url)
        except AppError:
            self._end(stream_fault(StreamFault.NOT_FOUND, "the camera names an address that is none"))
            return
        self._connection = self._opened(camera)
        self._connection.begin()

    def _opened(self, camera: RosterCamera) -> Connection | MaskedSource:
        if camera.mask:
            masked = MaskedCamera(id=camera.id, url=self._url, areas=camera.mask)
            return MaskedSource(masked, self._reactor, self)
        target = Target(
            url=self._url, transport=self._transport, sound=camera.audio, tls_fingerprint=camera.tls_fingerprint
        )
        return Connection(target, self._reactor, self, self._clock)

    def _end(self, fault: AppError) -> None:
        """Closes what is open and tries again after a pause."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.leave()
        if self._stopped:
            return
        self.writer.end(EndReason.STREAM_LOST)
        self.writer.live.lose(fault)
        self._reports.lost(self.camera.id, fault)
        self._url, self._redirects = self.camera.main_url, 0
        lasted_s = self._clock.monotonic_s() - self._began_s
        steady = self.writer.counts.shown > self._shown and lasted_s > STEADY_S
        self._failures = 1 if steady else self._failures + 1
        wait_s = pause_s(self._failures, fault.code, random.random())  # noqa: S311 spread, not secrecy
        self._reactor.later(self, wait_s, self._connect)

    def _leave(self, done: Flag) -> None:
        try:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.read()
                connection.leave()
            self._stopped = True
        finally:
            done.set()

    def _redirect(self, url: str) -> None:
        """Raises: AppError when it is sent round in circles."""
        self._redirects += 1
        if self._redirects > _MAX_REDIRECTS:
            raise stream_fault(StreamFault.REFUSED, "it sends us elsewhere again and again")
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.leave()
        self._url = _with_login_of(self.camera.main_url, url)
        self._reactor.later(self, 0.0, self._connect)

    def _take(self, samples: Iterator[Sample], arrival: Arrival) -> None:
        stream, video = self._stream, self._video
        if stream is None or video is None:
            return
        pictures, rate_hz, stamped = list[Picture](), video.clock_rate, self._stamps.take
        for _track, stamp, key, content, sets in samples:
            if sets and sets != self._sets:
                self._sets = sets
                announced = parameter_sets(video.codec or Codec.H264, sets)
                self._stamps.depth = max(self._stamps.depth, _reordered(video.codec, announced.sps))
            ticks = stamp if rate_hz == TICKS_PER_S else stamp * TICKS_PER_S // rate_hz
            decode, presentation = stamped(ticks, arrival.monotonic_s)
            pictures.append(Picture(content, key, decode, presentation, sets))
        self.writer.take(pictures, stream, arrival)

    def _take_other(self, event: Event, arrival: Arrival) -> None:
        """Raises: AppError as ``_redirect``."""
        if isinstance(event, Sound):
            self.writer.take_sound(event, arrival)
        elif isinstance(event, SenderClock):
            self.writer.take_clock(event, arrival)
        elif isinstance(event, Redirected):
            self._redirect(event.url)

    def _report(self) -> None:
        writer = self.writer
        opening, pause = writer.opening, writer.writing.archive.pause
        if opening is None:
            return
        if pause is not None:
            self._reports.lost(self.camera.id, pause, paused=True)
        elif writer.recording and writer.fps:
            fps = self._video.fps if self._video is not None else 0.0
            self._reports.opened(self.camera.id, opening, fps or writer.fps)


def _reordered(codec: Codec | None, sets: Sequence[bytes]) -> int:
    """By how many pictures, as the parameter set says; 0 when it says nothing or does not parse."""
    try:
        return read_sps(codec, sets[0]).reorder if codec is not None and sets else 0
    except AppError:
        return 0


def _with_login_of(url: str, other: str) -> str:
    """``other`` with the user and password of ``url``, but only for the same machine."""
    known, parts = urlsplit(url), urlsplit(other)
    if "@" not in known.netloc or "@" in parts.netloc or parts.hostname != known.hostname:
        return other
    return parts._replace(netloc=f"{known.netloc.rpartition('@')[0]}@{parts.netloc}").geturl()
