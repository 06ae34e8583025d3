"""Scores of a tracker on sequences in MOTChallenge's text format: MOTA and IDF1.

Source: Bernardin and Stiefelhagen, "Evaluating multiple object tracking performance: the CLEAR MOT metrics", 2008;
Ristani et al., "Performance measures and a data set for multi-target, multi-camera tracking", ECCV workshops 2016.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from sereno.core.geometry import Box

Frames = Mapping[int, tuple[tuple[int, Box, float], ...]]
"""Frame number to (identity, box, score); boxes in any one unit."""

_LEAST_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Sequence:
    """``boxes`` in fractions of the picture."""

    frames: int
    fps: float
    truth: Frames
    detections: Frames


@dataclass(frozen=True, slots=True)
class Scores:
    mota: float
    idf1: float
    switches: int
    misses: int
    false_alarms: int


def read_sequence(folder: Path) -> Sequence:
    settings = ConfigParser()
    settings.read(folder / "seqinfo.ini")
    about = settings["Sequence"]
    width, height = float(about["imWidth"]), float(about["imHeight"])
    truth, found = (read_boxes(folder / name, width, height) for name in ("gt.txt", "det.txt"))
    return Sequence(int(about["seqLength"]), float(about["frameRate"]), truth, found)


def read_boxes(path: Path, width: float = 1.0, height: float = 1.0) -> Frames:
    """Rows ``frame,id,x,y,w,h,score,…``, divided by the picture's size."""
    frames: dict[int, list[tuple[int, Box, float]]] = defaultdict(list)
    for line in path.read_text(encoding="ascii").splitlines():
        frame, identity, x, y, w, h, score = (float(part) for part in line.split(",")[:7])
        box = Box(x / width, y / height, (x + w) / width, (y + h) / height)
        frames[int(frame)].append((int(identity), box, score))
    return {frame: tuple(rows) for frame, rows in frames.items()}


def score(truth: Frames, found: Frames) -> Scores:
    matched, switches = _clear_mot(truth, found)
    objects, reported = sum(map(len, truth.values())), sum(map(len, found.values()))
    misses, false_alarms = objects - matched, reported - matched
    return Scores(
        mota=1 - (misses + false_alarms + switches) / objects,
        idf1=2 * _identity_matches(truth, found) / (objects + reported),
        switches=switches,
        misses=misses,
        false_alarms=false_alarms,
    )


def _clear_mot(truth: Frames, found: Frames) -> tuple[int, int]:
    """Matched boxes and identity switches; a pair of the frame before is kept while it still fits."""
    matched = switches = 0
    before: dict[int, int] = {}
    for frame in sorted(set(truth) | set(found)):
        real, seen = truth.get(frame, ()), found.get(frame, ())
        if not real or not seen:
            continue
        fits = np.array([[a.iou(b) for _, b, _ in seen] for _, a, _ in real])
        kept = np.array([[before.get(i) == j for j, _, _ in seen] for i, _, _ in real])
        usable = fits >= _LEAST_IOU
        rows, columns = linear_sum_assignment(np.where(usable, -fits - 10.0 * kept, 1e3))
        for row, column in zip(rows, columns, strict=True):
            if not usable[row, column]:
                continue
            identity, other = real[row][0], seen[column][0]
            matched += 1
            switches += before.get(identity, other) != other
            before[identity] = other
    return matched, switches


def _identity_matches(truth: Frames, found: Frames) -> int:
    """Boxes that agree under the best one-to-one naming of tracks by identities."""
    pairs: Counter[tuple[int, int]] = Counter()
    for frame, real in truth.items():
        for identity, a, _ in real:
            pairs.update((identity, other) for other, b, _ in found.get(frame, ()) if a.iou(b) >= _LEAST_IOU)
    rows = {identity: i for i, identity in enumerate(sorted({i for i, _ in pairs}))}
    columns = {other: j for j, other in enumerate(sorted({j for _, j in pairs}))}
    table = np.zeros((len(rows), len(columns)))
    for (identity, other), count in pairs.items():
        table[rows[identity], columns[other]] = count
    best = linear_sum_assignment(table, maximize=True)
    return int(table[best].sum())
