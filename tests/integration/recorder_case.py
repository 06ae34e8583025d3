"""A recorder that runs, for tests: in a thread of this process, on real sockets and a real folder."""

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from sereno.access.jurisdiction import Jurisdiction
from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.clock import SystemClock
from sereno.core.facts import Fact
from sereno.core.ids import CameraId
from sereno.recording.check import CheckLevel, check_recordings
from sereno.recording.journal import Journal, journal_path, recorder_fact_log
from sereno.recording.model import Segment
from sereno.recording.recorder import run_recorder
from sereno.recording.ticket_key import load_ticket_key
from sereno.recording.tickets import StreamKind, TicketKind, make_ticket, sign
from sereno.runtime.database import Database
from sereno.runtime.settings import RecordingSettings, ServerSettings, Settings

PATIENCE_S = 60.0


class SteppedClock(SystemClock):
    """The system's clock, of which the wall can be set while everything runs."""

    def __init__(self) -> None:
        self.wall_error = timedelta()

    def now(self) -> datetime:
        return super().now() + self.wall_error


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_for(home: Path, segment_s: float = 2.0, reserve_mb: int = 1) -> Settings:
    return Settings(
        home=home,
        server=ServerSettings(media_port=free_port()),
        recording=RecordingSettings(segment_s=segment_s, reserve_mb=reserve_mb),
    )


def wait_until(what: str, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    clock = SystemClock()
    deadline_s = clock.monotonic_s() + patience_s
    pause = threading.Event()
    while not condition():
        if clock.monotonic_s() > deadline_s:
            pytest.fail(f"{what} did not happen within {patience_s:.0f} s")
        pause.wait(0.05)


@dataclass
class RunningRecorder:
    """Use it in a ``with``; what ``run_recorder`` raised is raised again at its end."""

    settings: Settings
    clock: SteppedClock = field(default_factory=SteppedClock)
    law: Jurisdiction | None = None
    """Instead of that of the settings."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _error: list[BaseException] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="recorder")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "the recorder did not stop"
        if self._error and kind is None:
            raise self._error[0]

    def _run(self) -> None:
        try:
            run_recorder(self.settings, self._stop, self.clock, self.law)
        except BaseException as error:  # noqa: BLE001 handed to the test
            self._error.append(error)

    @property
    def archive(self) -> Path:
        return self.settings.home / "archive"

    def follow(self, **urls: str) -> None:
        """The roster: camera id to URL."""
        cameras = tuple(RosterCamera(id=CameraId(name), name=name, main_url=url) for name, url in urls.items())
        write_roster(self.settings.home / "roster.json", cameras)

    def wait_ready(self) -> None:
        def answers() -> bool:
            with closing(socket.socket()) as probe:
                return probe.connect_ex(("127.0.0.1", self.settings.server.media_port)) == 0

        wait_until("the media port", answers)

    def segments(self, camera: str) -> list[Segment]:
        return segments_in(self.archive, camera)

    def facts(self) -> list[Fact]:
        return facts_in(self.archive)

    def wait_for_segments(self, camera: str, count: int) -> list[Segment]:
        wait_until(f"segment {count} of {camera}", lambda: len(self.segments(camera)) >= count)
        return self.segments(camera)

    def ticket(
        self,
        camera: str,
        kind: TicketKind,
        span: tuple[datetime, datetime] | None = None,
        stream: StreamKind = StreamKind.MAIN,
    ) -> str:
        ticket = replace(make_ticket(CameraId(camera), kind, self.clock.now(), span), stream=stream)
        return sign(ticket, load_ticket_key(self.settings.home))

    @contextmanager
    def view(
        self, camera: str, max_queue: int | None = 16, stream: StreamKind = StreamKind.MAIN
    ) -> Iterator[ClientConnection]:
        """A live viewer that has shown its ticket."""
        url = f"ws://127.0.0.1:{self.settings.server.media_port}/live"
        with connect(url, max_size=16_000_000, open_timeout=PATIENCE_S, max_queue=max_queue) as viewer:
            viewer.send(json.dumps({"ticket": self.ticket(camera, TicketKind.LIVE, stream=stream)}))
            yield viewer

    def clip(
        self,
        camera: str,
        began: datetime,
        ended: datetime,
        *,
        stream: StreamKind = StreamKind.MAIN,
        **headers: str,
    ) -> httpx.Response:
        ticket = self.ticket(camera, TicketKind.CLIP, (began, ended), stream)
        url = f"http://127.0.0.1:{self.settings.server.media_port}/clip"
        return httpx.get(url, headers={"Authorization": f"Bearer {ticket}", **headers}, timeout=PATIENCE_S)


def segments_in(archive: Path, camera: str) -> list[Segment]:
    if not journal_path(archive).exists():
        return []
    with closing(Database(journal_path(archive), read_only=True)) as database:
        return Journal(database).segments_of(CameraId(camera), with_shed=False) if _ready(database) else []


def facts_in(archive: Path) -> list[Fact]:
    if not journal_path(archive).exists():
        return []
    facts = recorder_fact_log()
    with closing(Database(journal_path(archive), read_only=True)) as database:
        if not _ready(database):
            return []
        with database.read() as connection:
            return [facts.codec.decode(each.kind, each.body) for each in facts.read_after(connection, 0)]


def _ready(database: Database) -> bool:
    with database.read() as connection:
        return connection.dialect.has_table(connection, "facts")


def assert_sound(archive: Path) -> None:
    """Every row has its file, hash and link, and every picture decodes."""
    assert check_recordings(archive, CheckLevel.DECODE) == []


def assert_nothing_lost(segments: list[Segment], step: int) -> None:
    """Segments of one run follow each other without a gap, and each holds a picture every ``step`` ticks."""
    for before, after in pairwise(segments):
        assert after.number == before.number + 1
        assert after.started_media == before.ended_media
    for segment in segments:
        assert abs(segment.duration - segment.frames * step) <= 2  # a server that counts in milliseconds rounds


def count_frames(path: Path) -> int:
    """By Debian's ffprobe, which nobody here wrote; it must find no error."""
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    command = ("ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0")
    ended = subprocess.run((*command, str(path)), capture_output=True, text=True, check=True, timeout=120)
    assert ended.stderr == ""
    return int(ended.stdout.strip().rstrip(","))
