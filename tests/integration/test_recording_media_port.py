"""The media port on real streams: live view, clips, and who is refused."""

import io
import json
import subprocess
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import av
import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from sereno.core.clock import SystemClock
from sereno.core.media_time import TICKS_PER_S, wall_instant, wall_ticks
from sereno.recording.chunks import init_size, read_chunk
from sereno.recording.tickets import TicketKind
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.server import Mount, RtspServer, RtspServerThread
from tests.integration.conftest import CLIP_FPS, require_program
from tests.integration.recorder_case import PATIENCE_S, RunningRecorder, settings_for, wait_until

pytestmark = pytest.mark.integration

STEP = TICKS_PER_S // CLIP_FPS


def receive(viewer: ClientConnection, chunks: int) -> tuple[dict[str, object], bytes, list[bytes]]:
    """The text, the init segment and so many chunks."""
    text = json.loads(viewer.recv(timeout=PATIENCE_S))
    messages = [viewer.recv(timeout=PATIENCE_S) for _ in range(chunks + 1)]
    binary = [message for message in messages if isinstance(message, bytes)]
    assert len(binary) == len(messages)
    return text, binary[0], binary[1:]


def decode(content: bytes) -> list[tuple[int, int]]:
    """Presentation time and width of every picture."""
    with av.open(io.BytesIO(content), "r") as container:
        return [(frame.pts or 0, frame.width) for frame in container.decode(video=0)]


