"""Decode times out of presentation times, for RTP carries only those. Pure.

A picture's decode time is the ``depth + 1``-th newest of the last presentation times, where ``depth`` is by how many
pictures the camera reorders: what its parameter set says, or more as soon as it does more. So no picture waits, and
none is lost. Time stamps that do not run with time at all are replaced by arrival times, until they do.
"""

from collections import deque

from sereno.core.media_time import TICKS_PER_S

DEFAULT_STEP = TICKS_PER_S // 25
MAX_DEPTH = 8
"""Reordering by more is no reordering but another time line."""
MAX_AHEAD = 10 * TICKS_PER_S
MAX_BACK = 5 * TICKS_PER_S
_WINDOW_S = 2.0
_SLOWEST, _QUICKEST = 0.1, 10.0
"""Stream time over real time, in a window, that can still be believed."""
_BAD_WINDOWS = 2
"""One may be a jump of the camera's clock."""
_GOOD_WINDOWS = 3


class TimeStamps:
    """One stream's, from its opening on. ``depth`` is what the parameter set says, ``fps`` what is announced or 0."""

    def __init__(self, depth: int = 0, fps: float = 0.0) -> None:
        self.depth = min(depth, MAX_DEPTH)
        self._step = round(TICKS_PER_S / fps) if fps else DEFAULT_STEP
        self._recent: deque[int] = deque(maxlen=2 * MAX_DEPTH + 1)
        self._newest = 0
        self._last: int | None = None
        self._pace = _Pace()
        self._made = 0
        self._making = False

    def take(self, presentation: int, arrived_s: float) -> tuple[int, int]:
        """Decode and presentation time of the next picture; decode times of one time line always grow."""
        usable = self._pace.runs(presentation, arrived_s)
        if not usable:
            presentation = self._make(arrived_s)
        self._making = not usable
        last = self._last
        if last is None or not -MAX_BACK <= presentation - self._newest <= MAX_AHEAD:
            return self._restart(presentation)
        if presentation > self._newest:
            self._newest = presentation
            self._recent.append(presentation)
            decode = presentation if not self.depth else sorted(self._recent)[-1 - self.depth]
        else:
            ahead = sum([1 for other in self._recent if other > presentation])
            if ahead > MAX_DEPTH:
                return self._restart(presentation)
            self.depth = max(self.depth, ahead)
            self._recent.append(presentation)
            self._fill(min(self._recent))
            decode = sorted(self._recent)[-1 - self.depth]
        self._last = max(decode, last + 1)
        return self._last, presentation

    def _restart(self, presentation: int) -> tuple[int, int]:
        """Another time line; the pictures before the first one are made up."""
        self._recent.clear()
        self._recent.append(presentation)
        self._fill(presentation)
        self._newest = presentation
        self._last = presentation - self.depth * self._step
        return self._last, presentation

    def _fill(self, earliest: int) -> None:
        while len(self._recent) <= self.depth:
            earliest -= self._step
            self._recent.appendleft(earliest)

    def _make(self, arrived_s: float) -> int:
        """A presentation time by arrival, in even steps although several pictures arrive at once."""
        pace = self._pace
        if not self._making:
            pace.anchor_s, self._made = arrived_s, max(self._newest, self._last or 0)
            pace.anchor = self._made
        target = pace.anchor + round((arrived_s - pace.anchor_s) * TICKS_PER_S)
        error = target - self._made - pace.step
        self._made += max(1, pace.step + max(-pace.step // 2, min(pace.step, error // 8)))
        return self._made


class _Pace:
    """Whether time stamps run with time, judged by windows of two seconds."""

    def __init__(self) -> None:
        self.step = DEFAULT_STEP
        """Mean distance of pictures in the last window, by arrival."""
        self.anchor = 0
        self.anchor_s = 0.0
        self._began: tuple[int, float] | None = None
        self._pictures = 0
        self._bad = 0
        self._good = 0
        self._usable = True

    def runs(self, stamp: int, arrived_s: float) -> bool:
        if self._began is None:
            self._began = (stamp, arrived_s)
        self._pictures += 1
        passed_s = arrived_s - self._began[1]
        if passed_s >= _WINDOW_S and self._pictures > 1:
            self._judge((stamp - self._began[0]) / TICKS_PER_S / passed_s)
            self.step = max(1, round(passed_s * TICKS_PER_S / self._pictures))
            self._began, self._pictures = (stamp, arrived_s), 0
        return self._usable

    def _judge(self, ratio: float) -> None:
        believable = _SLOWEST < ratio < _QUICKEST
        self._good = self._good + 1 if believable else 0
        self._bad = 0 if believable else self._bad + 1
        if self._bad >= _BAD_WINDOWS:
            self._usable = False
        elif self._good >= _GOOD_WINDOWS:
            self._usable = True
