"""One camera's packet gate at work: asked with each packet, told what the decoded pictures showed."""

from collections import deque
from datetime import datetime
from threading import Lock

from sereno.analytics.gate import packets
from sereno.analytics.gate.packets import Measured, Sizes, Trust

IDLE_S = 5.0
"""A picture is decoded so often although nothing seems to move: the idle look."""
_LATE_S = 3.0
"""Where key frames are rarer, any picture will do after so much more."""
_AUDIT_S, _AUDIT_EVERY_S = 6.0, 60.0
"""So much of each minute is decoded whatever the sizes say, so that trust is tested."""
_QUIET_S = 2.0
"""After movement, how long everything is still decoded."""
_SETTLED_S = 1.0
"""After movement, how long sizes are not taken for quiet ones."""
_HELD_S = 4.0
"""Pictures that the loop did not judge by then are not learned from."""


class SizeGate:
    """``PacketGate`` that learns; it decodes all until it has earned trust. Its two callers may be two threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sizes = Sizes()
        self._trust = Trust()
        self._waiting: deque[Measured] = deque(maxlen=256)
        self._last_s = self._decoded_s = self._needed_until_s = self._stirred_s = 0.0
        self._live = False
        self.skipped = 0
        """Packets that were not worth decoding when they came."""

    @property
    def trust(self) -> Trust:
        """How well the sizes announced what was tracked."""
        return self._trust

    def step(self, size: int, *, key: bool, at: datetime) -> bool:
        """Whether to decode now, and all before that it needs. Units: bytes."""
        at_s = at.timestamp()
        with self._lock:
            self._sizes, packet = packets.step(self._sizes, size, key=key, at_s=at_s)
            self._waiting.append(packet)
            self._last_s = at_s
            wanted = self._wanted(at_s, key=key)
            self.skipped += not wanted
            if wanted or at_s < self._decoded_s:
                self._decoded_s = at_s
        return wanted

    def told(self, at: datetime, *, moving: bool, live_since: datetime | None) -> None:
        """What the picture of ``at`` showed: whether anything moved, and since when something believed is tracked."""
        at_s, live = at.timestamp(), live_since is not None
        with self._lock:
            passed = self._taken(at_s)
            if moving or live:
                self._needed_until_s = at_s + _QUIET_S
                self._stirred_s = at_s
            elif at_s - self._stirred_s >= _SETTLED_S:
                self._sizes = packets.learned(self._sizes, passed)
            if live_since is not None and not self._live and self._sizes.known:
                announced = packets.announced(self._sizes, live_since.timestamp())
                self._trust = self._trust.after(announced=announced)
            self._live = live

    def wake(self, *, wanted: bool) -> None:
        """Decode for a moment when a picture is wanted whatever the sizes say: something was heard."""
        if wanted:
            with self._lock:
                self._needed_until_s = max(self._needed_until_s, self._last_s + _QUIET_S)

    def _wanted(self, at_s: float, *, key: bool) -> bool:
        if not self._trust.earned or self._sizes.stirs(at_s) or at_s <= self._needed_until_s:
            return True
        if at_s % _AUDIT_EVERY_S < _AUDIT_S:
            return True
        since_s = at_s - self._decoded_s
        return since_s < 0 or since_s >= IDLE_S + (0.0 if key else _LATE_S)

    def _taken(self, at_s: float) -> tuple[Measured, ...]:
        """The packets up to the picture of ``at_s``."""
        found = []
        while self._waiting and self._waiting[0].at_s <= at_s:
            packet = self._waiting.popleft()
            if at_s - packet.at_s <= _HELD_S:
                found.append(packet)
        return tuple(found)
