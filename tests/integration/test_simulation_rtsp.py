"""The camera simulator, read by clients that nobody here wrote."""

import hashlib
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path

import av
import pytest

from sereno.core.clock import SystemClock
from sereno.core.errors import AppError
from sereno.core.media_time import TICKS_PER_S
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.faults import NO_FAULTS, Faults, Refusal
from sereno.simulation.rtsp.protocol import Credentials
from sereno.simulation.rtsp.server import Mount, RtspServer, RtspServerThread
from tests.integration.conftest import CAMERA_CREDENTIALS, CLIP_FPS, CLIP_S, GstRtspServer, require_program
from tests.rtsp_reader import RtpPacket, RtspReader, SenderReport

pytestmark = pytest.mark.integration

FRAME_TICKS = 90_000 // CLIP_FPS


def read_stamps(url: str, frames: int, transport: str = "tcp") -> list[int]:
    """Presentation time stamps of decoded pictures."""
    options = {"rtsp_transport": transport}
    stamps: list[int] = []
    with av.open(url, options=options, timeout=(10, 10)) as container:
        for frame in container.decode(video=0):
            if frame.pts is not None:
                stamps.append(frame.pts)
            if len(stamps) == frames:
                break
    return stamps


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("path", ["h264", "h265"])
def test_pictures_follow_without_a_jump_over_the_seam(rtsp_server: RtspServerThread, path: str, transport: str) -> None:
    stamps = read_stamps(rtsp_server.url(path), (CLIP_S + 1) * CLIP_FPS, transport)

    assert {later - earlier for earlier, later in pairwise(stamps)} == {FRAME_TICKS}


def test_a_locked_camera_opens_to_its_password(rtsp_server: RtspServerThread) -> None:
    assert read_stamps(rtsp_server.url("locked", CAMERA_CREDENTIALS), 3)
    with pytest.raises(av.error.HTTPUnauthorizedError):
        read_stamps(rtsp_server.url("locked"), 3)


def test_debians_server_can_be_read(gst_rtsp_server: GstRtspServer) -> None:
    assert read_stamps(gst_rtsp_server.url("h264"), 5)
    assert read_stamps(gst_rtsp_server.url("h265"), 5)


def test_ffprobe_reads_codec_and_size(rtsp_server: RtspServerThread) -> None:
    probe = (require_program("ffprobe"), "-v", "error", "-rtsp_transport", "tcp", "-of", "csv=p=0")
    entries = ("-show_entries", "stream=codec_name,width,height", rtsp_server.url("h265"))

    found = subprocess.run((*probe, *entries), capture_output=True, text=True, check=True, timeout=60)

    assert found.stdout.strip() == "hevc,320,240"


@pytest.mark.parametrize("scheme", ["Digest", "Basic"])
def test_each_scheme_opens_alone(h264_clip: Path, scheme: str) -> None:
    lock = Credentials("vigia", "otra clave", (scheme,))
    mount = Mount(path="camera", clip=load_clip(h264_clip), credentials=lock)
    with RtspServerThread(RtspServer([mount], SystemClock())) as server:
        url = server.url("camera", Credentials("vigia", "otra%20clave"))
        assert read_stamps(url, 3)


def test_a_late_viewer_begins_with_the_last_key_frame(rtsp_server: RtspServerThread) -> None:
    with av.open(rtsp_server.url("h264"), options={"rtsp_transport": "tcp"}, timeout=(10, 10)) as container:
        first = next(container.demux(video=0))

    assert first.is_keyframe
    assert rtsp_server.viewer_counts()["h264"] <= 1


def wait_until(condition: Callable[[], bool], limit_s: float = 30.0) -> None:
    clock = SystemClock()
    deadline_s = clock.monotonic_s() + limit_s
    while not condition():
        assert clock.monotonic_s() < deadline_s, "it did not come to be"
        threading.Event().wait(0.02)


