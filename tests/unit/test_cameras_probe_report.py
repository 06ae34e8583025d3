"""What a look at a stream means for who sets the camera up."""

import av.error
import pytest

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.model import ProbeReport, Verdict
from sereno.cameras.probe_report import failed, report_of
from sereno.cameras.rtsp_greeting import fault_of_reply
from sereno.cameras.stream_errors import stream_error


def times_s(fps: float, seconds: float) -> list[float]:
    return [number / fps for number in range(int(fps * seconds) + 1)]


def test_a_good_stream() -> None:
    report = report_of("h264", 1280, 720, times_s(15, 6), [0.0, 2.0, 4.0, 6.0])
    assert report == ProbeReport(
        verdict=Verdict.GOOD,
        codec="h264",
        width=1280,
        height=720,
        fps=15.0,
        key_frame_interval_s=2.0,
        message="H.264, 1280 x 720, 15 pictures a second.",
    )


@pytest.mark.parametrize(
    ("codec", "height", "fps", "keys_s", "word"),
    [
        ("h264", 720, 15, [0.0, 5.0], "key frame interval"),
        ("h264", 720, 15, [0.0], "key frame interval"),
        ("h264", 720, 5, [0.0, 2.0, 4.0], "10 to 15"),
        ("h264", 240, 15, [0.0, 2.0, 4.0], "small"),
        ("h264", 3_000, 15, [0.0, 2.0, 4.0], "second stream"),
        ("hevc", 720, 15, [0.0, 2.0, 4.0], "H.265"),
    ],
)
def test_a_usable_stream_says_what_would_be_better(
    codec: str, height: int, fps: float, keys_s: list[float], word: str
) -> None:
    report = report_of(codec, 16 * height // 9, height, times_s(fps, 6), keys_s)
    assert report.verdict is Verdict.USABLE
    assert word in report.advice
    assert report.code == ""


def test_two_pictures_with_the_same_time_are_no_rate() -> None:
    assert report_of("h264", 640, 480, [1.0, 1.0], [1.0]).fps == 0.0


def test_every_fault_has_words_and_advice() -> None:
    for fault in StreamFault:
        error = stream_fault(fault, "detail")
        report = failed(error)
        assert report.code == fault.value
        assert report.message.endswith("(detail).")
        assert report.advice


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (b"", StreamFault.REFUSED),
        (b"RTSP/1.0 200 OK\r\n", StreamFault.GARBAGE),
        (b"HTTP/1.1 400 Bad Request\r\n", StreamFault.NOT_RTSP),
        (b"SSH-2.0-x\r\n", StreamFault.NOT_RTSP),
        (bytes(range(256)), StreamFault.NOT_RTSP),
    ],
)
def test_a_greeting_tells_what_speaks_there(reply: bytes, fault: StreamFault) -> None:
    assert fault_of_reply(reply) is fault


@pytest.mark.parametrize(
    ("exception", "fault"),
    [
        (av.error.HTTPUnauthorizedError(1, "x"), StreamFault.UNAUTHORIZED),
        (av.error.HTTPNotFoundError(1, "x"), StreamFault.NOT_FOUND),
        (av.error.HTTPOtherClientError(1, "x"), StreamFault.REFUSED),
        (av.error.ExitError(1, "x"), StreamFault.TIMEOUT),
        (av.error.InvalidDataError(1, "x"), StreamFault.GARBAGE),
        (ConnectionRefusedError(111, "x"), StreamFault.UNREACHABLE),
        (OSError(113, "x"), StreamFault.UNREACHABLE),
        (TimeoutError(), StreamFault.TIMEOUT),
        (ValueError("x"), StreamFault.GARBAGE),
    ],
)
def test_an_exception_becomes_a_fault_without_its_words(exception: Exception, fault: StreamFault) -> None:
    error = stream_error(exception)
    assert error.code == fault
    assert "x" not in error.message.split()
    assert stream_error(error) is error
