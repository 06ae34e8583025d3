"""Facts the recorder tells."""

from dataclasses import dataclass
from datetime import datetime

from sereno.core.facts import Fact
from sereno.core.ids import CameraId
from sereno.recording.model import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentClosed(Fact):
    segment: Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What one camera lost. Its rows keep numbers, hashes and chain."""

    camera_id: CameraId
    segments: int
    first_number: int
    last_number: int
    began: datetime
    ended: datetime
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FootageShed(Fact):
    """Footage was deleted, by one rule; control writes it into the chained audit log."""

    reason: str
    """A ``retention.ShedReason``."""
    cuts: tuple[Cut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskChanged(Fact):
    """A disk was lost, is full, or is well again; ``reason`` is an error code, empty when all is well."""

    disk: str
    folder: str
    reason: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageForetold(Fact):
    """Told by control when it begins, or ends, to look as if recording will pause before footage reaches the floor."""

    floor_days: float
    floor_broken_in_days: float | None
    horizon_days: float | None
    warning: bool
