"""Which camera is looked at next, when there is more to see than time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from sereno.core.ids import CameraId

STALE_S = 2.0
"""An alert about an older frame would come too late for the second that is kept between frame and alert."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A camera with a new frame; ``served_s`` is when it was last looked at, on the monotonic clock."""

    camera_id: CameraId
    served_s: float
    weight: float = 1.0


def in_turn(waiting: Sequence[Waiting], now_s: float) -> list[CameraId]:
    """First the one whose wait weighs most: every camera gets its turn, a weight of 2 gets it twice as often."""
    ordered = sorted(waiting, key=lambda w: (w.weight * (now_s - w.served_s), w.camera_id), reverse=True)
    return [each.camera_id for each in ordered]


def is_stale(age_s: float, *, passed_over: bool) -> bool:
    """Whether a frame is too old to be worth a look, given what became of the one before.

    Never two in a row: a clock may be wrong, and a camera that is always late is still to be seen.
    """
    return age_s > STALE_S and not passed_over
