"""PETS 2009 as the product sees it: its video, our detector, motion with and without camera motion and likeness.

The clip is also seen by a camera that sweeps over it: a window of two thirds of the picture, which rests for three
seconds at one corner and turns to the other in one and a half.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.mot import Frames, read_sequence
from bench.mot import Sequence as Truth
from sereno.analytics.camera_motion import camera_shift
from sereno.analytics.detectors.catalogue import DetectorPool, ModelFolders
from sereno.analytics.detectors.port import Detector, Frame
from sereno.analytics.gate.motion import shrunk
from sereno.analytics.likeness import likeness_in
from sereno.analytics.model import Detection, ObjectKind
from sereno.analytics.tracker import TrackerSettings, TrackerState, step
from sereno.core.geometry import Box

_ROOT = Path(__file__).parents[1]
_SHARED = _ROOT.parent / "shared" / "data"
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_SIZE = np.array((768, 576))
_WINDOW = np.array((512, 384))
_SWEEP_S = ((3.0, 0.0), (4.5, 1.0), (7.5, 1.0), (9.0, 0.0))
"""Until when, and where it then stands: 0 one corner, 1 the other."""


@dataclass(frozen=True, slots=True)
class Look:
    """One frame: what was found, and the small pictures that the tracker's helpers are given."""

    found: tuple[Detection, ...]
    small: Frame
    luma: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Watched:
    """``truth``: with our detections as those that everybody is given."""

    truth: Truth
    looks: tuple[Look, ...]


@dataclass(frozen=True, slots=True)
class Clips:
    still: Watched
    turning: Watched


def clips(frames: int) -> Clips:
    """The first so many frames, seen by a fixed camera and by one that turns."""
    models = ModelFolders(assets=_ROOT / "cache" / "assets", cache=_ROOT / "cache" / "models")
    detector = DetectorPool(models, threads=1).get("efficientdet-lite0")
    known = read_sequence(_SHARED / "mot" / "PETS09-S2L1")
    still: list[Look] = []
    turning: list[Look] = []
    truth: dict[int, tuple[tuple[int, Box, float], ...]] = {}
    for number, picture in _pictures(frames):
        left, top = (int(side) for side in _corner(number / known.fps))
        still.append(_look(detector, picture))
        turning.append(_look(detector, picture[top : top + _WINDOW[1], left : left + _WINDOW[0]]))
        truth[number] = tuple(_in_window(known.truth.get(number, ()), left, top))
    whole = {number: rows for number, rows in known.truth.items() if number <= len(still)}
    return Clips(_watched(still, whole, known.fps), _watched(turning, truth, known.fps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How the tracker is run: with which help, on every how many-th frame, with which score for a beginning."""

    camera: bool = True
    likeness: bool = True
    stride: int = 1
    strong: float = TrackerSettings().strong


def followed(watched: Watched, way: Way) -> Frames:
    """What the tracker reports of each frame that is looked at."""
    state, found, before = TrackerState(), {}, watched.looks[0].luma
    settings = TrackerSettings(strong=way.strong)
    for number in range(1, watched.truth.frames + 1, way.stride):
        look = watched.looks[number - 1]
        shift = camera_shift(before, look.luma) if way.camera else None
        seen = likeness_in(look.small) if way.likeness else None
        at = _BEGIN + timedelta(seconds=number / watched.truth.fps)
        state = step(state, look.found, at, settings, shift, seen).state
        told = [track for track in state.tracks if track.believed and track.detection]
        found[number] = tuple((track.number, track.box.within_picture(), 1.0) for track in told)
        before = look.luma
    return found


def _watched(looks: Sequence[Look], truth: Frames, fps: float) -> Watched:
    found = {n: tuple((-1, d.box, d.score) for d in look.found) for n, look in enumerate(looks, start=1)}
    return Watched(Truth(len(looks), fps, truth, found), tuple(looks))


def _look(detector: Detector, picture: Frame) -> Look:
    size = detector.frame_size(picture.shape[1], picture.shape[0])
    small = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))
    found = tuple(d for d in detector.detect(small) if d.kind is ObjectKind.PERSON)
    return Look(found, small, shrunk(np.asarray(Image.fromarray(picture).convert("L"))).astype(np.float32))


def _corner(at_s: float) -> NDArray[np.int64]:
    """Left and top of the window, in pixels."""
    untils, places = zip(*((0.0, 0.0), *_SWEEP_S), strict=True)
    share = np.interp(at_s % untils[-1], untils, places)
    return np.asarray(np.rint(share * (_SIZE - _WINDOW) * (1.0, 2 / 3)), np.int64)


def _in_window(rows: Sequence[tuple[int, Box, float]], left: int, top: int) -> Iterator[tuple[int, Box, float]]:
    """Those of whom the window shows at least half."""
    width, height = (float(side) for side in _SIZE)
    wide, high = (float(side) for side in _WINDOW)
    for identity, box, certainty in rows:
        moved = Box(
            (box.left * width - left) / wide,
            (box.top * height - top) / high,
            (box.right * width - left) / wide,
            (box.bottom * height - top) / high,
        )
        inside = moved.within_picture()
        if inside.width > 0 and inside.height > 0 and inside.area >= moved.area / 2:
            yield identity, inside, certainty


def _pictures(frames: int) -> Iterator[tuple[int, Frame]]:
    """Numbered from 1, as the truth is."""
    with av.open(str(_SHARED / "video" / "pets09_s2l1_view001.avi")) as container:
        for number, frame in zip(range(1, frames + 1), container.decode(video=0), strict=False):
            yield number, np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
