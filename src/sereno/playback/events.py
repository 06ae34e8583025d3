"""Facts of playback."""

from dataclasses import dataclass

from sereno.core.facts import Fact
from sereno.core.ids import BookmarkId, CameraId
from sereno.playback.model import Bookmark


@dataclass(frozen=True, slots=True, kw_only=True)
class BookmarkAdded(Fact):
    bookmark: Bookmark


@dataclass(frozen=True, slots=True, kw_only=True)
class BookmarkRemoved(Fact):
    """The audit log keeps who removed it, and what it said."""

    bookmark_id: BookmarkId
    camera_id: CameraId
