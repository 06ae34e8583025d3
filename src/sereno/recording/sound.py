"""Where a camera's sound lies on the media time line of its pictures, grouped for writing. Pure: units in, groups out.

The camera's own clock (sender reports of both tracks) says what belongs together. Until it has, and where it is absurd,
the arrival says it: a unit ends when it comes. Where sound is missing the line has a gap; nothing is made up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sereno.cameras.rtsp.media import SenderClock, Sound
from sereno.cameras.rtsp.sound_format import SoundFormat
from sereno.core.media_time import TICKS_PER_S, MediaTicks
from sereno.recording.sound_track import MAX_UNITS, PlacedUnit

GROUP_TICKS = TICKS_PER_S // 5
"""A group is written when it is so long."""
LIP_SYNC_TICKS = TICKS_PER_S * 45 // 1_000
"""Sound that is off by less stays: it is not noticed, and moving it would be heard. Source: ITU-R BT.1359."""
LATE_TICKS = TICKS_PER_S // 2
"""As long may arrivals scatter before the sound is placed anew."""
ABSURD_TICKS = 10 * TICKS_PER_S
"""Sender reports that lead so far from the arrival are lies."""


@dataclass(frozen=True, slots=True)
class SoundGroup:
    """Units without a gap between them."""

    began: MediaTicks
    units: Sequence[PlacedUnit]


@dataclass(frozen=True, slots=True)
class PictureLine:
    """How the pictures of a run lie now. Units: media ticks."""

    now: MediaTicks
    """The media time of this moment."""
    base: int
    """Media time minus the pictures' RTP time, at presentation."""


class SoundLine:
    """One run's sound."""

    def __init__(self, sound: SoundFormat, began: MediaTicks) -> None:
        self._rate_hz = sound.rate_hz
        self._ended: int = began
        self._offset: int | None = None
        """Media time minus the sound's RTP time, in media ticks."""
        self._waiting: list[PlacedUnit] = []
        self._waiting_began = began
        self._waiting_ticks = 0

    def take(
        self, unit: Sound, pictures: PictureLine, clocks: tuple[SenderClock, SenderClock] | None
    ) -> list[SoundGroup]:
        """Groups that are whole now. ``clocks``: the last sender reports of pictures and sound, when both have come."""
        began, ended = self._ticks(unit.timestamp), self._ticks(unit.timestamp + unit.duration)
        self._offset = self._placed(pictures, clocks, arrived=pictures.now - ended)
        media = began + self._offset
        if media < self._ended or ended <= began:
            return []  # before the run, or there is sound already
        groups = self.flush() if media > self._ended else []
        if not self._waiting:
            self._waiting_began = MediaTicks(media)
        self._waiting.append(PlacedUnit(unit.content, ended - began))
        self._waiting_ticks += ended - began
        self._ended = media + ended - began
        if self._waiting_ticks >= GROUP_TICKS or len(self._waiting) >= MAX_UNITS:
            groups += self.flush()
        return groups

    def flush(self) -> list[SoundGroup]:
        """What waits, if anything does."""
        waiting, self._waiting, self._waiting_ticks = self._waiting, [], 0
        return [SoundGroup(self._waiting_began, waiting)] if waiting else []

    def _placed(self, pictures: PictureLine, clocks: tuple[SenderClock, SenderClock] | None, arrived: int) -> int:
        told = arrived if clocks is None else self._told(pictures, *clocks)
        lie = abs(told - arrived) > ABSURD_TICKS
        best, tolerance = (arrived, LATE_TICKS) if clocks is None or lie else (told, LIP_SYNC_TICKS)
        if self._offset is not None and abs(best - self._offset) <= tolerance:
            return self._offset
        return best

    def _told(self, pictures: PictureLine, picture: SenderClock, sound: SenderClock) -> int:
        """Both clocks' time stamps of one instant make the offset."""
        return pictures.base + picture.timestamp - picture.wall + sound.wall - self._ticks(sound.timestamp)

    def _ticks(self, timestamp: int) -> int:
        return timestamp * TICKS_PER_S // self._rate_hz
