"""Fast disk, slow disk, cold store: a crash at any step leaves every segment whole where its row says."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from sereno.core.clock import ManualClock
from sereno.core.ids import CameraId, SegmentId, new_id
from sereno.core.media_time import TICKS_PER_S, MediaTicks, wall_ticks
from sereno.recording.archive import Archive, open_archive
from sereno.recording.chain import chained
from sereno.recording.disks import COLD
from sereno.recording.journal import Journal, journal_path
from sereno.recording.library import Library
from sereno.recording.model import Segment
from sereno.recording.retention import Doomed, ShedReason
from sereno.recording.segment_file import segment_path
from sereno.recording.space import delete_garbage
from sereno.recording.tiers.archivist import Archivist
from sereno.recording.tiers.cold import ColdStore, FolderStore
from sereno.recording.tiers.ledger import Ledger, ledger_path
from sereno.recording.tiers.moving import Moving
from sereno.runtime.database import Database
from sereno.runtime.settings import ColdSettings, DiskRole, DiskSettings, RecordingSettings

pytestmark = pytest.mark.integration


class Killed(BaseException):
    """The process ended here."""


@dataclass(slots=True)
class FailingStore:
    """Dies before or after what it was asked to do."""

    store: ColdStore
    dies: str = ""

    def put(self, name: str, source: Path) -> None:
        if self.dies == "before put":
            raise Killed
        self.store.put(name, source)
        if self.dies == "after put":
            raise Killed

    def read(self, name: str, offset: int, size: int) -> bytes:
        return self.store.read(name, offset, size)

    def fetch(self, name: str, target: Path) -> None:
        self.store.fetch(name, target)

    def sha256(self, name: str) -> str | None:
        return self.store.sha256(name)

    def delete(self, name: str) -> None:
        self.store.delete(name)


@dataclass(slots=True)
class Town:
    home: Path
    clock: ManualClock
    archive: Archive
    library: Library
    settings: RecordingSettings
    cold: FolderStore
    stack: ExitStack

    def archivist(self, dies: str = "") -> Archivist:
        """As a new process has it."""
        journal = Database(journal_path(self.archive.folder), read_only=True)
        ledger_path(self.home).parent.mkdir(exist_ok=True)
        ledger = Ledger(Database(ledger_path(self.home)))
        self.stack.callback(journal.close)
        self.stack.callback(ledger.database.close)
        ledger.prepare()
        store = FailingStore(self.cold, dies)
        return Archivist(self.home, self.settings, Journal(journal), ledger, store, self.clock, lambda _: 1 << 50)

    def recorder_step(self) -> None:
        Moving(self.archive, self.home).step()
        for disk in self.archive.disks.every:
            delete_garbage(self.archive, disk)

    def add(self, age: timedelta) -> Segment:
        camera_id = CameraId("plaza")
        head = self.archive.head(camera_id)
        content = os.urandom(20_000)
        path = segment_path(camera_id, head.number + 1)
        (self.archive.folder / camera_id).mkdir(exist_ok=True)
        (self.archive.folder / path).write_bytes(content)
        segment = Segment(
            id=SegmentId(new_id(self.clock.now())),
            camera_id=camera_id,
            number=head.number + 1,
            path=path,
            started_wall=wall_ticks(self.clock.now() - age),
            started_media=MediaTicks(0),
            duration=MediaTicks(60 * TICKS_PER_S),
            frames=1,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            previous_chain="",
            chain="",
            codec="avc1.64001f",
            end_reason="rotated",
        )
        segment = chained(segment, head.chain)
        self.archive.journal.close_segment(segment, (), None)
        self.archive.follow(segment)
        return segment

    def where(self) -> list[str]:
        return [each.disk for each in self.archive.journal.segments_of(CameraId("plaza"), with_shed=False)]

    def assert_sound(self) -> None:
        """Every row has its whole file, and no file is left that no row speaks of."""
        files = set()
        for segment in self.archive.journal.segments_of(CameraId("plaza"), with_shed=False):
            if segment.disk == COLD:
                assert self.cold.sha256(segment.path) == segment.sha256
                files.add(self.home / "cold" / segment.path)
            else:
                path = self.archive.path(segment)
                assert path is not None
                assert hashlib.sha256(path.read_bytes()).hexdigest() == segment.sha256
                files.add(path)
        for folder in (self.archive.folder, self.home / "slow", self.home / "cold"):
            assert set(folder.glob("plaza/*")) <= files


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    clock = ManualClock()
    for name in ("slow", "cold"):
        (tmp_path / name).mkdir()
    settings = RecordingSettings(
        disks=(DiskSettings(id="slow", folder=tmp_path / "slow", role=DiskRole.SLOW),),
        slow_after_days=2,
        cold=ColdSettings(url=str(tmp_path / "cold"), after_days=20),
    )
    with ExitStack() as stack:
        archive = open_archive(tmp_path, clock, settings.disks)
        stack.callback(archive.journal.database.close)
        library = stack.enter_context(closing(Library(archive.folder)))
        yield Town(tmp_path, clock, archive, library, settings, FolderStore(tmp_path / "cold"), stack)


def test_footage_moves_as_it_grows_old(town: Town) -> None:
    for age in (30, 10, 1):
        town.add(timedelta(days=age))
    archivist = town.archivist()
    archivist.step()
    assert town.where() == ["", "", ""]  # copies only; the recorder decides
    town.recorder_step()
    assert town.where() == [COLD, "slow", ""]
    archivist.step()
    assert archivist.ledger.moves() == []
    town.assert_sound()
    town.clock.advance(15 * 86_400)
    archivist.step()
    town.recorder_step()
    assert town.where() == [COLD, COLD, "slow"]
    archivist.step()
    town.assert_sound()


@pytest.mark.parametrize("dies", ["before put", "after put"])
def test_an_archivist_that_dies_leaves_nothing_behind(town: Town, dies: str) -> None:
    town.add(timedelta(days=30))
    with pytest.raises(Killed):
        town.archivist(dies).step()
    town.recorder_step()
    assert town.where() == [""]
    town.archivist().step()
    town.recorder_step()
    town.archivist().step()
    assert town.where() == [COLD]
    town.assert_sound()


def test_footage_that_is_deleted_on_its_way_is_deleted_everywhere(town: Town) -> None:
    segments = [town.add(timedelta(days=age)) for age in (30, 10)]
    archivist = town.archivist()
    archivist.step()
    town.archive.journal.shed([Doomed(each, ShedReason.CEILING) for each in segments], "now")
    town.recorder_step()
    archivist.step()
    town.assert_sound()
    assert archivist.ledger.moves() == []


def test_cold_footage_that_reaches_its_age_is_cleared(town: Town) -> None:
    town.add(timedelta(days=30))
    archivist = town.archivist()
    archivist.step()
    town.recorder_step()
    (cold,) = town.archive.journal.segments_of(CameraId("plaza"), with_shed=False)
    town.archive.journal.shed([Doomed(cold, ShedReason.CEILING)], "now")
    archivist.step()
    town.recorder_step()
    assert town.archive.journal.garbage() == ()
    archivist.step()
    assert archivist.ledger.cleared() == set()
    town.assert_sound()


def test_damaged_footage_stays_where_it_is(town: Town) -> None:
    segment = town.add(timedelta(days=10))
    (town.archive.folder / segment.path).write_bytes(bytes(segment.size))
    archivist = town.archivist()
    archivist.step()
    archivist.step()
    town.recorder_step()
    assert town.where() == [""]
    assert archivist.damaged == {segment.id}
    assert list((town.home / "slow").glob("plaza/*")) == []


def test_cold_footage_comes_back_to_be_seen_within_a_bound(town: Town) -> None:
    for _ in range(3):
        town.add(timedelta(days=30))
    archivist = town.archivist()
    archivist.step()
    town.recorder_step()
    cold = town.archive.journal.segments_of(CameraId("plaza"), with_shed=False)
    path = town.library.path(cold[0])
    assert not path.exists()
    archivist.fetch_wanted()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == cold[0].sha256
    archivist.settings = replace(town.settings, cold=replace(town.settings.cold, cache_mb=0))
    assert not town.library.path(cold[1]).exists()
    archivist.fetch_wanted()
    assert list(path.parent.glob("*")) == []
    assert list((town.home / "archivist" / "wishes").iterdir()) == []
