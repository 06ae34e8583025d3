"""Tables of the cameras' register and of their health."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    insert,
    select,
    update,
)

from sereno.cameras.model import Camera, Health, PlaceKind, PurposeLevel, StreamState, Transport, View
from sereno.core.geography import Position
from sereno.core.geometry import Point
from sereno.core.ids import CameraId, FactId
from sereno.runtime.database import centre_metadata

camera_rows = Table(
    "cameras",
    centre_metadata,
    Column("id", String(26), primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("place", String(32), nullable=False, comment="Kind of place it watches."),
    Column("group", String(80), nullable=False, index=True, comment="Who may see it is decided by group."),
    Column("owner", String(120), nullable=False),
    Column("lat", Float, nullable=False, comment="Degrees, WGS 84."),
    Column("lon", Float, nullable=False, comment="Degrees, WGS 84."),
    Column("bearing_deg", Float, nullable=False, comment="Clockwise from north."),
    Column("field_of_view_deg", Float, nullable=False),
    Column("range_m", Float, nullable=False),
    Column("main_url", String, nullable=False, comment="May hold credentials: never sent to a screen whole."),
    Column("sub_url", String, nullable=False, comment="As main_url; empty when the main stream serves both."),
    Column("detector", String(64), nullable=False, comment="Empty means the centre's."),
    Column("tiles", Integer, nullable=False),
    Column("quota_gb", Float, nullable=True, comment="10^9 bytes; none: no limit of its own."),
    Column("keep_days", Float, nullable=True, comment="None: as the site."),
    Column(
        "onvif_url",
        String,
        nullable=False,
        server_default="",
        comment="As main_url: may hold credentials; empty when it speaks no ONVIF.",
    ),
    Column("ptz", Boolean, nullable=False, server_default="0"),
    Column("transport", String(8), nullable=False, server_default="tcp", comment="tcp or udp."),
    Column("audio", Boolean, nullable=False, server_default="0", comment="Sound is recorded too."),
    Column("one_session", Boolean, nullable=False, server_default="0", comment="It serves one viewer at a time."),
    Column("tls_fingerprint", String(128), nullable=False, server_default="", comment="SHA-256 of its certificate."),
    Column("overlooks_private", Boolean, nullable=False, server_default="0", comment="It sees private ground."),
    Column("masks_itself", Boolean, nullable=False, server_default="0", comment="A person has checked that."),
    Column(
        "mask", String, nullable=False, server_default="[]", comment="JSON: areas of corners that are covered here."
    ),
    Column("quiet_areas", String, nullable=False, server_default="[]", comment="JSON: where movement does not count."),
    Column("simulated", Boolean, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column(
        "purpose_level",
        String(16),
        nullable=False,
        server_default=PurposeLevel.UNSTATED.value,
        comment="What must be told at the end of its range (IEC 62676-4).",
    ),
)

health_rows = Table(
    "camera_health",
    centre_metadata,
    Column("camera_id", String(26), ForeignKey("cameras.id"), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("since", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("reason", String(64), nullable=False, comment="A stream fault; empty when all is well."),
    Column("message", String, nullable=False),
    Column("advice", String, nullable=False),
    Column("codec", String(16), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("fps", Float, nullable=False),
    Column("fact_id", String(26), nullable=True, comment="The recorder's fact that said so; told once."),
)

_AREAS = TypeAdapter(tuple[tuple[Point, ...], ...])
_HEALTH_TEXT = ("reason", "message", "advice", "codec", "width", "height", "fps")


def insert_camera(connection: Connection, camera: Camera) -> None:
    connection.execute(insert(camera_rows), _columns(camera))


def update_camera(connection: Connection, camera: Camera) -> None:
    connection.execute(update(camera_rows).where(camera_rows.c.id == camera.id).values(_columns(camera)))


def all_cameras(connection: Connection) -> list[Camera]:
    """Ordered by name; with URLs, so for control's own use."""
    return [_camera(row) for row in connection.execute(select(camera_rows).order_by(camera_rows.c.name))]


