"""What ends an analyst costs it some seconds, and a camera that does so again and again its own analysis alone."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from sereno.analytics.stats import CameraStats, read_stats
from sereno.cameras.local_feed.wire import FEED_SOCKET
from sereno.cameras.roster import RosterCamera, analysed, write_analyst_roster, write_roster
from sereno.core.clock import SystemClock
from sereno.core.ids import CameraId
from sereno.runtime.supervisor import ProcessSpec, Supervisor
from sereno.simulation.rtsp.server import RtspServerThread
from tests.integration.recorder_case import RunningRecorder, settings_for, wait_until

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
ROBUSTNESS = ROOT.parent / "shared" / "data" / "robustness"
BAD, GOOD = CameraId("bad"), CameraId("good")

ANALYST = """
import os, sys
from pathlib import Path
from sereno.analytics.analyst import AnalystSetup, run_analyst
from sereno.analytics.decode import FFmpegDecoder
from sereno.analytics.store import analyst_fact_log
from sereno.core.clock import SystemClock
from sereno.main.facts import ANALYST_FACTS
from sereno.main.scene_rules import WatchRules
from sereno.runtime.process import stop_on_signals
from sereno.runtime.settings import AnalyticsSettings

class Fragile(FFmpegDecoder):
    '''Dies of H.265, as a decoder with a hole in it does.'''

    def __init__(self, opened):
        super().__init__(opened)
        self.dies = opened.codec == "hevc"

    def decode(self, sample):
        if self.dies:
            os.abort()
        return super().decode(sample)

home, clock = Path(sys.argv[1]), SystemClock()
setup = AnalystSetup(
    orders=home / "analyst" / "orders", folder=home / "analyst" / "0", views=home / "analyst" / "views",
    feed=home / sys.argv[2], assets=Path(sys.argv[3]), settings=AnalyticsSettings(), open_decoder=Fragile,
)
run_analyst(setup, WatchRules(home / "watch.json", clock), analyst_fact_log(ANALYST_FACTS), clock, stop_on_signals())
"""


@contextmanager
def supervised(home: Path) -> Iterator[None]:
    command = (sys.executable, "-c", ANALYST, str(home), str(FEED_SOCKET), str(ROOT / "cache" / "assets"))
    stop = Event()
    supervisor = Supervisor([ProcessSpec("analyst", command)], SystemClock())
    thread = Thread(target=supervisor.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)


def publish(home: Path, *cameras: RosterCamera) -> None:
    write_roster(home / "roster.json", cameras)
    write_analyst_roster(home / "analyst" / "orders" / "roster.json", tuple(analysed(each) for each in cameras))


def stats_of(home: Path) -> Callable[[CameraId], CameraStats]:
    def now(camera_id: CameraId) -> CameraStats:
        stats = read_stats(home / "analyst" / "0" / "stats.json")
        return stats.cameras.get(camera_id, CameraStats()) if stats is not None else CameraStats()

    return now


def test_a_camera_that_ends_the_decoder_again_and_again_is_set_aside_and_the_others_go_on(
    rtsp_server: RtspServerThread, tmp_path: Path
) -> None:
    now = stats_of(tmp_path)
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        publish(
            tmp_path,
            RosterCamera(id=BAD, name="bad", main_url=rtsp_server.url("h265")),
            RosterCamera(id=GOOD, name="good", main_url=rtsp_server.url("h264")),
        )
        recorder.wait_for_segments("bad", 1)
        with supervised(tmp_path):
            wait_until("it is set aside", lambda: now(BAD).fault == "camera_ends_decoder")
            wait_until("the other is looked at", lambda: now(GOOD).frames_read > 10)
            assert now(GOOD).fault == ""
            before = len(recorder.segments("bad"))
            recorder.wait_for_segments("bad", before + 1)
