"""Routes of playback: time lines, stills, bookmarks. The moving picture comes from the media port."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import AwareDatetime

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.core.ids import BookmarkId, CameraId, IncidentId
from sereno.playback.bookmarks import Bookmarks, NewBookmark
from sereno.playback.model import Bookmark, Timeline
from sereno.playback.stills import SeenStills
from sereno.playback.timelines import Timelines
from sereno.runtime.http import Body

WIDEST_THUMBNAIL = 640
_PRIVATE = "private, max-age=300"


class BookmarkBody(Body):
    camera_id: str
    at: AwareDatetime
    ended: AwareDatetime | None = None
    text: str
    incident_id: str | None = None


class StripQuery(Body):
    began: AwareDatetime
    ended: AwareDatetime
    count: int = 60
    width: int = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """``jpeg`` is in base 64."""

    at: datetime
    jpeg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Pictures at the middles of equal parts of the span; null where nothing was recorded."""

    camera_id: CameraId
    began: datetime
    ended: datetime
    pictures: tuple[Thumbnail | None, ...]


def playback_api(timelines: Timelines, stills: SeenStills, bookmarks: Bookmarks, guard: Guard) -> APIRouter:
    routes = APIRouter(tags=["playback"])
    routes.include_router(_timeline_routes(timelines, guard))
    routes.include_router(_still_routes(stills, guard))
    routes.include_router(_bookmark_routes(bookmarks, guard))
    return routes


def _timeline_routes(timelines: Timelines, guard: Guard) -> APIRouter:
    routes = APIRouter()

    @routes.get("/timeline")
    def show_timeline(
        cameras: str,
        began: AwareDatetime,
        ended: AwareDatetime,
        access: Annotated[Access, Depends(guard.needs(Permission.PLAYBACK_VIEW))],
        parts: int = 480,
    ) -> Timeline:
        """``cameras`` are ids joined by commas."""
        ids = tuple(dict.fromkeys(CameraId(each) for each in cameras.split(",") if each))
        return timelines.of(access, ids, (began.astimezone(UTC), ended.astimezone(UTC)), parts)

    return routes


def _still_routes(stills: SeenStills, guard: Guard) -> APIRouter:
    routes = APIRouter(prefix="/cameras/{camera_id}")
    viewer = Depends(guard.signed_in())

    @routes.get("/still", response_class=Response)
    def show_still(
        camera_id: str,
        access: Annotated[Access, viewer],
        at: AwareDatetime | None = None,
        width: int = 640,
    ) -> Response:
        """JPEG of the last key frame at or before ``at``, or of now; ``X-Sereno-At`` says when it was taken.

        Live view or playback, by the picture's age.
        """
        still = stills.at(access, CameraId(camera_id), None if at is None else at.astimezone(UTC), width)
        cache = "private, no-cache" if at is None else _PRIVATE
        headers = {"X-Sereno-At": still.at.isoformat(), "Cache-Control": cache, "Vary": "Cookie"}
        return Response(still.jpeg, media_type="image/jpeg", headers=headers)

    @routes.get("/strip")
    def show_strip(
        camera_id: str,
        query: Annotated[StripQuery, Query()],
        response: Response,
        access: Annotated[Access, Depends(guard.needs(Permission.PLAYBACK_VIEW))],
    ) -> Strip:
        span = query.began.astimezone(UTC), query.ended.astimezone(UTC)
        pictures = stills.strip(access, CameraId(camera_id), span, query.count, min(query.width, WIDEST_THUMBNAIL))
        response.headers["Cache-Control"] = _PRIVATE
        response.headers["Vary"] = "Cookie"
        shown = (
            None if each is None else Thumbnail(at=each.at, jpeg=b64encode(each.jpeg).decode()) for each in pictures
        )
        return Strip(camera_id=CameraId(camera_id), began=span[0], ended=span[1], pictures=tuple(shown))

    return routes


def _bookmark_routes(bookmarks: Bookmarks, guard: Guard) -> APIRouter:
    routes = APIRouter(prefix="/bookmarks")
    editor = Depends(guard.needs(Permission.BOOKMARKS_EDIT))

    @routes.post("", status_code=201)
    def add_bookmark(body: BookmarkBody, access: Annotated[Access, editor]) -> Bookmark:
        new = NewBookmark(
            camera_id=CameraId(body.camera_id),
            at=body.at.astimezone(UTC),
            ended=None if body.ended is None else body.ended.astimezone(UTC),
            text=body.text,
            incident_id=None if body.incident_id is None else IncidentId(body.incident_id),
        )
        return bookmarks.add(access, new)

    @routes.delete("/{bookmark_id}", status_code=204)
    def remove_bookmark(bookmark_id: str, access: Annotated[Access, editor]) -> None:
        bookmarks.remove(access, BookmarkId(bookmark_id))

    return routes
