"""Bookmarks: a person marks an instant of footage, so that somebody else finds it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sereno.access.model import Access, Permission, Role
from sereno.access.work import Workplace
from sereno.cameras.store import find_camera
from sereno.core.errors import denied, invalid, not_found
from sereno.core.ids import BookmarkId, CameraId, IncidentId, new_id
from sereno.incidents.service import Incidents
from sereno.playback import store
from sereno.playback.events import BookmarkAdded, BookmarkRemoved
from sereno.playback.model import Bookmark

LONGEST_TEXT = 500
LONGEST_SPAN = timedelta(hours=24)
_REMOVERS = frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})
"""Besides its author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBookmark:
    camera_id: CameraId
    at: datetime
    text: str
    ended: datetime | None = None
    incident_id: IncidentId | None = None


class Bookmarks:
    def __init__(self, workplace: Workplace, incidents: Incidents) -> None:
        self._workplace = workplace
        self._incidents = incidents

    def add(self, access: Access, new: NewBookmark) -> Bookmark:
        """Raises: AppError not_found, invalid."""
        words, ended = new.text.strip(), new.ended or new.at
        if not 1 <= len(words) <= LONGEST_TEXT:
            raise invalid("bookmark_text", f"A bookmark says something, in {LONGEST_TEXT} characters at most.")
        with self._workplace.work(access, Permission.BOOKMARKS_EDIT) as work:
            _require_camera(work.connection, access, new.camera_id)
            if not timedelta(0) <= ended - new.at <= LONGEST_SPAN or new.at > work.at:
                raise invalid("bookmark_span", "A bookmark lies in the past and lasts 24 hours at most.")
            if new.incident_id is not None:
                self._incidents.stored(work.connection, access, new.incident_id)
            bookmark = Bookmark(
                id=BookmarkId(new_id(work.at)),
                camera_id=new.camera_id,
                at=new.at,
                ended=ended,
                text=words,
                author_id=access.person_id,
                author_name=access.name,
                written_at=work.at,
                incident_id=new.incident_id,
            )
            store.add_bookmark(work.connection, bookmark)
            work.tell(BookmarkAdded(id=work.fact_id(), at=work.at, bookmark=bookmark))
            work.audit("bookmark.add", bookmark.id, camera=new.camera_id, at=new.at.isoformat())
        return bookmark

    def remove(self, access: Access, bookmark_id: BookmarkId) -> None:
        """Its author may, and a supervisor; what it said stays in the audit log. Raises: AppError not_found, denied."""
        with self._workplace.work(access, Permission.BOOKMARKS_EDIT) as work:
            bookmark = store.find_bookmark(work.connection, bookmark_id)
            if bookmark is None:
                raise not_found("bookmark_unknown", "There is no such bookmark.")
            _require_camera(work.connection, access, bookmark.camera_id)
            if bookmark.author_id != access.person_id and access.role not in _REMOVERS:
                raise denied("bookmark_of_another", f"{bookmark.author_name} wrote this bookmark.", "Ask a supervisor.")
            store.remove_bookmark(work.connection, bookmark_id)
            camera_id = bookmark.camera_id
            work.tell(BookmarkRemoved(id=work.fact_id(), at=work.at, bookmark_id=bookmark_id, camera_id=camera_id))
            work.audit(
                "bookmark.remove",
                bookmark_id,
                camera=camera_id,
                at=bookmark.at.isoformat(),
                text=bookmark.text,
                author=bookmark.author_name,
            )


def _require_camera(connection: Connection, access: Access, camera_id: CameraId) -> None:
    camera = find_camera(connection, camera_id)
    if camera is None or not access.sees_group(camera.group):
        raise not_found("camera_unknown", "There is no such camera.")