def test_a_viewer_that_left_costs_nothing(rtsp_server: RtspServerThread) -> None:
    read_stamps(rtsp_server.url("h264"), 2)

    wait_until(lambda: rtsp_server.viewer_counts()["h264"] == 0)


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        (Faults(refusal=Refusal.UNAUTHORIZED), av.error.HTTPUnauthorizedError),
        (Faults(refusal=Refusal.NOT_FOUND), av.error.HTTPNotFoundError),
        (Faults(garbage_answers=True), av.error.FFmpegError),
        (Faults(cut=True), av.error.FFmpegError),
        (Faults(mute=True), av.error.FFmpegError),
        (Faults(unknown_codec=True), av.error.FFmpegError),
    ],
)
def test_a_camera_that_does_not_open(
    rtsp_server: RtspServerThread, faults: Faults, error: type[av.error.FFmpegError]
) -> None:
    rtsp_server.set_faults("h264", faults)
    with (
        pytest.raises(error),
        av.open(rtsp_server.url("h264"), options={"rtsp_transport": "tcp"}, timeout=(3, 3)) as container,
    ):
        next(container.decode(video=0))

    rtsp_server.set_faults("h264", NO_FAULTS)
    assert read_stamps(rtsp_server.url("h264"), 2)


@contextmanager
def watching(
    server: RtspServerThread, path: str = "h264", read_s: float = 3.0
) -> Iterator[Iterator["av.Packet[av.VideoStream]"]]:
    with av.open(server.url(path), options={"rtsp_transport": "tcp"}, timeout=(10, read_s)) as container:
        packets = container.demux(video=0)
        next(packets)
        yield packets


def test_freeze_and_thaw(rtsp_server: RtspServerThread) -> None:
    with watching(rtsp_server, read_s=20.0) as packets:
        rtsp_server.set_faults("h264", Faults(frozen=True))
        before = SystemClock().now()
        thaw = threading.Timer(2.0, rtsp_server.set_faults, ("h264", NO_FAULTS))
        thaw.start()
        stamps = [packet.pts for packet in islice(packets, 40) if packet.pts is not None]
        thaw.join()

    gap = max(later - earlier for earlier, later in pairwise(stamps))
    assert gap > TICKS_PER_S
    assert gap % FRAME_TICKS == 0
    assert (SystemClock().now() - before).total_seconds() > 2


def test_a_cut_ends_the_stream(rtsp_server: RtspServerThread) -> None:
    with watching(rtsp_server) as packets:
        rtsp_server.set_faults("h264", Faults(cut=True))
        assert len([packet for packet in packets if packet.size]) < 10_000

    assert rtsp_server.viewer_counts()["h264"] == 0


def test_a_clock_jump_moves_the_time_stamps(rtsp_server: RtspServerThread) -> None:
    with watching(rtsp_server) as packets:
        rtsp_server.set_faults("h264", Faults(clock_jump_s=100.0))
        stamps = [packet.pts for packet in islice(packets, 60) if packet.pts is not None]

    assert max(later - earlier for earlier, later in pairwise(stamps)) == 100 * TICKS_PER_S + FRAME_TICKS


def test_lost_packets_are_missed(rtsp_server: RtspServerThread) -> None:
    with watching(rtsp_server) as packets:
        rtsp_server.set_faults("h264", Faults(loss=0.5))
        stamps = [packet.pts for packet in islice(packets, 60) if packet.pts is not None]

    assert max(later - earlier for earlier, later in pairwise(stamps)) > FRAME_TICKS


def test_garbage_payload_gives_no_picture(rtsp_server: RtspServerThread) -> None:
    rtsp_server.set_faults("h264", Faults(garbage_payload=True))
    with av.open(rtsp_server.url("h264"), options={"rtsp_transport": "tcp"}, timeout=(5, 3)) as container:
        pictures = 0
        try:
            for packet in islice(container.demux(video=0), 30):
                pictures += len(packet.decode())
        except av.error.FFmpegError:
            pass

    assert pictures < 5  # noise may look like a slice now and then


def test_another_clip_in_mid_stream(rtsp_server: RtspServerThread, long_gop_clip: Path) -> None:
    with watching(rtsp_server) as packets:
        rtsp_server.set_clip("h264", load_clip(long_gop_clip))
        keys = [packet.is_keyframe for packet in islice(packets, 120)]

    assert keys.count(True) <= 3


