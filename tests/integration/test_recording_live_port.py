"""Live view beyond the main stream: sub streams on demand, HLS as Debian's ffprobe reads it, low latency for all."""

import json
import subprocess
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.ids import CameraId
from sereno.recording.ticket_key import load_ticket_key
from sereno.recording.tickets import StreamKind, Ticket, TicketKind, make_ticket, sign
from sereno.simulation.rtsp.server import RtspServerThread
from tests.integration.conftest import require_program
from tests.integration.recorder_case import PATIENCE_S, RunningRecorder, settings_for, wait_until

pytestmark = pytest.mark.integration


def follow_with_sub(recorder: RunningRecorder, server: RtspServerThread) -> None:
    """Camera a: H.265 main, H.264 sub."""
    camera = RosterCamera(id=CameraId("a"), name="a", main_url=server.url("h265"), sub_url=server.url("h264"))
    write_roster(recorder.settings.home / "roster.json", (camera,))


def ticket(recorder: RunningRecorder, stream: StreamKind) -> str:
    made = make_ticket(CameraId("a"), TicketKind.LIVE, recorder.clock.now())
    asked = Ticket(camera_id=made.camera_id, kind=made.kind, expires_at=made.expires_at, stream=stream)
    return sign(asked, load_ticket_key(recorder.settings.home))


def test_a_sub_stream_is_read_while_somebody_watches_and_never_recorded(
    rtsp_server: RtspServerThread, tmp_path: Path
) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        follow_with_sub(recorder, rtsp_server)
        recorder.wait_for_segments("a", 1)
        assert rtsp_server.viewer_counts()["h264"] == 0
        url = f"ws://127.0.0.1:{recorder.settings.server.media_port}/live"
        codecs = {}
        for stream in (StreamKind.SUB, StreamKind.MAIN):
            with connect(url, max_size=16_000_000) as viewer:
                viewer.send(json.dumps({"ticket": ticket(recorder, stream)}))
                codecs[stream] = str(json.loads(viewer.recv(timeout=PATIENCE_S))["codec"])[:4]
        assert codecs == {StreamKind.SUB: "avc1", StreamKind.MAIN: "hvc1"}
        wait_until("nobody reads the sub stream", lambda: rtsp_server.viewer_counts()["h264"] == 0)
        assert rtsp_server.viewer_counts()["h265"] == 1
        recorder.wait_for_segments("a", 2)
        assert {segment.codec[:4] for segment in recorder.segments("a")} == {"hvc1"}


def test_hls_plays_in_a_player_that_nobody_here_wrote(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        follow_with_sub(recorder, rtsp_server)
        recorder.wait_ready()
        base = f"http://127.0.0.1:{recorder.settings.server.media_port}"
        bearer = {"Authorization": f"Bearer {ticket(recorder, StreamKind.SUB)}"}
        answer = httpx.post(f"{base}/hls", headers=bearer)
        assert (answer.status_code, answer.json()) == (201, {"path": "/hls/a/sub/index.m3u8"})
        told = answer.headers["set-cookie"]
        assert all(word in told for word in ("HttpOnly", "SameSite=strict", "Path=/hls/a/sub"))
        cookie = {"Cookie": told.partition(";")[0]}
        with httpx.Client(base_url=f"{base}/hls/a/sub/", headers=cookie, timeout=PATIENCE_S) as player:
            text = player.get("index.m3u8").text
            while text.count("#EXTINF") < 2:
                last = text.rpartition("part-")[2].partition(".")[0].split("-")
                text = player.get("index.m3u8", params={"_HLS_msn": last[0], "_HLS_part": last[1]}).text
            assert '#EXT-X-MAP:URI="init-0.mp4"' in text
            assert player.get("segment-0.mp4").headers["cache-control"] == "no-store"
            assert player.get("segment-99.mp4").status_code == 404
            assert player.get("../../a/main/index.m3u8").status_code == 403
        assert httpx.get(f"{base}/hls/a/sub/index.m3u8").status_code == 403
        assert httpx.post(f"{base}/hls", headers={"Authorization": "Bearer x.y"}).status_code == 403
        header = ("-headers", f"Cookie: {cookie['Cookie']}\r\n", "-read_intervals", "%+2", "-count_frames")
        entries = ("-show_entries", "stream=codec_name,width", "-of", "json")
        command = (require_program("ffprobe"), "-v", "error", *header, *entries, f"{base}/hls/a/sub/index.m3u8")
        shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        assert shown.stderr == ""
        assert {(one["codec_name"], one["width"]) for one in json.loads(shown.stdout)["streams"]} == {("h264", 320)}
