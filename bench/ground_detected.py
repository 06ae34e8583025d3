"""The whole chain on PETS: its video, the shipped detector, the tracker, six picked points; speeds against Tsai's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import hypot

import av
import numpy as np

from bench.figures import Figure
from bench.ground_truth import HOME, SHARED, Scene, Step
from bench.track import BEGIN
from sereno.analytics.camera_watch import CameraWatch
from sereno.analytics.decode import Picture, TakenFrame
from sereno.analytics.detectors.port import Detector
from sereno.analytics.model import GroundMotion
from sereno.analytics.model import Scene as Seen
from sereno.core.geography import Position
from sereno.core.ids import CameraId
from sereno.maps.ground.plane import GroundPlane, east_north_m

VIDEO = SHARED / "video" / "pets09_s2l1_view001.avi"
FPS = 7.0
"""As it was recorded; the container says 10."""
LEAST_IOU = 0.5
WINDOW_S = 2.0
_CAMERA = CameraId("pets")


def detected_speeds(scene: Scene, plane: GroundPlane, detector: Detector, frames: int) -> list[Figure]:
    """``frames``: how many of the clip's; each is looked at, seven a second."""
    watch = CameraWatch(_CAMERA, detector)
    watch.ground.use(plane)
    off, said, away = [], [], []
    for at_s, seen in _scenes(watch, frames):
        for walk in scene.walks.values():
            true = _truth(walk, at_s)
            told = None if true is None else _told(seen, true.step)
            if true is None or told is None:
                continue
            off.append(abs(told.speed_mps - true.speed_mps))
            said.append(off[-1] / told.speed_error_mps)
            east, north = east_north_m(HOME, Position(told.latitude, told.longitude))
            away.append(hypot(east - true.step.ground[0], north - true.step.ground[1]))
    return [
        Figure(key="detected_speed_median", value=float(np.median(off)), unit="m/s"),
        Figure(key="detected_speed_p95", value=float(np.percentile(off, 95)), unit="m/s"),
        Figure(key="detected_speed_within_twice_said", value=float(np.mean(np.array(said) < 2)), unit="share"),
        Figure(key="detected_position_median", value=float(np.median(away)), unit="m"),
        Figure(key="detected_position_p95", value=float(np.percentile(away, 95)), unit="m"),
        Figure(key="detected_looks", value=len(off), unit="persons in frames"),
    ]


@dataclass(frozen=True, slots=True)
class _Truth:
    step: Step
    speed_mps: float


def _scenes(watch: CameraWatch, frames: int) -> Iterator[tuple[float, Seen]]:
    with av.open(str(VIDEO)) as container:
        for number, frame in zip(range(1, frames + 1), container.decode(video=0), strict=False):
            taken = TakenFrame(_CAMERA, Picture(frame), BEGIN + timedelta(seconds=number / FPS))
            seen = watch.look(taken).scene
            if seen is not None:
                yield number / FPS, seen


def _truth(walk: Sequence[Step], at_s: float) -> _Truth | None:
    """Where a person is now, and their speed over the last two seconds; None when they were not there all along."""
    window = [step for step in walk if -1e-6 <= at_s - step.at_s <= WINDOW_S]
    if not window or abs(window[-1].at_s - at_s) > 1e-6 or len(window) < WINDOW_S * FPS / 2:
        return None
    at = np.array([step.at_s for step in window])
    ground = np.array([step.ground for step in window])
    return _Truth(window[-1], hypot(*(float(np.polyfit(at, ground[:, axis], 1)[0]) for axis in (0, 1))))


def _told(seen: Seen, step: Step) -> GroundMotion | None:
    """Of the sighting that lies best on the person, if it tells any."""
    best = max(seen.sightings, key=lambda sighting: sighting.box.iou(step.box), default=None)
    return best.ground if best is not None and best.box.iou(step.box) >= LEAST_IOU else None