def test_a_busy_port_is_told(h264_clip: Path, rtsp_server: RtspServerThread) -> None:
    second = RtspServer([Mount(path="a", clip=load_clip(h264_clip))], SystemClock(), port=rtsp_server.server.port)
    with pytest.raises(AppError) as caught, RtspServerThread(second):
        pass

    assert caught.value.code == "port_busy"


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", b"\x00\xff" * 20_000])
def test_noise_from_a_client_ends_its_connection_only(rtsp_server: RtspServerThread, noise: bytes) -> None:
    with socket.create_connection(("127.0.0.1", rtsp_server.server.port), timeout=10) as client:
        client.sendall(noise)
        assert client.recv(100).startswith(b"RTSP/1.0 400")

    assert read_stamps(rtsp_server.url("h264"), 2)


def walls_of_pictures(reader: RtspReader, pictures: int) -> dict[bytes, int]:
    """When each picture was taken, in ticks since 1970, by the hash of its packets."""
    walls: dict[bytes, int] = {}
    report: SenderReport | None = None
    pending = b""
    for packet in reader.packets():
        if isinstance(packet, SenderReport):
            report = report or packet
            continue
        pending += packet.payload
        if packet.marker:
            assert report is not None, "no sender report came before the first picture"
            walls[hashlib.sha256(pending).digest()] = report.wall + signed(packet.timestamp - report.timestamp)
            pending = b""
        if len(walls) == pictures:
            break
    return walls


def signed(difference: int) -> int:
    return (difference + 2**31) % 2**32 - 2**31


def test_a_picture_depends_on_the_time_and_not_on_viewer_or_server(
    rtsp_server: RtspServerThread, h264_clip: Path
) -> None:
    url = rtsp_server.url("h264")
    again = RtspServer([Mount(path="h264", clip=load_clip(h264_clip))], SystemClock())
    with RtspReader(url) as first, RtspServerThread(again) as other:
        early = walls_of_pictures(first, 20)
        with RtspReader(url) as second, RtspReader(other.url("h264")) as third:
            late, elsewhere = walls_of_pictures(second, 20), walls_of_pictures(third, 20)

    shared = early.keys() & late.keys()
    assert shared
    loop_ticks = CLIP_S * TICKS_PER_S
    for walls in (late, elsewhere):
        offsets = [(walls[picture] - early[picture]) % loop_ticks for picture in early.keys() & walls.keys()]
        # sender reports are good to one tick; two servers read the machine's two clocks at different instants
        assert all(min(offset, loop_ticks - offset) <= TICKS_PER_S // 50 for offset in offsets), offsets


def test_a_second_play_keeps_the_session_and_sends_nothing_twice(rtsp_server: RtspServerThread) -> None:
    with RtspReader(rtsp_server.url("h264")) as reader:
        assert "rtptime=" in reader.play_answer
        assert reader.ask("PLAY", f"Session: {reader.session}").startswith("RTSP/1.0 200")
        assert reader.ask("GET_PARAMETER", f"Session: {reader.session}").startswith("RTSP/1.0 200")
        assert reader.ask("PLAY", "Session: other").startswith("RTSP/1.0 454")
        assert reader.ask("SETUP", "Transport: RTP/AVP;multicast").startswith("RTSP/1.0 455")
        assert reader.ask("RECORD", f"Session: {reader.session}").startswith("RTSP/1.0 501")
        rtp = (packet for packet in reader.packets() if isinstance(packet, RtpPacket))
        sequences = [packet.sequence for packet in islice(rtp, 100)]
        assert reader.ask("TEARDOWN", f"Session: {reader.session}").startswith("RTSP/1.0 200")
        wait_until(lambda: rtsp_server.viewer_counts()["h264"] == 0)

    assert all((later - earlier) % 2**16 == 1 for earlier, later in pairwise(sequences))


def test_a_viewer_may_have_to_wait_for_a_key_frame(rtsp_server: RtspServerThread) -> None:
    def first_after_joining_ticks() -> int:
        with RtspReader(rtsp_server.url("h264")) as reader:
            packets = reader.packets()
            report = next(packet for packet in packets if isinstance(packet, SenderReport))
            picture = next(packet for packet in packets if isinstance(packet, RtpPacket))
            return signed(picture.timestamp - report.timestamp)

    assert -TICKS_PER_S <= first_after_joining_ticks() <= 0
    rtsp_server.set_faults("h264", Faults(joins_mid_gop=True))
    assert first_after_joining_ticks() > 0
