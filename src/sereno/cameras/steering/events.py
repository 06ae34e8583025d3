"""The fact by which every screen knows who steers what."""

from dataclasses import dataclass

from sereno.cameras.steering.model import PtzLock
from sereno.core.facts import Fact
from sereno.core.ids import CameraId


@dataclass(frozen=True, slots=True, kw_only=True)
class PtzLockChanged(Fact):
    """``lock`` is None when nobody steers any more; ``taken_from`` names who lost it to a higher rank, else empty."""

    camera_id: CameraId
    lock: PtzLock | None
    taken_from: str = ""
