"""A segment: about a minute of one camera, muxed once, hashed and chained."""

from dataclasses import dataclass

from sereno.core.ids import CameraId, SegmentId
from sereno.core.media_time import MediaTicks, WallTicks

GENESIS = "0" * 64
"""The chain value before a camera's first segment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A closed file of the archive. Its row means that the file is on disk with that size and hash.

    ``chain`` is SHA-256 over ``previous_chain`` and this segment's own facts: see ``recording.chain``.
    """

    id: SegmentId
    camera_id: CameraId
    number: int
    """Counts a camera's segments from 1, without gaps."""
    path: str
    """Relative to the archive folder."""
    started_wall: WallTicks
    started_media: MediaTicks
    """Position of the first sample on its run's media time line (``baseMediaDecodeTime``)."""
    duration: MediaTicks
    frames: int
    size: int
    sha256: str
    previous_chain: str
    chain: str
    codec: str
    """RFC 6381 string, such as ``avc1.64001f``."""
    end_reason: str
    """``rotated``, ``stream_lost``, ``stopped``, ``parameters_changed`` or ``salvaged``."""
