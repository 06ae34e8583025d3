"""Tracking: ours and five peers on the same detections, by TrackEval's measures as the peers carry them.

The public detections of four sequences without pictures, where motion is all there is; and what our own detector finds
in the clip that has truth, seen by a fixed camera and by one that turns.
"""

import json
import subprocess
import time
from collections.abc import Sequence as Many
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figures import Figure
from bench.mot import Frames, Sequence, read_sequence, score
from bench.peers.environment import peer_python
from bench.track_video import Clips, Way, clips, followed
from sereno.analytics.model import Detection, ObjectKind
from sereno.analytics.tracker import TrackerSettings, TrackerState, step

MOT = Path(__file__).parents[2] / "shared" / "data" / "mot"
SEQUENCES = ("ETH-Sunnyday", "KITTI-17", "PETS09-S2L1", "TUD-Campus")
PUBLIC_DETECTIONS = TrackerSettings(strong=0.75, weak=0.5)
"""Only the scores differ from what runs: the public detections (ACF of MOT15) hold nothing below 0.5."""
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PIXELS = 1_000.0

Scores = dict[str, dict[str, dict[str, float]]]


def run(quick: bool) -> Many[Figure]:
    sequences = {name: read_sequence(MOT / name) for name in (SEQUENCES[2:] if quick else SEQUENCES)}
    timed = {name: tracked(sequence) for name, sequence in sequences.items()}
    scores = scored(sequences, {name: found for name, (found, _) in timed.items()})
    ours = {measure: _mean(scores["Sereno"], measure) for measure in ("mota", "idf1", "hota")}
    fps = sum(sequence.frames for sequence in sequences.values()) / sum(seconds for _, seconds in timed.values())
    return [
        _figure("mota_mean", ours["mota"], "share", 0.60, scores, "mota"),
        _figure("idf1_mean", ours["idf1"], "share", 0.70, scores, "idf1"),
        _figure("hota_mean", ours["hota"], "share", max(_peers(scores, "hota").values()), scores, "hota"),
        _figure("fps", fps, "frames/s", 2_000, scores, "fps"),
        *(
            Figure(key=f"{peer.lower().replace('-', '_')}_{measure}", value=_mean(table, measure), unit="share")
            for peer, table in scores.items()
            if peer != "Sereno"
            for measure in ("mota", "idf1", "hota")
        ),
        *_with_our_detector(clips(150 if quick else 795), quick),
    ]


def _with_our_detector(seen: Clips, quick: bool) -> Many[Figure]:
    sequences = {"own": seen.still.truth, "turning": seen.turning.truth}
    ours = {"own": followed(seen.still, Way()), "turning": followed(seen.turning, Way())}
    scores = scored(sequences, ours)
    figures = []
    for name in sequences:
        here = {peer: {name: table[name]} for peer, table in scores.items()}
        for measure in ("mota", "idf1", "hota"):
            figures.append(_figure(f"{name}_{measure}", here["Sereno"][name][measure], "share", None, here, measure))
    left = score(seen.turning.truth.truth, followed(seen.turning, Way(camera=False)))
    figures += [
        Figure(key="turning_untold_mota", value=left.mota, unit="share"),
        Figure(key="turning_untold_idf1", value=left.idf1, unit="share"),
    ]
    return figures if quick else [*figures, *_gain_of_likeness(seen)]


def _gain_of_likeness(seen: Clips) -> Many[Figure]:
    """Means over three runs each: one swap early in a clip moves IDF1 by more than what is measured here."""
    figures = []
    for word, likeness in (("with", True), ("without", False)):
        for looks, stride in (("7", 1), ("3_5", 2)):
            rows = []
            for strong in (0.3, 0.35, 0.4):
                found = followed(seen.still, Way(likeness=likeness, stride=stride, strong=strong))
                rows.append(score({frame: seen.still.truth.truth.get(frame, ()) for frame in found}, found))
            idf1, switches = (
                sum(values) / len(rows) for values in zip(*((r.idf1, r.switches) for r in rows), strict=True)
            )
            figures += [
                Figure(key=f"likeness_{word}_{looks}_looks_idf1", value=idf1, unit="share"),
                Figure(key=f"likeness_{word}_{looks}_looks_switches", value=switches, unit="ids"),
            ]
    return figures


def tracked(sequence: Sequence) -> tuple[Frames, float]:
    """What the tracker reports online, frame by frame, and the CPU seconds that it took."""
    looks = [
        [Detection(box, ObjectKind.PERSON, score) for _, box, score in sequence.detections.get(frame, ())]
        for frame in range(1, sequence.frames + 1)
    ]
    state, found = TrackerState(), {}
    began_s = time.process_time()
    for frame, detections in enumerate(looks, start=1):
        state = step(state, detections, BEGIN + timedelta(seconds=frame / sequence.fps), PUBLIC_DETECTIONS).state
        found[frame] = tuple((t.number, t.box, 1.0) for t in state.tracks if t.believed and t.detection)
    return found, time.process_time() - began_s


def scored(sequences: dict[str, Sequence], ours: dict[str, Frames]) -> Scores:
    asked = {
        "sequences": {
            name: {
                "frames": sequence.frames,
                "fps": sequence.fps,
                "truth": _rows(sequence.truth),
                "detections": _rows(sequence.detections),
            }
            for name, sequence in sequences.items()
        },
        "ours": {name: _rows(found) for name, found in ours.items()},
    }
    script = Path(__file__).parent / "peers" / "run_trackers.py"
    argv = (str(peer_python("trackers")), str(script))
    answer = subprocess.run(argv, input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True)
    scores: Scores = json.loads(answer.stdout)
    return scores


def _rows(frames: Frames) -> list[tuple[float, ...]]:
    return [
        (frame, identity, *(PIXELS * side for side in (box.left, box.top, box.right, box.bottom)), score)
        for frame, rows in frames.items()
        for identity, box, score in rows
    ]


def _mean(table: dict[str, dict[str, float]], measure: str) -> float:
    return sum(row[measure] for row in table.values()) / len(table)


def _peers(scores: Scores, measure: str) -> dict[str, float]:
    return {peer: _mean(table, measure) for peer, table in scores.items() if peer != "Sereno"}


def _figure(key: str, value: float, unit: str, goal: float | None, scores: Scores, measure: str) -> Figure:
    """Beside the best of the peers at this measure."""
    peers = _peers(scores, measure)
    best = max(peers, key=lambda peer: peers[peer])
    return Figure(
        key=key,
        value=value,
        unit=unit,
        goal=goal,
        bound="at_least" if goal else "none",
        peer=best,
        peer_value=peers[best],
    )
