"""Real streams: decoded, looked at, kept; with faults, restarts and a change of the roster."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import numpy as np
import pytest

from sereno.alerts.events import AlertRaised
from sereno.analytics.analyst import AnalystSetup, run_analyst
from sereno.analytics.decode import FrameReader, TakenFrame
from sereno.analytics.events import ObservationClosed, ObservationOpened
from sereno.analytics.model import ObjectKind, Scene
from sereno.analytics.ports import OpenObservations
from sereno.analytics.stats import AnalystStats, read_stats
from sereno.analytics.store import analyst_fact_log
from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.clock import SystemClock
from sereno.core.facts import Fact
from sereno.core.ids import CameraId, FactId, new_id
from sereno.runtime.database import Database
from sereno.runtime.settings import AnalyticsSettings
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.faults import Faults, Refusal
from sereno.simulation.rtsp.server import Mount, RtspServer, RtspServerThread

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "cache" / "assets"
DEADLINE_S = 90.0
FACT_TYPES: tuple[type[Fact], ...] = (ObservationOpened, ObservationClosed, AlertRaised)


def wait_for(what: Callable[[], bool], why: str) -> None:
    deadline = monotonic() + DEADLINE_S
    while not what():
        assert monotonic() < deadline, f"not in {DEADLINE_S:.0f} s: {why}"
        sleep(0.05)


class NoRules:
    """Collects scenes; rings at the first sighting when told to."""

    def __init__(self, *plates: CameraId, rings: bool = False) -> None:
        self.scenes: list[Scene] = []
        self._plates = plates
        self._rings = rings

    def refresh(self) -> None:
        return

    def reads_plates(self, camera_id: CameraId) -> bool:
        return camera_id in self._plates

    def weight(self, camera_id: CameraId) -> float:
        return 1.0

    def step(self, scene: Scene, observations: OpenObservations) -> tuple[Fact, ...]:
        self.scenes.append(scene)
        if not (self._rings and scene.sightings):
            return ()
        self._rings = False
        seen = observations.observation(scene.sightings[0].observation_id)
        assert seen is not None
        cause = observations.opened_by(seen.id)
        return (ObservationClosed(id=FactId(new_id(scene.at)), at=scene.at, caused_by=cause, observation=seen),)


@pytest.fixture(scope="module")
def plaza_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real plaza as a camera would send it: 640x360, 15 fps, a key frame each second."""
    source = ASSETS / "people.webm"
    if not source.exists():
        pytest.skip("people.webm is not fetched: make assets")
    path = tmp_path_factory.mktemp("plaza") / "plaza.mp4"
    options = ("-vf", "scale=640:480", "-r", "15", "-c:v", "libx264", "-preset", "ultrafast", "-g", "15", "-bf", "0")
    command = (
        "ffmpeg",
        "-v",
        "error",
        "-nostdin",
        "-i",
        str(source),
        *options,
        "-pix_fmt",
        "yuv420p",
        "-an",
        str(path),
    )
    try:
        subprocess.run(command, check=True, timeout=120)
    except FileNotFoundError:
        pytest.skip("ffmpeg is not installed")
    return path


@pytest.fixture(scope="module")
def town(plaza_clip: Path) -> Iterator[RtspServerThread]:
    clip = load_clip(plaza_clip)
    server = RtspServer([Mount(path=f"plaza{i}", clip=clip) for i in range(3)], SystemClock())
    with RtspServerThread(server) as running:
        yield running


@pytest.fixture
def setup(tmp_path: Path) -> AnalystSetup:
    return AnalystSetup(
        roster=tmp_path / "roster.json", folder=tmp_path / "analyst", assets=ASSETS, settings=AnalyticsSettings()
    )


def cameras(town: RtspServerThread, *names: str) -> tuple[RosterCamera, ...]:
    return tuple(RosterCamera(id=CameraId(name), name=name, main_url=town.url(name)) for name in names)


