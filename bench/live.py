"""Live view from glass to glass, and what a viewer costs the recorder.

A camera shows the wall clock as fields; a real Chromium watches through the console, and the painted page (its
screencast, with the instant of each paint) tells how old the clock in it is. Viewers' cost: CPU time of the recorder
with 100 viewers of one 1080p camera of 4 Mbit/s, less that without any.
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
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from bench.chromium import ADMINISTRATOR, PASSWORD, chromium
from bench.clock_camera import BOTTOM, COLUMNS, LEFT, PATH, RIGHT, ROWS, TOP, time_of
from bench.figures import Figure
from bench.made_centre import MadeCentre, running, sign_in
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
WARM_UP_S = 6.0
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


def run(quick: bool) -> list[Figure]:
    watch_s = 8.0 if quick else 20.0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        heavy, dense = _clip(folder, "libx264", "1920x1080", "4M"), _clip(folder, "libx265", "1920x1080", "4M")
        port = stack.enter_context(clock_cameras(f"heavy={heavy}", f"dense={dense}"))
        urls = {name: f"rtsp://127.0.0.1:{port}/{name}" for name in (PATH, "heavy", "dense")}
        share, got = _viewer_share(folder / "viewers", urls["heavy"], watch_s)
        cameras = [
            live_camera("clock", urls[PATH], ptz=True),
            live_camera("dense", urls["dense"], sub_url=urls[PATH]),
        ]
        centre = stack.enter_context(running(prepared_centre(folder / "glass", cameras)))
        page = stack.enter_context(chromium()).new_page(viewport={"width": 1280, "height": 800})
        sign_in(page, centre)
        page.goto(f"{centre.url}#/wall")
        mse = _seen(page, "clock", watch_s, steer=False)
        sub = _seen(page, "dense", watch_s, steer=False)
        direct = _seen(page, "clock", watch_s, steer=True)
    return [
        Figure(key="glass_to_glass_p50_ms", value=percentile(mse, 0.5), unit="ms"),
        Figure(key="glass_to_glass_p95_ms", value=percentile(mse, 0.95), unit="ms", goal=200, bound="at_most"),
        Figure(key="h265_main_h264_sub_p95_ms", value=percentile(sub, 0.95), unit="ms", goal=200, bound="at_most"),
        Figure(key="webcodecs_p50_ms", value=percentile(direct, 0.5), unit="ms"),
        Figure(key="webcodecs_p95_ms", value=percentile(direct, 0.95), unit="ms", goal=100, bound="at_most"),
        Figure(key="paints_read", value=len(mse) + len(sub) + len(direct), unit="pictures"),
        Figure(key="viewer_core_share", value=share, unit="core", goal=0.001, bound="at_most"),
        Figure(key="viewer_mbit_s", value=got, unit="Mbit/s"),
    ]


def _clip(folder: Path, encoder: str, size: str, rate: str) -> Path:
    path = folder / f"{encoder}.mp4"
    source = f"testsrc2=size={size}:rate=25,noise=alls=12:allf=t"
    form = ("-c:v", encoder, "-preset", "ultrafast", "-b:v", rate, "-maxrate", rate, "-bufsize", rate, "-g", "50")
    more = ("-bf", "0", "-tag:v", "hvc1") if encoder == "libx265" else ("-bf", "0")
    argv = ("ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", source, "-t", "4", "-pix_fmt", "yuv420p")
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


def _viewer_share(folder: Path, url: str, watch_s: float) -> tuple[float, float]:
    """Of a core, for one viewer; and the Mbit/s that each got."""
    made = prepared_centre(folder, [live_camera("heavy", url)])
    with _recorder(made) as recorder:
        port = load_settings(made.settings).server.media_port
        time.sleep(WARM_UP_S)
        alone = _used(recorder, watch_s)
        key, now = load_ticket_key(made.home), SystemClock().now()
        tickets = [sign(make_ticket(CameraId("heavy"), TicketKind.LIVE, now), key) for _ in range(VIEWERS)]
        argv = (sys.executable, "-m", "bench.live_viewers", str(port))
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as viewers:
            try:
                if viewers.stdin is None or viewers.stdout is None:
                    raise ValueError("their input and output must be piped")
                viewers.stdin.write(json.dumps(tickets) + "\n")
                viewers.stdin.flush()
                viewers.stdout.readline()
                time.sleep(2.0)
                watched = _used(recorder, watch_s)
                bytes_a_s = [int(viewers.stdout.readline()) for _ in range(int(watch_s))]
            finally:
                viewers.kill()
    return (watched - alone) / VIEWERS, 8e-6 * sum(bytes_a_s) / len(bytes_a_s) / VIEWERS


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


def _used(pid: int, seconds: float) -> float:
    began_s, before = time.monotonic(), cpu_seconds(pid)
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - began_s)


def _seen(page: Page, camera: str, watch_s: float, *, steer: bool) -> list[float]:
    """How old each painted picture is, milliseconds."""
    page.reload()
    page.evaluate("() => localStorage.setItem('sereno.wallLayout', '2')")
    page.reload()
    tile = page.get_by_test_id(f"tile-{camera}")
    tile.focus()
    page.keyboard.press("Enter")
    tile = page.get_by_test_id(f"tile-{camera}")
    if steer:
        tile.get_by_role("button").first.click()
    page.wait_for_selector(f"[data-testid=tile-{camera}][data-state=playing]", timeout=30_000)
    page.wait_for_timeout(1000 * WARM_UP_S)
    area: list[float] = page.evaluate(_SHOWN)
    painted: list[tuple[float, str]] = []
    session = page.context.new_cdp_session(page)

    def take(frame: dict[str, Any]) -> None:
        painted.append((frame["metadata"]["timestamp"], frame["data"]))
        session.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})

    session.on("Page.screencastFrame", take)
    session.send("Page.startScreencast", {"format": "jpeg", "quality": 50, "maxWidth": 640, "maxHeight": 400})
    page.wait_for_timeout(1000 * watch_s)
    session.send("Page.stopScreencast")
    session.detach()
    ages = [_age_ms(at_s, base64.b64decode(data), area) for at_s, data in painted]
    return [age for age in ages if age is not None]


def _age_ms(at_s: float, picture: bytes, area: list[float]) -> float | None:
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
    told = time_of(bright)
    return None if told is None else ((round(at_s * 1000) - told + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
