"""The state of the whole screen at one sequence number; facts after it bring it up to date."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends

from sereno.access.guard import Guard
from sereno.access.model import Access
from sereno.alerts.model import Alert
from sereno.cameras.devices.model import DeviceState
from sereno.cameras.model import Camera, Health
from sereno.cameras.steering.model import PtzLock
from sereno.core.ids import CameraId
from sereno.dispatch.model import Assignment, Unit
from sereno.evidence.model import Export, Hold
from sereno.incidents.model import Incident
from sereno.main.centre import Centre
from sereno.upkeep.model import Ticket


@dataclass(frozen=True, slots=True)
class Snapshot:
    seq: int
    cameras: tuple[Camera, ...]
    health: dict[CameraId, Health]
    devices: dict[CameraId, DeviceState]
    ptz_locks: dict[CameraId, PtzLock]
    alerts: tuple[Alert, ...]
    incidents: tuple[Incident, ...]
    units: tuple[Unit, ...]
    assignments: tuple[Assignment, ...]
    holds: tuple[Hold, ...]
    exports: tuple[Export, ...]
    tickets: tuple[Ticket, ...]


def snapshot_api(centre: Centre, guard: Guard) -> APIRouter:
    routes = APIRouter(tags=["screen"])

    @routes.get("/snapshot")
    def get_snapshot(access: Annotated[Access, Depends(guard.signed_in())]) -> Snapshot:
        return take_snapshot(centre, access)

    return routes


def take_snapshot(centre: Centre, access: Access) -> Snapshot:
    """One read transaction: every part stands at the same sequence number."""
    with centre.workplace.database.read() as connection:
        return Snapshot(
            seq=centre.workplace.facts.last_seq(connection),
            cameras=centre.cameras.list_on(connection, access),
            health=centre.cameras.health_on(connection, access),
            devices=centre.devices.states_on(connection, access),
            ptz_locks=centre.steering.locks_on(connection, access),
            alerts=centre.alerts.list_on(connection, access),
            incidents=centre.incidents.list_on(connection, access),
            units=centre.dispatch.units_on(connection, access),
            assignments=centre.dispatch.assignments_on(connection, access),
            holds=centre.evidence.holds_on(connection, access),
            exports=centre.evidence.exports_on(connection, access),
            tickets=centre.upkeep.tickets_on(connection, access),
        )
