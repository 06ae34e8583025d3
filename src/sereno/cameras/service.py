"""The register: who added or changed which camera, what the media processes are told, and how each camera is."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import isfinite
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from sereno.access.jurisdiction import NO_LAW, Jurisdiction
from sereno.access.model import Access, Permission
from sereno.access.work import Work, Workplace
from sereno.cameras import store
from sereno.cameras.events import CameraChanged, HealthChanged, StreamLost, StreamOpened
from sereno.cameras.masks import check_masks, check_quiet_areas
from sereno.cameras.model import PLACE_WEIGHTS, Camera, Health, PlaceKind, PurposeLevel, StreamState, Transport, View
from sereno.cameras.roster import (
    ANALYST_ROSTER,
    DEVICE_ROSTER,
    RosterCamera,
    analysed,
    write_analyst_roster,
    write_roster,
)
from sereno.cameras.terms import NO_FLOOR, KeepFloor, check_keep_days
from sereno.cameras.urls import check_device_url, check_stream_url, redacted, redacted_device
from sereno.core.errors import conflict, invalid, not_found, unavailable
from sereno.core.geometry import Point
from sereno.core.ids import CameraId, FactId, new_id
from sereno.runtime.fact_log import FactLog

_FINGERPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}:?){32}|")
MAX_NAME = 120
MAX_GROUP = 80
MAX_TILES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCamera:
    name: str
    place: PlaceKind
    group: str
    owner: str
    view: View
    main_url: str
    sub_url: str = ""
    detector: str = ""
    tiles: int = 1
    quota_gb: float | None = None
    keep_days: float | None = None
    onvif_url: str = ""
    ptz: bool = False
    transport: Transport = Transport.TCP
    audio: bool = False
    one_session: bool = False
    tls_fingerprint: str = ""
    overlooks_private: bool = False
    masks_itself: bool = False
    mask: tuple[tuple[Point, ...], ...] = ()
    quiet_areas: tuple[tuple[Point, ...], ...] = ()
    simulated: bool = False
    enabled: bool = True
    purpose_level: PurposeLevel = PurposeLevel.UNSTATED


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraEdit:
    """What is None stays as it is."""

    name: str | None = None
    place: PlaceKind | None = None
    group: str | None = None
    owner: str | None = None
    view: View | None = None
    main_url: str | None = None
    sub_url: str | None = None
    detector: str | None = None
    tiles: int | None = None
    quota_gb: float | None = None
    """0 takes the limit away."""
    keep_days: float | None = None
    """0 takes the limit away."""
    onvif_url: str | None = None
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


def any_detector(_name: str) -> None:
    """Where nobody knows which detectors there are, each is taken."""


class Cameras:
    """``roster`` is the file that the media processes read; ``publish`` once at start puts right what a crash left.

    ``check_detector`` raises AppError for the name of a detector that there is not.
    """

    def __init__(
        self,
        workplace: Workplace,
        roster: Path,
        law: Jurisdiction = NO_LAW,
        floor: KeepFloor = NO_FLOOR,
        check_detector: Callable[[str], None] = any_detector,
    ) -> None:
        self._check_detector = check_detector
        self._law = law
        self._floor = floor
        self._workplace = workplace
        self._roster = roster
        self._publishing = Lock()
        self._groups: Mapping[CameraId, str] | None = None

    def list(self, access: Access) -> tuple[Camera, ...]:
        """The cameras that ``access`` sees; their URLs shortened for who may edit, empty for others."""
        with self._workplace.look(access, Permission.CAMERAS_VIEW) as connection:
            cameras = store.all_cameras(connection)
        shown = _shortened if access.may(Permission.CAMERAS_EDIT) else _without_urls
        return tuple(shown(camera) for camera in cameras if access.sees_group(camera.group))

    def list_on(self, connection: Connection, access: Access) -> tuple[Camera, ...]:
        """For the snapshot, in its transaction: without URLs, as ``CameraChanged`` tells them."""
        if not access.may(Permission.CAMERAS_VIEW):
            return ()
        return tuple(_without_urls(each) for each in store.all_cameras(connection) if access.sees_group(each.group))

    def health_on(self, connection: Connection, access: Access) -> dict[CameraId, Health]:
        """For the snapshot, in its transaction."""
        seen = {camera.id for camera in self.list_on(connection, access)}
        return {camera_id: health for camera_id, health in store.all_health(connection).items() if camera_id in seen}

    def find(self, access: Access, camera_id: CameraId) -> Camera:
        """Without URLs. Raises: AppError not_found, also for a camera of a group that ``access`` does not see."""
        with self._workplace.look(access, Permission.CAMERAS_VIEW) as connection:
            return _without_urls(_found(connection, access, camera_id))

    def add(self, access: Access, new: NewCamera) -> Camera:
        with self._workplace.work(access, Permission.CAMERAS_EDIT) as work:
            camera_id = CameraId(new_id(work.at))
            camera = self._checked(Camera(id=camera_id, **{each.name: getattr(new, each.name) for each in fields(new)}))
            check_keep_days(camera, self._floor)
            self._check_detector(camera.detector)
            if not access.sees_group(camera.group):
                raise invalid("camera_group_foreign", f"You do not see the group {camera.group}.")
            self._insert(work, camera)
        self.publish()
        return _shortened(camera)

    def enrol(self, access: Access, cameras: Iterable[Camera]) -> None:
        """Cameras that bring their own ids, from code; one that is known already takes what is new."""
        known = {camera.id for camera in self._registered()}
        for camera in cameras:
            if camera.id in known:
                self.edit(access, camera.id, _of_town(camera))
                continue
            with self._workplace.work(access, Permission.CAMERAS_EDIT) as work:
                self._insert(work, self._checked(camera))
        self.publish()

    def with_card(self) -> tuple[CameraId, ...]:
        """Enabled cameras whose card may fill gaps: they speak ONVIF, and are not masked here as no card is."""
        return tuple(each.id for each in self._registered() if each.enabled and each.onvif_url and not each.mask)

    def has_simulated(self) -> bool:
        """Whether the town of these cameras is not real; every screen says so."""
        return any(camera.simulated for camera in self._registered())

    def edit(self, access: Access, camera_id: CameraId, edit: CameraEdit) -> Camera:
        with self._workplace.work(access, Permission.CAMERAS_EDIT) as work:
            before = _found(work.connection, access, camera_id)
            given = {each.name: getattr(edit, each.name) for each in fields(edit)}
            after = self._checked(
                replace(before, **{name: value for name, value in given.items() if value is not None})
            )
            changed = [each.name for each in fields(after) if getattr(before, each.name) != getattr(after, each.name)]
            if "keep_days" in changed:
                check_keep_days(after, self._floor)
            if "detector" in changed:
                self._check_detector(after.detector)
            if not access.sees_group(after.group):
                raise invalid("camera_group_foreign", f"You do not see the group {after.group}.")
            if changed:
                _write(store.update_camera, work, after)
                work.tell(CameraChanged(id=work.fact_id(), at=work.at, camera=_without_urls(after)))
                work.audit("camera.edit", camera_id, name=after.name, changed=", ".join(changed))
        self.publish()
        return _shortened(after)

    def _checked(self, camera: Camera) -> Camera:
        check_masks(camera, self._law)
        check_quiet_areas(camera.quiet_areas)
        return _checked(camera)

    def _registered(self) -> Sequence[Camera]:
        with self._workplace.database.read() as connection:
            return tuple(store.all_cameras(connection))

    def _insert(self, work: Work, camera: Camera) -> None:
        _write(store.insert_camera, work, camera)
        health = Health(since=work.at)
        store.put_health(work.connection, camera.id, health, None)
        told = CameraChanged(id=work.fact_id(), at=work.at, camera=_without_urls(camera))
        work.tell(told)
        work.tell(HealthChanged(id=work.fact_id(), at=work.at, caused_by=told.id, camera_id=camera.id, health=health))
        work.audit("camera.add", camera.id, name=camera.name, group=camera.group, url=redacted(camera.main_url))

    def record_probe(self, access: Access, url: str) -> None:
        """That somebody had the centre call an address is written down before it does."""
        with self._workplace.work(access, Permission.CAMERAS_EDIT) as work:
            work.audit("camera.probe", redacted(url)[:200])

    def publish(self) -> None:
        """Write the roster as the register stands. Raises: AppError unavailable when the file cannot be written."""
        with self._publishing:
            with self._workplace.database.read() as connection:
                cameras = store.all_cameras(connection)
            self._groups = {camera.id: camera.group for camera in cameras}
            try:
                entries = tuple(_on_roster(camera) for camera in cameras if camera.enabled)
                write_roster(self._roster, entries)
                devices = tuple(entry for entry in entries if entry.onvif_url)
                write_roster(self._roster.parent / DEVICE_ROSTER, devices)
                looked_at = tuple(analysed(entry) for entry in entries)
                write_analyst_roster(self._roster.parent / ANALYST_ROSTER, looked_at)
            except OSError as error:
                raise unavailable(
                    "roster_unwritable",
                    f"The change is kept, but recorder and analyst cannot be told: {error.strerror}.",
                    "Free space on the disk and save the camera again.",
                ) from error

    def group_of(self, camera_id: CameraId) -> str | None:
        """For deciding who sees a fact; answered from memory once ``publish`` has run."""
        groups = self._groups
        if groups is None:
            with self._workplace.database.read() as connection:
                groups = {camera.id: camera.group for camera in store.all_cameras(connection)}
            self._groups = groups
        return groups.get(camera_id)

    def on_stream_opened(self, connection: Connection, facts: FactLog, fact: StreamOpened) -> None:
        """Applied by intake in its transaction; a second time it changes nothing."""
        health = Health(
            state=StreamState.RECORDING,
            since=fact.at,
            codec=fact.codec,
            width=fact.width,
            height=fact.height,
            fps=fact.fps,
        )
        self._take(connection, facts, fact, health)

    def on_stream_lost(self, connection: Connection, facts: FactLog, fact: StreamLost) -> None:
        """Applied by intake in its transaction; a second time it changes nothing."""
        health = Health(
            state=StreamState.PAUSED if fact.paused else StreamState.LOST,
            since=fact.at,
            reason=fact.reason,
            message=fact.message,
            advice=fact.advice,
        )
        self._take(connection, facts, fact, health)

    def _take(self, connection: Connection, facts: FactLog, cause: StreamOpened | StreamLost, health: Health) -> None:
        if store.find_camera(connection, cause.camera_id) is None:
            return  # an old recording disk may speak of cameras of another register
        if store.last_fact_of(connection, cause.camera_id) == cause.id:
            return
        store.put_health(connection, cause.camera_id, health, cause.id)
        at = self._workplace.clock.now()
        told = HealthChanged(id=FactId(new_id(at)), at=at, caused_by=cause.id, camera_id=cause.camera_id, health=health)
        facts.append(connection, told)


def _found(connection: Connection, access: Access, camera_id: CameraId) -> Camera:
    camera = store.find_camera(connection, camera_id)
    if camera is None or not access.sees_group(camera.group):
        raise not_found("camera_unknown", "There is no such camera.")
    return camera


def _checked(camera: Camera) -> Camera:
    view = camera.view
    checks = (
        ("name", 0 < len(camera.name.strip()) <= MAX_NAME, f"has 1 to {MAX_NAME} characters"),
        ("group", 0 < len(camera.group.strip()) <= MAX_GROUP, f"has 1 to {MAX_GROUP} characters"),
        ("owner", len(camera.owner) <= MAX_NAME, f"has at most {MAX_NAME} characters"),
        ("detector", len(camera.detector) <= 64, "has at most 64 characters"),
        ("tiles", 1 <= camera.tiles <= MAX_TILES, f"is 1 to {MAX_TILES}"),
        (
            "tls_fingerprint",
            bool(_FINGERPRINT.fullmatch(camera.tls_fingerprint)),
            "is a SHA-256 of 64 hex digits or empty",
        ),
        ("quota_gb", 0 <= (camera.quota_gb or 0) <= 1_000_000, "is from 0 (no limit) to 1,000,000 GB"),
        ("keep_days", 0 <= (camera.keep_days or 0) <= 36_500, "is from 0 (no limit) to 36,500 days"),
        ("lat", isfinite(view.position.lat) and abs(view.position.lat) <= 85, "is between -85 and 85 degrees"),
        ("lon", isfinite(view.position.lon) and abs(view.position.lon) <= 180, "is between -180 and 180 degrees"),
        ("bearing_deg", 0 <= view.bearing_deg < 360, "is from 0 up to but not 360 degrees"),
        ("field_of_view_deg", 0 < view.field_of_view_deg <= 360, "is above 0 and at most 360 degrees"),
        ("range_m", 0 < view.range_m <= 5_000, "is above 0 and at most 5,000 m"),
    )
    for name, holds, rule in checks:
        if not holds:
            raise invalid("camera_invalid", f"{name} {rule}.")
    check_stream_url(camera.main_url)
    if camera.sub_url:
        check_stream_url(camera.sub_url)
    if camera.onvif_url:
        check_device_url(camera.onvif_url)
    elif camera.ptz:
        raise invalid("camera_invalid", "A camera that is steered needs its ONVIF address.")
    camera = replace(camera, quota_gb=camera.quota_gb or None, keep_days=camera.keep_days or None)
    return replace(camera, name=camera.name.strip(), group=camera.group.strip())


def _write(write: Callable[[Connection, Camera], None], work: Work, camera: Camera) -> None:
    try:
        write(work.connection, camera)
    except IntegrityError:
        raise conflict("camera_exists", f"There is already a camera called {camera.name}.") from None


def _without_urls(camera: Camera) -> Camera:
    return replace(camera, main_url="", sub_url="", onvif_url="")


def _shortened(camera: Camera) -> Camera:
    return replace(
        camera,
        main_url=redacted(camera.main_url),
        sub_url=redacted(camera.sub_url),
        onvif_url=redacted_device(camera.onvif_url),
    )


def _of_town(camera: Camera) -> CameraEdit:
    """What may differ from one start of a simulated town to the next."""
    return CameraEdit(main_url=camera.main_url, sub_url=camera.sub_url, onvif_url=camera.onvif_url, ptz=camera.ptz)


def _on_roster(camera: Camera) -> RosterCamera:
    """A camera that is masked here has one stream for everybody: the masked one, which the recorder writes."""
    return RosterCamera(
        id=camera.id,
        name=camera.name,
        main_url=camera.main_url,
        sub_url="" if camera.mask else camera.sub_url,
        detector=camera.detector,
        tiles=camera.tiles,
        quota_gb=camera.quota_gb,
        keep_days=camera.keep_days,
        onvif_url=camera.onvif_url,
        ptz=camera.ptz,
        transport=camera.transport,
        audio=camera.audio,
        one_session=camera.one_session or bool(camera.mask),
        mask=camera.mask,
        quiet_areas=camera.quiet_areas,
        tls_fingerprint=camera.tls_fingerprint,
        weight=PLACE_WEIGHTS[camera.place],
    )
