"""The state of the disks and what it will come to: measured now and then, told when the floor is in danger."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Connection, func, select

from sereno.access.jurisdiction import Jurisdiction, Rule
from sereno.access.model import Access, Permission
from sereno.access.work import Workplace
from sereno.cameras.model import Camera
from sereno.cameras.store import all_cameras
from sereno.core.ids import CameraId, FactId, new_id
from sereno.core.media_time import wall_instant, wall_ticks
from sereno.recording.disks import HOME, Disk, look
from sereno.recording.events import StorageForetold
from sereno.recording.forecast import CameraUse, Forecast, foretell
from sereno.recording.holds import HoldsFile
from sereno.recording.journal import find_disks, journal_metadata
from sereno.recording.library import Library
from sereno.recording.retention import Term
from sereno.runtime.settings import DiskRole, RecordingSettings

MEASURED = timedelta(days=7)
"""A week levels out its days; of a younger archive all of it counts."""
WARN_DAYS = 14.0
_DAY_S = 86_400
_segments = journal_metadata.tables["segments"]
_KEPT = _segments.c.shed_at.is_(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskState:
    """Units: bytes. ``fault`` is an error code, empty when the disk can be read."""

    id: str
    folder: str
    role: str
    total_bytes: int = 0
    free_bytes: int = 0
    footage_bytes: int = 0
    shared: bool = False
    """It is on the same file system as one before it: its free space is theirs."""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageReport:
    """``floor`` and ``ceiling`` are the jurisdiction's rules, ``floor_days`` and ``ceiling_days`` what holds here."""

    at: datetime
    jurisdiction: str
    floor: Rule[float]
    ceiling: Rule[float]
    floor_days: float
    ceiling_days: float | None
    disks: tuple[DiskState, ...]
    cold_bytes: int
    forecast: Forecast
    floor_in_danger: bool
    """It will be broken within two weeks."""


class Storage:
    """``renew`` measures; a report is answered from memory."""

    def __init__(
        self, workplace: Workplace, library: Library, settings: RecordingSettings, law: Jurisdiction, term: Term
    ) -> None:
        self._workplace = workplace
        self._library = library
        self._settings = settings
        self._law = law
        self._term = term
        self._holds = HoldsFile(library.folder.parent)
        self._measuring = Lock()
        self._report: StorageReport | None = None
        self._warned: bool | None = None

    def report(self, access: Access) -> StorageReport:
        """With the cameras that ``access`` sees; the sums are of all."""
        with self._workplace.look(access, Permission.CAMERAS_VIEW) as connection:
            seen = {each.id for each in all_cameras(connection) if access.sees_group(each.group)}
        with self._measuring:
            report = self._report or self._measure()
        shown = tuple(each for each in report.forecast.cameras if each.use.camera_id in seen)
        return replace(report, forecast=replace(report.forecast, cameras=shown))

    def renew(self) -> None:
        """Measure, and tell when it changes whether the floor will be broken within two weeks."""
        with self._measuring:
            report = self._measure()
        warned = report.floor_in_danger
        if warned == self._warned or (self._warned is None and not warned):
            self._warned = warned
            return
        at = self._workplace.clock.now()
        fact = StorageForetold(
            id=FactId(new_id(at)),
            at=at,
            floor_days=report.floor_days,
            floor_broken_in_days=report.forecast.floor_broken_in_days,
            horizon_days=report.forecast.horizon_days,
            warning=warned,
        )
        with self._workplace.database.write() as connection:
            self._workplace.facts.append(connection, fact)
        self._warned = warned

    def _measure(self) -> StorageReport:
        at = self._workplace.clock.now()
        with self._workplace.database.read() as connection:
            cameras = all_cameras(connection)
        with self._library.reading() as journal:
            disks = self._disks(journal)
            uses = [] if journal is None else self._uses(journal, cameras, at)
            cold = 0 if journal is None else _footage_on(journal, "cold")
        reserve = self._settings.reserve_mb << 20
        room = sum(disk.footage_bytes for disk in disks)
        room += sum(max(0, disk.free_bytes - reserve) for disk in disks if not disk.shared)
        floor_days = self._term.floor.total_seconds() / _DAY_S
        ceiling = self._term.ceiling
        forecast = foretell(uses, room, floor_days)
        broken_in_days = forecast.floor_broken_in_days
        report = StorageReport(
            at=at,
            jurisdiction=self._law.title,
            floor=self._law.retention_floor_days,
            ceiling=self._law.retention_ceiling_days,
            floor_days=floor_days,
            ceiling_days=None if ceiling is None else ceiling.total_seconds() / _DAY_S,
            disks=tuple(disks),
            cold_bytes=cold,
            forecast=forecast,
            floor_in_danger=broken_in_days is not None and broken_in_days <= WARN_DAYS,
        )
        self._report = report
        return report

    def _disks(self, journal: Connection | None) -> list[DiskState]:
        known = {} if journal is None else find_disks(journal)
        disks = [Disk(HOME, self._library.folder)]
        for each in self._settings.disks:
            identity = known[each.id].identity if each.id in known else ""
            disks.append(Disk(each.id, each.folder, each.role, expected=identity))
        states = [_disk_state(disk, journal) for disk in disks]
        seen: set[int] = set()
        for index, (disk, state) in enumerate(zip(disks, states, strict=True)):
            if not state.fault:
                device = disk.folder.stat().st_dev
                states[index] = replace(state, shared=device in seen)
                seen.add(device)
        return states

    def _uses(self, journal: Connection, cameras: Sequence[Camera], at: datetime) -> list[CameraUse]:
        with self._holds.deciding() as held:
            spans = held or {}
        ceiling = None if self._term.ceiling is None else self._term.ceiling.total_seconds() / _DAY_S
        uses = []
        for camera in cameras:
            limits = [each for each in (ceiling, camera.keep_days) if each is not None]
            kept, oldest = _kept(journal, camera.id)
            uses.append(
                CameraUse(
                    camera_id=camera.id,
                    bytes_a_day=_bytes_a_day(journal, camera.id, at) if camera.enabled else 0.0,
                    kept_bytes=kept,
                    held_bytes=sum(_in_span(journal, camera.id, s.began, s.ended) for s in spans.get(camera.id, ())),
                    oldest_at=oldest,
                    limit_days=min(limits, default=None),
                    quota_bytes=None if camera.quota_gb is None else int(camera.quota_gb * 1e9),
                )
            )
        return uses


