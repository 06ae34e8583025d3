"""Live view from glass to glass, and what a viewer costs the recorder.

A camera shows the wall clock as fields; a real Chromium watches through the console, and the painted page (the
screencast of its compositor, with the instant of each paint) tells how old each picture is when it is first seen. A
figure of few pictures is refused. Viewers' cost: CPU time of the recorder with 100 viewers of one 1080p camera of
4 Mbit/s, less that without any.
"""

import base64
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from bench.chromium import ADMINISTRATOR, PASSWORD, chromium
from bench.clock_camera import BOTTOM, COLUMNS, LEFT, PATH, RIGHT, ROWS, TOP, time_of
from bench.figures import Figure
from bench.made_centre import START_S, MadeCentre, running, sign_in
from bench.process_time import cpu_seconds
from bench.town import free_ports
from sereno.access.model import Role, system_access
from sereno.access.service import NewPerson
from sereno.cameras.model import Camera, PlaceKind, View
from sereno.core.clock import SystemClock
from sereno.core.geography import Position
from sereno.core.ids import CameraId
from sereno.main.centre import open_centre
from sereno.main.home import Home
from sereno.main.schema import migrate
from sereno.recording.ticket_key import load_ticket_key
from sereno.recording.tickets import TicketKind, make_ticket, sign
from sereno.runtime.database import Database
from sereno.runtime.settings import load_settings
from sereno.simulation.shift_report import percentile

VIEWERS = 100
PATIENCE_MS = 60_000
LENGTHENED = 4
"""A watch that saw too few pictures is lengthened, to so many times its length at most."""
_VIEW = View(position=Position(-34.6, -58.4), bearing_deg=90, field_of_view_deg=70, range_m=60)
_SHOWN = """
() => {
  const shown = [...document.querySelectorAll('.tile canvas, .tile video')].find(one => !one.hidden);
  const [width, height] = [shown.videoWidth ?? shown.width, shown.videoHeight ?? shown.height];
  const box = shown.getBoundingClientRect();
  const scale = Math.min(box.width / width, box.height / height);
  return [box.x + (box.width - width * scale) / 2, box.y + (box.height - height * scale) / 2, width * scale,
          height * scale, innerWidth];
}
"""


@dataclass(frozen=True, slots=True)
class Pace:
    warm_up_s: float
    watch_s: float
    pictures: int
    """A figure of fewer is none."""


@dataclass(frozen=True, slots=True)
class Seen:
    ages_ms: list[float]
    """Of each picture when it was first painted."""
    fps: float

    @property
    def p50_ms(self) -> float:
        return percentile(self.ages_ms, 0.5)

    @property
    def p95_ms(self) -> float:
        return percentile(self.ages_ms, 0.95)


def run(quick: bool) -> list[Figure]:
    pace = Pace(2.0, 4.0, 50) if quick else Pace(5.0, 20.0, 300)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        heavy, dense = _clip(folder, "libx264", "1920x1080", "4M"), _clip(folder, "libx265", "1280x720", "2M")
        port = stack.enter_context(clock_cameras(f"heavy={heavy}", f"dense={dense}"))
        urls = {name: f"rtsp://127.0.0.1:{port}/{name}" for name in (PATH, "heavy", "dense")}
        share, got = _viewer_share(folder / "viewers", urls["heavy"], pace)
        cameras = [
            live_camera("clock", urls[PATH], ptz=True),
            live_camera("dense", urls["dense"], sub_url=urls[PATH]),
        ]
        centre = stack.enter_context(running(prepared_centre(folder / "glass", cameras)))
        page = stack.enter_context(chromium(webgl=False)).new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(PATIENCE_MS)
        sign_in(page, centre)
        page.goto(f"{centre.url}#/wall")
        mse = _seen(page, "clock", "main", pace)
        sub = _seen(page, "dense", "sub", pace)
        direct = _seen(page, "clock", "main", pace, steer=True)
    return [
        Figure(key="glass_to_glass_p50_ms", value=mse.p50_ms, unit="ms"),
        Figure(key="glass_to_glass_p95_ms", value=mse.p95_ms, unit="ms", goal=200, bound="at_most"),
        Figure(key="h265_main_h264_sub_p95_ms", value=sub.p95_ms, unit="ms", goal=200, bound="at_most"),
        Figure(key="webcodecs_p50_ms", value=direct.p50_ms, unit="ms"),
        Figure(key="webcodecs_p95_ms", value=direct.p95_ms, unit="ms", goal=100, bound="at_most"),
        Figure(key="painted_of_25_fps", value=mse.fps, unit="pictures/s"),
        Figure(key="webcodecs_painted_of_25_fps", value=direct.fps, unit="pictures/s"),
        Figure(key="pictures_read", value=sum(len(each.ages_ms) for each in (mse, sub, direct)), unit="pictures"),
        Figure(key="viewer_core_share", value=share, unit="core", goal=0.001, bound="at_most"),
        Figure(key="viewer_mbit_s", value=got, unit="Mbit/s"),
    ]


