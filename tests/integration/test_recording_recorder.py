"""The recorder on real streams: every picture is kept, every fault is told by name, a crash costs next to nothing."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sereno.cameras.events import StreamLost, StreamOpened
from sereno.core.clock import SystemClock
from sereno.core.errors import AppError
from sereno.core.media_time import TICKS_PER_S, wall_ticks
from sereno.recording.archive import WITNESS
from sereno.recording.check import CheckLevel, check_recordings
from sereno.recording.events import SegmentClosed
from sereno.runtime.settings import ServerSettings
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.faults import NO_FAULTS, Faults, Refusal
from sereno.simulation.rtsp.server import Mount, RtspServer, RtspServerThread
from tests.integration.conftest import CAMERA_CREDENTIALS, CLIP_FPS, GstRtspServer
from tests.integration.recorder_case import (
    RunningRecorder,
    assert_nothing_lost,
    assert_sound,
    count_frames,
    facts_in,
    segments_in,
    settings_for,
    wait_until,
)

pytestmark = pytest.mark.integration

STEP = TICKS_PER_S // CLIP_FPS


def test_every_picture_of_real_streams_is_kept(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    began = wall_ticks(SystemClock().now())
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        recorder.follow(h264=rtsp_server.url("h264"), h265=rtsp_server.url("h265"))
        for camera in ("h264", "h265"):
            recorder.wait_for_segments(camera, 3)
    ended = wall_ticks(SystemClock().now())
    for camera, codec in (("h264", "avc1."), ("h265", "hvc1.")):
        segments = segments_in(recorder.archive, camera)
        assert_nothing_lost(segments, STEP)
        assert segments[-1].end_reason == "stopped"
        assert {each.end_reason for each in segments[:-1]} == {"rotated"}
        assert all(each.codec.startswith(codec) for each in segments)
        # a picture from before the connection may come first: the camera's last key frame
        assert began - 2 * TICKS_PER_S < segments[0].started_wall < segments[-1].ended_wall < ended + TICKS_PER_S
        for segment in segments:
            assert count_frames(recorder.archive / segment.path) == segment.frames
    assert_sound(recorder.archive)
    facts = recorder.facts()
    opened = [fact for fact in facts if isinstance(fact, StreamOpened)]
    assert {(fact.camera_id, fact.width, fact.height, fact.fps) for fact in opened} == {
        ("h264", 320, 240, 15.0),
        ("h265", 320, 240, 15.0),
    }
    closed = [fact.segment for fact in facts if isinstance(fact, SegmentClosed)]
    listed = [*segments_in(recorder.archive, "h264"), *segments_in(recorder.archive, "h265")]
    assert sorted(closed, key=lambda each: each.id) == sorted(listed, key=lambda each: each.id)


def test_a_server_that_nobody_here_wrote(gst_rtsp_server: GstRtspServer, tmp_path: Path) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        recorder.follow(h264=gst_rtsp_server.url("h264"), h265=gst_rtsp_server.url("h265"))
        for camera in ("h264", "h265"):
            recorder.wait_for_segments(camera, 2)
        gst_rtsp_server.stop()
        wait_until("the loss", lambda: any(isinstance(fact, StreamLost) for fact in recorder.facts()))
        before = {camera: len(recorder.segments(camera)) for camera in ("h264", "h265")}
        gst_rtsp_server.start()
        for camera in ("h264", "h265"):
            recorder.wait_for_segments(camera, before[camera] + 2)
    assert_sound(recorder.archive)
    for camera in ("h264", "h265"):
        segments = segments_in(recorder.archive, camera)
        lost = next(number for number, each in enumerate(segments) if each.end_reason == "stream_lost")
        assert_nothing_lost(segments[: lost + 1], STEP)
        after = segments[lost + 1]
        gap = after.started_media - segments[lost].ended_media
        assert gap > 0
        assert abs(gap - (after.started_wall - segments[lost].ended_wall)) < 2 * TICKS_PER_S


def test_each_fault_has_its_name_and_the_others_go_on(h264_clip: Path, tmp_path: Path) -> None:
    clip = load_clip(h264_clip)
    faults = {
        "camera_unauthorized": Faults(refusal=Refusal.UNAUTHORIZED),
        "camera_not_found": Faults(refusal=Refusal.NOT_FOUND),
        "camera_not_rtsp": Faults(garbage_answers=True),
        "camera_garbage": Faults(garbage_payload=True),
        "camera_codec_unsupported": Faults(unknown_codec=True),
        "camera_timeout": Faults(mute=True),
        "camera_refused": Faults(cut=True),
        "camera_stalled": NO_FAULTS,
    }
    mounts = [Mount(path=code, clip=clip, faults=fault) for code, fault in faults.items()]
    with (
        RtspServerThread(RtspServer([*mounts, Mount(path="good", clip=clip)], SystemClock())) as server,
        closing(socket.socket()) as taken,
        RunningRecorder(settings_for(tmp_path)) as recorder,
    ):
        taken.bind(("127.0.0.1", 0))  # bound, not listening: it refuses
        urls = {code: server.url(code) for code in faults}
        urls["camera_unreachable"] = f"rtsp://user:geheim@127.0.0.1:{taken.getsockname()[1]}/x"
        recorder.follow(good=server.url("good"), **urls)

        def told() -> set[tuple[str, str]]:
            return {(fact.camera_id, fact.reason) for fact in recorder.facts() if isinstance(fact, StreamLost)}

        recorder.wait_for_segments("camera_stalled", 1)
        server.set_faults("camera_stalled", Faults(frozen=True))
        wait_until("every fault", lambda: told() >= {(code, code) for code in urls}, patience_s=120)
        assert {camera_id for camera_id, _reason in told()} == set(urls), "the good camera is never lost"
        server.set_faults("camera_not_found", NO_FAULTS)
        recorder.wait_for_segments("camera_not_found", 1)
        lost = [fact for fact in recorder.facts() if isinstance(fact, StreamLost)]
        assert all(fact.message and fact.advice and not fact.paused for fact in lost)
        assert "geheim" not in repr(lost)
    assert_nothing_lost(segments_in(recorder.archive, "good"), STEP)
    # noise may by chance pass for pictures: it is kept as it came, so not every picture decodes
    assert check_recordings(recorder.archive, CheckLevel.HASHES) == []


def test_a_password_opens_a_locked_camera(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        recorder.follow(locked=rtsp_server.url("locked", CAMERA_CREDENTIALS))
        recorder.wait_for_segments("locked", 1)


def test_the_roster_is_followed(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        recorder.follow(a=rtsp_server.url("h264"))
        recorder.wait_for_segments("a", 1)
        recorder.follow(**{"b": rtsp_server.url("h264"), "../evil": rtsp_server.url("h264")})
        recorder.wait_for_segments("b", 1)
        wait_until("the end of a", lambda: recorder.segments("a")[-1].end_reason == "stopped")
        recorder.follow(a=rtsp_server.url("h264"), b=rtsp_server.url("h264"))
        count = len(recorder.segments("a"))
        recorder.wait_for_segments("a", count + 1)
        (tmp_path / "roster.json").write_text("not a roster")
        recorder.wait_for_segments("b", len(recorder.segments("b")) + 1)
    assert sorted(path.name for path in recorder.archive.iterdir() if path.is_dir()) == ["a", "b"]
    assert_sound(recorder.archive)


def test_the_clock_set_back_by_an_hour_loses_nothing(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        recorder.follow(a=rtsp_server.url("h264"))
        before = len(recorder.wait_for_segments("a", 2))
        recorder.clock.wall_error = timedelta(hours=-1)
        recorder.wait_for_segments("a", before + 4)
    segments = segments_in(recorder.archive, "a")
    turn = next(number for number, each in enumerate(segments) if each.end_reason == "clock_changed")
    assert_nothing_lost(segments, STEP)
    back = segments[turn].ended_wall - segments[turn + 1].started_wall
    assert abs(back - 3600 * TICKS_PER_S) < 2 * TICKS_PER_S
    assert_sound(recorder.archive)


def test_a_jump_of_the_cameras_clock_loses_nothing(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        recorder.follow(a=rtsp_server.url("h264"))
        before = len(recorder.wait_for_segments("a", 1))
        rtsp_server.set_faults("h264", Faults(clock_jump_s=7200.0))
        recorder.wait_for_segments("a", before + 4)
    segments = segments_in(recorder.archive, "a")
    assert "clock_changed" in {each.end_reason for each in segments}
    assert_nothing_lost(segments, STEP)
    assert segments[-1].ended_wall - segments[0].started_wall < 300 * TICKS_PER_S
    assert_sound(recorder.archive)


def test_other_parameters_begin_another_segment(h264_clip: Path, long_gop_clip: Path, tmp_path: Path) -> None:
    clips = [load_clip(h264_clip), load_clip(_smaller(h264_clip))]
    with (
        RtspServerThread(RtspServer([Mount(path="a", clip=clips[0])], SystemClock())) as server,
        RunningRecorder(settings_for(tmp_path, segment_s=60)) as recorder,
    ):
        recorder.follow(a=server.url("a"))
        wait_until("recording", lambda: any(isinstance(fact, StreamOpened) for fact in recorder.facts()))
        server.set_clip("a", clips[1])

        def sizes() -> list[tuple[int, int]]:
            return [(fact.width, fact.height) for fact in recorder.facts() if isinstance(fact, StreamOpened)]

        wait_until("the other size", lambda: sizes() == [(320, 240), (160, 120)])
    assert_sound(recorder.archive)


def _smaller(clip: Path) -> Path:
    small = clip.with_name("small-h264.mp4")
    if not small.exists():
        options = ("-vf", "scale=160:120", "-c:v", "libx264", "-preset", "ultrafast", "-g", "15", "-bf", "0")
        command = ("ffmpeg", "-v", "error", "-nostdin", "-y", "-i", str(clip), *options, str(small))
        subprocess.run(command, check=True, timeout=120)
    return small


PROGRAM = """
import sys
from pathlib import Path
from sereno.core.clock import SystemClock
from sereno.recording.recorder import run_recorder
from sereno.runtime.process import stop_on_signals
from sereno.runtime.settings import RecordingSettings, ServerSettings, Settings

