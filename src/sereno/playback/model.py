"""A camera's time line: what was recorded, why not, what happened, and what people marked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sereno.alerts.model import AlertState, Outcome, RuleKind
from sereno.core.ids import AlertId, BookmarkId, CameraId, HoldId, IncidentId, PersonId
from sereno.evidence.model import HoldState


class GapReason(StrEnum):
    """Why there is no footage; besides these a gap's reason may be a camera fault, such as ``camera_unreachable``."""

    STREAM_LOST = "stream_lost"
    RECORDER_STOPPED = "recorder_stopped"
    RECORDER_DIED = "recorder_died"
    DISK_FULL = "disk_full"
    CLOCK_SET = "clock_set"
    NOT_YET = "not_yet"
    """Before the camera's first picture."""
    CAMERA_OFF = "camera_off"
    SHED = "shed"
    """It was recorded, and deleted at its age or for room."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """``growing`` footage is still being recorded at the time line's end."""

    began: datetime
    ended: datetime
    origin: str
    growing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    began: datetime
    ended: datetime
    reason: str
    """A ``GapReason`` or a camera fault."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """Something was followed here; near ones are joined."""

    began: datetime
    ended: datetime
    count: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMark:
    id: AlertId
    at: datetime
    since: datetime
    rule: RuleKind
    priority: int
    state: AlertState
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldMark:
    id: HoldId
    began: datetime
    ended: datetime
    reason: str
    state: HoldState


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """What somebody marked in a camera's footage; ``ended`` equals ``at`` for a single instant."""

    id: BookmarkId
    camera_id: CameraId
    at: datetime
    ended: datetime
    text: str
    author_id: PersonId
    author_name: str
    written_at: datetime
    incident_id: IncidentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraTimeline:
    """``activity`` has equal parts of the span: 0 quiet to 100, -1 where nothing was recorded."""

    camera_id: CameraId
    recorded: tuple[Recorded, ...]
    gaps: tuple[Gap, ...]
    activity: tuple[int, ...]
    tracked: tuple[Tracked, ...]
    alerts: tuple[AlertMark, ...]
    bookmarks: tuple[Bookmark, ...]
    holds: tuple[HoldMark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """``now`` is the centre's clock: what lies after it has not happened."""

    began: datetime
    ended: datetime
    now: datetime
    cameras: tuple[CameraTimeline, ...]
