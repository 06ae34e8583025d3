"""What ends an analyst costs it some seconds, and a camera that does so again and again its own analysis alone."""

import subprocess
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
from sereno.analytics.analyst import run_analyst
from sereno.analytics.analyst_setup import AnalystSetup
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

HOSTILE = """
import random, sys
from pathlib import Path
import av, av.error
from sereno.analytics.decode import FFmpegDecoder, Picture
from sereno.cameras.local_feed.wire import Opened, Sample
from sereno.core.errors import AppError
from sereno.runtime.confinement import confine, program_folders

noises = [path.read_bytes() for path in sorted(Path(sys.argv[1]).iterdir())]
with av.open(sys.argv[2]) as clip:
    extradata = clip.streams.video[0].codec_context.extradata
    good = [bytes(packet) for packet in clip.demux(video=0) if packet.size]
confine(reading=program_folders(), network=False)
rng = random.Random(5)

def bent(content):
    wrong = bytearray(content)
    for _ in range(1 + len(wrong) // 200):
        wrong[rng.randrange(len(wrong))] = rng.randrange(256)
    return bytes(wrong)

def decoded(opened, contents):
    try:
        decoder = FFmpegDecoder(opened)
    except AppError:
        return 0
    count = 0
    for number, content in enumerate(contents):
        try:
            frames = decoder.decode(Sample(content, number == 0, 6_000 * number, 6_000 * number))
        except (av.error.FFmpegError, ValueError):
            continue
        count += sum(Picture(frame).rgb(64, 48).size > 0 for frame in frames)
    return count

for codec in ("h264", "hevc"):
    for noise in noises:
        parts = [noise, noise[:64], b"", *(noise[at : at + 5_000] for at in range(0, len(noise), 5_000))]
        decoded(Opened(codec=codec), parts)
        decoded(Opened(codec=codec, extradata=noise[:4_000]), parts)
        decoded(Opened(codec=codec, extradata=extradata), parts)
for _ in range(3):
    decoded(Opened(codec="h264", extradata=bent(extradata)), map(bent, good))
    decoded(Opened(codec="h264", extradata=extradata), map(bent, good))
print(len(good), decoded(Opened(codec="h264", extradata=extradata), good))
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


def test_files_that_break_readers_and_bent_pictures_leave_the_confined_decoder_at_work(h264_clip: Path) -> None:
    command = (sys.executable, "-P", "-c", HOSTILE, str(ROBUSTNESS), str(h264_clip))
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr[-2_000:]
    sent, decoded = map(int, ended.stdout.split())
    assert sent == decoded > 50
