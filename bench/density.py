"""How many cameras one core serves, live: 640x360 at 15 pictures a second, our recorder, one analyst on one core.

A third of the cameras shows a quiet place, a third a corridor, a third a crowd; each loops from another place. Cameras
are added until frames are shed. Source and recorder run on the other cores. The machine must do nothing else: who takes
turns with the analyst on its core makes it shed long before the core's time is spent.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure
from bench.gate_clips import CLIPS, encoded
from bench.process_time import cpu_seconds
from sereno.analytics.stats import AnalystStats, read_stats
from sereno.cameras.roster import RosterCamera, analysed, write_analyst_roster, write_roster
from sereno.core.ids import CameraId

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "cache" / "bench"
SCENES = {"quiet": "quiet", "mixed": "corridor", "busy": "pets"}
STEPS, STEPS_QUICK = (6, 9, 12, 15, 18, 24), (6,)
SETTLE_S, WATCH_S = 5.0, 9.0
SHED_SHARE = 0.02
"""From this share of frames on shedding has begun."""
_STATS_S = 3.5
_LENGTH_S = 60
_PROCESS = """
import os, sys
from pathlib import Path
from sereno.runtime.process import stop_on_signals
from sereno.runtime.settings import RecordingSettings, ServerSettings, Settings
home = Path(sys.argv[1])
server = ServerSettings(media_port=0)
settings = Settings(home=home, server=server, recording=RecordingSettings(), assets=Path(sys.argv[2]))
os.sched_setaffinity(0, [int(core) for core in sys.argv[3].split(",")])
"""
_RECORDER = f"""{_PROCESS}
from sereno.core.clock import SystemClock
from sereno.recording.recorder import run_recorder
run_recorder(settings, stop_on_signals(), SystemClock())
"""
_ANALYST = f"""{_PROCESS}
from sereno.main.analyst_at_work import run
from sereno.main.process_entry import Shard
run(settings, stop_on_signals(), Shard(0, 1))
"""


@dataclass(frozen=True, slots=True)
class Step:
    """What a number of cameras did. Shares 0..1, milliseconds."""

    cameras: int
    shed: float
    core: float
    fps: float
    """Frames a second and camera that came to the analysis."""
    looks: float
    """Detector calls a second and camera."""
    lag_ms: float

    @property
    def sheds(self) -> bool:
        return self.shed > SHED_SHARE


def run(quick: bool) -> Sequence[Figure]:
    numbers = STEPS_QUICK if quick else STEPS
    clips = [_clip(scene) for scene in SCENES]
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = stack.enter_context(_source(clips, -(-numbers[-1] // len(clips))))
        analyst = stack.enter_context(_centre(home))
        steps: list[Step] = []
        for number in numbers:
            steps.append(_step(home, urls[:number], analyst))
            if steps[-1].sheds:
                break
    served = [step for step in steps if not step.sheds]
    fit = served[-1] if served else steps[0]
    figures = [
        Figure(key="cameras_per_core", value=fit.cameras if served else 0, unit="cameras a core"),
        Figure(key="cameras_by_cpu", value=fit.cameras / fit.core, unit="cameras for a whole core's time"),
        Figure(key="core", value=fit.core, unit="share of a core"),
        Figure(key="fps", value=fit.fps, unit="frames/s a camera"),
        Figure(key="looks", value=fit.looks, unit="looks/s a camera"),
        Figure(key="lag_ms", value=fit.lag_ms, unit="ms, mean of a few seconds"),
    ]
    shed = [Figure(key=f"shed_at_{step.cameras}", value=step.shed, unit="share of frames") for step in steps]
    return [*figures, *shed]


def _clip(scene: str) -> Path:
    """The bench's clip as such a camera sends it: pictures are repeated where it has fewer than 15 a second."""
    path = CACHE / f"density-{scene}.mp4"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        source = encoded(next(clip for clip in CLIPS if clip.name == SCENES[scene]))
        form = ("-c:v", "libx264", "-preset", "veryfast", "-g", "30", "-bf", "0", "-crf", "26", "-pix_fmt", "yuv420p")
        view = ("-an", "-t", str(_LENGTH_S), "-vf", "fps=15,scale=640:360")
        part = path.with_suffix(".part.mp4")
        argv = ("ffmpeg", "-v", "error", "-y", "-i", str(source), *view, *form, str(part))
        subprocess.run(argv, check=True)
        part.rename(path)
    return path


