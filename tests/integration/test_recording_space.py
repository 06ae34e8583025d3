"""A full disk: what is above the floor is shed, oldest first; its hashes stay, and nothing younger goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from sereno.core.clock import ManualClock
from sereno.core.ids import CameraId, FactId, SegmentId, new_id
from sereno.core.media_time import TICKS_PER_S, MediaTicks, wall_ticks
from sereno.recording.archive import Archive, open_archive, segment_path
from sereno.recording.chain import chained, first_break
from sereno.recording.events import SegmentClosed
from sereno.recording.model import Segment
from sereno.recording.repair import repair
from sereno.recording.space import MIN_PAUSE_S, RESUME_MARGIN_BYTES, SpaceKeeper, SpaceRules

pytestmark = pytest.mark.integration

SIZE = 1_000
RESERVE = 10_000_000
FLOOR = timedelta(days=30)


@contextmanager
def archive_in(home: Path, clock: ManualClock) -> Iterator[Archive]:
    archive = open_archive(home, clock)
    try:
        yield archive
    finally:
        archive.journal.database.close()


def add(archive: Archive, clock: ManualClock, camera: str, age: timedelta) -> Segment:
    camera_id = CameraId(camera)
    head = archive.head(camera_id)
    path = segment_path(camera_id, head.number + 1)
    (archive.folder / camera).mkdir(exist_ok=True)
    (archive.folder / path).write_bytes(bytes(SIZE))
    segment = Segment(
        id=SegmentId(new_id(clock.now())),
        camera_id=camera_id,
        number=head.number + 1,
        path=path,
        started_wall=wall_ticks(clock.now() - age),
        started_media=MediaTicks(head.number * 60 * TICKS_PER_S),
        duration=MediaTicks(60 * TICKS_PER_S),
        frames=900,
        size=SIZE,
        sha256="0" * 64,
        previous_chain="",
        chain="",
        codec="avc1.64001f",
        end_reason="rotated",
    )
    segment = chained(segment, head.chain)
    fact = SegmentClosed(id=FactId(new_id(clock.now())), at=clock.now(), segment=segment)
    archive.journal.close_segment(segment, (), fact)
    archive.follow(segment)
    return segment


def test_what_is_above_the_floor_goes_first_and_then_recording_pauses(tmp_path: Path) -> None:
    clock = ManualClock()
    with archive_in(tmp_path, clock) as archive:
        old = [add(archive, clock, camera, timedelta(days=40 - day)) for day in range(3) for camera in ("a", "b")]
        young = [add(archive, clock, camera, timedelta(days=1)) for camera in ("a", "b")]
        held = tmp_path / "held.mp4"
        held.hardlink_to(archive.folder / old[0].path)  # as evidence keeps it
        free = 5_000_000
        keeper = SpaceKeeper(archive, SpaceRules(RESERVE, FLOOR), clock, lambda _folder: free)
        keeper.step()
        assert [each for each in old if (archive.folder / each.path).exists()] == []
        assert all((archive.folder / each.path).exists() for each in young)
        assert held.stat().st_size == SIZE
        assert archive.pause is not None
        assert archive.pause.code == "disk_full"
        assert archive.journal.garbage() == ()
        for camera in ("a", "b"):
            every = archive.journal.segments_of(CameraId(camera), with_shed=True)
            assert len(every) == 4
            assert first_break(every) is None
            assert len(archive.journal.segments_of(CameraId(camera), with_shed=False)) == 1
        free = RESERVE + RESUME_MARGIN_BYTES
        keeper.step()
        assert archive.pause is not None  # not at once: it must not flutter
        clock.advance(MIN_PAUSE_S + 1)
        keeper.step()
        assert archive.pause is None


def test_shedding_stops_when_there_is_room(tmp_path: Path) -> None:
    clock = ManualClock()
    with archive_in(tmp_path, clock) as archive:
        for _ in range(50):
            add(archive, clock, "a", timedelta(days=60))

        def free(folder: Path) -> int:
            return RESERVE - 30 * SIZE + (50 - len(list((folder / "a").iterdir()))) * SIZE

        SpaceKeeper(archive, SpaceRules(RESERVE, FLOOR), clock, free).step()
        left = archive.journal.segments_of(CameraId("a"), with_shed=False)
        assert [each.number for each in left] == list(range(41, 51))
        assert archive.pause is None


def test_a_deletion_that_a_crash_cut_short_is_finished(tmp_path: Path) -> None:
    clock = ManualClock()
    with archive_in(tmp_path, clock) as archive:
        segment = add(archive, clock, "a", timedelta(days=60))
        archive.journal.shed([segment], clock.now().isoformat())
    with archive_in(tmp_path, clock) as again:
        repair(again, clock)
        assert not (again.folder / segment.path).exists()
        assert again.journal.garbage() == ()
