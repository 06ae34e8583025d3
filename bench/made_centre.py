"""A centre over a made archive, as real processes: recorder (for its media port), stills, control; no camera sends."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from bench.chromium import ADMINISTRATOR, PASSWORD
from bench.made_archive import Footage, MadeSpan, make_archive
from bench.town import free_ports
from sereno.access.model import Role, system_access
from sereno.access.service import NewPerson
from sereno.cameras.model import Camera, PlaceKind, View
from sereno.core.geography import Position
from sereno.core.ids import CameraId
from sereno.main.centre import open_centre
from sereno.main.home import Home
from sereno.main.schema import migrate
from sereno.runtime.database import Database
from sereno.runtime.settings import load_settings

PROCESSES = ("recorder", "stills", "control")
START_S = 60.0
_VIEW = View(position=Position(-34.6, -58.4), bearing_deg=90, field_of_view_deg=70, range_m=60)


@dataclass(frozen=True, slots=True)
class MadeCentre:
    url: str
    home: Path
    settings: Path


def prepare_centre(
    folder: Path, footage: Footage, spans: Sequence[MadeSpan], timezone: str = "America/Argentina/Buenos_Aires"
) -> MadeCentre:
    """Its folder, with an administrator and a switched-off camera for each camera of ``spans``."""
    console, media = free_ports(2)
    settings = folder / "sereno.toml"
    server = f"[server]\nport = {console}\nmedia_port = {media}\n"
    settings.write_text(f'home = "home"\n[site]\nname = "Archivo"\ntimezone = "{timezone}"\n{server}', encoding="utf-8")
    home = Home(folder / "home")
    home.prepare()
    with closing(Database(home.database)) as database:
        migrate(database)
    make_archive(home.root, footage, spans)
    with closing(open_centre(load_settings(settings))) as centre:
        centre.people.ensure("bench", NewPerson(name=ADMINISTRATOR, role=Role.ADMINISTRATOR, password=PASSWORD))
        names = dict.fromkeys(span.camera_id for span in spans)
        centre.cameras.enrol(system_access("bench"), [_camera(name) for name in names])
    return MadeCentre(f"http://127.0.0.1:{console}/", home.root, settings)


@contextmanager
def running(centre: MadeCentre) -> Iterator[MadeCentre]:
    argv = ("--settings", str(centre.settings), "--parent", str(os.getpid()))
    processes = [subprocess.Popen((sys.executable, "-m", f"sereno.main.{name}", *argv)) for name in PROCESSES]
    try:
        settings = load_settings(centre.settings).server
        for port in (settings.port, settings.media_port):
            _wait_for_port(port)
        yield centre
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(15)


def sign_in(page: Page, centre: MadeCentre) -> None:
    page.goto(centre.url)
    page.get_by_test_id("name").fill(ADMINISTRATOR)
    page.get_by_test_id("password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_test_id("desk").wait_for(timeout=60_000)


def _camera(name: str) -> Camera:
    return Camera(
        id=CameraId(name),
        name=name.replace("-", " ").capitalize(),
        place=PlaceKind.PLAZA,
        group="centro",
        owner="Municipio",
        view=_VIEW,
        main_url="rtsp://192.0.2.1/live",
        simulated=True,
        enabled=False,
    )


def _wait_for_port(port: int) -> None:
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"port {port} did not open within {START_S:.0f} s")
