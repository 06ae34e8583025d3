"""Routes of incidents: the catalogue, the list, the file, and what people do with a case."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.core.geography import Position
from sereno.core.ids import AlertId, IncidentId
from sereno.incidents.kinds import KINDS, TYPES, Names, Suggestion, suggestions_of
from sereno.incidents.model import Channel, Incident, IncidentState, TimelineEntry
from sereno.incidents.service import IncidentFile, Incidents, Opening


@dataclass(frozen=True, slots=True)
class KindRow:
    """One incident of the taxonomy, in every language of the console."""

    code: str
    type: str
    type_names: Names
    names: Names
    priority: int
    agencies: tuple[str, ...]
    suggested_for: tuple[Suggestion, ...]


class PlaceBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class OpenBody(BaseModel):
    """With ``alert_id``, kind, place and address follow from the alert unless they are given."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    alert_id: str | None = None
    kind: str = ""
    priority: int | None = None
    position: PlaceBody | None = None
    address: str = ""
    note: str = ""

    def opening(self) -> Opening:
        return Opening(
            channel=self.channel,
            alert_id=None if self.alert_id is None else AlertId(self.alert_id),
            kind=self.kind,
            priority=self.priority,
            position=None if self.position is None else Position(self.position.lat, self.position.lon),
            address=self.address,
            note=self.note,
        )


class NoteBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str


class CloseBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    closing: str
    text: str = ""


def incidents_api(incidents: Incidents, guard: Guard) -> APIRouter:
    routes = APIRouter(tags=["incidents"])
    may_view = Annotated[Access, Depends(guard.needs(Permission.INCIDENTS_VIEW))]
    may_edit = Annotated[Access, Depends(guard.needs(Permission.INCIDENTS_EDIT))]

    @routes.get("/incident-kinds")
    def list_kinds(_access: may_view) -> list[KindRow]:
        return [
            KindRow(k.code, k.type, TYPES[k.type], k.names, k.priority, k.agencies, suggestions_of(k.code))
            for k in KINDS
        ]

    @routes.get("/incidents")
    def list_incidents(
        access: may_view, state: IncidentState | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> list[Incident]:
        return incidents.incidents(access, state, limit)

    @routes.get("/incidents/{incident_id}")
    def get_incident(access: may_view, incident_id: str) -> IncidentFile:
        return incidents.file(access, IncidentId(incident_id))

    @routes.post("/incidents", status_code=201)
    def open_incident(access: may_edit, body: OpenBody) -> Incident:
        return incidents.open(access, body.opening())

    @routes.post("/incidents/{incident_id}/notes", status_code=201)
    def add_note(access: may_edit, incident_id: str, body: NoteBody) -> TimelineEntry:
        return incidents.add_note(access, IncidentId(incident_id), body.text)

    @routes.post("/incidents/{incident_id}/close")
    def close_incident(access: may_edit, incident_id: str, body: CloseBody) -> Incident:
        return incidents.close(access, IncidentId(incident_id), body.closing, body.text)

    return routes
