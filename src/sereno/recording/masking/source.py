"""A masked camera as the recorder reads it: from its masker, in the place of a connection to the camera."""

import socket
import subprocess
import sys

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.rtsp.media import Described, MediaDescription, Sample
from sereno.core.errors import AppError
from sereno.core.media_time import TICKS_PER_S
from sereno.recording.connection import OPEN_TIMEOUT_S, SILENCE_S, Listener
from sereno.recording.masking.faults import MaskingFault, fault_of, masking_fault
from sereno.recording.masking.link import ASKED, MaskedCamera, Unpacker
from sereno.recording.reactor import Reactor, Timer

_START_S = 4.0
_LOOK_EVERY_S = 0.5
_BLOCK = 262_144
_MASKER = (sys.executable, "-P", "-m", "sereno.recording.masking.masker")
_VIDEO = MediaDescription(track=0, kind="video", payload_type=96, encoding="H264", clock_rate=TICKS_PER_S)


class MaskedSource:
    """Belongs to the reactor's thread; the same to its listener as a ``Connection``."""

    silent_udp = False

    def __init__(self, camera: MaskedCamera, reactor: Reactor, listener: Listener) -> None:
        self._camera = camera
        self._reactor = reactor
        self._listener = listener
        self._unpacker = Unpacker()
        self._socket: socket.socket | None = None
        self._masker: subprocess.Popen[bytes] | None = None
        self._look: Timer | None = None
        self._patience_s = 0.0

    def begin(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._masker = subprocess.Popen(_MASKER, stdin=theirs.fileno(), stdout=subprocess.DEVNULL)
        self._socket.sendall(ASKED.dump_json(self._camera) + b"\n")
        self._socket.setblocking(False)
        self._be_patient(_START_S + OPEN_TIMEOUT_S + SILENCE_S)
        self._reactor.watch(self._listener, self._socket, self.read)
        self._listener.described(Described(_VIDEO, (), None, None))
        self._watch_silence()

    def read(self) -> None:
        """What has come."""
        if self._socket is None:
            return
        try:
            content = self._socket.recv(_BLOCK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            content = b""
        if not content:
            self._lose(masking_fault(MaskingFault.ENDED))
            return
        for picture in self._unpacker.take(content):
            if not picture.content:
                self._lose(fault_of(picture.sets[0].decode()) if picture.sets else masking_fault(MaskingFault.ENDED))
                return
            self._be_patient(SILENCE_S)
            self._listener.heard([Sample(0, picture.timestamp, picture.key, picture.content, picture.sets)])

    def leave(self) -> None:
        if self._look is not None:
            self._look.cancel()
        if self._socket is not None:
            self._reactor.unwatch(self._socket)
            self._socket.close()
            self._socket = None
        if self._masker is not None:
            self._masker.kill()
            self._masker.wait()
            self._masker = None

    def _watch_silence(self) -> None:
        if self._reactor.clock.monotonic_s() > self._patience_s:
            self._lose(stream_fault(StreamFault.STALLED))
        elif self._socket is not None:
            self._look = self._reactor.later(self._listener, _LOOK_EVERY_S, self._watch_silence)

    def _be_patient(self, seconds: float) -> None:
        self._patience_s = self._reactor.clock.monotonic_s() + seconds

    def _lose(self, fault: AppError) -> None:
        self.leave()
        self._listener.lost(fault)
