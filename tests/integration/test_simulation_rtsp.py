"""The camera simulator, read by clients that nobody here wrote."""

from itertools import pairwise

import av
import pytest

from sereno.simulation.rtsp.server import RtspServerThread
from tests.integration.conftest import CAMERA_CREDENTIALS, CLIP_FPS, CLIP_S, GstRtspServer

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