def find_camera(connection: Connection, camera_id: str) -> Camera | None:
    row = connection.execute(select(camera_rows).where(camera_rows.c.id == camera_id)).one_or_none()
    return None if row is None else _camera(row)


def put_health(connection: Connection, camera_id: CameraId, health: Health, fact_id: FactId | None) -> None:
    row = {
        "state": health.state.value,
        "since": health.since.isoformat(),
        "fact_id": fact_id,
        **{name: getattr(health, name) for name in _HEALTH_TEXT},
    }
    changed = connection.execute(update(health_rows).where(health_rows.c.camera_id == camera_id).values(row))
    if not changed.rowcount:
        connection.execute(insert(health_rows), {"camera_id": camera_id, **row})


def all_health(connection: Connection) -> dict[CameraId, Health]:
    return {CameraId(row.camera_id): _health(row) for row in connection.execute(select(health_rows))}


def last_fact_of(connection: Connection, camera_id: CameraId) -> str | None:
    """The recorder's fact that the camera's health came from."""
    query = select(health_rows.c.fact_id).where(health_rows.c.camera_id == camera_id)
    return connection.execute(query).scalar_one_or_none()


def _columns(camera: Camera) -> Mapping[str, object]:
    view = camera.view
    return {
        "id": camera.id,
        "name": camera.name,
        "place": camera.place.value,
        "group": camera.group,
        "owner": camera.owner,
        "lat": view.position.lat,
        "lon": view.position.lon,
        "bearing_deg": view.bearing_deg,
        "field_of_view_deg": view.field_of_view_deg,
        "range_m": view.range_m,
        "main_url": camera.main_url,
        "sub_url": camera.sub_url,
        "detector": camera.detector,
        "tiles": camera.tiles,
        "quota_gb": camera.quota_gb,
        "keep_days": camera.keep_days,
        "onvif_url": camera.onvif_url,
        "ptz": camera.ptz,
        "transport": camera.transport.value,
        "audio": camera.audio,
        "one_session": camera.one_session,
        "tls_fingerprint": camera.tls_fingerprint,
        "overlooks_private": camera.overlooks_private,
        "masks_itself": camera.masks_itself,
        "mask": _AREAS.dump_json(camera.mask).decode(),
        "quiet_areas": _AREAS.dump_json(camera.quiet_areas).decode(),
        "simulated": camera.simulated,
        "enabled": camera.enabled,
        "purpose_level": camera.purpose_level.value,
    }


def _camera(row: Row[Any]) -> Camera:
    view = View(
        position=Position(row.lat, row.lon),
        bearing_deg=row.bearing_deg,
        field_of_view_deg=row.field_of_view_deg,
        range_m=row.range_m,
    )
    return Camera(
        id=CameraId(row.id),
        name=row.name,
        place=PlaceKind(row.place),
        group=row.group,
        owner=row.owner,
        view=view,
        main_url=row.main_url,
        sub_url=row.sub_url,
        detector=row.detector,
        tiles=row.tiles,
        quota_gb=row.quota_gb,
        keep_days=row.keep_days,
        onvif_url=row.onvif_url,
        ptz=row.ptz,
        transport=Transport(row.transport),
        audio=row.audio,
        one_session=row.one_session,
        tls_fingerprint=row.tls_fingerprint,
        overlooks_private=row.overlooks_private,
        masks_itself=row.masks_itself,
        mask=_AREAS.validate_json(row.mask),
        quiet_areas=_AREAS.validate_json(row.quiet_areas),
        simulated=row.simulated,
        enabled=row.enabled,
        purpose_level=PurposeLevel(row.purpose_level),
    )


def _health(row: Row[Any]) -> Health:
    return Health(
        state=StreamState(row.state),
        since=datetime.fromisoformat(row.since),
        **{name: getattr(row, name) for name in _HEALTH_TEXT},
    )