@contextmanager
def working(setup: AnalystSetup, rules: NoRules) -> Iterator[None]:
    stop = Event()
    facts = analyst_fact_log(FACT_TYPES)
    thread = Thread(target=run_analyst, args=(setup, rules, facts, SystemClock(), stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive(), "the analyst did not stop in 10 s"


def told(setup: AnalystSetup) -> list[Fact]:
    if not setup.database.exists():
        return []
    log = analyst_fact_log(FACT_TYPES)
    database = Database(setup.database, read_only=True)
    try:
        with database.read() as connection:
            return [log.codec.decode(fact.kind, fact.body) for fact in log.read_after(connection, 0, 10_000)]
    finally:
        database.close()


def stats(setup: AnalystSetup) -> AnalystStats:
    found = read_stats(setup.stats)
    assert found is not None
    return found


def test_frames_of_a_real_stream_come_evenly_in_step_with_the_wall(rtsp_server: RtspServerThread) -> None:
    clock = SystemClock()
    reader = FrameReader(CameraId("a"), rtsp_server.url("h264"), 5.0, clock, lambda: None)
    reader.start()
    taken: list[TakenFrame] = []
    try:
        while len(taken) < 20:
            wait_for(lambda: reader.ready, "a frame")
            frame = reader.take()
            assert frame is not None
            taken.append(frame)
            assert abs((clock.now() - frame.at).total_seconds()) < 5
    finally:
        reader.stop()
        reader.join(10)
    steps = [(b.at - a.at).total_seconds() for a, b in pairwise(taken[8:])]
    assert all(step % (1 / 15) < 0.02 or step % (1 / 15) > 1 / 15 - 0.02 for step in steps)
    luma, rgb = taken[0].picture.luma(), taken[0].picture.rgb(160, 120)
    assert luma.shape == (240, 320)
    assert rgb.shape == (120, 160, 3)
    assert np.std(rgb) > 10


@pytest.mark.parametrize("path", ["h265", "locked"])
def test_other_codecs_and_refusals_are_told_by_their_code(rtsp_server: RtspServerThread, path: str) -> None:
    reader = FrameReader(CameraId("a"), rtsp_server.url(path), 5.0, SystemClock(), lambda: None)
    reader.start()
    try:
        if path == "h265":
            wait_for(lambda: reader.counts.offered >= 3, "frames of an H.265 stream")
        else:
            wait_for(lambda: reader.counts.lost["camera_unauthorized"] >= 1, "the refusal is counted")
            assert reader.fault is not None
    finally:
        reader.stop()
        reader.join(10)


def test_a_lost_camera_comes_back_and_is_counted(rtsp_server: RtspServerThread) -> None:
    reader = FrameReader(CameraId("a"), rtsp_server.url("h264"), 5.0, SystemClock(), lambda: None)
    reader.start()
    try:
        wait_for(lambda: reader.counts.offered >= 2, "frames")
        rtsp_server.set_faults("h264", Faults(cut=True))
        wait_for(lambda: reader.fault is not None, "the cut is noticed")
        rtsp_server.set_faults("h264", Faults(refusal=Refusal.NOT_FOUND))
        wait_for(lambda: reader.counts.lost["camera_not_found"] >= 1, "the loss is told")
        rtsp_server.set_faults("h264", Faults())
        before = reader.counts.offered
        wait_for(lambda: reader.counts.offered > before + 1 and reader.fault is None, "frames again")
    finally:
        reader.stop()
        reader.join(10)


def test_walkers_of_a_real_clip_become_observations_and_facts(town: RtspServerThread, setup: AnalystSetup) -> None:
    write_roster(setup.roster, cameras(town, "plaza0"))
    rules = NoRules(rings=True)
    with working(setup, rules):
        wait_for(lambda: sum(isinstance(f, ObservationOpened) for f in told(setup)) >= 5, "five people")
        wait_for(lambda: any(isinstance(f, ObservationClosed) for f in told(setup)), "the rule's fact")
        wait_for(lambda: sum(bool(scene.sightings) for scene in rules.scenes) >= 12, "walkers that are followed")
    facts = told(setup)
    opened = {f.id: f for f in facts if isinstance(f, ObservationOpened)}
    closed = [f for f in facts if isinstance(f, ObservationClosed)]
    assert {f.observation.id for f in closed} == {f.observation.id for f in opened.values()}, "stopping closes all"
    assert all(f.caused_by in opened for f in closed)
    people = sum(f.observation.kind is ObjectKind.PERSON for f in opened.values())
    assert people >= 0.8 * len(opened)
    assert any(len(f.observation.trail) >= 3 for f in closed)
    assert any(scene.sightings for scene in rules.scenes)


def test_the_roster_is_followed_and_one_bad_camera_stops_no_other(town: RtspServerThread, setup: AnalystSetup) -> None:
    bad = RosterCamera(id=CameraId("bad"), name="bad", main_url="rtsp://127.0.0.1:9/none")
    odd = RosterCamera(id=CameraId("odd"), name="odd", main_url=town.url("plaza1"), detector="no-such-model")
    write_roster(setup.roster, (bad, odd, *cameras(town, "plaza0")))
    with working(setup, NoRules()):
        wait_for(lambda: setup.stats.exists() and stats(setup).cameras[CameraId("plaza0")].detector_calls > 3, "looks")
        now = stats(setup).cameras
        assert now[CameraId("bad")].fault == "camera_unreachable"
        assert CameraId("odd") not in now
        write_roster(setup.roster, cameras(town, "plaza2"))
        wait_for(lambda: CameraId("plaza2") in stats(setup).cameras, "the new camera")
        assert CameraId("plaza0") not in stats(setup).cameras
    counts = stats(setup).cameras[CameraId("plaza2")]
    assert counts.frames_read >= counts.detector_calls + counts.skipped_by_gate


_PROCESS = """
import sys
from pathlib import Path
from threading import Event
from sereno.analytics.analyst import run_analyst
from sereno.analytics.store import analyst_fact_log
from sereno.core.clock import SystemClock
from tests.integration.test_analytics_live import FACT_TYPES, NoRules, setup_in
run_analyst(setup_in(Path(sys.argv[1])), NoRules(), analyst_fact_log(FACT_TYPES), SystemClock(), Event())
"""


def setup_in(folder: Path) -> AnalystSetup:
    return AnalystSetup(
        roster=folder / "roster.json", folder=folder / "analyst", assets=ASSETS, settings=AnalyticsSettings()
    )


def test_kill_9_loses_nothing_committed_and_the_next_start_closes_what_was_open(
    town: RtspServerThread, tmp_path: Path
) -> None:
    setup = setup_in(tmp_path)
    write_roster(setup.roster, cameras(town, "plaza0"))
    process = subprocess.Popen(
        (sys.executable, "-c", _PROCESS, str(tmp_path)), cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        wait_for(lambda: len(told(setup)) >= 3, "observations of the process")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = told(setup)
    open_then = {f.observation.id for f in before if isinstance(f, ObservationOpened)} - {
        f.observation.id for f in before if isinstance(f, ObservationClosed)
    }
    write_roster(setup.roster, ())
    with working(setup, NoRules()):
        wait_for(lambda: len(told(setup)) >= len(before) + len(open_then), "the closing facts")
    after = told(setup)
    assert after[: len(before)] == before
    assert {f.observation.id for f in after[len(before) :] if isinstance(f, ObservationClosed)} == open_then
