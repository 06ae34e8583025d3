"""``sereno demo``: a town of its own folder, with simulated cameras and crews, for a browser or a scripted operator."""

import argparse
import logging
import socket
import sys
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event, Timer

from sereno.access.model import Role
from sereno.core.clock import SystemClock
from sereno.core.errors import AppError
from sereno.main.assets import fetch_assets
from sereno.main.centre import open_centre
from sereno.main.demo_assets import ALL
from sereno.main.demo_plan import DemoPlan, write_plan
from sereno.main.demo_town import ensure_account, populate
from sereno.main.home import Home
from sereno.main.links import console_url, greet
from sereno.main.up import centre_processes, prepare_home, require_free_port, supervise
from sereno.maps.town_map import write_town_map
from sereno.runtime.loops import start_loop
from sereno.runtime.process import stop_on_signals
from sereno.runtime.progress import TerminalProgress
from sereno.runtime.settings import Settings, load_settings
from sereno.simulation.assets import H264_ENCODER
from sereno.simulation.console_client import ConsoleClient
from sereno.simulation.covered_lens import prepare_covered_lens
from sereno.simulation.operator import ScriptedOperator
from sereno.simulation.scenes.prepare import prepare_scenes
from sereno.simulation.shift_report import ShiftReport
from sereno.simulation.town import build_town

log = logging.getLogger(__name__)

OPERATOR = "Operador simulado"
SEGMENT_S = 10.0
"""Short, so that footage can be sealed soon after it happened."""
_CACHE = Path("cache")
_STOP_S = 6.0
_SETTINGS = """\
# Written by sereno demo at each start.
home = "."
assets = "{assets}"

[site]
name = "San Telmo del Sur"
jurisdiction = "ar-pba"

[server]
port = {port}
media_port = {media_port}

[recording]
segment_s = {segment_s}

[analytics]
processes = 2
appearance_hours = 24
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home", type=Path, default=Path("data/demo"), help="folder of the town (default: %(default)s)"
    )
    parser.add_argument("--port", type=int, default=8080, help="port of the console (default: %(default)s)")
    parser.add_argument("--media-port", type=int, default=8081, help="port of live view (default: %(default)s)")
    parser.add_argument("--rtsp-port", type=int, default=8554, help="port of the cameras (default: %(default)s)")
    parser.add_argument("--onvif-port", type=int, help="port of the cameras' ONVIF (default: that of RTSP and one)")
    parser.add_argument("--headless", action="store_true", help="a scripted operator works a shift instead of you")
    parser.add_argument("--seconds", type=float, default=120.0, help="length of the headless shift")
    parser.add_argument("--report", type=Path, help="where the headless shift's report goes (JSON)")


@dataclass(frozen=True, slots=True)
class _Ready:
    settings_path: Path
    settings: Settings


def run(options: argparse.Namespace) -> int:
    """0 when ended by Ctrl-C; headless, 0 only when every link of the chain is there."""
    ready = _settings(options)
    require_free_port("127.0.0.1", options.rtsp_port, "--rtsp-port")
    fetch_assets(ready.settings.assets, ALL)
    onvif_port = options.onvif_port or options.rtsp_port + 1
    require_free_port("127.0.0.1", onvif_port, "--onvif-port")
    town = build_town("127.0.0.1", options.rtsp_port, onvif_port)
    slugs = [camera.id for camera in town.cameras]
    clips = prepare_scenes(ready.settings.assets, _CACHE.resolve() / "scenes", TerminalProgress(sys.stderr), slugs)
    covered = prepare_covered_lens(clips[0].main.parent, ready.settings.assets / H264_ENCODER.name)
    with closing(prepare_home(ready.settings)):
        home = Home(ready.settings.home)
        write_town_map(home.town, town.map)
        write_plan(home, DemoPlan(options.rtsp_port, onvif_port, tuple(clips), covered))
        with closing(open_centre(ready.settings)) as centre:
            populate(centre, town)
            password = ensure_account(centre, OPERATOR, Role.SUPERVISOR) if options.headless else ""
        stop = stop_on_signals()
        if options.headless:
            return _headless(options, ready, stop, password)
        start_loop("greeting", partial(greet, ready.settings), stop)
        _supervise_town(ready.settings_path, options.rtsp_port, stop)
    return 0


def _settings(options: argparse.Namespace) -> _Ready:
    folder: Path = options.home.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sereno.toml"
    assets = _CACHE.resolve() / "assets"
    path.write_text(
        _SETTINGS.format(assets=assets, port=options.port, media_port=options.media_port, segment_s=SEGMENT_S),
        encoding="utf-8",
    )
    return _Ready(path, load_settings(path))


def _headless(options: argparse.Namespace, ready: _Ready, stop: Event, password: str) -> int:
    client = ConsoleClient(console_url(ready.settings.server))
    operator = ScriptedOperator(client, SystemClock(), stop, ready.settings.home)
    end = Timer(options.seconds, stop.set)
    end.start()

    def shift(until: Event) -> None:
        _sign_in(client, password, until)
        operator.work()
        stop.set()

    worker = start_loop("operator", shift, stop)
    _supervise_town(ready.settings_path, options.rtsp_port, stop)
    end.cancel()
    worker.join(5.0)
    client.close()
    report = operator.report
    _count_frames(report, Home(ready.settings.home))
    if options.report:
        options.report.write_text(report.as_json(), encoding="utf-8")
    print(report.as_json())
    return 0 if report.complete else 1


def _supervise_town(settings_path: Path, rtsp_port: int, stop: Event) -> None:
    """Until ``stop`` is set. The cameras are there before anybody looks for them; the console opens meanwhile."""
    first = ("simulator", "control")
    opening = start_loop("opening", lambda until: supervise(settings_path, first, until), stop)
    while not stop.is_set() and not _listens(rtsp_port):
        stop.wait(0.1)
    supervise(
        settings_path, [name for name in centre_processes(load_settings(settings_path)) if name not in first], stop
    )
    opening.join(_STOP_S)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
        return True
    return False


def _sign_in(client: ConsoleClient, password: str, stop: Event) -> None:
    """Waits for the centre to answer. Raises: AppError when it refuses."""
    while not stop.is_set():
        try:
            client.act("/session", {"name": OPERATOR, "password": password})
            return
        except AppError as error:
            if error.code != "centre_unreachable":
                raise
            stop.wait(0.2)


def _count_frames(report: ShiftReport, home: Home) -> None:
    cameras = [camera for stats in home.analyst_stats() for camera in stats.cameras.values()]
    report.frames_read = sum(camera.frames_read for camera in cameras)
    report.detector_calls = sum(camera.detector_calls for camera in cameras)