def _clip(folder: Path, encoder: str, size: str, rate: str) -> Path:
    path = folder / f"{encoder}.mp4"
    source = f"testsrc2=size={size}:rate=25,noise=alls=12:allf=t"
    form = ("-c:v", encoder, "-preset", "ultrafast", "-b:v", rate, "-maxrate", rate, "-bufsize", rate, "-g", "50")
    more = ("-bf", "0", "-tag:v", "hvc1") if encoder == "libx265" else ("-bf", "0")
    argv = ("ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", source, "-t", "2", "-pix_fmt", "yuv420p")
    subprocess.run((*argv, *form, *more, str(path)), check=True, stderr=subprocess.DEVNULL)
    return path


@contextmanager
def clock_cameras(*mounts: str) -> Iterator[int]:
    """The port of an RTSP server with the clock, and with clips as ``PATH=FILE.mp4``."""
    argv = (sys.executable, "-m", "bench.clock_camera", "1280", "720", *mounts)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise ValueError("its output must be piped")
            yield int(process.stdout.readline())
        finally:
            process.kill()


def live_camera(name: str, url: str, *, sub_url: str = "", ptz: bool = False) -> Camera:
    return Camera(
        id=CameraId(name),
        name=name,
        place=PlaceKind.AVENUE,
        group="bench",
        owner="",
        view=_VIEW,
        main_url=url,
        sub_url=sub_url,
        ptz=ptz,
        onvif_url="http://127.0.0.1:9/onvif" if ptz else "",
    )


def prepared_centre(folder: Path, cameras: list[Camera]) -> MadeCentre:
    """A centre with an administrator and those cameras; nothing runs yet."""
    folder.mkdir()
    console, media = free_ports(2)
    settings = folder / "sereno.toml"
    settings.write_text(f'home = "home"\n[server]\nport = {console}\nmedia_port = {media}\n', encoding="utf-8")
    home = Home(folder / "home")
    home.prepare()
    with closing(Database(home.database)) as database:
        migrate(database)
    with closing(open_centre(load_settings(settings))) as centre:
        centre.people.ensure("bench", NewPerson(name=ADMINISTRATOR, role=Role.ADMINISTRATOR, password=PASSWORD))
        centre.cameras.enrol(system_access("bench"), cameras)
    return MadeCentre(f"http://127.0.0.1:{console}/", home.root, settings)


def _viewer_share(folder: Path, url: str, pace: Pace) -> tuple[float, float]:
    """Of a core, for one viewer; and the Mbit/s that each got. Raises: ValueError when they got no picture."""
    made = prepared_centre(folder, [live_camera("heavy", url)])
    with _recorder(made) as recorder:
        port = load_settings(made.settings).server.media_port
        _await_recording(made)
        time.sleep(pace.warm_up_s)
        alone = _used(recorder, pace.watch_s)
        key, now = load_ticket_key(made.home), SystemClock().now()
        tickets = [sign(make_ticket(CameraId("heavy"), TicketKind.LIVE, now), key) for _ in range(VIEWERS)]
        argv = (sys.executable, "-m", "bench.live_viewers", str(port))
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as viewers:
            try:
                if viewers.stdin is None or viewers.stdout is None:
                    raise ValueError("their input and output must be piped")
                viewers.stdin.write(json.dumps(tickets) + "\n")
                viewers.stdin.flush()
                for _ in range(2):
                    viewers.stdout.readline()
                watched = _used(recorder, pace.watch_s)
                bytes_a_s = [int(viewers.stdout.readline()) for _ in range(int(pace.watch_s))]
            finally:
                viewers.kill()
    got = 8e-6 * sum(bytes_a_s) / len(bytes_a_s) / VIEWERS
    if got < 1:
        raise ValueError(f"a viewer got {got:.2f} Mbit/s: that is not the camera's picture")
    return (watched - alone) / VIEWERS, got