home, port, segment_s = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
settings = Settings(home=home, server=ServerSettings(media_port=port),
                    recording=RecordingSettings(segment_s=segment_s, reserve_mb=1))
run_recorder(settings, stop_on_signals(), SystemClock())
"""


def test_kill_9_costs_less_than_two_seconds(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, segment_s=60)
    plan = RunningRecorder(settings)
    plan.follow(a=rtsp_server.url("h264"), b=rtsp_server.url("h265"))
    command = (sys.executable, "-c", PROGRAM, str(tmp_path), str(settings.server.media_port), "60")
    open_files = [tmp_path / "archive" / camera / "00000001.mp4" for camera in ("a", "b")]
    with subprocess.Popen(command) as process:
        wait_until("recording", lambda: all(path.exists() and path.stat().st_size > 100_000 for path in open_files))
        sizes = {path: path.stat().st_size for path in open_files}
        killed = wall_ticks(SystemClock().now())
        os.kill(process.pid, signal.SIGKILL)
    with open_files[0].open("ab") as torn:  # as after a power cut: a part of a chunk at the end
        torn.write(bytes(1_000))
    with plan:
        for camera in ("a", "b"):
            wait_until("going on", (tmp_path / f"archive/{camera}/00000002.mp4").exists)
    for camera, path in zip(("a", "b"), open_files, strict=True):
        segments = segments_in(plan.archive, camera)
        assert segments[0].end_reason == "salvaged"
        assert segments[0].size >= sizes[path]
        assert segments[0].ended_wall > killed - 2 * TICKS_PER_S
        assert segments[1].started_media > segments[0].ended_media
        assert count_frames(path) == segments[0].frames
    assert_sound(plan.archive)
    salvaged = [fact for fact in facts_in(plan.archive) if isinstance(fact, SegmentClosed)]
    assert sorted(fact.segment.end_reason for fact in salvaged) == ["salvaged", "salvaged", "stopped", "stopped"]


def test_a_file_without_a_picture_is_cleared_away(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    with RunningRecorder(settings) as first:
        first.follow(a=rtsp_server.url("h264"))
        first.wait_for_segments("a", 1)
    number = len(segments_in(first.archive, "a")) + 1
    empty = first.archive / f"a/{number:08d}.mp4"
    empty.write_bytes(b"\x00\x00")
    with RunningRecorder(settings) as second:
        second.wait_for_segments("a", number)
    assert_sound(second.archive)


def test_no_room_pauses_recording_and_says_so(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    with RunningRecorder(settings_for(tmp_path)) as first:
        first.follow(a=rtsp_server.url("h264"))
        first.wait_for_segments("a", 2)
    kept = segments_in(first.archive, "a")
    with RunningRecorder(settings_for(tmp_path, reserve_mb=1 << 40)) as full:

        def paused() -> list[StreamLost]:
            return [fact for fact in full.facts() if isinstance(fact, StreamLost) and fact.paused]

        wait_until("the pause", lambda: bool(paused()))
        assert (paused()[0].reason, paused()[0].camera_id) == ("disk_full", "a")
        with full.view("a") as viewer:
            assert viewer.recv(timeout=60)  # live view goes on
    assert [each for each in segments_in(first.archive, "a") if each in kept] == kept
    with RunningRecorder(settings_for(tmp_path)) as again:
        again.wait_for_segments("a", len(segments_in(first.archive, "a")) + 2)
    assert_sound(again.archive)


LIMITED = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
{PROGRAM}
"""


