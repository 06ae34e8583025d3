"""Pictures with known content: real walkers and traffic, drawn scenes; night and rain are simulated on the former."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from bench.mot import read_sequence
from sereno.analytics.detectors.port import Frame
from sereno.analytics.model import VEHICLES, ObjectKind
from sereno.core.geometry import Box
from sereno.runtime.progress import TerminalProgress
from sereno.simulation.scenes.catalogue import SLUGS
from sereno.simulation.scenes.prepare import prepare_scenes
from sereno.simulation.scenes.truth import read_truth

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
ASSETS = ROOT / "cache" / "assets"

_MOVING, _UNKNOWN = 255, (85, 170)
_LEAST_CAR_PX = 150
"""Area; what is smaller of the moving masks is a far car's roof or a piece of one."""
_EVERY_MASK = 10
_FIRST_MASK = 470


@dataclass(frozen=True, slots=True)
class Known:
    """A picture and the boxes of one class in it. ``ignored``: parts where nothing is counted, right or wrong."""

    picture: Frame
    truth: tuple[Box, ...]
    ignored: NDArray[np.bool_] | None = None

    def counts(self, box: Box) -> bool:
        if self.ignored is None:
            return True
        height, width = self.ignored.shape
        centre = box.centre
        row, column = int(min(centre.y, 0.999) * height), int(min(centre.x, 0.999) * width)
        return not self.ignored[row, column]


def walkers(every: int) -> list[Known]:
    """PETS 2009 S2.L1 view 1; who is wholly hidden is annotated too, so no detector reaches 1."""
    sequence = read_sequence(SHARED / "mot" / "PETS09-S2L1")
    return [
        Known(picture, tuple(box for _, box, _ in sequence.truth.get(number + 1, ())))
        for number, picture in _pictures(SHARED / "video" / "pets09_s2l1_view001.avi")
        if number % every == 0
    ]


def traffic(every: int) -> list[Known]:
    """CDnet highway: each connected part of its moving mask is a vehicle, so two that touch are one here.

    What is outside the region of interest, or marked as unknown, is ignored.
    """
    known = []
    region = np.asarray(Image.open(SHARED / "motion" / "cdnet_highway_roi.png").convert("L")) == 0
    for number, picture in _pictures(SHARED / "video" / "cdnet_highway.avi"):
        mask = SHARED / "motion" / "cdnet_highway_gt" / f"gt{number + 1:06d}.png"
        if (number + 1 - _FIRST_MASK) % (_EVERY_MASK * every) == 0 and mask.is_file():
            values = np.asarray(Image.open(mask).convert("L"))
            ignored = region | np.isin(values, _UNKNOWN) & ~ndimage.binary_dilation(values == _MOVING, iterations=3)
            known.append(Known(picture, _parts(values == _MOVING), ignored))
    return known


def drawn(kind: str, every: int) -> list[Known]:
    """The demo's scenes: ``kind`` is ``person`` or ``car``."""
    known = []
    clips = prepare_scenes(ASSETS, ROOT / "cache" / "scenes", TerminalProgress(sys.stderr), SLUGS)
    for clip in clips:
        truth = read_truth(clip.truth)
        tracks = [track for track in truth.tracks if track.kind == kind]
        for number, picture in _pictures(clip.sub):
            if tracks and number % every == 0 and number < truth.frames:
                boxes = [track.boxes[number] for track in tracks]
                known.append(Known(picture, tuple(box for box in boxes if box is not None)))
    return known


def at_night(known: list[Known]) -> list[Known]:
    """A fifth of the light, and the noise of a sensor that makes up for it."""
    rng = np.random.default_rng(2)
    return [Known(_noisy(k.picture * np.float32(0.2), 9.0, rng), k.truth, k.ignored) for k in known]


def in_rain(known: list[Known]) -> list[Known]:
    """Flat contrast, a film of water on the glass, and streaks."""
    rng = np.random.default_rng(3)
    wet = []
    for k in known:
        height, width = k.picture.shape[:2]
        drops = (rng.random((height, width)) < 0.004).astype(np.float32)
        streaks = ndimage.uniform_filter1d(drops, max(5, height // 25), axis=0) * 2_000
        soft = ndimage.gaussian_filter(k.picture.astype(np.float32), (height / 400, height / 400, 0))
        wet.append(Known(_noisy(soft * 0.6 + 75 + np.minimum(streaks, 90)[..., None], 4.0, rng), k.truth, k.ignored))
    return wet


def is_vehicle(kind: ObjectKind) -> bool:
    return kind in VEHICLES


def is_person(kind: ObjectKind) -> bool:
    return kind is ObjectKind.PERSON


def _noisy(picture: NDArray[np.float32], sigma: float, rng: np.random.Generator) -> Frame:
    return np.clip(picture + rng.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


def _parts(moving: NDArray[np.bool_]) -> tuple[Box, ...]:
    labels, _ = ndimage.label(moving)
    height, width = moving.shape
    boxes = []
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        if (labels[rows, columns] == number).sum() >= _LEAST_CAR_PX:
            boxes.append(Box(columns.start / width, rows.start / height, columns.stop / width, rows.stop / height))
    return tuple(boxes)


def _pictures(video: Path) -> Iterator[tuple[int, Frame]]:
    with av.open(str(video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            yield number, np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
