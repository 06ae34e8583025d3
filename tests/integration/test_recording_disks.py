"""Disks that are full, read-only, slow, gone or swapped: the others go on, and nothing held or proven is lost."""

import hashlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from sereno.core.clock import ManualClock, SystemClock
from sereno.core.errors import AppError
from sereno.core.ids import CameraId, SegmentId, new_id
from sereno.core.media_time import TICKS_PER_S, MediaTicks, WallTicks, wall_instant, wall_ticks
from sereno.recording.archive import Archive, open_archive
from sereno.recording.chain import first_break
from sereno.recording.comeback import bring_back
from sereno.recording.disks import DISK_FILE, Disk
from sereno.recording.holds import HeldSpan, HoldsFile
from sereno.recording.keeper import Keeper
from sereno.recording.model import EndReason, Segment
from sereno.recording.retention import Doomed, RetentionRules, ShedReason, Term
from sereno.recording.segment_file import SegmentFile
from sereno.recording.space import SpaceKeeper
from sereno.recording.writer import ClosedFile
from sereno.runtime.settings import DiskSettings
from tests.integration.recorder_case import wait_until
from tests.integration.test_recording_space import add

pytestmark = pytest.mark.integration

PATIENCE_S = 30.0


class NoHeads:
    """Signs nothing: chains are another test's."""

    def step(self) -> None: ...

    def sign_all(self) -> None: ...


@dataclass(slots=True)
class Kept:
    """An archive over several disks with its keeper running, and cameras that write by hand."""

    archive: Archive
    keeper: Keeper
    holds: HoldsFile

    def disk(self, name: str) -> Disk:
        found = self.archive.disks.find(name)
        assert found is not None
        return found

    def open(self, camera: str) -> SegmentFile:
        now = SystemClock().now()
        file = self.archive.create(CameraId(camera), SegmentId(new_id(now)))
        file.begin(b"init", "avc1.64001f", MediaTicks(0), wall_ticks(now))
        self.archive.enlist(file)
        return file

    def write(self, file: SegmentFile, content: bytes) -> None:
        file.append(content, MediaTicks(0), None)
        file.flush()

    def close(self, file: SegmentFile, reason: EndReason = EndReason.ROTATED) -> None:
        wall = WallTicks(wall_ticks(SystemClock().now()))
        self.keeper.submit(ClosedFile(file, wall, MediaTicks(TICKS_PER_S), reason))

    def rows(self, camera: str, *, with_shed: bool = False) -> list[Segment]:
        return self.archive.journal.segments_of(CameraId(camera), with_shed=with_shed)

    def wait_for_rows(self, camera: str, count: int, *, with_shed: bool = False) -> list[Segment]:
        wait_until(f"row {count} of {camera}", lambda: len(self.rows(camera, with_shed=with_shed)) >= count, PATIENCE_S)
        return self.rows(camera, with_shed=with_shed)


@contextmanager
def kept(home: Path, *disks: DiskSettings, reserve: int = 1 << 20) -> Iterator[Kept]:
    clock = SystemClock()
    archive = open_archive(home, clock, disks)
    holds = HoldsFile(home)
    holds.write(())
    space = SpaceKeeper(archive, reserve, RetentionRules(Term(timedelta(days=30))), holds, clock)
    keeper = Keeper(archive, space, NoHeads(), clock)  # type: ignore[arg-type]  # the two calls it makes
    stop = threading.Event()
    thread = threading.Thread(target=keeper.run, args=(stop,))
    thread.start()
    try:
        yield Kept(archive, keeper, holds)
    finally:
        stop.set()
        keeper.wake()
        thread.join(PATIENCE_S)
        archive.journal.database.close()


def disk(tmp_path: Path, name: str, *cameras: str) -> DiskSettings:
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    return DiskSettings(id=name, folder=folder, cameras=cameras)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 8 MB, where this machine lets us mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("no rights to mount a file system here")
    done = subprocess.run(
        (mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)), capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run((shutil.which("umount") or "umount", "-l", str(folder)), check=False, capture_output=True)


def mounted(*arguments: str) -> None:
    subprocess.run(arguments, check=True, capture_output=True)


