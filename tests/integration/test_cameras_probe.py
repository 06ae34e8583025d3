"""The probe process against real RTSP servers, faulty ones, and what is no camera at all."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from sereno.cameras.faults import StreamFault
from sereno.cameras.model import Verdict
from sereno.cameras.probe import Probe
from sereno.core.clock import SystemClock
from sereno.core.errors import AppError
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.faults import Faults, Refusal
from sereno.simulation.rtsp.server import Mount, RtspServer, RtspServerThread
from tests.integration.conftest import CAMERA_CREDENTIALS, CLIP_FPS, GstRtspServer

pytestmark = pytest.mark.integration


def test_a_good_stream_is_described(rtsp_server: RtspServerThread) -> None:
    report = Probe().look_at(rtsp_server.url("h264"))
    assert (report.codec, report.width, report.height) == ("h264", 320, 240)
    assert report.fps == pytest.approx(CLIP_FPS, rel=0.1)
    assert report.key_frame_interval_s == pytest.approx(1.0, rel=0.1)
    assert report.verdict is Verdict.USABLE  # 240 lines are few, and it says so
    assert "small" in report.advice
    assert report.code == ""


def test_h265_and_a_server_that_nobody_here_wrote(gst_rtsp_server: GstRtspServer) -> None:
    for path, codec in (("h264", "h264"), ("h265", "hevc")):
        report = Probe().look_at(gst_rtsp_server.url(path))
        assert (report.code, report.codec, report.width, report.height) == ("", codec, 320, 240)
        assert report.fps == pytest.approx(CLIP_FPS, rel=0.1)


def test_a_long_time_between_key_frames_is_advised_against(long_gop_clip: Path) -> None:
    mount = Mount(path="long", clip=load_clip(long_gop_clip))
    with RtspServerThread(RtspServer([mount], SystemClock())) as server:
        report = Probe().look_at(server.url("long"))
    assert report.key_frame_interval_s is None
    assert "key frame interval" in report.advice


def test_a_camera_with_a_password_needs_the_right_one(rtsp_server: RtspServerThread) -> None:
    assert Probe().look_at(rtsp_server.url("locked", CAMERA_CREDENTIALS)).code == ""
    report = Probe().look_at(rtsp_server.url("locked"))
    assert (report.verdict, report.code) == (Verdict.FAILED, StreamFault.UNAUTHORIZED)
    assert "USER:PASSWORD" in report.advice


@pytest.mark.parametrize(
    ("faults", "codes"),
    [
        (Faults(refusal=Refusal.UNAUTHORIZED), {StreamFault.UNAUTHORIZED}),
        (Faults(refusal=Refusal.NOT_FOUND), {StreamFault.NOT_FOUND}),
        (Faults(mute=True), {StreamFault.TIMEOUT}),
        (Faults(cut=True), {StreamFault.REFUSED, StreamFault.UNREACHABLE, StreamFault.ENDED, StreamFault.GARBAGE}),
        (Faults(garbage_answers=True), {StreamFault.NOT_RTSP, StreamFault.GARBAGE}),
        (Faults(unknown_codec=True), {StreamFault.CODEC_UNSUPPORTED}),
        (Faults(frozen=True), {StreamFault.TIMEOUT}),
    ],
)
def test_each_fault_is_named(rtsp_server: RtspServerThread, faults: Faults, codes: set[StreamFault]) -> None:
    rtsp_server.set_faults("h264", faults)
    report = Probe().look_at(rtsp_server.url("h264"))
    assert report.code in codes
    assert report.message
    assert report.advice


@contextmanager
def speaker(reply: bytes) -> Iterator[str]:
    """Something at an address that answers whatever it hears with ``reply``."""

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    if connection.recv(65_536) and reply:
                        connection.sendall(reply)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"rtsp://127.0.0.1:{listener.getsockname()[1]}/live"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno", StreamFault.NOT_RTSP),
        (b"SSH-2.0-OpenSSH_9.2\r\n", StreamFault.NOT_RTSP),
        (b"", StreamFault.REFUSED),
    ],
)
def test_what_is_no_camera_is_named(reply: bytes, code: StreamFault) -> None:
    with speaker(reply) as url:
        assert Probe().look_at(url).code == code


def test_nothing_at_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert Probe().look_at(f"rtsp://127.0.0.1:{port}/live").code == StreamFault.UNREACHABLE
    assert Probe().look_at("rtsp://no-such-camera.invalid/live").code == StreamFault.UNREACHABLE


def test_a_file_is_not_a_camera() -> None:
    with pytest.raises(AppError, match="rtsp://"):
        Probe().look_at("file:///etc/passwd")


def test_only_two_streams_are_looked_at_at_once(rtsp_server: RtspServerThread) -> None:
    probe = Probe()

    def code() -> str:
        try:
            return probe.look_at(rtsp_server.url("h264")).code
        except AppError as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: code(), range(4)))
    assert sorted(codes) == ["", "", "probe_busy", "probe_busy"]
