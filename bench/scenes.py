"""How much of what is truly there the detector finds: in the drawn scenes, and beside them in a real clip."""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure
from bench.mot import read_sequence
from sereno.analytics.detectors.efficientdet import EfficientDetLite
from sereno.analytics.detectors.port import Detector
from sereno.analytics.model import BAGS, VEHICLES, Detection, ObjectKind
from sereno.core.geometry import Box
from sereno.runtime.progress import TerminalProgress
from sereno.simulation.scenes.actors import Role
from sereno.simulation.scenes.catalogue import SLUGS
from sereno.simulation.scenes.prepare import prepare_scenes
from sereno.simulation.scenes.truth import TrueTrack, Truth, read_truth

_ROOT = Path(__file__).resolve().parents[1]
_SHARED = _ROOT.parent / "shared" / "data"
_LEAST_IOU = 0.4
_LEAST_SCORE = 0.4
_STORY = {Role.LOITERER, Role.WRONG_WAY, Role.CROSSER, Role.LISTED_PLATE}
_GOAL_PERCENT = 85.0


@dataclass(slots=True)
class _Tally:
    found: int = 0
    there: int = 0

    def add(self, hit: bool) -> None:
        self.found += hit
        self.there += 1

    @property
    def percent(self) -> float:
        return 100 * self.found / max(1, self.there)


def run(quick: bool) -> list[Figure]:
    step = 25 if quick else 5
    clips = prepare_scenes(_ROOT / "cache" / "assets", _ROOT / "cache" / "scenes", TerminalProgress(sys.stderr), SLUGS)
    with tempfile.TemporaryDirectory() as folder:
        detector = EfficientDetLite(_ROOT / "cache" / "assets" / "efficientdet-lite0.tflite", Path(folder))
        drawn = [(read_truth(clip.truth), clip.sub) for clip in clips]
        people, vehicles, story, false_alarms, frames = _Tally(), _Tally(), _Tally(), 0, 0
        figures = []
        for truth, video in drawn:
            if not truth.tracks:
                continue
            tallies, extra, looked = _looked_at(detector, truth, video, step)
            false_alarms, frames = false_alarms + extra, frames + looked
            for track, tally in tallies:
                sums = [people] if track.kind == "person" else [vehicles] if track.kind == "car" else []
                sums += [story] if track.role in _STORY else []
                for total in sums:
                    total.found, total.there = total.found + tally.found, total.there + tally.there
            figures.append(_recall(truth.slug, [tally for track, tally in tallies if track.role is not Role.BAG]))
        real = _real_people(detector, step)
    return [
        Figure(key="story_recall", value=story.percent, unit="% of frames", goal=_GOAL_PERCENT, bound="at_least"),
        Figure(
            key="person_recall",
            value=people.percent,
            unit="% of frames",
            peer=None if real is None else "PETS 2009 S2.L1 view 1, real",
            peer_value=real,
        ),
        Figure(key="vehicle_recall", value=vehicles.percent, unit="% of frames"),
        Figure(key="false_per_100_frames", value=100 * false_alarms / max(1, frames), unit="boxes"),
        *figures,
    ]


def _recall(slug: str, tallies: list[_Tally]) -> Figure:
    total = _Tally(sum(tally.found for tally in tallies), sum(tally.there for tally in tallies))
    return Figure(key=f"recall_{slug}", value=total.percent, unit="% of frames")


def _looked_at(
    detector: Detector, truth: Truth, video: Path, step: int
) -> tuple[list[tuple[TrueTrack, _Tally]], int, int]:
    """How often each true track was found, boxes that are nothing's, frames looked at."""
    tallies = [(track, _Tally()) for track in truth.tracks]
    extra = looked = 0
    for number, picture in _pictures(detector, video, step):
        looked += 1
        found = [one for one in detector.detect(picture) if one.score >= _LEAST_SCORE]
        taken: set[int] = set()
        for track, tally in tallies:
            box = track.boxes[number]
            if box is not None:
                hits = _hits(found, track.kind, box)
                taken.update(hits)
                tally.add(bool(hits))
        extra += len(found) - len(taken)
    return tallies, extra, looked


def _hits(found: list[Detection], kind: str, box: Box) -> list[int]:
    wanted = ObjectKind(kind)
    kinds = next((family for family in (VEHICLES, BAGS) if wanted in family), frozenset({wanted}))
    return [n for n, one in enumerate(found) if one.kind in kinds and _overlap(one.box, box) >= _LEAST_IOU]


def _overlap(one: Box, other: Box) -> float:
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (one.area + other.area - width * height)


def _pictures(detector: Detector, video: Path, step: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    with av.open(str(video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % step == 0:
                width, height = detector.frame_size(frame.width, frame.height)
                small = frame.reformat(width, height, "rgb24").to_ndarray()
                yield number, np.ascontiguousarray(small, np.uint8)


def _real_people(detector: Detector, step: int) -> float | None:
    """Percent of the annotated people found; the annotation names those who are wholly hidden too."""
    folder, video = _SHARED / "mot" / "PETS09-S2L1", _SHARED / "video" / "pets09_s2l1_view001.avi"
    if not video.is_file():
        print("scenes: no real clip to compare with (shared data is not here)", file=sys.stderr)
        return None
    sequence = read_sequence(folder)
    tally = _Tally()
    for number, picture in _pictures(detector, video, step):
        found = [one for one in detector.detect(picture) if one.score >= _LEAST_SCORE]
        for _, box, _ in sequence.truth.get(number + 1, ()):
            tally.add(bool(_hits(found, "person", box)))
    return tally.percent
