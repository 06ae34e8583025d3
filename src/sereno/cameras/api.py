"""Routes of the cameras' register."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import SecretStr

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.cameras.model import Camera, PlaceKind, ProbeReport, PurposeLevel, View
from sereno.cameras.probe import Probe
from sereno.cameras.service import CameraEdit, Cameras, NewCamera
from sereno.core.ids import CameraId
from sereno.runtime.http import Body


class NewCameraBody(Body):
    name: str
    place: PlaceKind
    group: str
    owner: str
    view: View
    main_url: SecretStr
    sub_url: SecretStr = SecretStr("")
    detector: str = ""
    tiles: int = 1
    quota_gb: float | None = None
    keep_days: float | None = None
    onvif_url: SecretStr = SecretStr("")
    ptz: bool = False
    enabled: bool = True
    purpose_level: PurposeLevel = PurposeLevel.UNSTATED


class CameraEditBody(Body):
    name: str | None = None
    place: PlaceKind | None = None
    group: str | None = None
    owner: str | None = None
    view: View | None = None
    main_url: SecretStr | None = None
    sub_url: SecretStr | None = None
    detector: str | None = None
    tiles: int | None = None
    quota_gb: float | None = None
    keep_days: float | None = None
    onvif_url: SecretStr | None = None
    ptz: bool | None = None
    enabled: bool | None = None
    purpose_level: PurposeLevel | None = None


class ProbeBody(Body):
    url: SecretStr


def cameras_api(cameras: Cameras, probe: Probe, guard: Guard) -> APIRouter:
    routes = APIRouter(prefix="/cameras")
    editor = Depends(guard.needs(Permission.CAMERAS_EDIT))

    @routes.get("")
    def list_cameras(access: Annotated[Access, Depends(guard.needs(Permission.CAMERAS_VIEW))]) -> tuple[Camera, ...]:
        return cameras.list(access)

    @routes.post("", status_code=201)
    def add_camera(body: NewCameraBody, access: Annotated[Access, editor]) -> Camera:
        new = NewCamera(
            name=body.name,
            place=body.place,
            group=body.group,
            owner=body.owner,
            view=body.view,
            main_url=body.main_url.get_secret_value(),
            sub_url=body.sub_url.get_secret_value(),
            onvif_url=body.onvif_url.get_secret_value(),
            ptz=body.ptz,
            detector=body.detector,
            tiles=body.tiles,
            quota_gb=body.quota_gb,
            keep_days=body.keep_days,
            enabled=body.enabled,
            purpose_level=body.purpose_level,
        )
        return cameras.add(access, new)

    @routes.patch("/{camera_id}")
    def edit_camera(camera_id: str, body: CameraEditBody, access: Annotated[Access, editor]) -> Camera:
        edit = CameraEdit(
            name=body.name,
            place=body.place,
            group=body.group,
            owner=body.owner,
            view=body.view,
            main_url=_plain(body.main_url),
            sub_url=_plain(body.sub_url),
            onvif_url=_plain(body.onvif_url),
            ptz=body.ptz,
            detector=body.detector,
            tiles=body.tiles,
            quota_gb=body.quota_gb,
            keep_days=body.keep_days,
            enabled=body.enabled,
            purpose_level=body.purpose_level,
        )
        return cameras.edit(access, CameraId(camera_id), edit)

    @routes.post("/probe")
    def probe_stream(body: ProbeBody, access: Annotated[Access, editor]) -> ProbeReport:
        url = body.url.get_secret_value()
        cameras.record_probe(access, url)
        return probe.look_at(url)

    return routes


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
