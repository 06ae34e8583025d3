"""The RTSP server: cameras by path, on one TCP port and a pair of UDP ports."""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

from sereno.core.clock import Clock
from sereno.core.errors import not_found, unavailable
from sereno.core.media_time import ticks_of_seconds
from sereno.simulation.rtsp.camera import Camera, CameraClock
from sereno.simulation.rtsp.clip import Clip
from sereno.simulation.rtsp.connection import Connection, DatagramPair, Front, Mounted
from sereno.simulation.rtsp.faults import NO_FAULTS, Faults
from sereno.simulation.rtsp.protocol import Credentials
from sereno.simulation.rtsp.sound import SoundSource

T = TypeVar("T")

log = logging.getLogger(__name__)

SWEEP_EVERY_S = 10.0
_PAIR_TRIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A camera's path on the server, such as ``access-north/main``."""

    path: str
    clip: Clip
    phase_s: float = 0.0
    """How far this camera is ahead in the clip, so that cameras with one clip differ."""
    credentials: Credentials | None = None
    """Overrides the server's."""
    faults: Faults = NO_FAULTS
    sound: SoundSource | None = None


class RtspServer:
    """Serves cameras until stopped. All methods belong to the event loop that ``start`` ran in."""

    def __init__(
        self,
        mounts: Sequence[Mount],
        clock: Clock,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        credentials: Credentials | None = None,
        speed: float = 1.0,
    ) -> None:
        """``speed``: how many seconds of ``clock`` pass in a second, where a test lets it run faster."""
        camera_clock = CameraClock(clock, speed)
        self.host = host
        self.port = port
        """0 until ``start`` has found a free one."""
        self._clock = clock
        self._mounted: dict[str, Mounted] = {}
        for mount in mounts:
            camera = Camera(mount.clip, camera_clock, ticks_of_seconds(mount.phase_s), mount.faults, sound=mount.sound)
            self._mounted[mount.path.strip("/")] = Mounted(camera, mount.credentials or credentials)
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._datagrams: DatagramPair | None = None
        self._sweeper: asyncio.Task[None] | None = None

    def url(self, path: str, credentials: Credentials | None = None) -> str:
        login = f"{credentials.name}:{credentials.password}@" if credentials else ""
        return f"rtsp://{login}{self.host}:{self.port}/{path.strip('/')}"

    async def start(self) -> None:
        """Raises: AppError unavailable when the port is taken."""
        loop = asyncio.get_running_loop()
        self._datagrams = await _open_pair(self.host, self._clock)
        front = Front(self._mounted, self._datagrams, self._connections, self._clock)
        try:
            self._server = await loop.create_server(lambda: Connection(front), self.host, self.port)
        except OSError as error:
            await self.stop()
            raise unavailable(
                "port_busy", f"Port {self.port} on {self.host} cannot be opened: {error.strerror}.", "Choose another."
            ) from None
        self.port = int(self._server.sockets[0].getsockname()[1])
        self._sweeper = loop.create_task(self._sweep())
        log.info("rtsp=%s:%s cameras=%s", self.host, self.port, len(self._mounted))

    async def stop(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in list(self._connections):
            connection.close()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        if self._datagrams is not None:
            self._datagrams.rtp.close()
            self._datagrams.rtcp.close()
        await asyncio.sleep(0)  # transports tell their protocols in the next turn

    def set_faults(self, path: str, faults: Faults) -> None:
        """Raises: AppError not_found."""
        self.camera(path).change(faults)

    def set_clip(self, path: str, clip: Clip) -> None:
        """Raises: AppError not_found."""
        self.camera(path).change_clip(clip)

    def camera(self, path: str) -> Camera:
        """Raises: AppError not_found."""
        mounted = self._mounted.get(path.strip("/"))
        if mounted is None:
            raise not_found("mount_missing", f"There is no camera at {path}.")
        return mounted.camera

    def viewer_counts(self) -> Mapping[str, int]:
        """How many watch each camera."""
        return {path: len(mounted.camera.viewers) for path, mounted in self._mounted.items()}

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            for connection in list(self._connections):
                connection.end_if_silent(self._clock.monotonic_s())


class _Datagrams(asyncio.DatagramProtocol):
    """Notes when each peer was heard; what receiver reports say is of no use here."""

    def __init__(self, heard: dict[tuple[str, int], float], clock: Clock) -> None:
        self._heard = heard
        self._clock = clock

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr in self._heard or len(self._heard) < 10_000:
            self._heard[addr] = self._clock.monotonic_s()


async def _open_pair(host: str, clock: Clock) -> DatagramPair:
    """An even port and the one above it, as RTP wants them."""
    loop = asyncio.get_running_loop()
    heard: dict[tuple[str, int], float] = {}
    for _ in range(_PAIR_TRIES):
        rtp, _protocol = await loop.create_datagram_endpoint(lambda: _Datagrams(heard, clock), (host, 0))
        port = int(rtp.get_extra_info("sockname")[1])
        if port % 2 == 0:
            try:
                rtcp, _protocol = await loop.create_datagram_endpoint(
                    lambda: _Datagrams(heard, clock), (host, port + 1)
                )
            except OSError:
                pass
            else:
                return DatagramPair(rtp, rtcp, (port, port + 1), heard)
        rtp.close()
    raise unavailable("port_busy", f"No free pair of UDP ports on {host}.", "Close something that uses many ports.")


async def serve(server: RtspServer, stop: threading.Event, poll_s: float = 0.2) -> None:
    """Serves until ``stop`` is set. Raises: AppError unavailable when the port is taken."""
    await server.start()
    try:
        while not stop.is_set():
            await asyncio.sleep(poll_s)
    finally:
        await server.stop()


class RtspServerThread:
    """A server with an event loop of its own, for callers that have none; use it in a ``with``."""

    def __init__(self, server: RtspServer) -> None:
        self.server = server
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="rtsp-simulator", daemon=True)

    def __enter__(self) -> Self:
        with ExitStack() as started:
            self._thread.start()
            started.callback(self._end)
            asyncio.run_coroutine_threadsafe(self.server.start(), self._loop).result()
            started.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self.server.stop(), self._loop).result()
        self._end()

    def url(self, path: str, credentials: Credentials | None = None) -> str:
        return self.server.url(path, credentials)

    def set_faults(self, path: str, faults: Faults) -> None:
        """Raises: AppError not_found."""
        self._call(lambda: self.server.set_faults(path, faults))

    def set_clip(self, path: str, clip: Clip) -> None:
        """Raises: AppError not_found."""
        self._call(lambda: self.server.set_clip(path, clip))

    def viewer_counts(self) -> Mapping[str, int]:
        return self._call(self.server.viewer_counts)

    def _call(self, act: Callable[[], T]) -> T:
        async def run() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
