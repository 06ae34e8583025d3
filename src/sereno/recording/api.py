"""Routes by which a person gets at recordings: tickets for the media port, and what was recorded when.

The video itself comes from the media port; here is decided, and written down, who may see it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime

from sereno.access.guard import Guard
from sereno.access.jurisdiction import Jurisdiction
from sereno.access.model import Access, Permission, Purpose
from sereno.access.work import Workplace
from sereno.cameras.store import find_camera
from sereno.core.errors import denied, invalid, not_found
from sereno.core.ids import CameraId, IncidentId, is_id
from sereno.recording.library import Library
from sereno.recording.model import Segment
from sereno.recording.tickets import StreamKind, TicketKind, make_ticket, sign
from sereno.runtime.http import Body
from sereno.runtime.settings import ServerSettings

MAX_LISTED = timedelta(days=31)


class TicketBody(Body):
    """What a viewer asks for; ``began`` and ``ended`` for a clip only; purpose and case default to the headers.

    ``stream`` is a wish: a camera without a sub stream, or without sound, shows its main one. Sound where the law does
    not allow it is refused.
    """

    camera_id: str
    kind: TicketKind
    stream: StreamKind = StreamKind.MAIN
    began: AwareDatetime | None = None
    ended: AwareDatetime | None = None
    purpose: Purpose | None = None
    case: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAnswer:
    """``url`` is where to take the ticket: it never becomes part of it."""

    ticket: str
    url: str
    stream: StreamKind
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TicketOffice:
    """What a ticket is signed with, where it is taken, and whose law says what it may be for."""

    key: bytes
    server: ServerSettings
    law: Jurisdiction


def recording_api(workplace: Workplace, library: Library, office: TicketOffice, guard: Guard) -> APIRouter:
    routes = APIRouter()
    viewer = Depends(guard.signed_in())

    @routes.post("/tickets", status_code=201)
    def ask_ticket(body: TicketBody, request: Request, access: Annotated[Access, viewer]) -> TicketAnswer:
        """Live view and playback need different permissions; each look is audited."""
        stated = _stated(access, body)
        span = _span(body)
        live = body.kind is TicketKind.LIVE
        with workplace.work(stated, Permission.LIVE_VIEW if live else Permission.PLAYBACK_VIEW) as work:
            camera = find_camera(work.connection, body.camera_id)
            if camera is None or not stated.sees_group(camera.group):
                raise not_found("camera_unknown", "There is no such camera.")
            ticket = make_ticket(camera.id, body.kind, work.at, span)
            if body.stream is StreamKind.SOUND:
                _require_sound(office.law)
                ticket = replace(ticket, stream=body.stream if camera.audio else StreamKind.MAIN)
            elif live and camera.sub_url and not camera.one_session:
                ticket = replace(ticket, stream=body.stream)
            if span is None:
                work.audit("live.view", camera.id)
            else:
                work.audit("playback.view", camera.id, began=span[0].isoformat(), ended=span[1].isoformat())
        url = _media_url(request, office.server, live=live)
        return TicketAnswer(
            ticket=sign(ticket, office.key), url=url, stream=ticket.stream, expires_at=ticket.expires_at
        )

    @routes.get("/recordings/{camera_id}")
    def list_recordings(
        camera_id: str,
        began: AwareDatetime,
        ended: AwareDatetime,
        access: Annotated[Access, Depends(guard.needs(Permission.PLAYBACK_VIEW))],
    ) -> list[Segment]:
        """Closed segments that overlap the span, in the order in which they were recorded."""
        if not timedelta(0) < ended - began <= MAX_LISTED:
            raise invalid("span_invalid", "The span must end after it begins, and be 31 days at most.")
        with workplace.look(access, Permission.PLAYBACK_VIEW) as connection:
            camera = find_camera(connection, camera_id)
        if camera is None or not access.sees_group(camera.group):
            raise not_found("camera_unknown", "There is no such camera.")
        return library.segments(CameraId(camera_id), began, ended)

    return routes


def _require_sound(law: Jurisdiction) -> None:
    """Raises: AppError denied where sound is not known to be allowed."""
    if law.audio_allowed.value is not True:
        raise denied(
            "sound_not_allowed",
            "The law of this site does not let cameras be listened to, or it is not known to.",
            "Ask for the picture alone. Which law binds the site is set in site.jurisdiction.",
        )


def _stated(access: Access, body: TicketBody) -> Access:
    """The access with the purpose and case that the body states. Raises: AppError invalid."""
    if body.purpose is Purpose.SYSTEM:
        raise invalid("purpose_unknown", "The purpose system cannot be claimed.")
    if body.case is not None and not is_id(body.case):
        raise invalid("case_unknown", "case is not the id of an incident.")
    case = access.case if body.case is None else IncidentId(body.case)
    return replace(access, purpose=body.purpose or access.purpose, case=case)


def _span(body: TicketBody) -> tuple[datetime, datetime] | None:
    if body.began is None and body.ended is None:
        return None
    if body.began is None or body.ended is None:
        raise invalid("ticket_span", "A clip needs both began and ended.")
    return body.began, body.ended


def _media_url(request: Request, server: ServerSettings, *, live: bool) -> str:
    """On the host by which the console was reached."""
    host = request.url.hostname or server.host
    name = f"[{host}]" if ":" in host else host
    secure = "s" if request.url.scheme == "https" else ""
    scheme, path = (f"ws{secure}", "live") if live else (f"http{secure}", "clip")
    return f"{scheme}://{name}:{server.media_port}/{path}"