def test_live_view_gives_init_and_chunks(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        recorder.follow(a=rtsp_server.url("h264"))
        recorder.wait_for_segments("a", 1)
        with recorder.view("a") as first, recorder.view("a") as second:
            for viewer in (first, second):
                text, init, chunks = receive(viewer, 40)
                assert (text["codec"], text["width"], text["height"]) == ("avc1.42c00c", 320, 240)
                assert init_size(init) == len(init)
                heads = [read_chunk(chunk) for chunk in chunks]
                assert heads[0] is not None
                assert heads[0].key
                assert heads[0].decode_time == text["media"]
                assert all(
                    head is not None and head.size == len(chunk) for head, chunk in zip(heads, chunks, strict=True)
                )
                assert decode(init + b"".join(chunks)) == [(heads[0].decode_time + n * STEP, 320) for n in range(40)]
                age = recorder.clock.now() - datetime.fromisoformat(str(text["wall"]))
                assert timedelta(0) < age < timedelta(seconds=PATIENCE_S)
            assert rtsp_server.server.viewer_counts()["h264"] == 1  # viewers cost the camera nothing


def test_a_viewer_who_waits_gets_the_stream_when_it_comes(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        recorder.wait_ready()
        with recorder.view("a") as viewer:
            recorder.follow(a=rtsp_server.url("h264"))
            receive(viewer, 3)
            recorder.follow(a=rtsp_server.url("h265"))
            wait_until("the other opening", lambda: isinstance(viewer.recv(timeout=PATIENCE_S), str))
            assert init_size(bytes(viewer.recv(timeout=PATIENCE_S, decode=False))) > 0


def test_a_slow_viewer_is_told_and_nobody_waits_for_him(tmp_path: Path) -> None:
    clip = load_clip(_heavy_clip(tmp_path))
    with (
        RtspServerThread(RtspServer([Mount(path="a", clip=clip)], SystemClock())) as server,
        RunningRecorder(settings_for(tmp_path, segment_s=4)) as recorder,
    ):
        recorder.follow(a=server.url("a"))
        recorder.wait_for_segments("a", 1)
        with recorder.view("a", max_queue=1) as slow, recorder.view("a") as quick:
            while sum(len(quick.recv(timeout=PATIENCE_S)) for _ in range(15)) and len(recorder.segments("a")) < 5:
                pass
            told: list[int] = []

            def is_told() -> bool:
                message = slow.recv(timeout=PATIENCE_S)
                if isinstance(message, str) and "dropped" in message:
                    told.append(json.loads(message)["dropped"])
                return bool(told)

            wait_until("the word", is_told)
            assert told[0] > 0
            after = read_chunk(bytes(slow.recv(timeout=PATIENCE_S, decode=False)))
            assert after is not None
            assert after.key
    segments = recorder.segments("a")
    assert all(before.ended_media == later.started_media for before, later in pairwise(segments))


def _heavy_clip(folder: Path) -> Path:
    """About 6 MB a second, so that a viewer who does not read fills every buffer on the way."""
    require_program("ffmpeg")
    path = folder / "heavy.mp4"
    source = "nullsrc=size=640x480:rate=15,geq=random(1)*255:128:128"
    options = ("-t", "2", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "4", "-g", "15", "-bf", "0")
    command = ("ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", source, *options)
    subprocess.run((*command, "-pix_fmt", "yuv420p", str(path)), check=True, timeout=120)
    return path


@pytest.mark.parametrize("camera", ["h264", "h265"])
def test_a_clip_plays_over_segments_and_the_open_one(
    rtsp_server: RtspServerThread, tmp_path: Path, camera: str
) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        recorder.follow(a=rtsp_server.url(camera))
        segments = recorder.wait_for_segments("a", 3)
        began = wall_instant(segments[0].started_wall) + timedelta(seconds=0.5)
        open_file = recorder.archive / f"a/{segments[-1].number + 1:08d}.mp4"
        wait_until("pictures in the open segment", lambda: open_file.exists() and open_file.stat().st_size > 5_000)
        answer = recorder.clip("a", began, recorder.clock.now() + timedelta(seconds=60))
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "video/mp4"
        assert answer.headers["x-sereno-end"] == "complete"
        assert answer.headers["x-sereno-codec"] == segments[0].codec
        assert datetime.fromisoformat(answer.headers["x-sereno-wall"]) <= began
        media = int(answer.headers["x-sereno-media"])
        pictures = sorted(at for at, _ in decode(answer.content))
        whole = pictures[:-4]  # of the group of pictures that is being recorded, the last may wait for a B-frame
        assert whole == [pictures[0] + number * STEP for number in range(len(whole))]
        assert pictures[0] - media in (0, 2 * STEP)  # FFmpeg's reader adds the reordering delay that browsers do not
        assert pictures[-1] > segments[-1].ended_media  # the open segment plays too
        short = recorder.clip("a", began, began + timedelta(seconds=1))
        assert CLIP_FPS <= len(decode(short.content)) <= 3 * CLIP_FPS
        wall = datetime.fromisoformat(answer.headers["x-sereno-wall"])
        assert abs(wall_ticks(wall) - media - (segments[0].started_wall - segments[0].started_media)) < 100


def test_who_is_refused(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        recorder.follow(a=rtsp_server.url("h264"))
        recorder.wait_for_segments("a", 1)
        now = recorder.clock.now()
        span = (now - timedelta(minutes=1), now)
        base = f"127.0.0.1:{recorder.settings.server.media_port}"
        console = f"http://127.0.0.1:{recorder.settings.server.port}"
        live = recorder.ticket("a", TicketKind.LIVE)
        assert httpx.get(f"http://{base}/clip").status_code == 403
        refused = httpx.get(f"http://{base}/clip", headers={"Authorization": f"Bearer {live}"})
        assert (refused.status_code, refused.json()["code"]) == (403, "ticket_invalid")
        nothing = recorder.clip("a", now - timedelta(hours=3), now - timedelta(hours=2))
        assert (nothing.status_code, nothing.json()["code"]) == (404, "clip_not_found")
        unknown = recorder.clip("nobody", *span)
        assert unknown.status_code == 404
        allowed = recorder.clip("a", *span, Origin=console)
        assert allowed.headers["access-control-allow-origin"] == console
        assert "access-control-allow-origin" not in recorder.clip("a", *span, Origin="http://evil.example:8080").headers
        asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
        preflight = httpx.options(f"http://{base}/clip", headers={"Origin": console, **asked})
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-headers"].startswith("Authorization, X-Sereno-From")
        for first in ('{"ticket": "x.y"}', "[]", "not json", '{"ticket": 7}'):
            with connect(f"ws://{base}/live") as viewer:
                viewer.send(first)
                with pytest.raises(ConnectionClosed) as closed:
                    viewer.recv(timeout=PATIENCE_S)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4401


def test_viewers_who_leave_leave_nothing(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        recorder.follow(a=rtsp_server.url("h264"))
        recorder.wait_for_segments("a", 1)
        files = _open_files()
        for _ in range(20):
            with recorder.view("a") as viewer:
                receive(viewer, 1)
        began = wall_instant(recorder.segments("a")[0].started_wall)
        for _ in range(10):
            assert recorder.clip("a", began, recorder.clock.now()).status_code == 200
        wait_until("the sockets are closed", lambda: _open_files() <= files + 4)


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
