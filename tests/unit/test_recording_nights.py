"""Nights with an hour too many or too few, and a wall clock that is set back: nothing is lost, nothing is ambiguous."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import pytest

from sereno.core.clock import ManualClock
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S, wall_instant, wall_ticks
from sereno.recording.archive import Archive, open_archive
from sereno.recording.clip import ClipEnd, ClipPlan, Piece, plan_clip
from sereno.recording.heads import HeadSigner
from sereno.recording.holds import HoldsFile
from sereno.recording.keeper import Keeper
from sereno.recording.library import Library
from sereno.recording.live import LiveCamera
from sereno.recording.model import EndReason, Segment
from sereno.recording.nal import Codec, ParameterSets
from sereno.recording.recorder_key import load_recorder_key
from sereno.recording.retention import RetentionRules, Term
from sereno.recording.space import SpaceKeeper
from sereno.recording.timeline import Arrival
from sereno.recording.writer import CameraWriter, Picture, Stream, Writing
from sereno.upkeep.spans import local_day

CAMERA = CameraId("plaza")
SETS = ParameterSets(
    Codec.H264,
    (),
    (bytes.fromhex("6764001facb402802dd80880000003008000000f078c1950"),),
    (bytes.fromhex("68ef3cb0"),),
)
STEP_S, KEY_EVERY = 6, 2
HOUR = timedelta(hours=1)
NIGHTS = {
    "Santiago, an hour twice": ("America/Santiago", datetime(2026, 4, 5, 3, tzinfo=UTC), 25),
    "Santiago, an hour missing": ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC), 23),
    "Asunción, an hour twice": ("America/Asuncion", datetime(2024, 3, 24, 3, tzinfo=UTC), 25),
    "Asunción, an hour missing": ("America/Asuncion", datetime(2023, 10, 1, 4, tzinfo=UTC), 23),
    "Madrid, an hour twice": ("Europe/Madrid", datetime(2026, 10, 25, 1, tzinfo=UTC), 25),
    "Madrid, an hour missing": ("Europe/Madrid", datetime(2026, 3, 29, 1, tzinfo=UTC), 23),
}


@dataclass
class Night:
    """A camera whose pictures come as the test's clock goes."""

    home: Path
    clock: ManualClock
    archive: Archive
    writer: CameraWriter
    keeper: Keeper
    shown: int = 0

    @classmethod
    def begin(cls, home: Path, at: datetime) -> "Night":
        clock = ManualClock(wall=at)
        archive = open_archive(home, clock)
        space = SpaceKeeper(archive, 0, RetentionRules(Term(timedelta(days=30))), HoldsFile(home), clock)
        keeper = Keeper(archive, space, HeadSigner(archive, load_recorder_key(home), 3_600, clock), clock)
        writer = CameraWriter(CAMERA, Writing(archive, keeper, clock, 60.0), LiveCamera(lambda act: None))
        return cls(home, clock, archive, writer, keeper)

    def record(self, span: timedelta) -> None:
        for _ in range(round(span.total_seconds() / STEP_S)):
            stamp, key = self.shown * STEP_S * TICKS_PER_S, self.shown % KEY_EVERY == 0
            sample = b"\x00\x00\x00\x06\x65\x88" + self.shown.to_bytes(4, "big")
            arrival = Arrival(wall_ticks(self.clock.now()), self.clock.monotonic_s())
            self.writer.take([Picture(sample, key, stamp, stamp, ())], Stream(SETS), arrival)
            self.shown += 1
            self.clock.advance(STEP_S)

    def end(self) -> list[Segment]:
        """All that was recorded, by number."""
        self.writer.end(EndReason.STOPPED)
        stop = Event()
        stop.set()
        self.keeper.run(stop)
        return self.archive.journal.segments_of(CAMERA, with_shed=False)

    def clip(self, began: datetime, ended: datetime, passage: int = 1) -> ClipPlan:
        return plan_clip(self.archive, CAMERA, Piece(wall_ticks(began), wall_ticks(ended), passage=passage))


@pytest.mark.parametrize("night", NIGHTS)
def test_a_night_with_another_number_of_hours(night: str, tmp_path: Path) -> None:
    name, turn, hours = NIGHTS[night]
    zone = ZoneInfo(name)
    recorded = Night.begin(tmp_path, turn - HOUR)
    recorded.record(2 * HOUR)
    segments = recorded.end()
    assert sum(each.frames for each in segments) == recorded.shown
    assert {each.end_reason for each in segments[:-1]} == {"rotated"}
    for before, after in pairwise(segments):
        assert after.started_media == before.ended_media
        assert abs(after.started_wall - before.ended_wall) <= 1
    # what is written with its offset is written once
    written = [wall_instant(each.started_wall).astimezone(zone).isoformat() for each in segments]
    assert len(set(written)) == len(written)
    assert [datetime.fromisoformat(each) for each in written] == [wall_instant(each.started_wall) for each in segments]
    library = Library(tmp_path / "archive")
    for began in (turn - HOUR / 2, turn, turn + HOUR / 4):
        local = began.astimezone(zone)  # an hour that comes twice is told by its fold
        found = library.segments(CAMERA, local, (began + HOUR / 4).astimezone(zone))
        assert found == [each for each in segments if overlaps(each, began, began + HOUR / 4)]
        plan = recorded.clip(local, began + HOUR / 4)
        assert (plan.end, plan.passes) == (ClipEnd.COMPLETE, 1)
        assert timedelta(0) <= began - wall_instant(plan.wall) <= timedelta(seconds=STEP_S * KEY_EVERY)
    library.close()
    day = local_day((turn - timedelta(seconds=1)).astimezone(zone).date(), zone)
    if hours == 23 and name != "Europe/Madrid":  # there the day begins with its missing hour
        day = local_day(turn.astimezone(zone).date(), zone)
    assert day.ended - day.began == timedelta(hours=hours)


def overlaps(segment: Segment, began: datetime, ended: datetime) -> bool:
    return segment.started_wall < wall_ticks(ended) and segment.ended_wall > wall_ticks(began)


def test_a_clock_set_back_by_an_hour_gives_both_passes(tmp_path: Path) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    night = Night.begin(tmp_path, noon)
    night.record(HOUR)
    night.clock.step_wall(-3_600)
    night.record(2 * HOUR)
    segments = night.end()
    assert sum(each.frames for each in segments) == night.shown
    assert [each.end_reason for each in segments].count("clock_changed") == 1
    assert all(after.started_media == before.ended_media for before, after in pairwise(segments))
    began, ended = noon + HOUR / 4, noon + HOUR / 2
    first, second = night.clip(began, ended), night.clip(began, ended, passage=2)
    assert (first.passes, second.passes) == (2, 2)
    assert first.end is second.end is ClipEnd.COMPLETE
    assert second.media - first.media == pytest.approx(3_600 * TICKS_PER_S, abs=20 * TICKS_PER_S)
    assert abs(second.wall - first.wall) <= 2 * STEP_S * KEY_EVERY * TICKS_PER_S
    assert not {part.path for part in first.parts} & {part.path for part in second.parts}
    later = night.clip(noon + HOUR + HOUR / 4, noon + HOUR + HOUR / 2)
    assert (later.passes, later.end) == (1, ClipEnd.COMPLETE)
