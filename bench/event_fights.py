"""A trial that is not shipped: motion energy as a sign of a fight. Told so that nobody takes it for more than it is."""

from collections.abc import Iterable
from itertools import pairwise

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.event_clips import DATA, LEFT_BAG, SQUARE, VIDEO, Clip

_SIZE = (80, 60)
_MOVED = 12.0
_WINDOW_S = 2.0
ORDINARY = (SQUARE, LEFT_BAG, Clip("intel_one_by_one_person.mp4", 10.0), Clip("cdnet_highway.avi", 25.0))


def trial() -> tuple[int, int, int, float]:
    """Right, told and wanted with each clip judged by the others' best threshold; false windows an hour elsewhere."""
    clips = [
        (folder == "fight", _energy(_greys(str(path))))
        for folder in ("fight", "noFight")
        for path in sorted((DATA / "fight" / folder).glob("*"))
    ]
    fights = np.array([fight for fight, _ in clips])
    scores = np.array([score for _, score in clips])
    told = np.array([scores[i] >= _threshold(np.delete(scores, i), np.delete(fights, i)) for i in range(len(scores))])
    limit = _threshold(scores, fights)
    windows = [score for clip in ORDINARY for score in _windows(clip)]
    an_hour = 3600 / _WINDOW_S * sum(score >= limit for score in windows) / len(windows)
    return int((told & fights).sum()), int(told.sum()), int(fights.sum()), an_hour


def _threshold(scores: NDArray[np.float64], fights: NDArray[np.bool_]) -> float:
    return float(max(sorted(scores), key=lambda limit: float(((scores >= limit) == fights).mean())))


def _windows(clip: Clip) -> list[float]:
    greys = list(_greys(str(VIDEO / clip.file)))
    size = max(2, round(clip.fps * _WINDOW_S))
    return [_energy(greys[first : first + size]) for first in range(0, len(greys) - size, size)]


def _greys(path: str) -> Iterable[NDArray[np.float32]]:
    with av.open(path) as container:
        for frame in container.decode(video=0):
            grey = Image.fromarray(frame.to_ndarray(format="gray"))
            yield np.asarray(grey.resize(_SIZE), np.float32)


def _energy(greys: Iterable[NDArray[np.float32]]) -> float:
    """How much, times how wide, the picture changes from frame to frame: the mean of a window."""
    kept: list[NDArray[np.float32]] = list(greys)
    found: list[float] = []
    for before, after in pairwise(kept):
        off = np.abs(after - before)
        moved = off - np.median(off) > _MOVED
        found.append(float(off[moved].mean() * moved.mean()) if moved.any() else 0.0)
    return float(np.mean(found)) if found else 0.0
