"""How long a recorder that was killed is away, and what it lost: kill -9 under the supervisor, again and again.

``restart_s``: from the kill to the first new picture of every camera on disk. ``lost_s``: from the last picture that
was salvaged to the kill. Both are the worst of all cameras and kills; the clips have a key frame each second, and a
camera is recorded from a key frame on.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

from bench.figures import Figure
from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.clock import SystemClock
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S, WallTicks, wall_ticks
from sereno.main.up import process_spec
from sereno.recording.journal import Journal, journal_path
from sereno.recording.model import EndReason
from sereno.runtime.database import Database
from sereno.runtime.supervisor import Supervisor

CAMERAS = 8
_SETTLE_S = 31.0
"""So long it has run before a kill: a process that ends sooner is started again with a pause."""
_PATIENCE_S = 60.0
_LOOK_EVERY_S = 0.01
_CLIP = ("-f", "lavfi", "-i", "testsrc=size=640x360:rate=15", "-t", "10", "-pix_fmt", "yuv420p", "-c:v", "libx264")
_CODED = ("-preset", "ultrafast", "-g", "15", "-bf", "0")


def run(quick: bool) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="sereno-recover-") as folder:
        home = Path(folder)
        clip = home / "clip.mp4"
        subprocess.run(
            (shutil.which("ffmpeg") or "ffmpeg", "-v", "error", "-nostdin", "-y", *_CLIP, *_CODED, str(clip)),
            check=True,
        )
        with _cameras(clip) as urls:
            cameras = [RosterCamera(id=CameraId(f"c{at}"), name=f"c{at}", main_url=url) for at, url in enumerate(urls)]
            write_roster(home / "roster.json", tuple(cameras))
            with _supervised(home):
                _wait_new(home, {})
                kills = [_kill(home) for _ in range(1 if quick else 4)]
    return [
        Figure(key="restart_s", value=max(each[0] for each in kills), unit="s", goal=3.0, bound="at_most"),
        Figure(key="lost_s", value=max(each[1] for each in kills), unit="s", goal=2.0, bound="at_most"),
        Figure(key="restart_first_s", value=min(each[0] for each in kills), unit="s"),
        Figure(key="kills", value=len(kills), unit="kills"),
    ]


@contextmanager
def _cameras(clip: Path) -> Iterator[Sequence[str]]:
    command = (sys.executable, "-m", "bench.rtsp_source", str(CAMERAS), str(clip))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as source:
        if source.stdout is None:
            raise RuntimeError("the source has no output")
        try:
            yield json.loads(source.stdout.readline())
        finally:
            source.terminate()


@contextmanager
def _supervised(home: Path) -> Iterator[None]:
    """The recorder as ``sereno up`` runs it."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = home / "sereno.toml"
    settings.write_text(f'home = "{home}"\n[server]\nmedia_port = {port}\n', encoding="utf-8")
    stop = Event()
    supervisor = Supervisor([process_spec("recorder", settings)], SystemClock())
    thread = Thread(target=supervisor.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _kill(home: Path) -> tuple[float, float]:
    """Seconds until every camera has a new picture on disk, and the most that one of them lost."""
    Event().wait(_SETTLE_S)
    before = _newest(home)
    [recorder] = _recorders(home)
    killed, killed_s = wall_ticks(SystemClock().now()), SystemClock().monotonic_s()
    os.kill(recorder, signal.SIGKILL)
    _wait_new(home, before)
    restart_s = SystemClock().monotonic_s() - killed_s
    return restart_s, _lost_s(home, killed)


def _lost_s(home: Path, killed: WallTicks) -> float:
    with closing(Database(journal_path(home / "archive"), read_only=True)) as database:
        journal = Journal(database)
        salvaged = [
            [s for s in journal.segments_of(camera, with_shed=False) if s.end_reason == EndReason.SALVAGED.value][-1]
            for camera in journal.camera_ids()
        ]
    return max((killed - segment.ended_wall) / TICKS_PER_S for segment in salvaged)


def _newest(home: Path) -> dict[str, str]:
    """The newest file of each camera that holds a picture."""
    files = sorted(path for path in (home / "archive").glob("c*/*.mp4") if path.stat().st_size > 2_000)
    return {path.parent.name: path.name for path in files}


def _wait_new(home: Path, before: dict[str, str]) -> None:
    deadline_s = SystemClock().monotonic_s() + _PATIENCE_S
    pause = Event()
    while True:
        now = _newest(home)
        if len(now) == CAMERAS and all(name != before.get(camera) for camera, name in now.items()):
            return
        if SystemClock().monotonic_s() > deadline_s:
            raise TimeoutError(f"only {len(now)} cameras are recorded")
        pause.wait(_LOOK_EVERY_S)


def _recorders(home: Path) -> list[int]:
    """Process ids of the recorder of this home: a child of ours that was given its settings."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"sereno.main.recorder" in words and str(home / "sereno.toml").encode() in words:
                found.append(int(folder.name))
    return found
