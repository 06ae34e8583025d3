"""A masked camera shows nothing where its mask lies, and everything else; only the masker sees what is under it."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.errors import AppError
from sereno.core.geometry import Point
from sereno.core.ids import CameraId
from sereno.recording.masking.link import MaskedCamera, MaskedPicture, Unpacker, packed
from sereno.recording.masking.masker import masked_pictures
from sereno.recording.masking.shapes import BLACK, Cover
from sereno.simulation.rtsp.server import RtspServerThread
from tests.integration.recorder_case import RunningRecorder, settings_for

pytestmark = pytest.mark.integration

WINDOW = (Point(0.25, 0.25), Point(0.5, 0.25), Point(0.5, 0.75), Point(0.25, 0.75))
PICTURES = 20


def camera(url: str) -> MaskedCamera:
    return MaskedCamera(id=CameraId("house"), url=url, areas=(WINDOW,))


def decoded(pictures: list[MaskedPicture]) -> list[NDArray[np.uint8]]:
    decoder = av.CodecContext.create("h264", "r")
    frames = []
    for picture in pictures:
        units = [*picture.sets, *_units(picture.content)]
        frames += decoder.decode(av.Packet(b"".join(b"\x00\x00\x00\x01" + unit for unit in units)))
    frames += decoder.decode(None)
    return [np.asarray(frame.to_ndarray(format="gray"), np.uint8) for frame in frames]


def _units(content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        yield content[at + 4 : at + 4 + size]
        at += 4 + size


def test_what_the_mask_covers_is_black_and_the_rest_is_the_camera_s(rtsp_server: RtspServerThread) -> None:
    stream = masked_pictures(camera(rtsp_server.url("h264")))
    pictures = list(islice(stream, PICTURES))
    assert pictures[0].key
    assert [p.timestamp for p in pictures] == sorted({p.timestamp for p in pictures})
    frames = decoded(pictures)
    assert len(frames) == PICTURES
    for frame in frames:
        assert_masked(frame)


def test_a_masked_camera_is_recorded_masked_also_after_its_masker_died(
    tmp_path: Path, rtsp_server: RtspServerThread
) -> None:
    house = RosterCamera(
        id=CameraId("house"), name="House", main_url=rtsp_server.url("h265"), one_session=True, mask=(WINDOW,)
    )
    with RunningRecorder(settings_for(tmp_path, segment_s=1.0)) as recorder:
        write_roster(tmp_path / "roster.json", (house,))
        before = recorder.wait_for_segments("house", 1)
        os.kill(masker_pid(), signal.SIGKILL)
        lost = len(before) + 3
        segments = recorder.wait_for_segments("house", lost)
    assert {segment.codec[:4] for segment in segments} == {"avc1"}
    assert "stream_lost" in {segment.end_reason for segment in segments}
    for segment in segments:
        with av.open(str(tmp_path / "archive" / segment.path)) as file:
            for frame in islice(file.decode(video=0), 5):
                assert_masked(np.asarray(frame.to_ndarray(format="gray"), np.uint8))


def masker_pid() -> int:
    """Of our only child that masks."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and b"masking.masker" in (folder / "cmdline").read_bytes():
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid():
                return int(folder.name)
    pytest.fail("no masker runs")


def assert_masked(frame: NDArray[np.uint8]) -> None:
    height, width = frame.shape
    inside = frame[height // 4 + 4 : 3 * height // 4 - 4, width // 4 + 4 : width // 2 - 4]
    assert inside.max() < BLACK + 12
    assert np.ptp(frame[:, width // 2 + 8 :]) > 100


def test_a_camera_that_is_away_is_told_by_its_fault() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        last = list(masked_pictures(camera(f"rtsp://127.0.0.1:{taken.getsockname()[1]}/none")))[-1]
    assert last == MaskedPicture(0, False, b"", (b"camera_unreachable",))


def test_odd_sizes_are_covered_to_the_last_sample() -> None:
    cover = Cover(((Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)),), 322, 240)
    planes = tuple(np.full(shape, 200, np.uint8) for shape in ((240, 322), (120, 161), (120, 161)))
    cover.apply(*planes)
    assert cover.share == 1.0
    assert planes[0].max() == BLACK


def test_pictures_survive_any_cut_of_the_stream() -> None:
    sent = [
        MaskedPicture(9, True, b"abc", (b"s", b"pp")),
        MaskedPicture(10, False, b"", ()),
        MaskedPicture(11, False, b"z", ()),
    ]
    stream = b"".join(packed(each) for each in sent)
    for size in (1, 2, 7, len(stream)):
        unpacker = Unpacker()
        parts = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert [picture for part in parts for picture in unpacker.take(part)] == sent


def test_noise_instead_of_pictures_is_refused() -> None:
    with pytest.raises(AppError, match="no picture"):
        list(Unpacker().take(b"\xff" * 64))