def test_footage_spreads_and_is_found(tmp_path: Path) -> None:
    with kept(tmp_path, disk(tmp_path, "one", "plaza"), disk(tmp_path, "two")) as site:
        for camera in ("plaza", "puente"):
            file = site.open(camera)
            site.write(file, b"x" * 1_000)
            site.close(file)
        (plaza,) = site.wait_for_rows("plaza", 1)
        (puente,) = site.wait_for_rows("puente", 1)
        assert (plaza.disk, puente.disk) == ("one", "two")
        assert (tmp_path / "one" / plaza.path).stat().st_size == plaza.size


def fill(site: Kept, file: SegmentFile) -> None:
    for _ in range(20):
        site.write(file, bytes(1 << 20))


def test_a_full_disk_hands_its_cameras_over(tmp_path: Path, small_disk: Path) -> None:
    small = DiskSettings(id="small", folder=small_disk, cameras=("plaza",))
    with kept(tmp_path, small, disk(tmp_path, "big")) as site:
        file = site.open("plaza")
        assert file.disk.id == "small"
        with pytest.raises(AppError) as caught:
            fill(site, file)
        assert caught.value.code == "disk_full"
        site.close(file, EndReason.DISK_FULL)
        after = site.open("plaza")
        assert after.disk.id == "big"
        site.write(after, b"goes on")
        site.close(after)
        first, second = site.wait_for_rows("plaza", 2)
        assert (first.disk, second.disk) == ("small", "big")
        assert hashlib.sha256((small_disk / first.path).read_bytes()).hexdigest() == first.sha256
        assert first_break([first, second]) is None


def test_a_disk_that_turns_read_only_is_left_and_taken_again(tmp_path: Path, small_disk: Path) -> None:
    small = DiskSettings(id="small", folder=small_disk, cameras=("plaza",))
    with kept(tmp_path, small, disk(tmp_path, "big")) as site:
        mounted("mount", "-o", "remount,ro", str(small_disk))
        assert site.open("plaza").disk.id == "big"
        pause = site.disk("small").pause
        assert pause is not None
        assert pause.code == "archive_unwritable"
        mounted("mount", "-o", "remount,rw", str(small_disk))
        wait_until("the disk is used again", lambda: site.disk("small").pause is None, PATIENCE_S)


