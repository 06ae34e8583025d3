"""Routes of holds and exports, and the page that checks packages."""

from datetime import UTC
from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse, HTMLResponse
from pydantic import AwareDatetime

from sereno.access.guard import Guard, public
from sereno.access.model import Access, Permission
from sereno.core.ids import CameraId, ExportId, HoldId, IncidentId
from sereno.evidence.holds import NewHold
from sereno.evidence.model import Export, Hold
from sereno.evidence.seal import verifier_page
from sereno.evidence.service import Evidence
from sereno.runtime.http import Body

VERIFIER_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; media-src blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page is one file, holds no secret and can send nothing anywhere: there is no connect-src."""


class HoldBody(Body):
    camera_id: str
    began: AwareDatetime
    ended: AwareDatetime
    reason: str
    incident_id: str | None = None

    def new_hold(self) -> NewHold:
        return NewHold(
            camera_id=CameraId(self.camera_id),
            began=self.began.astimezone(UTC),
            ended=self.ended.astimezone(UTC),
            reason=self.reason,
            incident_id=None if self.incident_id is None else IncidentId(self.incident_id),
        )


class ExportBody(Body):
    purpose: str


def evidence_api(evidence: Evidence, guard: Guard) -> APIRouter:
    routes = APIRouter(tags=["evidence"])
    may_view = Annotated[Access, Depends(guard.needs(Permission.EVIDENCE_VIEW))]
    may_hold = Annotated[Access, Depends(guard.needs(Permission.EVIDENCE_HOLD))]
    may_export = Annotated[Access, Depends(guard.needs(Permission.EVIDENCE_EXPORT))]

    @routes.post("/holds", status_code=201)
    def place_hold(access: may_hold, body: HoldBody) -> Hold:
        return evidence.holds.place(access, body.new_hold())

    @routes.get("/holds")
    def list_holds(access: may_view, incident_id: str | None = None) -> list[Hold]:
        return evidence.holds.newest(access, None if incident_id is None else IncidentId(incident_id))

    @routes.post("/holds/{hold_id}/exports", status_code=201)
    def request_export(access: may_export, hold_id: str, body: ExportBody) -> Export:
        return evidence.exports.request(access, HoldId(hold_id), body.purpose)

    @routes.get("/exports/{export_id}")
    def show_export(access: may_view, export_id: str) -> Export:
        return evidence.exports.find(access, ExportId(export_id))

    @routes.get("/exports/{export_id}/file", response_class=FileResponse)
    def download_export(access: may_export, export_id: str) -> FileResponse:
        path = evidence.exports.hand_over(access, ExportId(export_id))
        return FileResponse(path, media_type="application/zip", filename=f"sereno-{export_id}.zip")

    return routes


def verifier_api(site: str = "", fingerprint: str = "") -> APIRouter:
    """``GET /verify``, for everybody; served by a centre, the page knows the fingerprint of that centre's key."""
    routes = APIRouter(tags=["evidence"])
    page = verifier_page().decode()
    for name, content in (("sereno-fingerprint", fingerprint), ("sereno-site", site)):
        empty = f'<meta name="{name}" content="">'
        page = page.replace(empty, f'<meta name="{name}" content="{escape(content)}">', 1)

    @routes.get("/verify", response_class=HTMLResponse, dependencies=[Depends(public)])
    def show_verifier() -> HTMLResponse:
        return HTMLResponse(page, headers={"Content-Security-Policy": VERIFIER_POLICY})

    return routes
