"""UDP packets in the order they were sent: those that overtook others wait, but not for long."""

from heapq import heappop, heappush

WINDOW = 48
"""Packets that may wait for an earlier one."""
PATIENCE_S = 0.25


class Reorder:
    """Pure: packets and arrival times in, packets in order out; a duplicate or what comes too late is left out."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._waiting: list[tuple[int, float, bytes]] = []
        self._known: set[int] = set()
        self.late = 0

    def take(self, packet: bytes, now_s: float) -> list[bytes]:
        if len(packet) < 12:
            return []
        number = packet[2] << 8 | packet[3]
        if self._next is None:
            self._next = number
        # how far ahead, as a signed 16-bit number, on a line that does not wrap
        ahead = ((number - self._next + 0x8000) & 0xFFFF) - 0x8000
        if ahead < -0x1000 or ahead > 0x1000:
            return self._restart(packet, number)
        if ahead < 0 or self._next + ahead in self._known:
            self.late += 1
            return []
        if not ahead and not self._waiting:
            self._next += 1
            return [packet]
        heappush(self._waiting, (self._next + ahead, now_s, packet))
        self._known.add(self._next + ahead)
        return self.due(now_s)

    def due(self, now_s: float) -> list[bytes]:
        """What need not wait any longer."""
        ready: list[bytes] = []
        while self._waiting:
            number, came_s, packet = self._waiting[0]
            gap = number != self._next
            if gap and len(self._waiting) < WINDOW and now_s - min(came_s, self._oldest_s()) < PATIENCE_S:
                break
            heappop(self._waiting)
            self._known.discard(number)
            self._next = number + 1
            ready.append(packet)
        return ready

    def _oldest_s(self) -> float:
        return min(came_s for _number, came_s, _packet in self._waiting)

    def _restart(self, packet: bytes, number: int) -> list[bytes]:
        """The sender counts anew."""
        ready = [waiting for _number, _came_s, waiting in sorted(self._waiting)]
        self._waiting.clear()
        self._known.clear()
        self._next = number + 1
        return [*ready, packet]
