"""Routes of dispatch: units, proposals, sending, and what a crew or its gateway reports."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.core.geography import Position
from sereno.core.ids import AssignmentId, IncidentId, UnitId
from sereno.dispatch.events import UnitFix
from sereno.dispatch.model import Assignment, AssignmentState, Proposal, Unit
from sereno.dispatch.service import Dispatch, FixesTaken

LARGEST_BATCH = 2_000


class SendBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    unit_id: str


class StepBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    state: AssignmentState
    report: str = ""


class PlaceBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lat: float
    lon: float


class FixBody(BaseModel):
    """Its numbers are judged one by one, so that one bad fix does not cost the batch."""

    model_config = ConfigDict(extra="forbid")

    unit_id: str
    position: PlaceBody
    bearing_deg: float = 0.0
    speed_mps: float = 0.0
    at: AwareDatetime

    def fix(self) -> UnitFix:
        return UnitFix(
            unit_id=UnitId(self.unit_id),
            position=Position(self.position.lat, self.position.lon),
            bearing_deg=self.bearing_deg,
            speed_mps=self.speed_mps,
            at=self.at,
        )


class FixesBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    fixes: Annotated[list[FixBody], Field(max_length=LARGEST_BATCH)]


def dispatch_api(dispatch: Dispatch, guard: Guard) -> APIRouter:
    routes = APIRouter(tags=["dispatch"])
    may_view = Annotated[Access, Depends(guard.needs(Permission.UNITS_VIEW))]
    may_send = Annotated[Access, Depends(guard.needs(Permission.UNITS_SEND))]
    crew = Annotated[Access, Depends(guard.needs(Permission.UNITS_REPORT))]

    @routes.get("/units")
    def list_units(access: may_view) -> list[Unit]:
        return dispatch.units(access)

    @routes.get("/incidents/{incident_id}/proposals")
    def propose_units(access: may_view, incident_id: str) -> tuple[Proposal, ...]:
        return dispatch.proposals(access, IncidentId(incident_id))

    @routes.get("/incidents/{incident_id}/assignments")
    def list_assignments(access: may_view, incident_id: str) -> list[Assignment]:
        return dispatch.assignments(access, IncidentId(incident_id))

    @routes.post("/incidents/{incident_id}/assignments", status_code=201)
    def send_unit(access: may_send, incident_id: str, body: SendBody) -> Assignment:
        return dispatch.send(access, IncidentId(incident_id), UnitId(body.unit_id))

    @routes.get("/crew/assignments")
    def list_to_do(access: crew) -> list[Assignment]:
        return dispatch.to_do(access)

    @routes.post("/crew/assignments/{assignment_id}")
    def advance_assignment(access: crew, assignment_id: str, body: StepBody) -> Assignment:
        return dispatch.advance(access, AssignmentId(assignment_id), body.state, body.report)

    @routes.post("/crew/positions")
    def report_positions(access: crew, body: FixesBody) -> FixesTaken:
        return dispatch.report_positions(access, [fix.fix() for fix in body.fixes])

    return routes