def test_a_mount_that_vanishes_and_another_disk_in_its_place(tmp_path: Path, small_disk: Path) -> None:
    small = DiskSettings(id="small", folder=small_disk, cameras=("plaza",))
    with kept(tmp_path, small, disk(tmp_path, "big")) as site:
        mounted("umount", "-l", str(small_disk))
        wait_until("the loss is seen", lambda: site.disk("small").pause is not None, PATIENCE_S)
        assert site.disk("small").pause.code == "disk_missing"  # type: ignore[union-attr]  # just waited for
        assert site.open("plaza").disk.id == "big"
        assert list(small_disk.iterdir()) == []  # nothing was written under the mount point
        mounted("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(small_disk))
        (small_disk / DISK_FILE).write_text('{"disk": "01ANOTHER", "id": "small"}')
        wait_until("the swap is seen", lambda: site.disk("small").pause.code == "disk_swapped", PATIENCE_S)  # type: ignore[union-attr]
        assert site.open("puente").disk.id == "big"


def test_a_known_disk_that_is_not_there_at_the_start_is_not_made_anew(tmp_path: Path) -> None:
    one = disk(tmp_path, "one")
    with kept(tmp_path, one):
        identity = (one.folder / DISK_FILE).read_bytes()
    (one.folder / DISK_FILE).unlink()
    with kept(tmp_path, one) as site:
        assert site.disk("one").pause is not None
        assert site.open("plaza").disk.id == ""
        assert not (one.folder / DISK_FILE).exists()
        (one.folder / DISK_FILE).write_bytes(identity)
        wait_until("it is used again", lambda: site.disk("one").pause is None, PATIENCE_S)


def test_a_slow_disk_keeps_nobody_else_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = disk(tmp_path, "slow", "plaza")
    hangs, real = threading.Event(), os.fsync
    folder = str(slow.folder)

    def fsync(descriptor: int) -> None:
        if os.readlink(f"/proc/self/fd/{descriptor}").startswith(f"{folder}/plaza"):
            hangs.wait(PATIENCE_S)
        real(descriptor)

    with kept(tmp_path, slow, disk(tmp_path, "quick")) as site:
        monkeypatch.setattr(os, "fsync", fsync)
        stuck = site.open("plaza")
        site.write(stuck, b"slow")
        site.close(stuck)
        for number in range(1, 6):
            file = site.open("puente")
            site.write(file, b"quick")
            site.close(file)
            site.wait_for_rows("puente", number)
        assert site.rows("plaza") == []
        assert [each.number for each in site.archive.unlisted(CameraId("plaza"))] == [1]  # viewers find it all the same
        hangs.set()
        site.wait_for_rows("plaza", 1)


def test_footage_lost_with_its_disk_counts_again_when_it_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, real = threading.Event(), os.fsync
    bad = disk(tmp_path, "bad", "plaza")

    def fsync(descriptor: int) -> None:
        if broken.is_set() and os.readlink(f"/proc/self/fd/{descriptor}").startswith(str(bad.folder)):
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr("sereno.recording.keeper.GIVE_UP_S", 0.1)
    with kept(tmp_path, bad, disk(tmp_path, "good")) as site:
        monkeypatch.setattr(os, "fsync", fsync)
        file = site.open("plaza")
        site.write(file, b"written, but not safe")
        broken.set()
        site.close(file, EndReason.DISK_FAILED)
        wait_until("the disk is given up", lambda: site.disk("bad").pause is not None, PATIENCE_S)
        after = site.open("plaza")
        assert after.disk.id == "good"
        site.write(after, b"safe")
        site.close(after)
        rows = site.wait_for_rows("plaza", 2, with_shed=True)
        assert first_break(rows) is None
        assert [each.number for each in site.rows("plaza")] == [2]
        broken.clear()
        wait_until("it counts again", lambda: [each.number for each in site.rows("plaza")] == [1, 2], PATIENCE_S)


def test_what_a_failed_disk_does_not_hold_whole_stays_lost(tmp_path: Path) -> None:
    clock = ManualClock()
    archive = open_archive(tmp_path, clock)
    with ExitStack() as stack:
        stack.callback(archive.journal.database.close)
        segment = add(archive, clock, "plaza", timedelta(days=1))
        archive.journal.shed([Doomed(segment, ShedReason.DISK_FAILED)], "now")
        bring_back(archive, archive.disks.home)  # its hash in the row is not the file's
        assert archive.journal.segments_of(CameraId("plaza"), with_shed=False) == []
        assert (archive.folder / segment.path).exists()


def test_a_hold_never_loses_a_second_to_retention_under_load(tmp_path: Path) -> None:
    """One thread deletes all it may without rest; another places holds on what is there at that moment."""
    clock = ManualClock()
    archive = open_archive(tmp_path, clock)
    holds = HoldsFile(tmp_path)
    holds.write(())
    with ExitStack() as stack:
        stack.callback(archive.journal.database.close)
        segments = [add(archive, clock, "plaza", timedelta(days=400, minutes=-number)) for number in range(150)]
        rules = RetentionRules(Term(timedelta(days=30)))
        space = SpaceKeeper(archive, 4_000, rules, holds, clock, lambda _folder: 0)
        done = threading.Event()

        def delete() -> None:
            while not done.is_set():
                archive.disks.home.pause = None
                space.step(archive.disks.home)

        promised: list[Segment] = []
        spans: list[HeldSpan] = []
        deleter = threading.Thread(target=delete)
        deleter.start()
        try:
            for segment in reversed(segments[::10]):
                with holds.changing():
                    spans.append(_span(segment))
                    holds.write(spans)
                    kept_now = archive.journal.segments_of(CameraId("plaza"), with_shed=False)
                    promised += [each for each in kept_now if each.id == segment.id]
            wait_until("all else is gone", lambda: _count(archive) == len(promised), PATIENCE_S)
        finally:
            done.set()
            deleter.join(PATIENCE_S)
        assert promised
        assert all((archive.folder / each.path).exists() for each in promised)


def _span(segment: Segment) -> HeldSpan:
    began = wall_instant(segment.started_wall)
    return HeldSpan(camera_id=segment.camera_id, began=began, ended=began + timedelta(seconds=1))


def _count(archive: Archive) -> int:
    return len(archive.journal.segments_of(CameraId("plaza"), with_shed=False))