@contextmanager
def _recorder(made: MadeCentre) -> Iterator[int]:
    argv = (
        sys.executable,
        "-m",
        "sereno.main.recorder",
        "--settings",
        str(made.settings),
        "--parent",
        str(os.getpid()),
    )
    process = subprocess.Popen(argv)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(15)


def _await_recording(made: MadeCentre) -> None:
    deadline_s = time.monotonic() + START_S
    while not any(made.home.glob("archive/heavy/*")):
        if time.monotonic() > deadline_s:
            raise TimeoutError("the camera is not recorded")
        time.sleep(0.1)


def _used(pid: int, seconds: float) -> float:
    began_s, before = time.monotonic(), cpu_seconds(pid)
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - began_s)


def _seen(page: Page, camera: str, stream: str, pace: Pace, *, steer: bool = False) -> Seen:
    """Raises: ValueError when too few of the camera's pictures were painted."""
    page.evaluate("() => localStorage.setItem('sereno.wallLayout', '2')")
    page.reload()
    tile = page.get_by_test_id(f"tile-{camera}")
    tile.focus()
    page.keyboard.press("Enter")
    if steer:
        tile.focus()
        page.keyboard.press("p")
        page.get_by_test_id("helm").wait_for()
    page.wait_for_selector(f"[data-testid=tile-{camera}][data-state=playing][data-stream={stream}]")
    page.wait_for_timeout(1000 * pace.warm_up_s)
    area: list[float] = page.evaluate(_SHOWN)
    first_painted_s: dict[int, float] = {}
    for watched in range(1, LENGTHENED + 1):
        for at_s, data in _paints(page, pace.watch_s):
            told = _clock_in(base64.b64decode(data), area)
            if told is not None:
                first_painted_s.setdefault(told, at_s)
        if len(first_painted_s) >= pace.pictures:
            ages = [_age_ms(at_s, told) for told, at_s in first_painted_s.items()]
            return Seen(ages, len(ages) / (watched * pace.watch_s))
    raise ValueError(f"{camera}: only {len(first_painted_s)} pictures were painted in {watched * pace.watch_s:.0f} s")


def _paints(page: Page, watch_s: float) -> list[tuple[float, str]]:
    """When the page was painted, and how it looked."""
    painted: list[tuple[float, str]] = []
    session = page.context.new_cdp_session(page)

    def take(frame: dict[str, Any]) -> None:
        painted.append((frame["metadata"]["timestamp"], frame["data"]))
        session.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})

    session.on("Page.screencastFrame", take)
    session.send("Page.startScreencast", {"format": "jpeg", "quality": 50, "maxWidth": 320, "maxHeight": 200})
    page.wait_for_timeout(1000 * watch_s)
    session.send("Page.stopScreencast")
    session.detach()
    return painted[1:]  # the first shows what was painted before


def _clock_in(picture: bytes, area: list[float]) -> int | None:
    """None for a paint in which the clock cannot be read."""
    with Image.open(io.BytesIO(picture)) as opened:
        luma = np.asarray(opened.convert("L"))
    left, top, width, height, page_width = area
    scale = luma.shape[1] / page_width
    bright = []
    for number in range(COLUMNS * ROWS):
        row, column = divmod(number, COLUMNS)
        x = left + width * (LEFT + (RIGHT - LEFT) * (column + 0.5) / COLUMNS)
        y = top + height * (TOP + (BOTTOM - TOP) * (row + 0.5) / ROWS)
        bright.append(bool(luma[int(y * scale), int(x * scale)] > 128))
    return time_of(bright)


def _age_ms(at_s: float, told: int) -> float:
    return ((round(at_s * 1000) - told + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
