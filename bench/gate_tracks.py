"""Tracks as one way of looking gives them, and which of them another way keeps."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bench.track import BEGIN
from sereno.analytics.model import FAMILIES, Detection
from sereno.analytics.tracker import TrackerSettings, TrackerState, step
from sereno.core.geometry import Box

LEAST_IOU = 0.3
LEAST_SHARE = 0.5


@dataclass(slots=True)
class Trail:
    """Where one track was detected, and when. Units: seconds of the clip."""

    family: int
    times: list[float] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    believed: bool = False

    def at(self, time_s: float) -> Box | None:
        """Between two detections on the line from one to the other; None outside of its life."""
        if not self.times[0] - 1e-6 <= time_s <= self.times[-1] + 1e-6:
            return None
        i = min(len(self.times) - 1, bisect_left(self.times, time_s - 1e-6))
        if i == 0 or abs(self.times[i] - time_s) < 1e-6:
            return self.boxes[i]
        share = (time_s - self.times[i - 1]) / (self.times[i] - self.times[i - 1])
        a, b = self.boxes[i - 1], self.boxes[i]
        return Box(
            a.left + share * (b.left - a.left),
            a.top + share * (b.top - a.top),
            a.right + share * (b.right - a.right),
            a.bottom + share * (b.bottom - a.bottom),
        )


class Looking:
    """A tracker fed with the looks of one way of looking."""

    def __init__(self, settings: TrackerSettings | None = None) -> None:
        self._settings = settings or TrackerSettings()
        self.state = TrackerState()
        self.calls = 0
        self._trails: dict[int, Trail] = {}

    def look(self, at_s: float, found: Sequence[Detection]) -> None:
        self.calls += 1
        self.state = step(self.state, found, BEGIN + timedelta(seconds=at_s), self._settings).state
        for track in self.state.tracks:
            if track.detection is None:
                continue
            trail = self._trails.setdefault(track.number, Trail(FAMILIES[track.kind]))
            trail.family, trail.believed = FAMILIES[track.kind], trail.believed or track.believed
            trail.times.append(at_s)
            trail.boxes.append(track.box)

    def trails(self, since_s: float = 0.0) -> list[Trail]:
        """Those of believed tracks that began at ``since_s`` or later."""
        return [trail for trail in self._trails.values() if trail.believed and trail.times[-1] >= since_s]


def kept(reference: Sequence[Trail], ours: Sequence[Trail]) -> int:
    """How many tracks of ``reference`` have one of ours on them in at least half of the pictures they were seen in."""
    return sum(any(_lies_on(one, other) for other in ours) for one in reference)


def _lies_on(reference: Trail, other: Trail) -> bool:
    if reference.family != other.family:
        return False
    hits: defaultdict[bool, int] = defaultdict(int)
    for time_s, box in zip(reference.times, reference.boxes, strict=True):
        place = other.at(time_s)
        hits[place is not None and place.iou(box) >= LEAST_IOU] += 1
    return hits[True] >= LEAST_SHARE * len(reference.times)
