"""Where a camera's samples lie in media time and in wall time. Pure: arrivals in, positions out.

Media time comes from the camera's time stamps, wall time from the centre's clock at arrival. A packet is never early,
so the least of (arrival - media time) is the best estimate of when sample zero was taken; the burst of old pictures
that a camera sends at first is thereby corrected. From segment to segment the estimate moves by at most 500 ppm.
"""

from dataclasses import dataclass
from fractions import Fraction

from sereno.core.media_time import TICKS_PER_S, MediaTicks, WallTicks

MAX_SLEW = Fraction(500, 1_000_000)
MAX_GAP_S = 10
"""A larger step between two time stamps, if no such time passed, is a jump of the camera's clock."""
MAX_BACK_S = 1
MAX_CLOCK_STEP_S = 2
DEFAULT_STEP = TICKS_PER_S // 25


@dataclass(frozen=True, slots=True)
class RunEnd:
    """Where a camera's last segment ended; the next run continues its media time line."""

    media: MediaTicks
    wall: WallTicks


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a packet came. Units: wall in ticks since 1970, monotonic in seconds."""

    wall: WallTicks
    monotonic_s: float


def continue_after(end: RunEnd | None, wall: WallTicks) -> MediaTicks:
    """Media time of a new run's first sample: the gap on the media time line equals the one in wall time, if any."""
    return MediaTicks(0) if end is None else MediaTicks(end.media + max(0, wall - end.wall))


class Timeline:
    """One run: from a stream's opening to its loss, or to the key frame after one of the clocks jumped."""

    def __init__(self, first_raw: int, media: MediaTicks, arrival: Arrival) -> None:
        self._base = media - first_raw
        self._last_raw = first_raw
        self._last_arrival = arrival
        self._offset: int | None = None
        self._least = arrival.wall - media
        self.step = DEFAULT_STEP
        """The last plausible distance between two samples, in ticks."""
        self.stepped = False
        """Whether ``step`` was measured."""
        self.last = media
        self.broken = False
        """A clock jumped: nothing is lost, but the next segment must begin a new run."""

    def place(self, raw: int, arrival: Arrival) -> MediaTicks:
        """Media time of the sample with the camera's time stamp ``raw`` (decode order); always after the one before."""
        delta = raw - self._last_raw
        passed_s = arrival.monotonic_s - self._last_arrival.monotonic_s
        if delta < -MAX_BACK_S * TICKS_PER_S or delta > (MAX_GAP_S + 2 * passed_s) * TICKS_PER_S:
            self._base -= delta - self.step
            self._last_raw = raw
            self.broken = True
        elif delta > 0:
            self._last_raw = raw
            if delta < 2 * TICKS_PER_S:
                self.step = delta
                self.stepped = True
        self.last = MediaTicks(max(self._base + raw, self.last + 1))
        self._observe(arrival, passed_s)
        return self.last

    @property
    def base(self) -> int:
        """Media time minus the camera's time stamps, as they run now."""
        return self._base

    def wall_of(self, media: MediaTicks) -> WallTicks:
        """The best estimate so far."""
        return WallTicks(media + (self._least if self._offset is None else self._offset))

    def close_segment(self, started: MediaTicks, ended: MediaTicks) -> WallTicks:
        """Wall time of a segment that ends now; the next one begins with an estimate that moved by 500 ppm at most."""
        if self._offset is None:
            self._offset = self._least
        wall = WallTicks(started + self._offset)
        error = self._least - self._offset
        limit = int((ended - started) * MAX_SLEW)
        self._offset += max(-limit, min(limit, error))
        if abs(error) > MAX_CLOCK_STEP_S * TICKS_PER_S:
            self.broken = True
        self._least = self._last_arrival.wall - self.last
        return wall

    def _observe(self, arrival: Arrival, passed_s: float) -> None:
        wall_passed_s = (arrival.wall - self._last_arrival.wall) / TICKS_PER_S
        self._last_arrival = arrival
        if abs(wall_passed_s - passed_s) > MAX_CLOCK_STEP_S:
            self.broken = True
        if not self.broken:
            self._least = min(self._least, arrival.wall - self.last)
