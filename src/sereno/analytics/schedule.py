"""Which camera is looked at next, when there is more to see than time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from sereno.core.ids import CameraId


@dataclass(frozen=True, slots=True)
class Waiting:
    """A camera with a new frame; ``served_s`` is when it was last looked at, on the monotonic clock."""

    camera_id: CameraId
    served_s: float
    weight: float = 1.0


def next_camera(waiting: Sequence[Waiting], now_s: float) -> CameraId | None:
    """The one whose wait weighs most: every camera gets its turn, a weight of 2 gets it twice as often."""
    if not waiting:
        return None
    return max(waiting, key=lambda w: (w.weight * (now_s - w.served_s), w.camera_id)).camera_id
