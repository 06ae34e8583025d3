"""Twenty minutes of a town at fifteen times the speed: cameras drop and return, viewers come and go, footage is shed.

At the end everything is sound, and nothing has grown that should not.
"""

import gc
import os
import random
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from websockets.exceptions import WebSocketException

from sereno.access.jurisdiction import Certainty, Rule, load_jurisdiction
from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.clock import SystemClock
from sereno.core.ids import CameraId
from sereno.recording.check import CheckLevel, check_recordings
from sereno.recording.events import FootageShed
from sereno.recording.holds import HoldsFile
from sereno.recording.journal import journal_path
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.faults import NO_FAULTS, Faults
from sereno.simulation.rtsp.server import Mount, RtspServer, RtspServerThread
from tests.faults.sounds import aac, g711
from tests.integration.recorder_case import RunningRecorder, SteppedClock, facts_in, segments_in, settings_for

pytestmark = pytest.mark.integration

SPEED = 15.0
LIFE_S = 600.0 / SPEED
"""Two lives of the recorder make twenty minutes: the second begins with shedding what is above the ceiling."""
CEILING_DAYS = 300 / 86_400
CAMERAS = tuple(f"soak-{number}" for number in range(6))
WATCHERS = 3
FAULTS = (Faults(cut=True), Faults(frozen=True), Faults(garbage_payload=True), Faults(clock_jump_s=300), NO_FAULTS)
PERMIT = Rule(value=True, source="a test", date="2026", certainty=Certainty.POLICY)
LAW = replace(load_jurisdiction("none"), audio_allowed=PERMIT)


class FastClock(SteppedClock):
    """Fifteen seconds pass in one."""

    def __init__(self) -> None:
        super().__init__()
        self._began_s = SystemClock().monotonic_s()
        self._began = SystemClock().now()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=(super().monotonic_s() - self._began_s) * SPEED)

    def monotonic_s(self) -> float:
        return self._began_s + (super().monotonic_s() - self._began_s) * SPEED


@dataclass(frozen=True)
class Use:
    """What this process holds."""

    memory_mb: float
    files: int
    threads: int

    @classmethod
    def now(cls) -> "Use":
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        files = len(os.listdir("/proc/self/fd"))
        return cls(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, files, threading.active_count())


def test_twenty_minutes_leave_nothing_behind(h264_clip: Path, h265_clip: Path, tmp_path: Path) -> None:
    clock, chance = FastClock(), random.Random(3)
    clips, sounds = (load_clip(h264_clip), load_clip(h265_clip)), (aac(), None, g711("PCMU"))
    mounts = [Mount(path=name, clip=clips[number % 2], sound=sounds[number % 3]) for number, name in enumerate(CAMERAS)]
    settings = settings_for(tmp_path, segment_s=20)
    settings = replace(settings, recording=replace(settings.recording, floor_days=0.0, ceiling_days=CEILING_DAYS))
    HoldsFile(tmp_path).write(())
    with RtspServerThread(RtspServer(mounts, clock, speed=SPEED)) as server:
        uses = []
        roster = [RosterCamera(id=CameraId(n), name=n, main_url=server.url(n), audio=True) for n in CAMERAS]
        write_roster(tmp_path / "roster.json", tuple(roster))
        for _life in range(2):
            with RunningRecorder(settings, clock=clock, law=LAW) as recorder:
                for name in CAMERAS:
                    recorder.wait_for_segments(name, 1)
                uses += live_through(recorder, server, chance)
    archive = tmp_path / "archive"
    assert [str(fault) for fault in check_recordings(archive, CheckLevel.HASHES)] == []
    shed = {cut.camera_id for fact in facts_in(archive) if isinstance(fact, FootageShed) for cut in fact.cuts}
    assert shed == set(CAMERAS)
    rows = sum(segments_in(archive, name)[-1].number for name in CAMERAS)
    assert rows > 100
    assert journal_path(archive).stat().st_size < 1_000_000 + 6_000 * rows
    early, late = uses[1], uses[-1]  # after the first minutes, when caches are filled
    assert late.memory_mb < early.memory_mb + 40
    assert late.files <= early.files + 6
    assert late.threads <= early.threads + 2


def live_through(recorder: RunningRecorder, server: RtspServerThread, chance: random.Random) -> list[Use]:
    """What is held at five moments, when all cameras are well and nobody watches."""
    uses = []
    over = threading.Event()
    for _ in range(5):
        busy = threading.Event()
        watchers = [threading.Thread(target=watch, args=(recorder, busy, number)) for number in range(WATCHERS)]
        for watcher in watchers:
            watcher.start()
        for _ in range(8):
            server.set_faults(chance.choice(CAMERAS), chance.choice(FAULTS))
            over.wait(LIFE_S / 50)
        for name in CAMERAS:
            server.set_faults(name, NO_FAULTS)
        busy.set()
        for watcher in watchers:
            watcher.join()
        over.wait(LIFE_S / 25)
        uses.append(Use.now())
    return uses


def watch(recorder: RunningRecorder, busy: threading.Event, seed: int) -> None:
    """Look at one camera after the other, and leave without a word now and then."""
    chance = random.Random(seed)
    while not busy.is_set():
        with suppress(WebSocketException, OSError, TimeoutError), recorder.view(chance.choice(CAMERAS)) as viewer:
            for _ in range(chance.randrange(60)):
                if not busy.is_set():
                    viewer.recv(timeout=0.5)
            viewer.socket.shutdown(socket.SHUT_RDWR)