@contextmanager
def _source(clips: Sequence[Path], count: int) -> Iterator[list[str]]:
    """Addresses of so many cameras of each clip, the clips in turn."""
    argv = (sys.executable, "-m", "bench.rtsp_source", str(count), *map(str, clips))
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            urls: list[str] = json.loads(process.stdout.readline() if process.stdout else "[]")
            yield [urls[clip * count + number] for number in range(count) for clip in range(len(clips))]
        finally:
            process.terminate()


@contextmanager
def _centre(home: Path) -> Iterator[int]:
    """Recorder and analyst; the analyst's process id. It has the last core for itself as far as we can say."""
    *others, last = sorted(os.sched_getaffinity(0))
    cores = ",".join(map(str, others or [last]))
    for folder in ("analyst/orders", "analyst/0", "analyst/views"):
        (home / folder).mkdir(parents=True)
    commands = [(_RECORDER, cores), (_ANALYST, str(last))]
    assets = str(ROOT / "cache" / "assets")
    processes = [
        subprocess.Popen((sys.executable, "-c", code, str(home), assets, on), stderr=subprocess.DEVNULL)
        for code, on in commands
    ]
    try:
        yield processes[1].pid
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _step(home: Path, urls: Sequence[str], analyst: int) -> Step:
    cameras = [RosterCamera(id=CameraId(f"c{n:03d}"), name=f"c{n}", main_url=url) for n, url in enumerate(urls)]
    write_roster(home / "roster.json", tuple(cameras))
    write_analyst_roster(home / "analyst" / "orders" / "roster.json", tuple(map(analysed, cameras)))
    _wait_for_all(home, len(cameras))
    time.sleep(SETTLE_S)
    before, used_s = _stats(home), cpu_seconds(analyst)
    began_s = time.monotonic()
    time.sleep(WATCH_S)
    core = (cpu_seconds(analyst) - used_s) / (time.monotonic() - began_s)
    after = _stats(home)
    offered, shed, looks = (
        _total(after, key) - _total(before, key) for key in ("frames_read", "shed", "detector_calls")
    )
    camera_s = (after.at - before.at).total_seconds() * len(cameras)
    lag_ms = sum(camera.lag_mean_ms for camera in after.cameras.values()) / len(cameras)
    return Step(len(cameras), shed / max(1, offered), core, offered / camera_s, looks / camera_s, lag_ms)


def _wait_for_all(home: Path, count: int) -> None:
    """Until every camera has given a frame. Raises: TimeoutError."""
    deadline_s = time.monotonic() + 30
    while time.monotonic() < deadline_s:
        stats = read_stats(home / "analyst" / "0" / "stats.json")
        if stats is not None and sum(camera.frames_read > 0 for camera in stats.cameras.values()) == count:
            return
        time.sleep(0.2)
    raise TimeoutError(f"not all of {count} cameras gave frames")


def _stats(home: Path) -> AnalystStats:
    """The next that is written, so that two of them span a whole number of its periods."""
    path = home / "analyst" / "0" / "stats.json"
    before = read_stats(path)
    deadline_s = time.monotonic() + 2 * _STATS_S
    while time.monotonic() < deadline_s:
        now = read_stats(path)
        if now is not None and (before is None or now.at > before.at):
            return now
        time.sleep(0.05)
    raise TimeoutError("the analyst tells nothing")


def _total(stats: AnalystStats, key: str) -> int:
    return sum(getattr(camera, key) for camera in stats.cameras.values())
