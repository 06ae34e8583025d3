"""Routes of the cameras' register."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import SecretStr

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.cameras.model import Camera, PlaceKind, ProbeReport, PurposeLevel, Transport, View
from sereno.cameras.probe import Probe
from sereno.cameras.service import CameraEdit, Cameras, NewCamera
from sereno.core.geometry import Point
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
    transport: Transport = Transport.TCP
    audio: bool = False
    one_session: bool = False
    tls_fingerprint: str = ""
    overlooks_private: bool = False
    masks_itself: bool = False
    mask: tuple[tuple[Point, ...], ...] = ()
    quiet_areas: tuple[tuple[Point, ...], ...] = ()
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
    transport: Transport | None = None
    audio: bool | None = None
    one_session: bool | None = None
    tls_fingerprint: str | None = None
    overlooks_private: bool | None = None
    masks_itself: bool | None = None
    mask: tuple[tuple[Point, ...], ...] | None = None
    quiet_areas: tuple[tuple[Point, ...], ...] | None = None
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
        new = NewCamera(**{name: _plain(value) for name, value in body})
        return cameras.add(access, new)

    @routes.patch("/{camera_id}")
    def edit_camera(camera_id: str, body: CameraEditBody, access: Annotated[Access, editor]) -> Camera:
        edit = CameraEdit(**{name: _plain(value) for name, value in body})
        return cameras.edit(access, CameraId(camera_id), edit)

    @routes.post("/probe")
    def probe_stream(body: ProbeBody, access: Annotated[Access, editor]) -> ProbeReport:
        url = body.url.get_secret_value()
        cameras.record_probe(access, url)
        return probe.look_at(url)

    return routes


def _plain(value: Any) -> Any:
    """A field of a body, out of its wrapping if it is a secret."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value
