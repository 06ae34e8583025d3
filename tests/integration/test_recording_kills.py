"""kill -9 at random moments, a hundred times on one archive: whole after each, and no camera loses two seconds."""

import mmap
import os
import random
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest

from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.clock import SystemClock
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S, WallTicks, wall_ticks
from sereno.recording.archive import open_archive
from sereno.recording.check import CheckLevel, Scope, check_recordings
from sereno.recording.model import Segment
from sereno.recording.repair import repair
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.server import Mount, RtspServer, RtspServerThread
from tests.integration.conftest import make_clip
from tests.integration.recorder_case import free_port, wait_until

pytestmark = pytest.mark.integration

ROUNDS = 100
CAMERAS = 3
SEED = 20_260_301
MAX_LOSS = 2 * TICKS_PER_S
_SPAN = struct.Struct("<qq")

NURSERY = """
import mmap, os, sys
from pathlib import Path
from threading import Event
from sereno.core.clock import SystemClock
from sereno.recording.live import Hub
from sereno.recording.recorder import run_recorder
from sereno.runtime.settings import RecordingSettings, ServerSettings, Settings

home, seen = Path(sys.argv[1]), mmap.mmap(os.open(sys.argv[2], os.O_RDWR), 0)
find = Hub.camera
NONE = (-1).to_bytes(8, "little", signed=True)

def camera(hub, camera_id):  # tells what was received, in memory that outlives the process
    live = find(hub, camera_id)
    publish = live.publish
    at = 16 * int(camera_id[1:])
    def told(chunks):
        first, last = (chunks[end].media.to_bytes(8, "little", signed=True) for end in (0, -1))
        seen[at + 8 : at + 16] = last
        if seen[at : at + 8] == NONE:
            seen[at : at + 8] = first
        publish(chunks)
    live.publish = told
    return live

Hub.camera = camera
for line in sys.stdin:
    child = os.fork()
    if not child:
        recording = RecordingSettings(segment_s=0.4, reserve_mb=1)
        settings = Settings(home=home, server=ServerSettings(media_port=int(line)), recording=recording)
        run_recorder(settings, Event(), SystemClock())
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""
"""Forks a recorder that is loaded already for each line it reads, so that a hundred starts take no minutes."""


class Nursery:
    def __init__(self, process: "subprocess.Popen[str]", seen: mmap.mmap) -> None:
        self._process = process
        self._seen = seen

    def begin(self, port: int) -> int:
        """The process id of a recorder that starts now."""
        for each in range(CAMERAS):
            _SPAN.pack_into(self._seen, _SPAN.size * each, -1, -1)
        self._tell(f"{port}\n")
        return int(self._line())

    def kill(self, process_id: int) -> dict[CameraId, tuple[int, int]]:
        """What was received of each camera."""
        os.kill(process_id, signal.SIGKILL)
        assert self._line() == "gone"
        return self.received()

    def received(self) -> dict[CameraId, tuple[int, int]]:
        """Media times of the first and the last picture since the start; -1 for none."""
        spans = [_SPAN.unpack_from(self._seen, _SPAN.size * each) for each in range(CAMERAS)]
        return {camera_id(each): (first, last) for each, (first, last) in enumerate(spans)}

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def camera_id(number: int) -> CameraId:
    return CameraId(f"c{number}")


@contextmanager
def nursery(home: Path) -> Iterator[Nursery]:
    shared = home / "seen"
    shared.write_bytes(bytes(_SPAN.size * CAMERAS))
    command = (sys.executable, "-c", NURSERY, str(home), str(shared))
    log = (home / "recorder.log").open("w")
    with (
        closing(log),
        shared.open("r+b") as file,
        mmap.mmap(file.fileno(), 0) as seen,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        yield Nursery(process, seen)
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="module")
def cameras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtspServerThread]:
    clip = tmp_path_factory.mktemp("kills") / "short-gop.mp4"
    make_clip(clip, "-c:v", "libx264", "-preset", "ultrafast", "-g", "5", "-bf", "0")
    mounts = [Mount(path=camera_id(each), clip=load_clip(clip)) for each in range(CAMERAS)]
    with RtspServerThread(RtspServer(mounts, SystemClock())) as server:
        yield server


def test_a_hundred_kills_cost_less_than_two_seconds_each(cameras: RtspServerThread, tmp_path: Path) -> None:
    roster = tuple(
        RosterCamera(id=camera_id(each), name=camera_id(each), main_url=cameras.url(camera_id(each)))
        for each in range(CAMERAS)
    )
    write_roster(tmp_path / "roster.json", roster)
    chance, port = random.Random(SEED), free_port()
    with nursery(tmp_path) as recorders:
        for number in range(ROUNDS):
            began = wall_ticks(SystemClock().now())
            child = recorders.begin(port)
            wait_until("every camera", lambda: min(recorders.received().values()) >= (0, 0))
            Event().wait(0.7 * chance.random())  # the moment is what is tried here
            judge(tmp_path, recorders.kill(child), f"round {number}", began)
    assert [str(each) for each in check_recordings(tmp_path / "archive", CheckLevel.DECODE)] == []


def judge(home: Path, received: dict[CameraId, tuple[int, int]], where: str, began: WallTicks) -> None:
    """Repairs as a start does, and looks whether the archive is what it must be."""
    archive = open_archive(home, SystemClock())
    with closing(archive.journal.database):
        repair(archive, SystemClock())
        lives = {camera: archive.journal.segments_of(camera, with_shed=True) for camera in received}
    for camera, life in lives.items():
        assert_one_life(life, f"{where}, {camera}")
        first, last = received[camera]
        lost = last - max(first, life[-1].ended_media if life else 0)
        assert lost < MAX_LOSS, f"{where}, {camera}: {lost / TICKS_PER_S:.2f} s lost"
    new = Scope(began=WallTicks(began - 5 * TICKS_PER_S))
    faults = [
        *check_recordings(home / "archive", CheckLevel.ROWS),
        *check_recordings(home / "archive", CheckLevel.HASHES, new),
    ]
    assert [str(each) for each in faults] == [], where


def assert_one_life(life: list[Segment], where: str) -> None:
    assert [segment.number for segment in life] == list(range(1, len(life) + 1)), where
    for before, after in pairwise(life):
        assert after.started_media >= before.ended_media, f"{where}: media time goes back at {after.number}"
