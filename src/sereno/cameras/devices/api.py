"""Routes of cameras as devices."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import SecretStr

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.cameras.devices.service import Devices
from sereno.cameras.onvif.model import CardRecording, DeviceDescription, FoundDevice
from sereno.core.ids import CameraId
from sereno.runtime.http import Body


class SearchBody(Body):
    address: str = ""


class DeviceBody(Body):
    url: SecretStr


def devices_api(devices: Devices, guard: Guard) -> APIRouter:
    routes = APIRouter(prefix="/cameras", tags=["cameras"])
    editor = Depends(guard.needs(Permission.CAMERAS_EDIT))
    viewer = Depends(guard.needs(Permission.LIVE_VIEW))
    player = Depends(guard.needs(Permission.PLAYBACK_VIEW))

    @routes.post("/discover")
    def discover(body: SearchBody, access: Annotated[Access, editor]) -> tuple[FoundDevice, ...]:
        return devices.discover(access, body.address)

    @routes.post("/describe")
    def describe(body: DeviceBody, access: Annotated[Access, editor]) -> DeviceDescription:
        return devices.describe(access, body.url.get_secret_value())

    @routes.get("/{camera_id}/device/snapshot", response_class=Response)
    def snapshot(camera_id: str, access: Annotated[Access, viewer]) -> Response:
        return Response(devices.snapshot(access, CameraId(camera_id)), media_type="image/jpeg")

    @routes.get("/{camera_id}/device/card")
    def card(
        camera_id: str, began: datetime, ended: datetime, access: Annotated[Access, player]
    ) -> tuple[CardRecording, ...]:
        return devices.card(access, CameraId(camera_id), began, ended)

    return routes
