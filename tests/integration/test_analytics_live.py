"""Real streams through a real recorder: looked at, kept; with restarts and a change of the roster."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from sereno.alerts.events import AlertRaised
from sereno.analytics.analyst import run_analyst
from sereno.analytics.analyst_setup import AnalystSetup
from sereno.analytics.detectors.catalogue import YOLOX_TINY
from sereno.analytics.events import ObservationClosed, ObservationOpened
from sereno.analytics.model import HappeningKind, ObjectKind, Scene
from sereno.analytics.ports import OpenObservations
from sereno.analytics.stats import AnalystStats, read_stats
from sereno.analytics.store import analyst_fact_log
from sereno.cameras.local_feed.wire import FEED_SOCKET
from sereno.cameras.roster import RosterCamera, analysed, write_analyst_roster, write_roster
from sereno.core.clock import SystemClock
from sereno.core.facts import Fact
from sereno.core.ids import CameraId, FactId, new_id
from sereno.runtime.database import Database
from sereno.runtime.settings import AnalyticsSettings
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.server import Mount, RtspServer, RtspServerThread
from tests.integration.recorder_case import RunningRecorder, settings_for

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "cache" / "assets"
DEADLINE_S = 90.0
CARD_OF_ANOTHER_FILE = """
file = "{file}"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
licence = "Apache-2.0"
input = {{ width = 416, height = 416, colour = "bgr" }}
output = {{ layout = "boxes", class_count = 1, boxes = "dets", labels = "labels" }}
classes = {{ 0 = "person" }}
"""
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

    def wants(self, camera_id: CameraId) -> frozenset[HappeningKind]:
        return frozenset()

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
def recorder(tmp_path: Path) -> Iterator[RunningRecorder]:
    with RunningRecorder(settings_for(tmp_path)) as running:
        yield running


@pytest.fixture
def setup(recorder: RunningRecorder) -> AnalystSetup:
    return setup_in(recorder.settings.home)


def setup_in(home: Path) -> AnalystSetup:
    return AnalystSetup(
        orders=home / "analyst" / "orders",
        folder=home / "analyst" / "0",
        views=home / "analyst" / "views",
        feed=home / FEED_SOCKET,
        assets=ASSETS,
        settings=AnalyticsSettings(),
        models=home / "models",
    )


def publish(home: Path, *cameras: RosterCamera) -> None:
    """As control does: one roster with addresses, one without."""
    write_roster(home / "roster.json", cameras)
    write_analyst_roster(setup_in(home).roster, tuple(analysed(camera) for camera in cameras))


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


def test_walkers_of_a_real_clip_become_observations_and_facts(
    town: RtspServerThread, setup: AnalystSetup, tmp_path: Path
) -> None:
    publish(tmp_path, *cameras(town, "plaza0"))
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


def test_the_roster_is_followed_and_one_bad_camera_stops_no_other(
    town: RtspServerThread, setup: AnalystSetup, tmp_path: Path
) -> None:
    bad = RosterCamera(id=CameraId("bad"), name="bad", main_url="rtsp://127.0.0.1:9/none")
    odd = RosterCamera(id=CameraId("odd"), name="odd", main_url=town.url("plaza1"), detector="no-such-model")
    own = RosterCamera(id=CameraId("own"), name="own", main_url=town.url("plaza2"), detector="changed")
    (tmp_path / "models").mkdir()
    shutil.copy(ASSETS / YOLOX_TINY.file, tmp_path / "models")
    (tmp_path / "models" / "changed.toml").write_text(CARD_OF_ANOTHER_FILE.format(file=YOLOX_TINY.file))
    publish(tmp_path, bad, odd, own, *cameras(town, "plaza0"))
    with working(setup, NoRules()):
        wait_for(lambda: setup.stats.exists() and stats(setup).cameras[CameraId("plaza0")].detector_calls > 3, "looks")
        now = stats(setup).cameras
        assert now[CameraId("bad")].fault == "camera_unreachable"
        assert now[CameraId("odd")].fault == "detector_unknown"
        assert now[CameraId("own")].fault == "model_hash"
        publish(tmp_path, *cameras(town, "plaza2"))
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


def test_kill_9_loses_nothing_committed_and_the_next_start_closes_what_was_open(
    town: RtspServerThread, setup: AnalystSetup, tmp_path: Path
) -> None:
    publish(tmp_path, *cameras(town, "plaza0"))
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
    publish(tmp_path)
    with working(setup, NoRules()):
        wait_for(lambda: len(told(setup)) >= len(before) + len(open_then), "the closing facts")
    after = told(setup)
    assert after[: len(before)] == before
    assert {f.observation.id for f in after[len(before) :] if isinstance(f, ObservationClosed)} == open_then
