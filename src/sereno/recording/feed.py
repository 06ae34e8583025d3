"""One camera's thread: connect, read, write; when the stream is lost, wait and connect again, for ever."""

import logging
import random
from threading import Event, Thread

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.roster import RosterCamera
from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.recording.ingest import Stream, open_stream
from sereno.recording.model import EndReason
from sereno.recording.reports import Reports
from sereno.recording.retry import pause_s
from sereno.recording.writer import CameraWriter

log = logging.getLogger(__name__)

STEADY_S = 10.0
"""A stream that lasted so long starts the retries from their shortest pause again."""


class CameraFeed:
    """A daemon thread: one that hangs in the network is left behind at the end, its file closed without it."""

    def __init__(self, camera: RosterCamera, writer: CameraWriter, reports: Reports, clock: Clock) -> None:
        self.camera = camera
        self.writer = writer
        self._reports = reports
        self._clock = clock
        self._stop = Event()
        self._thread = Thread(target=self._run, name=f"camera-{camera.id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Closes the open segment; the thread ends by itself, at the latest with its next time-out."""
        self._stop.set()
        self.writer.end(EndReason.STOPPED, for_good=True)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            began_s = self._clock.monotonic_s()
            fault = self._read_once()
            if self._stop.is_set():
                return
            self.writer.end(EndReason.STREAM_LOST)
            self._reports.lost(self.camera.id, fault)
            lasted_s = self._clock.monotonic_s() - began_s
            failures = 1 if self.writer.counts.shown and lasted_s > STEADY_S else failures + 1
            self._stop.wait(pause_s(failures, fault.code, random.random()))  # noqa: S311 spread, not secrecy

    def _read_once(self) -> AppError:
        """Why it ended."""
        try:
            with open_stream(self.camera.main_url) as stream:
                for picture in stream.pictures:
                    self.writer.take(picture, stream.sets)
                    self._report(stream)
                    if self._stop.is_set():
                        break
        except AppError as fault:
            return fault
        except Exception:  # a supervised loop: what one camera sends must not end the recording of the others
            log.exception("camera=%s sent what the recorder does not understand", self.camera.id)
            return stream_fault(StreamFault.GARBAGE, "see the log")
        return stream_fault(StreamFault.ENDED)

    def _report(self, stream: Stream) -> None:
        writer = self.writer
        opening, pause = writer.opening, writer.writing.archive.pause
        if opening is None:
            return
        if pause is not None:
            self._reports.lost(self.camera.id, pause, paused=True)
        elif writer.recording and writer.fps:
            self._reports.opened(self.camera.id, opening, stream.fps or writer.fps)
