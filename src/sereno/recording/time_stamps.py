"""Fills in the time stamps that FFmpeg leaves out: all of the first picture's, and the first decode times. Pure.

The first key frame comes without any, and with B-frames the decode times of the first pictures are unknown until the
reordering is. Dropping such packets would lose the first group of pictures; they wait for the first known one instead.
"""

from dataclasses import dataclass, replace

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.core.media_time import TICKS_PER_S

MAX_WAITING = 64
DEFAULT_STEP = TICKS_PER_S // 25
MAX_SHIFT = 10 * TICKS_PER_S


@dataclass(frozen=True, slots=True)
class Stamped:
    """A picture with what FFmpeg knows of its times, in ticks of 1/90,000 s."""

    content: bytes
    key: bool
    decode: int | None
    presentation: int | None
    step: int


@dataclass(frozen=True, slots=True)
class Picture:
    """One coded picture as the camera sent it: Annex B, time stamps in the camera's ticks of 1/90,000 s."""

    content: bytes
    key: bool
    decode: int
    presentation: int


class TimeStamps:
    """One stream's, from its opening on."""

    def __init__(self) -> None:
        self._waiting: list[Stamped] = []
        self._last: int | None = None

    def take(self, packet: Stamped) -> list[Picture]:
        """The pictures whose times are known now, in decode order.

        Raises: AppError invalid ``camera_garbage`` when times stay unknown.
        """
        step = packet.step or DEFAULT_STEP
        if self._last is None and packet.decode is None:
            self._waiting.append(packet)
            if len(self._waiting) > MAX_WAITING:
                raise stream_fault(StreamFault.GARBAGE, "no time stamps")
            return []
        decode = packet.decode if packet.decode is not None else (self._last or 0) + step
        pictures = self._release(decode, packet.presentation, step) if self._waiting else []
        self._last = decode
        return [*pictures, _picture(replace(packet, decode=decode))]

    def _release(self, decode: int, presentation: int | None, step: int) -> list[Picture]:
        """Counts back from the first known decode time; a missing presentation time comes before all known ones."""
        waiting, self._waiting = self._waiting, []
        known = [p.presentation for p in waiting if p.presentation is not None]
        earliest = min([*known, decode if presentation is None else presentation])
        released = []
        for back, packet in zip(range(len(waiting), 0, -1), waiting, strict=True):
            shown = packet.presentation if packet.presentation is not None else earliest - step
            released.append(_picture(replace(packet, decode=decode - back * step, presentation=shown)))
        return released


def _picture(packet: Stamped) -> Picture:
    decode = packet.decode or 0
    shown = decode if packet.presentation is None else packet.presentation
    if abs(shown - decode) > MAX_SHIFT:
        shown = decode
    return Picture(packet.content, packet.key, decode, shown)
