"""Recording many cameras: our recorder, ffmpeg with one copying process a camera, and what only receives and writes.

The same streams one after the other, because two cores do not hold the source and two recorders at once: 1080p at
4 Mbit/s and 360p at 0.5 Mbit/s, half of each, from the simulator in a process of its own. CPU is user and system time
of the recording processes, memory their proportional share. A picture is lost when it misses on the time line.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure
from bench.process_time import cpu_seconds
from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S
from sereno.recording.journal import Journal, journal_path
from sereno.runtime.database import Database

CACHE = Path(__file__).parents[1] / "cache" / "bench"
FPS = 25
STEP = TICKS_PER_S // FPS
CAMERAS, CAMERAS_QUICK = 128, 32
GROWTH, GROWTH_QUICK = (1, 16, 64), (1, 8)
WARM_UP_S, WATCH_S, WATCH_QUICK_S = 5.0, 14.0, 4.0
_CLIPS = {"main": ("1920x1080", "4M", "16"), "sub": ("640x360", "500k", "10")}
_RECORDER = """
import sys
from pathlib import Path
from sereno.core.clock import SystemClock
from sereno.recording.recorder import run_recorder
from sereno.runtime.process import stop_on_signals
from sereno.runtime.settings import RecordingSettings, ServerSettings, Settings

settings = Settings(home=Path(sys.argv[1]), server=ServerSettings(media_port=0), recording=RecordingSettings())
run_recorder(settings, stop_on_signals(), SystemClock())
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """``cores`` is CPU time over wall time."""

    cores: float
    pss_mb: float


def run(quick: bool) -> list[Figure]:
    count, watch_s = (CAMERAS_QUICK, WATCH_QUICK_S) if quick else (CAMERAS, WATCH_S)
    clips = [_clip(name) for name in _CLIPS]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = stack.enter_context(_source(clips, count))
        ours, lost = _ours(urls, folder / "ours", watch_s)
        floor = _floor(urls, folder / "floor", watch_s)
        peer = _ffmpeg(urls, folder / "peer", watch_s)
        largest = count if not lost else 0
        growth = []
        for number in GROWTH_QUICK if quick else GROWTH:
            cost, missing = _ours(_spread(urls, number), folder / f"ours-{number}", watch_s / 2)
            growth.append(Figure(key=f"cores_at_{number}", value=cost.cores, unit="core"))
            largest = max(largest, number) if not missing else largest
    figures = [
        Figure(key="cpu_ratio", value=ours.cores / peer.cores, unit="ratio", goal=0.5, bound="at_most"),
        Figure(key="pss_ratio", value=ours.pss_mb / peer.pss_mb, unit="ratio", goal=0.2, bound="at_most"),
        Figure(key="copy_floor_ratio", value=ours.cores / floor.cores, unit="ratio", goal=3, bound="at_most"),
        Figure(key="max_cameras", value=largest, unit="cameras"),
        Figure(key="pictures_lost", value=lost, unit="pictures", goal=0, bound="at_most"),
        Figure(key="copy_floor_cores", value=floor.cores, unit="core"),
    ]
    name = "ffmpeg -c copy -f segment, a process a camera"
    memory = Figure(key="pss_mb", value=ours.pss_mb, unit="MB", peer=name, peer_value=peer.pss_mb)
    whole = Figure(key=f"cores_at_{count}", value=ours.cores, unit="core", peer=name, peer_value=peer.cores)
    return [*figures, memory, *growth, whole]


def _spread(urls: Sequence[str], number: int) -> list[str]:
    """So many of them, main and sub streams in turn."""
    half = len(urls) // 2
    return [url for pair in zip(urls[:half], urls[half:], strict=True) for url in pair][:number]


def _clip(name: str) -> Path:
    """Moving, noisy pictures of the wanted rate, made once; a key frame every two seconds."""
    size, rate, noise = _CLIPS[name]
    path = CACHE / f"{name}.mp4"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        picture = f"testsrc2=size={size}:rate={FPS},noise=alls={noise}:allf=t"
        form = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-bf", "0", "-pix_fmt", "yuv420p")
        rates = ("-b:v", rate, "-maxrate", rate, "-bufsize", rate)
        part = path.with_suffix(".part.mp4")
        argv = ("ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", picture, "-t", "10", *form, *rates)
        subprocess.run((*argv, str(part)), check=True)
        part.rename(path)
    return path


@contextmanager
def _source(clips: Sequence[Path], count: int) -> Iterator[list[str]]:
    argv = (sys.executable, "-m", "bench.rtsp_source", str(count // len(clips)), *map(str, clips))
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline() if process.stdout else "[]")
        finally:
            process.terminate()


def _ours(urls: Sequence[str], home: Path, watch_s: float) -> tuple[Cost, int]:
    """What it cost, and how many pictures are missing."""
    home.mkdir()
    cameras = [RosterCamera(id=CameraId(f"c{n:03d}"), name=f"c{n}", main_url=url) for n, url in enumerate(urls)]
    write_roster(home / "roster.json", tuple(cameras))
    with _running([(sys.executable, "-c", _RECORDER, str(home))]) as pids:
        cost = _measured(pids, watch_s)
    with closing(Database(journal_path(home / "archive"), read_only=True)) as database:
        rows = [row for camera in cameras for row in Journal(database).segments_of(camera.id, with_shed=False)]
    missing = (
        sum(round(row.duration / STEP) - row.frames for row in rows) + len(cameras) - len({r.camera_id for r in rows})
    )
    shutil.rmtree(home)
    return cost, missing


def _floor(urls: Sequence[str], folder: Path, watch_s: float) -> Cost:
    folder.mkdir()
    with _running([(sys.executable, "-m", "bench.receive_only", str(folder), *urls)]) as pids:
        cost = _measured(pids, watch_s)
    shutil.rmtree(folder)
    return cost


def _ffmpeg(urls: Sequence[str], folder: Path, watch_s: float) -> Cost:
    folder.mkdir()
    argv = ("ffmpeg", "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp", "-i")
    fragments = "movflags=frag_keyframe+empty_moov+default_base_moof"
    form = ("-an", "-c", "copy", "-f", "segment", "-segment_time", "60", "-segment_format", "mp4")
    last = ("-segment_format_options", fragments, "-reset_timestamps", "1")
    with _running([(*argv, url, *form, *last, str(folder / f"{n}-%d.mp4")) for n, url in enumerate(urls)]) as pids:
        cost = _measured(pids, watch_s)
    shutil.rmtree(folder)
    return cost


@contextmanager
def _running(commands: Sequence[Sequence[str]]) -> Iterator[list[int]]:
    processes = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for command in commands]
    try:
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _measured(pids: Sequence[int], watch_s: float) -> Cost:
    """After all have begun, and the burst of the beginning is over."""
    time.sleep(WARM_UP_S + len(pids) / 20)
    began_s, used_s = time.monotonic(), sum(cpu_seconds(pid) for pid in pids)
    time.sleep(watch_s)
    cores = (sum(cpu_seconds(pid) for pid in pids) - used_s) / (time.monotonic() - began_s)
    return Cost(cores, sum(_pss_mb(pid) for pid in pids))


def _pss_mb(pid: int) -> float:
    """Source: proc(5), smaps_rollup."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1_024
