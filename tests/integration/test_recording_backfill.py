"""A gap is filled from the camera's card: a real replay over RTSP, a real spool, a real recorder."""

import asyncio
import hashlib
import subprocess
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest

from sereno.core.clock import SystemClock
from sereno.core.ids import CameraId, SegmentId, new_id
from sereno.core.media_time import TICKS_PER_S, wall_ticks
from sereno.recording.archive import Archive, open_archive
from sereno.recording.backfill.card_file import CardWriter
from sereno.recording.backfill.delivery import SPOOL, Delivery, footage_path, hand_over, waiting
from sereno.recording.backfill.door import Door
from sereno.recording.backfill.gaps import gaps_of, portions
from sereno.recording.backfill.replay import fetch
from sereno.recording.chain import first_break
from sereno.recording.coverage import Recorded
from sereno.recording.model import Origin
from sereno.recording.writer import ClosedFile
from sereno.simulation.onvif.replay import Card, ReplayServer
from sereno.simulation.rtsp.clip import Clip, load_clip
from sereno.simulation.rtsp.faults import NO_FAULTS, Faults, Refusal
from sereno.simulation.rtsp.server import Mount, RtspServer, RtspServerThread
from tests.integration.recorder_case import RunningRecorder, assert_sound, segments_in, settings_for, wait_until

CLOCK = SystemClock()
CAMERA = CameraId("plaza")
pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    argv = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=8"]
    argv += ["-c:v", "libx264", "-bf", "2", "-g", "25", "-preset", "veryfast", str(path)]
    subprocess.run(argv, check=True, timeout=60)
    return load_clip(path)


