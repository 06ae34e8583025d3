"""A segment: about a minute of one camera, muxed once, hashed and chained."""

from dataclasses import dataclass
from enum import StrEnum

from sereno.core.ids import CameraId, SegmentId
from sereno.core.media_time import MediaTicks, WallTicks

GENESIS = "0" * 64
"""The chain value before a camera's first segment."""


class EndReason(StrEnum):
    """Why a segment ended where it did."""

    ROTATED = "rotated"
    STREAM_LOST = "stream_lost"
    STOPPED = "stopped"
    PARAMETERS_CHANGED = "parameters_changed"
    CLOCK_CHANGED = "clock_changed"
    """The centre's wall clock was set, or the camera's time stamps jumped: the next segment starts a new run."""
    DISK_FULL = "disk_full"
    DISK_FAILED = "disk_failed"
    """Its disk broke or went away; the camera goes on on another one."""
    NO_KEY_FRAME = "no_key_frame"
    """No key frame came for so long that the stream was opened anew, to get one."""
    SALVAGED = "salvaged"
    """The recorder died while it was open; it was closed at its last whole chunk when the recorder came back."""
    ADOPTED = "adopted"
    """A file without a row, taken in by repair: its bytes are proven from then on, not from birth."""


class Origin(StrEnum):
    """How a segment's footage came into the archive."""

    LIVE = "live"
    MASKED = "masked"
    """Recorded here like live, but coded anew, with privacy masks burned in: not the camera's own samples."""
    STANDBY = "standby"
    """Recorded by a standby recorder while this one was away."""
    CARD = "card"
    """Fetched from the camera's own memory card."""


RECORDED_HERE = frozenset({Origin.LIVE, Origin.MASKED})
"""Of these the media times follow each other; what was taken in later has a time line of its own."""


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """Where playback may begin: ``offset`` bytes into the file, ``media`` ticks on the camera's time line."""

    offset: int
    media: MediaTicks


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
    """Relative to the folder of its disk."""
    started_wall: WallTicks
    """When the first sample was taken, by the centre's clock as it stood then; may lie before an earlier segment's."""
    started_media: MediaTicks
    """Position of the first sample on its camera's media time line (``baseMediaDecodeTime``), which never goes back:
    a new run continues it, with a gap as long as the wall time in between."""
    duration: MediaTicks
    frames: int
    size: int
    sha256: str
    previous_chain: str
    chain: str
    codec: str
    """RFC 6381 string, such as ``avc1.64001f``."""
    end_reason: str
    """An ``EndReason``, as text so that an old chain stays readable when reasons are added."""
    origin: str = Origin.LIVE.value
    """An ``Origin``, as text for the same reason."""
    camera_offset: int | None = None
    """The camera's clock minus ``started_wall``'s, in ticks, when the camera told it."""
    chain_version: int = 1
    """Which text ``chain`` is the hash of (``recording.chain``): 1 for rows of the first journals."""
    disk: str = ""
    """Id of the disk the file lies on; empty for the archive's own. It alone may change, and is not chained."""

    @property
    def ended_wall(self) -> WallTicks:
        return WallTicks(self.started_wall + self.duration)

    @property
    def ended_media(self) -> MediaTicks:
        return MediaTicks(self.started_media + self.duration)
