"""Runs in the peer's environment: every tracker of the ``trackers`` package on the same detections, and every score.

Standard input: ``{"sequences": {NAME: {"frames", "fps", "truth", "detections"}}, "ours": {NAME: found}}``
with rows ``[frame, identity, left, top, right, bottom, score]`` in pixels. Standard output: for each tracker and
sequence ``{"mota", "idf1", "hota", "fps"}``. Scores are those of TrackEval as the package carries it.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Protocol

import numpy as np
import supervision as sv
from trackers import BoTSORTTracker, ByteTrackTracker, CBIoUTracker, OCSORTTracker, SORTTracker
from trackers.eval.box import box_iou
from trackers.eval.clear import compute_clear_metrics
from trackers.eval.hota import compute_hota_metrics
from trackers.eval.identity import compute_identity_metrics

Row = list[float]


class Tracker(Protocol):
    """What the peers' trackers share."""

    def update(self, detections: sv.Detections) -> sv.Detections: ...


PEERS: dict[str, Callable[[float], Tracker]] = {
    "SORT": lambda fps: SORTTracker(frame_rate=fps),
    "ByteTrack": lambda fps: ByteTrackTracker(frame_rate=fps),
    "OC-SORT": lambda fps: OCSORTTracker(frame_rate=fps),
    "BoT-SORT": lambda fps: BoTSORTTracker(frame_rate=fps, enable_cmc=False),
    "C-BIoU": lambda fps: CBIoUTracker(frame_rate=fps),
}
"""As the package sets them; camera motion is not compensated, since the sequences come without pictures."""


def main() -> None:
    asked = json.load(sys.stdin)
    scores: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for name, sequence in asked["sequences"].items():
        truth = by_frame(sequence["truth"])
        for peer, make in PEERS.items():
            found, fps = track(make(sequence["fps"]), by_frame(sequence["detections"]), sequence["frames"])
            scores[peer][name] = {**score(truth, found, sequence["frames"]), "fps": fps}
        scores["Sereno"][name] = score(truth, by_frame(asked["ours"][name]), sequence["frames"])
    json.dump(scores, sys.stdout)


def by_frame(rows: list[Row]) -> dict[int, np.ndarray]:
    frames: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        frames[int(row[0])].append(row[1:])
    return {frame: np.array(rows, dtype=float) for frame, rows in frames.items()}


def track(tracker: Tracker, detections: dict[int, np.ndarray], frames: int) -> tuple[dict[int, np.ndarray], float]:
    """What it reports, and its frames a second of CPU."""
    found, began = {}, time.process_time()
    for frame in range(1, frames + 1):
        rows = detections.get(frame, np.empty((0, 6)))
        boxes = sv.Detections(xyxy=rows[:, 1:5], confidence=rows[:, 5], class_id=np.zeros(len(rows), dtype=int))
        told = tracker.update(boxes)
        if told.tracker_id is not None and len(told):
            sure = told.tracker_id >= 0
            found[frame] = np.column_stack([told.tracker_id[sure], told.xyxy[sure], np.ones(sure.sum())])
    return found, frames / (time.process_time() - began)


def score(truth: dict[int, np.ndarray], found: dict[int, np.ndarray], frames: int) -> dict[str, float]:
    real_ids, seen_ids, similar = [], [], []
    names_real: dict[float, int] = {}
    names_seen: dict[float, int] = {}
    for frame in range(1, frames + 1):
        real, seen = truth.get(frame, np.empty((0, 6))), found.get(frame, np.empty((0, 6)))
        real_ids.append(np.array([names_real.setdefault(i, len(names_real)) for i in real[:, 0]], dtype=int))
        seen_ids.append(np.array([names_seen.setdefault(i, len(names_seen)) for i in seen[:, 0]], dtype=int))
        similar.append(box_iou(real[:, 1:5], seen[:, 1:5], box_format="xyxy"))
    clear = compute_clear_metrics(real_ids, seen_ids, similar)
    return {
        "mota": float(clear["MOTA"]),
        "idf1": float(compute_identity_metrics(real_ids, seen_ids, similar)["IDF1"]),
        "hota": float(compute_hota_metrics(real_ids, seen_ids, similar)["HOTA"]),
        "switches": float(clear["IDSW"]),
    }


if __name__ == "__main__":
    main()
