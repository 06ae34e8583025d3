"""A full disk: what is above the floor is shed, oldest first; its hashes stay, and nothing younger goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from sereno.core.clock import ManualClock
from sereno.core.ids import CameraId, FactId, SegmentId, new_id
from sereno.core.media_time import TICKS_PER_S, MediaTicks, wall_ticks
from sereno.recording.archive import Archive, open_archive
from sereno.recording.chain import chained, first_break
from sereno.recording.disks import FreeBytes
from sereno.recording.events import FootageShed, SegmentClosed
from sereno.recording.holds import HeldSpan, HoldsFile
from sereno.recording.journal import recorder_fact_log
from sereno.recording.model import Segment
from sereno.recording.repair import repair
from sereno.recording.retention import CameraTerm, Doomed, RetentionRules, ShedReason, Term
from sereno.recording.segment_file import segment_path
from sereno.recording.space import MIN_PAUSE_S, RESUME_MARGIN_BYTES, SpaceKeeper

pytestmark = pytest.mark.integration

SIZE = 1_000
RESERVE = 10_000_000
FLOOR = timedelta(days=30)
RULES = RetentionRules(Term(FLOOR))


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


def keeper_of(
    archive: Archive, clock: ManualClock, free: FreeBytes, *held: HeldSpan, rules: RetentionRules = RULES
) -> SpaceKeeper:
    holds = HoldsFile(archive.folder.parent)
    holds.write(held)
    return SpaceKeeper(archive, RESERVE, rules, holds, clock, free)


def shed_facts(archive: Archive) -> list[FootageShed]:
    log = recorder_fact_log()
    with archive.journal.database.read() as connection:
        facts = [log.codec.decode(each.kind, each.body) for each in log.read_after(connection, 0)]
    return [fact for fact in facts if isinstance(fact, FootageShed)]


def test_what_is_above_the_floor_goes_first_and_then_recording_pauses(tmp_path: Path) -> None:
    clock = ManualClock()
    with archive_in(tmp_path, clock) as archive:
        old = [add(archive, clock, camera, timedelta(days=40 - day)) for day in range(3) for camera in ("a", "b")]
        young = [add(archive, clock, camera, timedelta(days=1)) for camera in ("a", "b")]
        held = tmp_path / "held.mp4"
        held.hardlink_to(archive.folder / old[0].path)  # as evidence keeps it
        free = 5_000_000
        home = archive.disks.home
        keeper = keeper_of(archive, clock, lambda _folder: free)
        keeper.step(home)
        keeper.step(home)  # the first round found something to shed
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
        keeper.step(home)
        assert archive.pause is not None  # not at once: it must not flutter
        clock.advance(MIN_PAUSE_S + 1)
        keeper.step(home)
        assert archive.pause is None


def test_shedding_stops_when_there_is_room(tmp_path: Path) -> None:
    clock = ManualClock()
    with archive_in(tmp_path, clock) as archive:
        for _ in range(50):
            add(archive, clock, "a", timedelta(days=60))

        def free(folder: Path) -> int:
            return RESERVE - 30 * SIZE + (50 - len(list((folder / "a").iterdir()))) * SIZE

        keeper_of(archive, clock, free).step(archive.disks.home)
        left = archive.journal.segments_of(CameraId("a"), with_shed=False)
        assert len(left) == 0  # a quarter of the reserve more than is needed
        assert archive.pause is None


def test_a_deletion_that_a_crash_cut_short_is_finished(tmp_path: Path) -> None:
    clock = ManualClock()
    with archive_in(tmp_path, clock) as archive:
        segment = add(archive, clock, "a", timedelta(days=60))
        archive.journal.shed([Doomed(segment, ShedReason.ROOM)], clock.now().isoformat())
    with archive_in(tmp_path, clock) as again:
        repair(again, clock)
        assert not (again.folder / segment.path).exists()
        assert again.journal.garbage() == ()


def test_above_the_ceiling_goes_with_room_to_spare_and_it_is_told(tmp_path: Path) -> None:
    clock = ManualClock()
    with archive_in(tmp_path, clock) as archive:
        old = [add(archive, clock, "a", timedelta(days=age)) for age in (70, 65, 61)]
        add(archive, clock, "a", timedelta(days=59))
        held = HeldSpan(
            camera_id=CameraId("a"),
            began=clock.now() - timedelta(days=65),
            ended=clock.now() - timedelta(days=65) + timedelta(seconds=1),
        )
        rules = RetentionRules(Term(FLOOR, timedelta(days=60)))
        keeper = keeper_of(archive, clock, lambda _folder: 10**12, held, rules=rules)
        keeper.shed_above_limits()
        left = archive.journal.segments_of(CameraId("a"), with_shed=False)
        assert [each.number for each in left] == [2, 4]
        assert [(archive.folder / each.path).exists() for each in old] == [False, True, False]
        (fact,) = shed_facts(archive)
        assert fact.reason == "ceiling"
        (cut,) = fact.cuts
        assert (cut.segments, cut.first_number, cut.last_number, cut.size) == (2, 1, 3, 2 * SIZE)


def test_a_quota_takes_one_cameras_oldest(tmp_path: Path) -> None:
    clock = ManualClock()
    with archive_in(tmp_path, clock) as archive:
        for camera in ("a", "b"):
            for age in (50, 40, 35, 10):
                add(archive, clock, camera, timedelta(days=age))
        rules = RetentionRules(Term(FLOOR), {CameraId("a"): CameraTerm(quota_bytes=2 * SIZE)})
        keeper_of(archive, clock, lambda _folder: 10**12, rules=rules).shed_above_limits()
        assert [each.number for each in archive.journal.segments_of(CameraId("a"), with_shed=False)] == [3, 4]
        assert len(archive.journal.segments_of(CameraId("b"), with_shed=False)) == 4


@pytest.mark.parametrize("broken", ["{not json", None])
def test_without_readable_holds_nothing_goes(tmp_path: Path, broken: str | None) -> None:
    clock = ManualClock()
    with archive_in(tmp_path, clock) as archive:
        add(archive, clock, "a", timedelta(days=400))
        rules = RetentionRules(Term(FLOOR, FLOOR))
        keeper = keeper_of(archive, clock, lambda _folder: 0, rules=rules)
        if broken is None:
            (tmp_path / "holds.json").unlink()
        else:
            (tmp_path / "holds.json").write_text(broken)
        keeper.shed_above_limits()
        keeper.step(archive.disks.home)
        assert len(archive.journal.segments_of(CameraId("a"), with_shed=False)) == 1
        assert archive.pause is not None
        assert archive.pause.code == "disk_full"


def test_a_clock_set_wrong_does_no_harm_at_once(tmp_path: Path) -> None:
    clock = ManualClock()
    with archive_in(tmp_path, clock) as archive:
        for _ in range(300):
            add(archive, clock, "a", timedelta(days=1))
        rules = RetentionRules(Term(FLOOR, timedelta(days=60)))
        keeper = keeper_of(archive, clock, lambda _folder: 10**12, rules=rules)
        clock.advance(10 * 365 * 86_400)
        keeper.shed_above_limits()
        keeper.shed_above_limits()
        assert len(archive.journal.segments_of(CameraId("a"), with_shed=False)) == 200
