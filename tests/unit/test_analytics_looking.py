"""Several cameras before one detector: one call for all that ask, and a failure that stays with whom it struck."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import av
import numpy as np

from sereno.analytics.camera_watch import CameraWatch
from sereno.analytics.decode import Picture, TakenFrame
from sereno.analytics.detectors.port import Found, Frame
from sereno.analytics.looking import looks
from sereno.analytics.testing import ScriptedDetector
from sereno.analytics.work_note import Slot, Work
from sereno.core.errors import AppError, unavailable
from sereno.core.ids import CameraId

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Counting(ScriptedDetector):
    """Counts its calls; ``gone`` is an accelerator that does not answer."""

    def __init__(self) -> None:
        super().__init__([()], batch=4)
        self.together: list[int] = []
        self.gone = False

    def detect_batch(self, frames: Sequence[Frame]) -> tuple[Found, ...]:
        self.together.append(len(frames))
        if self.gone:
            raise unavailable("gpu_failed", "The accelerator does not answer.")
        return super().detect_batch(frames)


@dataclass
class Camera:
    watch: CameraWatch
    note: Slot
    content: bytearray
    fault: AppError | None = None


def camera(name: str, detector: Counting) -> Camera:
    content = bytearray(64)
    return Camera(CameraWatch(CameraId(name), detector), Slot(content, 0), content)


def frame(of: Camera, after_s: float, seed: int) -> TakenFrame:
    pixels = np.random.default_rng(seed).integers(0, 255, (90, 160, 3)).astype(np.uint8)
    picture = Picture(av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p"))
    return TakenFrame(of.watch.camera_id, picture, START + timedelta(seconds=after_s))


def test_all_that_ask_are_answered_by_one_call_and_each_gets_its_own() -> None:
    detector = Counting()
    cameras = [camera(name, detector) for name in "abc"]
    first = list(looks(detector, [(each, frame(each, 0, 1)) for each in cameras]))
    again = list(looks(detector, [(each, frame(each, 0.2, 1)) for each in cameras[:2]]))

    assert detector.together == [3]  # nothing moved the second time: the gate asked for no look
    assert [seen.scene.camera_id for _, _, seen in first if seen and seen.scene] == list("abc")
    assert [seen.scene for _, _, seen in again if seen] == [None, None]
    assert not any(any(each.content) for each in cameras)


def test_a_detector_that_fails_is_told_of_each_camera_and_notes_are_wiped() -> None:
    detector = Counting()
    detector.gone = True
    cameras = [camera(name, detector) for name in "ab"]
    seen = list(looks(detector, [(each, frame(each, 0, 1)) for each in cameras]))

    assert [one for _, _, one in seen] == [None, None]
    assert [each.fault.code for each in cameras if each.fault] == ["gpu_failed", "gpu_failed"]
    assert not any(each.content[Work.LOOKING] for each in cameras)
