"""Routes of steering. A person who holds a key down sends a move about three times a second."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.cameras.onvif.model import Preset, PtzVector
from sereno.cameras.steering.model import PtzLock
from sereno.cameras.steering.service import Steering
from sereno.core.ids import CameraId
from sereno.runtime.http import Body

Part = Annotated[float, Field(ge=-1.0, le=1.0, allow_inf_nan=False)]


class VectorBody(Body):
    pan: Part = 0.0
    tilt: Part = 0.0
    zoom: Part = 0.0

    def vector(self) -> PtzVector:
        return PtzVector(pan=self.pan, tilt=self.tilt, zoom=self.zoom)


class TurnBody(VectorBody):
    relative: bool = False


class PresetBody(Body):
    name: str


def steering_api(steering: Steering, guard: Guard) -> APIRouter:
    routes = APIRouter(prefix="/cameras/{camera_id}/ptz", tags=["cameras"])
    steers = Depends(guard.needs(Permission.CAMERAS_STEER))

    @routes.post("/move")
    def move(camera_id: str, body: VectorBody, access: Annotated[Access, steers]) -> PtzLock:
        return steering.move(access, CameraId(camera_id), body.vector())

    @routes.post("/turn")
    def turn(camera_id: str, body: TurnBody, access: Annotated[Access, steers]) -> PtzLock:
        return steering.turn(access, CameraId(camera_id), body.vector(), relative=body.relative)

    @routes.post("/stop")
    def stop(camera_id: str, access: Annotated[Access, steers]) -> PtzLock:
        return steering.stop(access, CameraId(camera_id))

    @routes.delete("/lock", status_code=204)
    def release(camera_id: str, access: Annotated[Access, steers]) -> None:
        steering.release(access, CameraId(camera_id))

    @routes.get("/presets")
    def list_presets(camera_id: str, access: Annotated[Access, steers]) -> tuple[Preset, ...]:
        return steering.presets(access, CameraId(camera_id))

    @routes.post("/presets", status_code=201)
    def set_preset(camera_id: str, body: PresetBody, access: Annotated[Access, steers]) -> Preset:
        return steering.set_preset(access, CameraId(camera_id), body.name)

    @routes.post("/presets/{token}/visit")
    def go_to_preset(camera_id: str, token: str, access: Annotated[Access, steers]) -> PtzLock:
        return steering.go_to_preset(access, CameraId(camera_id), token)

    return routes