class Rows:
    """A keeper that lists at once."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.closed: list[ClosedFile] = []

    def submit(self, closed: ClosedFile) -> None:
        self.closed.append(closed)


@pytest.mark.parametrize("ahead_s", [0.0, -3_600.0])
def test_a_replay_becomes_files_of_the_span_by_our_clock(clip: Clip, tmp_path: Path, ahead_s: float) -> None:
    now = wall_ticks(CLOCK.now())
    span = (now - 200 * TICKS_PER_S, now - 100 * TICKS_PER_S)
    ahead = timedelta(seconds=ahead_s)
    card = Card(clip, CLOCK.now() - timedelta(hours=2), ahead)
    with ReplayServer({"plaza": card}, CLOCK) as server:
        writer = CardWriter(tmp_path, CAMERA, round(ahead_s * TICKS_PER_S), span, CLOCK)
        asyncio.run(fetch(server.url("plaza"), None, span, round(ahead_s * TICKS_PER_S), writer))
        writer.end()
    handed = list(waiting(tmp_path))
    assert [each.origin for each in handed] == [Origin.CARD] * 2  # a hundred seconds are two pieces
    assert abs(writer.filled - 100 * TICKS_PER_S) < 1.1 * TICKS_PER_S  # but for the way to the first key frame


def test_footage_of_a_card_goes_to_the_end_of_the_chain(clip: Clip, tmp_path: Path) -> None:
    spool, now = tmp_path / "devices" / "spool", wall_ticks(CLOCK.now())
    span = (now - 60 * TICKS_PER_S, now - 50 * TICKS_PER_S)
    with ReplayServer({"plaza": Card(clip, CLOCK.now() - timedelta(hours=1))}, CLOCK) as server:
        writer = CardWriter(spool, CAMERA, 0, span, CLOCK)
        asyncio.run(fetch(server.url("plaza"), None, span, 0, writer))
        writer.end()
    archive = open_archive(tmp_path, CLOCK)
    with closing(archive.journal.database):
        rows = Rows(archive)
        door = Door(archive, rows, (spool,), CLOCK)
        door.look()
        door.take_in(CAMERA)
        (closed,) = rows.closed
        file = closed.file
        assert (file.number, file.origin, file.frames > 200) == (1, Origin.CARD, True)
        assert abs(closed.started_wall - span[0]) < 1.1 * TICKS_PER_S
        assert file.full_path.stat().st_size == file.size
        assert archive.unlisted(CAMERA) == [file]
        door.look()
        door.take_in(CAMERA)
        assert len(rows.closed) == 1  # it waits for its row, and is not taken twice
        probe = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"]
        counted = subprocess.run([*probe, str(file.full_path)], capture_output=True, text=True, check=True, timeout=60)
        assert int(counted.stdout.strip().rstrip(",")) == file.frames


def test_a_running_recorder_fills_the_gap_of_its_camera(clip: Clip, tmp_path: Path) -> None:
    with (
        RtspServerThread(RtspServer([Mount(path="plaza", clip=clip)], CLOCK)) as camera,
        ReplayServer({"plaza": Card(clip, CLOCK.now() - timedelta(hours=1))}, CLOCK) as card,
        RunningRecorder(settings_for(tmp_path)) as recorder,
    ):
        recorder.follow(plaza=camera.url("plaza"))
        recorder.wait_for_segments("plaza", 1)
        camera.set_faults("plaza", Faults(refusal=Refusal.NOT_FOUND, cut=True))
        wait_until("the loss", lambda: recorder.segments("plaza")[-1].end_reason == "stream_lost")
        Event().wait(5.0)  # a gap that is worth it must pass
        camera.set_faults("plaza", NO_FAULTS)
        lost = len(recorder.segments("plaza"))
        before, after = recorder.wait_for_segments("plaza", lost + 1)[lost - 1 :][:2]
        gap = (before.ended_wall, after.started_wall)
        assert gap[1] - gap[0] > 4 * TICKS_PER_S

        writer = CardWriter(tmp_path / SPOOL, CAMERA, 0, gap, CLOCK)
        asyncio.run(fetch(card.url("plaza"), None, gap, 0, writer))
        writer.end()
        wait_until("the card's footage", lambda: any(each.origin == "card" for each in recorder.segments("plaza")))
        wait_until("the empty spool", lambda: not list((tmp_path / SPOOL).iterdir()))
        recorder.wait_for_segments("plaza", len(recorder.segments("plaza")) + 1)
    segments = segments_in(recorder.archive, "plaza")
    (filled,) = [each for each in segments if each.origin == "card"]
    assert [each.number for each in segments] == list(range(1, len(segments) + 1))
    assert first_break(segments) is None
    assert before.ended_wall <= filled.started_wall < filled.ended_wall <= after.started_wall + TICKS_PER_S // 5
    assert before.ended_media <= filled.started_media
    assert filled.ended_media <= after.started_media + TICKS_PER_S // 5
    assert_sound(recorder.archive)


def test_what_is_no_footage_is_dropped_at_the_door(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    archive = open_archive(tmp_path, CLOCK)
    with closing(archive.journal.database):
        rows = Rows(archive)
        door = Door(archive, rows, (spool,), CLOCK)
        for content, told in ((b"x" * 5_000, 5_000), (b"x" * 50, 60), (b"", 0)):
            segment_id = SegmentId(new_id(CLOCK.now()))
            footage_path(spool, segment_id).write_bytes(content)
            delivery = Delivery(
                id=segment_id,
                camera_id=CameraId("../../etc") if not content else CAMERA,
                origin=Origin.CARD,
                camera_offset=None,
                size=told,
                sha256=hashlib.sha256(content).hexdigest(),
            )
            hand_over(spool, delivery)
        (spool / "notes.json").write_text("{}")
        door.look()
        assert list(spool.iterdir()) == []
        assert rows.closed == []


def test_gaps_are_what_lies_between_recordings() -> None:
    now = CLOCK.now()
    at = [now + timedelta(seconds=seconds) for seconds in (0, 60, 61, 120, 700, 760, 740, 800)]
    recorded = [Recorded(began, ended, "rotated") for began, ended in pairwise(at) if began < ended]
    del recorded[3]
    assert gaps_of(recorded) == [(at[3], at[4])]
    parts = portions(at[3], at[4])
    assert (parts[0][0], parts[-1][1], len(parts)) == (at[3], at[4], 2)
