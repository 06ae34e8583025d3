"""One thread for all cameras: sockets that are ready, timers that are due, calls from other threads.

An owner's mistake is the owner's: whatever its callback raises is handed to it, and the others go on.
"""

import heapq
import logging
import selectors
import socket
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Thread
from typing import Protocol

from sereno.core.clock import Clock

log = logging.getLogger(__name__)

BUFFER_BYTES = 1 << 20
GRID_S = 0.01
"""Timers fall on this grid, so that one wake-up serves several."""
_RESOLVERS = 4
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
Act = Callable[[], None]
Address = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


class Owner(Protocol):
    def broke(self, error: Exception) -> None:
        """One of its callbacks raised this."""
        ...


@dataclass(slots=True)
class Timer:
    owner: Owner
    act: Act | None
    """None once it is cancelled."""

    def cancel(self) -> None:
        self.act = None


class Reactor:
    """``call`` and ``stop`` may be used by any thread, all else by the reactor's own."""

    def __init__(self, clock: Clock) -> None:
        self.buffer = memoryview(bytearray(BUFFER_BYTES))
        """What a read fills; everybody's, so used up before the callback returns."""
        self.clock = clock
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []
        self._count = 0
        self._calls: deque[tuple[Owner, Act]] = deque()
        self._stop = Event()
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._rope.setblocking(False)
        self._selector.register(self._bell, _READ, None)
        self._pool = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolver")
        self._thread = Thread(target=self._run, name="reactor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What was called before is still done."""
        self._stop.set()
        self._ring()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._selector.close()
        self._bell.close()
        self._rope.close()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def call(self, owner: Owner, act: Act) -> None:
        """Do ``act`` soon, on the reactor's thread."""
        self._calls.append((owner, act))
        self._ring()

    def later(self, owner: Owner, wait_s: float, act: Act) -> Timer:
        due_s = -(-(self.clock.monotonic_s() + wait_s) // GRID_S) * GRID_S
        timer = Timer(owner, act)
        self._count += 1
        heapq.heappush(self._timers, (due_s, self._count, timer))
        return timer

    def resolve(self, owner: Owner, host: str, port: int, found: Callable[[list[Address]], None]) -> None:
        """Addresses of a name, none when it has none; a slow name server holds nobody up."""

        def ask() -> None:
            try:
                answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError):
                answers = []
            addresses: list[Address] = [(family, address) for family, _kind, _protocol, _name, address in answers]
            self.call(owner, lambda: found(addresses))

        self._pool.submit(ask)

    def watch(self, owner: Owner, sock: socket.socket, act: Act, *, write: bool = False, read: bool = True) -> None:
        """``act`` whenever ``sock`` is ready, until ``unwatch``."""
        mask = (_READ if read else 0) | (_WRITE if write else 0)
        if sock.fileno() in self._selector.get_map():
            self._selector.modify(sock, mask, (owner, act))
        else:
            self._selector.register(sock, mask, (owner, act))

    def unwatch(self, sock: socket.socket) -> None:
        if sock.fileno() in self._selector.get_map():
            self._selector.unregister(sock)

    def _run(self) -> None:
        while not self._stop.is_set():
            wait_s = max(0.0, self._timers[0][0] - self.clock.monotonic_s()) if self._timers else None
            for key, _mask in self._selector.select(wait_s):
                if key.data is None:
                    self._answer_bell()
                else:
                    self._guarded(*key.data)
            self._run_calls()
            self._run_timers()
        self._run_calls()

    def _run_calls(self) -> None:
        while self._calls:
            self._guarded(*self._calls.popleft())

    def _run_timers(self) -> None:
        now_s = self.clock.monotonic_s()
        while self._timers and self._timers[0][0] <= now_s:
            _due_s, _count, timer = heapq.heappop(self._timers)
            if timer.act is not None:
                self._guarded(timer.owner, timer.act)

    def _guarded(self, owner: Owner, act: Act) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 what one camera sends must not end the recording of the others
            owner.broke(error)

    def _ring(self) -> None:
        try:
            self._rope.send(b"!")
        except OSError:
            return  # it rings already, or the reactor has ended

    def _answer_bell(self) -> None:
        self._bell.recv(4_096)
