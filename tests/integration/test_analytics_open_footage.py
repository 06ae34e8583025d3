"""A camera that serves one viewer: the analysis sees what the recorder writes, segment after segment."""

from pathlib import Path
from threading import Event

import pytest

from sereno.analytics.decode import FrameReader
from sereno.core.clock import SystemClock
from sereno.core.ids import CameraId
from sereno.simulation.rtsp.server import RtspServerThread
from tests.integration.recorder_case import RunningRecorder, settings_for, wait_until

pytestmark = pytest.mark.integration


def test_the_open_segment_is_read_as_it_grows(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        recorder.follow(a=rtsp_server.url("h264"))
        recorder.wait_for_segments("a", 1)
        bell = Event()
        folders = [recorder.archive / "a"]
        reader = FrameReader(CameraId("a"), "rtsp://nobody/", 100.0, SystemClock(), bell.set, folders)
        reader.start()
        try:
            before = len(recorder.segments("a"))
            recorder.wait_for_segments("a", before + 2)
            wait_until("four seconds of pictures", lambda: reader.counts.decoded > 60)
        finally:
            reader.stop()
            reader.join(10)
        assert rtsp_server.viewer_counts()["h264"] == 1
        assert reader.counts.broken == 0
        assert not reader.counts.lost
