"""Routes of the daily proof."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import FileResponse
from pydantic import AwareDatetime

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.core.ids import CameraId
from sereno.runtime.http import Body
from sereno.upkeep.model import PlannedWork, ReferenceRecord, Ticket, TicketId, TicketState, WorkId
from sereno.upkeep.report import Reporter
from sereno.upkeep.service import Calendar, DayPage, Upkeep

_MEDIA = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}


class StepBody(Body):
    state: TicketState
    note: str = ""


class WorkBody(Body):
    camera_id: str
    began: AwareDatetime
    ended: AwareDatetime
    reason: str


class ReferenceBody(Body):
    reason: str


def upkeep_api(upkeep: Upkeep, reporter: Reporter, guard: Guard) -> APIRouter:
    routes = APIRouter(prefix="/upkeep")
    routes.include_router(_proof(upkeep, reporter, guard))
    routes.include_router(_repair(upkeep, guard))
    return routes


def _proof(upkeep: Upkeep, reporter: Reporter, guard: Guard) -> APIRouter:
    """What was judged."""
    routes = APIRouter()
    viewer = Depends(guard.needs(Permission.UPKEEP_VIEW))

    @routes.get("/days")
    def show_calendar(first: date, last: date, access: Annotated[Access, viewer]) -> Calendar:
        return upkeep.calendar(access, first, last)

    @routes.get("/days/{camera_id}/{day}")
    def show_day(camera_id: str, day: date, access: Annotated[Access, viewer]) -> DayPage:
        return upkeep.day(access, CameraId(camera_id), day)

    @routes.get("/pictures/{camera_id}/reference")
    def show_reference(camera_id: str, access: Annotated[Access, viewer]) -> FileResponse:
        stored = upkeep.picture(access, CameraId(camera_id), None)
        return FileResponse(stored.path, media_type="image/png")

    @routes.get("/pictures/{camera_id}/{day}")
    def show_seen(camera_id: str, day: date, access: Annotated[Access, viewer]) -> FileResponse:
        stored = upkeep.picture(access, CameraId(camera_id), day)
        return FileResponse(stored.path, media_type="image/jpeg")

    @routes.get("/report")
    def download_report(
        first: date,
        last: date,
        form: Literal["pdf", "csv"],
        access: Annotated[Access, viewer],
        language: Literal["es", "en", "pt"] = "es",
    ) -> Response:
        proof = upkeep.proof(access, first, last, form)
        content = reporter.csv(proof, language) if form == "csv" else reporter.pdf(proof, language)
        name = f"sereno-{first}.{form}" if first == last else f"sereno-{first}-{last}.{form}"
        return Response(
            content, media_type=_MEDIA[form], headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )

    return routes


def _repair(upkeep: Upkeep, guard: Guard) -> APIRouter:
    """What is done about it."""
    routes = APIRouter()
    viewer = Depends(guard.needs(Permission.UPKEEP_VIEW))
    editor = Depends(guard.needs(Permission.UPKEEP_EDIT))

    @routes.get("/tickets")
    def list_tickets(
        access: Annotated[Access, viewer],
        state: Literal["open", "all"] = "open",
        limit: Annotated[int, Query(ge=1, le=2000)] = 500,
    ) -> tuple[Ticket, ...]:
        return upkeep.tickets(access, open_only=state == "open", limit=limit)

    @routes.post("/tickets/{ticket_id}/steps")
    def step_ticket(ticket_id: str, body: StepBody, access: Annotated[Access, editor]) -> Ticket:
        return upkeep.step(access, TicketId(ticket_id), body.state, body.note)

    @routes.get("/works")
    def list_works(access: Annotated[Access, viewer]) -> tuple[PlannedWork, ...]:
        return upkeep.works(access)

    @routes.post("/works", status_code=201)
    def plan_work(body: WorkBody, access: Annotated[Access, editor]) -> PlannedWork:
        return upkeep.plan_work(access, CameraId(body.camera_id), body.began, body.ended, body.reason)

    @routes.delete("/works/{work_id}")
    def cancel_work(work_id: str, access: Annotated[Access, editor]) -> PlannedWork:
        return upkeep.cancel_work(access, WorkId(work_id))

    @routes.post("/references/{camera_id}", status_code=201)
    def renew_reference(camera_id: str, body: ReferenceBody, access: Annotated[Access, editor]) -> ReferenceRecord:
        return upkeep.renew_reference(access, CameraId(camera_id), body.reason)

    return routes
