"""Clips as a camera would send them, through the camera's whole way: gate, detector, tracker, happenings."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from sereno.analytics.camera_watch import CameraWatch
from sereno.analytics.decode import Picture, TakenFrame
from sereno.analytics.detectors.catalogue import DetectorPool, ModelFolders
from sereno.analytics.happenings.pose import RtmPose
from sereno.analytics.model import HappeningKind, Scene
from sereno.core.ids import CameraId

DATA = Path(__file__).parents[2] / "shared" / "data"
VIDEO = DATA / "video"
ASSETS = Path(__file__).parents[1] / "cache" / "assets"
MODELS = Path(__file__).parents[1] / "cache" / "bench" / "models"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
CAMERA = CameraId("bench")
LOOKS_FPS = 5.0
SEEN = frozenset(
    {
        HappeningKind.LEFT_OBJECT,
        HappeningKind.REMOVED_OBJECT,
        HappeningKind.FALLEN,
        HappeningKind.DISPERSAL,
    }
)
Rgb = NDArray[np.uint8]
"""(H, W, 3)."""
Timed = tuple[float, Rgb]
"""Seconds from the beginning, and the picture."""


@dataclass(frozen=True, slots=True)
class Clip:
    """``fps`` is that of the recording, which some containers do not say."""

    file: str
    fps: float


LEFT_BAG = Clip("aboda_video4_abandoned.avi", 29.97)
SQUARE = Clip("pets09_s2l1_view001.avi", 7.0)
TUNNEL = Clip("motorway_cctv_tunnel_a12.mp4", 25.0)
SUBURB = Clip("street_vehicles_suburb.mp4", 24.04)
ORDINARY = (
    Clip("intel_one_by_one_person.mp4", 10.0),
    Clip("cdnet_highway.avi", 25.0),
    Clip("crosswalk_intersection.mp4", 11.0),
    Clip("motorway_cctv_crocina.mp4", 25.0),
    Clip("bikes_moving_camera.mp4", 25.0),
    Clip("otc_cars_cyclist.mp4", 20.0),
    TUNNEL,
    SUBURB,
)
"""Nothing is left, nobody falls or flees."""


def pictures(clip: Clip, fps: float = LOOKS_FPS) -> Iterator[Timed]:
    """At most ``fps`` a second."""
    due_s = 0.0
    with av.open(VIDEO / clip.file) as container:
        for number, frame in enumerate(container.decode(video=0)):
            at_s = number / clip.fps
            if at_s + 1e-6 >= due_s:
                due_s += 1 / fps
                yield at_s, np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def backwards(frames: Iterable[Timed]) -> list[Timed]:
    """What was left is then taken away."""
    kept = list(frames)
    return [(kept[-1][0] - at_s, picture) for at_s, picture in reversed(kept)]


Watched = Callable[[Iterable[Timed]], list[Scene]]


def watcher(wanted: frozenset[HappeningKind] = SEEN) -> Watched:
    """Runs each sequence of pictures through a camera of its own; the models are loaded once."""
    detector = DetectorPool(ModelFolders(assets=ASSETS, cache=MODELS), threads=1).get("efficientdet-lite0")
    poses = RtmPose(ASSETS / "rtmpose-s-halpe26.onnx")

    def watched(frames: Iterable[Timed]) -> list[Scene]:
        watch = CameraWatch(CAMERA, detector)
        watch.happenings.ask(wanted, poses)
        scenes: list[Scene] = []
        for at_s, picture in frames:
            frame = Picture(VideoFrame.from_ndarray(picture, format="rgb24"))
            seen = watch.look(TakenFrame(CAMERA, frame, BEGIN + timedelta(seconds=at_s)))
            scenes += [seen.scene] if seen.scene else []
        return scenes

    return watched


def seconds(at: datetime) -> float:
    return (at - BEGIN).total_seconds()
