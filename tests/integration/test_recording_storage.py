"""The storage report over a real journal: what a person sees, and the warning before the floor is broken."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from sereno.access.jurisdiction import load_jurisdiction
from sereno.access.model import Role, system_access
from sereno.access.work import Workplace
from sereno.cameras.events import CameraChanged, HealthChanged
from sereno.cameras.model import Camera, PlaceKind, View
from sereno.cameras.service import Cameras
from sereno.core.clock import ManualClock
from sereno.core.errors import AppError
from sereno.core.geography import Position
from sereno.core.ids import CameraId, SegmentId
from sereno.recording.archive import Archive, open_archive
from sereno.recording.events import StorageForetold
from sereno.recording.library import Library
from sereno.recording.retention import site_term
from sereno.recording.storage import Storage
from sereno.runtime.settings import DiskRole, DiskSettings, RecordingSettings
from tests.centre import access_as, open_workplace
from tests.integration.test_recording_space import SIZE, add

pytestmark = pytest.mark.integration

VIEW = View(position=Position(-33.0, -68.8), bearing_deg=90, field_of_view_deg=70, range_m=60)


@dataclass(slots=True)
class Site:
    workplace: Workplace
    clock: ManualClock
    archive: Archive
    storage: Storage

    def warnings(self) -> list[bool]:
        with self.workplace.database.read() as connection:
            facts = [
                self.workplace.facts.codec.decode(each.kind, each.body)
                for each in self.workplace.facts.read_after(connection, 0)
            ]
        return [fact.warning for fact in facts if isinstance(fact, StorageForetold)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    clock = ManualClock()
    slow = DiskSettings(id="slow", folder=tmp_path / "slow", role=DiskRole.SLOW)
    settings = RecordingSettings(disks=(slow,), reserve_mb=1)
    law = load_jurisdiction("pe")
    with ExitStack() as stack:
        workplace = stack.enter_context(open_workplace(tmp_path, clock, CameraChanged, HealthChanged, StorageForetold))
        cameras = Cameras(workplace, tmp_path / "roster.json")
        for name, group in (("plaza", "sur"), ("puente", "norte")):
            camera = Camera(
                id=CameraId(name),
                name=name,
                place=PlaceKind.PLAZA,
                group=group,
                owner="Municipio",
                view=VIEW,
                main_url=f"rtsp://10.0.0.7/{name}",
            )
            cameras.enrol(system_access("test"), [camera])
        archive = open_archive(tmp_path, clock, settings.disks)
        stack.callback(archive.journal.database.close)
        library = stack.enter_context(closing(Library(tmp_path / "archive")))
        yield Site(workplace, clock, archive, Storage(workplace, library, settings, law, site_term(law, settings)))


def test_the_report_measures_and_foretells(site: Site) -> None:
    for day in range(8):
        add(site.archive, site.clock, "plaza", timedelta(days=7.5 - day))
    report = site.storage.report(access_as(Role.OPERATOR, site.clock))
    assert (report.floor_days, report.ceiling_days, report.floor.source) == (45, 60, "DS 007-2020-IN")
    home, slow = report.disks
    assert (home.id, home.footage_bytes, home.fault) == ("", 8 * SIZE, "")
    assert home.total_bytes > home.free_bytes > 0
    assert slow.fault == "disk_missing"
    by_name = {each.use.camera_id: each for each in report.forecast.cameras}
    plaza = by_name[CameraId("plaza")]
    assert plaza.use.kept_bytes == 8 * SIZE
    assert plaza.use.bytes_a_day == pytest.approx(SIZE, rel=0.2)
    assert (plaza.reached_days, plaza.cause, plaza.below_floor) == (60, "limit", False)
    assert by_name[CameraId("puente")].reached_days is None


def test_only_the_cameras_a_person_sees(site: Site) -> None:
    report = site.storage.report(access_as(Role.OPERATOR, site.clock, "norte"))
    assert [each.use.camera_id for each in report.forecast.cameras] == ["puente"]
    with pytest.raises(AppError):
        site.storage.report(access_as(Role.CREW, site.clock))


def test_a_floor_in_danger_is_told_once_and_so_is_its_end(site: Site) -> None:
    site.storage.renew()
    assert site.warnings() == []
    segment = add(site.archive, site.clock, "plaza", timedelta(hours=2))
    big = replace(segment, id=SegmentId(segment.id[:-1] + "Z"), number=segment.number + 1, size=10**16)
    site.archive.journal.close_segment(big, (), None)
    site.storage.renew()
    site.storage.renew()
    assert site.warnings() == [True]
    site.clock.advance(8 * 86_400)
    site.storage.renew()
    assert site.warnings() == [True, False]
