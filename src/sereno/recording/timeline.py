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
_USUAL_STEP = 2 * TICKS_PER_S
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
        self._least = self._offset = arrival.wall - media
        self._settled = False
        """Whether a segment was closed with ``_offset``, which from then on moves slowly."""
        self.step = DEFAULT_STEP
        """The last plausible distance between two samples, in ticks."""
        self.stepped = False
        """Whether ``step`` was measured."""
        self.last = media
        self.broken = False
        """A clock jumped: nothing is lost, but the next segment must begin a new run."""

    def place(self, raw: int, arrival: Arrival) -> MediaTicks:
        """Media time of the sample with the camera's time stamp ``raw`` (decode order); always after the one before."""
        # pictures of one read share their arrival: all but the first need no look at the clocks
        passed_s = 0.0 if arrival is self._last_arrival else self._observe(arrival)
        delta = raw - self._last_raw
        if 0 < delta < _USUAL_STEP:
            self._last_raw, self.step, self.stepped = raw, delta, True
        elif delta < -MAX_BACK_S * TICKS_PER_S or delta > (MAX_GAP_S + 2 * passed_s) * TICKS_PER_S:
            self._base -= delta - self.step
            self._last_raw = raw
            self.broken = True
        elif delta > 0:
            self._last_raw = raw
        media = self._base + raw
        if media <= self.last:
            media = self.last + 1
        self.last = last = MediaTicks(media)
        if arrival.wall - last < self._least and not self.broken:
            self._least = arrival.wall - last
            if not self._settled:
                self._offset = self._least
        return last

    @property
    def base(self) -> int:
        """Media time minus the camera's time stamps, as they run now."""
        return self._base

    def wall_of(self, media: MediaTicks) -> WallTicks:
        """The best estimate so far."""
        return WallTicks(media + self._offset)

    def close_segment(self, started: MediaTicks, ended: MediaTicks) -> WallTicks:
        """Wall time of a segment that ends now; the next one begins with an estimate that moved by 500 ppm at most."""
        self._settled = True
        wall = WallTicks(started + self._offset)
        error = self._least - self._offset
        limit = int((ended - started) * MAX_SLEW)
        self._offset += max(-limit, min(limit, error))
        if abs(error) > MAX_CLOCK_STEP_S * TICKS_PER_S:
            self.broken = True
        self._least = self._last_arrival.wall - self.last
        return wall

    def _observe(self, arrival: Arrival) -> float:
        """Seconds since the arrival before."""
        before, self._last_arrival = self._last_arrival, arrival
        passed_s = arrival.monotonic_s - before.monotonic_s
        if abs((arrival.wall - before.wall) / TICKS_PER_S - passed_s) > MAX_CLOCK_STEP_S:
            self.broken = True
        return passed_s
