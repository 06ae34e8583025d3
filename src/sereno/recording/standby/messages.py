"""What recorder and standby tell each other; every message is sealed (see ``link``)."""

from dataclasses import dataclass

from sereno.core.ids import CameraId, SegmentId
from sereno.core.media_time import WallTicks


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Are you alive, what are your cameras, and how are they?"""

    standby: str
    """Name of the machine that stands by, for the recorder's log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedSegment:
    """Footage that the standby recorded for the other. Units: wall ticks, bytes."""

    id: SegmentId
    camera_id: CameraId
    """As the recorder calls it."""
    began: WallTicks
    ended: WallTicks
    size: int
    sha256: str
    wall_offset: int
    """Wall minus media ticks: what the decode times in the file need to become wall time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    segments: tuple[OfferedSegment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of the offered the recorder lacks."""

    ids: tuple[SegmentId, ...]


def uncovered(span: tuple[int, int], have: list[tuple[int, int]]) -> int:
    """Ticks of ``span`` that none of ``have`` covers."""
    left, at = 0, span[0]
    for began, ended in sorted(have):
        if ended <= at:
            continue
        if began >= span[1]:
            break
        left += max(0, began - at)
        at = max(at, ended)
    return left + max(0, span[1] - at)
