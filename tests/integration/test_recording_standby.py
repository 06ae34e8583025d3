"""A recorder dies, its standby records its cameras within ten seconds, and what was recorded comes back in order."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.clock import SystemClock
from sereno.core.errors import AppError
from sereno.core.ids import CameraId, SegmentId, new_id
from sereno.core.media_time import TICKS_PER_S, WallTicks
from sereno.recording.model import Origin, Segment
from sereno.recording.standby.client import GuardedRecorder
from sereno.recording.standby.link import KEY_FILE, Link, make_link_key
from sereno.recording.standby.messages import OfferedSegment
from sereno.recording.standby.watching import Standby, own_id
from sereno.simulation.rtsp.server import RtspServerThread
from tests.integration.recorder_case import RunningRecorder, assert_sound, settings_for, wait_until

pytestmark = pytest.mark.integration

PLAZA, NORTH = CameraId("plaza"), CameraId("north")
TAKEN_WITHIN_TICKS = 10 * TICKS_PER_S


@contextmanager
def standing_by(home: Path, recorder: RunningRecorder) -> Iterator[None]:
    stop = threading.Event()
    link = Link((home / KEY_FILE).read_bytes())
    with closing(GuardedRecorder(url_of(recorder), link, "reserve")) as guarded:
        standby = Standby(home, home / "archive", (guarded,), SystemClock())
        thread = threading.Thread(target=standby.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(20)
            assert not thread.is_alive()


def url_of(recorder: RunningRecorder) -> str:
    return f"http://127.0.0.1:{recorder.settings.server.media_port}"


def homes(tmp_path: Path) -> tuple[Path, Path]:
    first, second = tmp_path / "first", tmp_path / "second"
    key = make_link_key(first).read_bytes()
    (second / KEY_FILE).parent.mkdir(parents=True)
    (second / KEY_FILE).write_bytes(key)
    return first, second


def test_a_dead_recorder_is_replaced_and_gets_its_footage_back(tmp_path: Path, rtsp_server: RtspServerThread) -> None:
    first, second = homes(tmp_path)
    cameras = (
        RosterCamera(id=PLAZA, name="Plaza", main_url=rtsp_server.url("h264")),
        RosterCamera(id=NORTH, name="North", main_url=rtsp_server.url("h265")),
    )
    settings = settings_for(first)
    write_roster(_home(first) / "roster.json", cameras)
    with RunningRecorder(settings_for(_home(second))) as reserve:
        with RunningRecorder(settings) as recorder:
            recorder.wait_for_segments(PLAZA, 1)
            with standing_by(second, recorder):
                wait_until("the standby to know the cameras", (second / "standby.json").exists)
                archive_id = _archive_id(first)
        died = recorder.segments(PLAZA)[-1].ended_wall
        with standing_by(second, recorder):  # it starts beside a dead recorder, and remembers whose cameras to take
            mine = own_id(archive_id, PLAZA)
            taken = reserve.wait_for_segments(mine, 2)
            assert taken[0].started_wall - died < TAKEN_WITHIN_TICKS + STARTED_LATE_TICKS
            with RunningRecorder(settings) as back:
                wait_until("the footage to come back", lambda: bool(_from_standby(back, PLAZA)))
                wait_until("the cameras to be given back", lambda: _roster_is_empty(second))
                returned = _from_standby(back, PLAZA)
                whole = back.wait_for_segments(PLAZA, len(back.segments(PLAZA)) + 1)
    assert {segment.sha256 for segment in returned}
    assert returned[0].started_wall - died < TAKEN_WITHIN_TICKS + STARTED_LATE_TICKS
    assert [segment.number for segment in whole] == list(range(1, len(whole) + 1))
    assert_sound(first / "archive")
    assert_sound(second / "archive")


STARTED_LATE_TICKS = 5 * TICKS_PER_S
"""In this test the standby itself starts only after the recorder has died, and on a busy machine."""


def test_who_does_not_hold_the_key_is_refused(tmp_path: Path) -> None:
    first, _ = homes(tmp_path)
    with RunningRecorder(settings_for(first)) as recorder:
        recorder.wait_ready()
        foreign = Link(make_link_key(tmp_path / "foreign").read_bytes())
        with closing(GuardedRecorder(url_of(recorder), foreign, "foreign")) as stranger, pytest.raises(AppError) as no:
            stranger.ask()
        assert "403" in no.value.message
        for name in ("question", "offer", "footage"):
            assert httpx.post(f"{url_of(recorder)}/standby/{name}", content=b"x").status_code == 403


def test_damaged_footage_and_camera_ids_that_are_paths_are_refused(tmp_path: Path) -> None:
    first, _ = homes(tmp_path)
    footage = tmp_path / "footage.mp4"
    footage.write_bytes(b"not what was announced")
    with RunningRecorder(settings_for(first)) as recorder:
        recorder.wait_ready()
        link = Link((first / KEY_FILE).read_bytes())
        with closing(GuardedRecorder(url_of(recorder), link, "reserve")) as guarded:
            offered = OfferedSegment(
                id=SegmentId(new_id(SystemClock().now())),
                camera_id=PLAZA,
                began=WallTicks(0),
                ended=WallTicks(TICKS_PER_S),
                size=footage.stat().st_size,
                sha256="0" * 64,
                wall_offset=0,
            )
            assert guarded.offer((offered, replace(offered, camera_id=CameraId("../../keys")))).ids == (offered.id,)
            with pytest.raises(AppError, match="400"):
                guarded.give(offered, footage)
        assert list((first / "standby" / "spool").iterdir()) == []


def test_a_recorder_without_a_key_answers_no_standby(tmp_path: Path) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        recorder.wait_ready()
        assert httpx.post(f"{url_of(recorder)}/standby/question", content=b"x").status_code == 404


def _home(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def _archive_id(home: Path) -> str:
    return (home / "archive" / "identity.json").read_text().split('"')[3]


def _from_standby(recorder: RunningRecorder, camera: CameraId) -> list[Segment]:
    return [segment for segment in recorder.segments(camera) if segment.origin == Origin.STANDBY]


def _roster_is_empty(home: Path) -> bool:
    return (home / "roster.json").read_bytes() == b"[]"