def test_a_disk_that_takes_no_more_keeps_what_it_took(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    """The system refuses to let files grow: the recorder closes them, pauses, and tries again by itself."""
    settings = settings_for(tmp_path, segment_s=600)
    plan = RunningRecorder(settings)
    plan.follow(a=rtsp_server.url("h264"))
    # -B: byte code must not be cut short by the limit
    limit = LIMITED.replace("1_500_000", "600_000")
    command = (sys.executable, "-B", "-c", limit, str(tmp_path), str(settings.server.media_port), "600")
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:

        def ended_full() -> int:
            return sum(each.end_reason == "disk_full" for each in segments_in(plan.archive, "a"))

        wait_until("two full files", lambda: ended_full() >= 2, patience_s=120)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    lost = [fact for fact in facts_in(plan.archive) if isinstance(fact, StreamLost)]
    assert {fact.reason for fact in lost} == {"disk_full"}
    assert all(fact.paused for fact in lost)
    assert_sound(plan.archive)


def test_a_missing_or_swapped_disk_is_refused(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    with RunningRecorder(settings) as recorder:
        wait_until("the archive", (tmp_path / WITNESS).exists)
    recorder.archive.rename(tmp_path / "unmounted")
    with pytest.raises(AppError, match="disk is not at"), RunningRecorder(settings) as missing:
        wait_until("the refusal", lambda: not missing._thread.is_alive())
    assert list(recorder.archive.iterdir()) == []
    other = replace(settings, home=tmp_path / "other")
    with RunningRecorder(other) as elsewhere:
        wait_until("the other archive", (other.home / WITNESS).exists)
    recorder.archive.rmdir()
    elsewhere.archive.rename(recorder.archive)
    with pytest.raises(AppError, match="another centre's archive"), RunningRecorder(settings) as swapped:
        wait_until("the refusal", lambda: not swapped._thread.is_alive())


def test_a_busy_media_port_is_a_clear_error(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = replace(settings_for(tmp_path), server=ServerSettings(media_port=port))
        with (
            pytest.raises(AppError, match=re.compile(rf"media port {port} .* cannot be opened")),
            RunningRecorder(settings) as recorder,
        ):
            wait_until("the refusal", lambda: not recorder._thread.is_alive())


def test_check_finds_what_is_wrong(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        recorder.follow(a=rtsp_server.url("h264"))
        segments = recorder.wait_for_segments("a", 3)
    archive = recorder.archive
    path = archive / segments[0].path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert check_recordings(archive, CheckLevel.ROWS) == []
    assert "was changed" in str(check_recordings(archive, CheckLevel.HASHES)[0])
    path.write_bytes(content[:-1])
    (archive / segments[1].path).unlink()
    (archive / "a" / "00009999.mp4").write_bytes(b"?")
    faults = check_recordings(archive, CheckLevel.ROWS)
    assert [str(fault).split(": ")[0] for fault in faults] == [segments[0].path, segments[1].path, "a/00009999.mp4"]