def _disk_state(disk: Disk, journal: Connection | None) -> DiskState:
    state = DiskState(
        id=disk.id,
        folder=str(disk.folder),
        role=DiskRole(disk.role).value,
        footage_bytes=0 if journal is None else _footage_on(journal, disk.id),
    )
    wrong = look(disk) if disk.expected else None
    if wrong is not None:
        return replace(state, fault=wrong.code)
    try:
        found = os.statvfs(disk.folder)
    except OSError:
        return replace(state, fault="disk_missing")
    total, free = found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize
    return replace(state, total_bytes=total, free_bytes=free)


def _footage_on(journal: Connection, disk: str) -> int:
    query = select(func.coalesce(func.sum(_segments.c.size), 0)).where(_KEPT, _segments.c.disk == disk)
    return int(journal.execute(query).scalar_one())


def _kept(journal: Connection, camera_id: CameraId) -> tuple[int, datetime | None]:
    query = select(func.coalesce(func.sum(_segments.c.size), 0), func.min(_segments.c.started_wall))
    size, oldest = journal.execute(query.where(_KEPT, _segments.c.camera_id == camera_id)).one()
    return int(size), None if oldest is None else wall_instant(oldest)


def _bytes_a_day(journal: Connection, camera_id: CameraId, at: datetime) -> float:
    """Of what was recorded in the last week, deleted or not; gaps count as what they are."""
    s = _segments.c
    query = select(func.coalesce(func.sum(s.size), 0), func.min(s.started_wall))
    query = query.where(s.camera_id == camera_id, s.started_wall > wall_ticks(at - MEASURED))
    size, first = journal.execute(query).one()
    if first is None:
        return 0.0
    days = max((at - wall_instant(first)).total_seconds() / _DAY_S, 1 / 1440)
    return float(size) / days


def _in_span(journal: Connection, camera_id: CameraId, began: datetime, ended: datetime) -> int:
    s = _segments.c
    query = select(func.coalesce(func.sum(s.size), 0)).where(_KEPT, s.camera_id == camera_id)
    query = query.where(s.started_wall < wall_ticks(ended), s.started_wall + s.duration > wall_ticks(began))
    return int(journal.execute(query).scalar_one())
