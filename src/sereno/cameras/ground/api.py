"""Routes of a camera's calibration to the ground."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.cameras.ground.model import Drawing, Found, GroundShown, Method
from sereno.cameras.ground.service import Grounds
from sereno.core.ids import CameraId
from sereno.maps.ground.pairs import Pair
from sereno.maps.ground.pose import Length, Pose
from sereno.runtime.http import Body


class DrawingBody(Body):
    method: Method
    width: int
    height: int
    pairs: tuple[Pair, ...] = ()
    lengths: tuple[Length, ...] = ()
    pose: Pose | None = None

    def drawing(self) -> Drawing:
        return Drawing(**dict(self))


def ground_api(grounds: Grounds, guard: Guard) -> APIRouter:
    routes = APIRouter(prefix="/cameras/{camera_id}/ground", tags=["cameras"])
    viewer = Depends(guard.needs(Permission.CAMERAS_VIEW))
    editor = Depends(guard.needs(Permission.CAMERAS_EDIT))

    @routes.get("")
    def find_ground(camera_id: str, access: Annotated[Access, viewer]) -> GroundShown | None:
        return grounds.find(access, CameraId(camera_id))

    @routes.put("")
    def save_ground(camera_id: str, body: DrawingBody, access: Annotated[Access, editor]) -> GroundShown:
        return grounds.save(access, CameraId(camera_id), body.drawing())

    @routes.delete("", status_code=204)
    def delete_ground(camera_id: str, access: Annotated[Access, editor]) -> None:
        grounds.delete(access, CameraId(camera_id))

    @routes.post("/preview")
    def preview_ground(camera_id: str, body: DrawingBody, access: Annotated[Access, editor]) -> Found:
        return grounds.preview(access, CameraId(camera_id), body.drawing())

    return routes
