"""The feed's wire: what is packed comes out, however the bytes are cut."""

import pytest

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.local_feed.wire import (
    FeedStream,
    Lost,
    Opened,
    Sample,
    Unpacker,
    Wanted,
    asked,
    asking,
    handed_out,
    packed_loss,
    packed_opening,
    sample_head,
)
from sereno.cameras.roster import RosterCamera, analysed
from sereno.core.ids import CameraId
from sereno.core.media_time import MediaTicks, WallTicks

OPENED = Opened(codec="h264", extradata=b"\x01\x64\x00\xff", width=640, height=360)
SAMPLE = Sample(b"\x00" * 70_000, True, MediaTicks(-9), WallTicks(1 << 50), 3)
FAULT = stream_fault(StreamFault.STALLED)
WIRE = b"".join(
    (
        packed_opening(OPENED),
        sample_head(SAMPLE.key, SAMPLE.missed, len(SAMPLE.content), SAMPLE.media, SAMPLE.wall),
        SAMPLE.content,
        packed_loss(FAULT),
    )
)


@pytest.mark.parametrize("size", [1, 7, 4_096, 1 << 20])
def test_messages_come_whole_however_they_are_cut(size: int) -> None:
    unpacker = Unpacker()
    found = [message for at in range(0, len(WIRE), size) for message in unpacker.take(WIRE[at : at + size])]
    assert found[:2] == [OPENED, SAMPLE]
    assert isinstance(found[2], Lost)
    assert str(found[2].error) == str(FAULT)
    assert (found[2].error.kind, found[2].error.code) == (FAULT.kind, FAULT.code)


@pytest.mark.parametrize("noise", [b"\x09" + bytes(40), b"\x02\x00" + b"\xff" * 40, b"\x01" + bytes(40)])
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(ValueError, match=r"feed|validation"):
        list(Unpacker().take(noise))


def test_a_question_is_read_and_anything_else_is_none() -> None:
    wanted = Wanted(camera_id=CameraId("plaza"), stream=FeedStream.SUB)
    assert asked(asking(wanted)) == wanted
    for line in (b"", b"{}\n", b'{"camera_id": "a", "stream": "all"}', b'{"camera_id": "a", "stream": "sub", "x": 1}'):
        assert asked(line) is None


@pytest.mark.parametrize(
    ("camera", "may_have"),
    [
        (None, set()),
        (RosterCamera(id=CameraId("a"), name="a", main_url="x"), {"main"}),
        (RosterCamera(id=CameraId("a"), name="a", main_url="x", sub_url="y"), {"main", "sub"}),
        (RosterCamera(id=CameraId("a"), name="a", main_url="x", sub_url="y", one_session=True), {"main"}),
        (RosterCamera(id=CameraId("a"), name="a", main_url="x", audio=True), {"main", "sound"}),
    ],
)
def test_an_analyst_gets_what_its_roster_names(camera: RosterCamera | None, may_have: set[str]) -> None:
    known = None if camera is None else analysed(camera)
    given = {stream.value for stream in FeedStream if handed_out(Wanted(camera_id=CameraId("a"), stream=stream), known)}
    assert given == may_have
