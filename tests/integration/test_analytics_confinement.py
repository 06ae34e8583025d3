"""Who decodes hostile video holds no secret: it cannot open what the centre keeps, nor call anybody."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sereno.cameras.roster import ANALYST_ROSTER, RosterCamera, analysed, write_analyst_roster, write_roster
from sereno.core.errors import AppError
from sereno.core.ids import CameraId
from sereno.main.home import Home
from sereno.main.up import process_spec
from sereno.recording.stills.calls import LATEST, LatestQuestion
from sereno.runtime.confinement import landlock_version
from sereno.simulation.rtsp.server import RtspServerThread
from tests.integration.recorder_case import RunningRecorder, settings_for, wait_until

pytestmark = pytest.mark.integration

ASSETS = Path(__file__).parents[2] / "cache" / "assets"
PROGRAM = """
import errno, json, os, socket, sys
from pathlib import Path
from sereno.main.analyst import confine_analyst
from sereno.main.process_entry import Shard
from sereno.runtime.settings import load_settings

settings_path, port = Path(sys.argv[1]), int(sys.argv[2])
settings = load_settings(settings_path)
told = {"confined": confine_analyst(settings, Shard(0, 2), settings_path)}
home = settings.home

def attempt(act):
    try:
        act()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"

def call():
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass

def listen():
    with socket.create_server(("127.0.0.1", 0)):
        pass

told |= {name: attempt((home / name).read_bytes) for name in (
    "roster.json", "centre.db", "archive/journal.db", "keys/site.pem", "devices/roster.json", "analyst/1/analyst.db")}
told |= {f"list {name}": attempt(lambda: os.listdir(home / name)) for name in ("", "keys", "archive", "analyst/1")}
told |= {f"write {name}": attempt(lambda: (home / name).write_text("x")) for name in (
    "roster.json", "keys/new", "analyst/orders/roster.json", "analyst/1/x", "analyst/0/x")}
told["parent's memory"] = attempt(lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes())
told["signal"] = attempt(lambda: os.kill(os.getppid(), 0))
told["connect"], told["listen"] = attempt(call), attempt(listen)
told["orders"] = attempt((home / "analyst/orders/roster.json").read_bytes)
print(json.dumps(told))
"""
CALLING = """
import errno, json, sys
from pathlib import Path
from sereno.cameras.devices.calls import DISCOVER, Search
from sereno.core.errors import AppError
from sereno.main.analyst import confine_analyst
from sereno.main.home import Home
from sereno.main.process_entry import Shard
from sereno.recording.stills.calls import LATEST, LatestQuestion
from sereno.runtime.call_proof import CallKey, load_call_key
from sereno.runtime.local_call import LocalCaller
from sereno.runtime.settings import load_settings

settings_path = Path(sys.argv[1])
settings = load_settings(settings_path)
told = {"confined": confine_analyst(settings, Shard(0, 1), settings_path)}
home = Home(settings.home)
asked = {
    "devices": (home.devices_socket, DISCOVER, Search()),
    "stills": (home.stills_socket, LATEST, LatestQuestion(path="/", width=320)),
}
for name, (path, call, question) in asked.items():
    try:
        load_call_key(home.root, name)
    except OSError as error:
        told[f"key of {name}"] = errno.errorcode[error.errno]
    try:
        LocalCaller(path, name, CallKey(bytes(32))).ask(call, question)
    except AppError as error:
        told[name] = error.code
print(json.dumps(told))
"""
SECRETS = ("roster.json", "centre.db", "archive/journal.db", "keys/site.pem", "devices/roster.json")


def test_an_analyst_opens_no_secret_and_calls_nobody(tmp_path: Path) -> None:
    """Started from a folder that holds the centre's, as a demo is: what stands there is no program."""
    home = Home(tmp_path / "home")
    home.prepare()
    for name in (*SECRETS, "analyst/1/analyst.db", "analyst/orders/roster.json"):
        path = home.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("rtsp://user:secret@camera/")
    settings = tmp_path / "sereno.toml"
    settings.write_text('home = "home"\n')
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        command = (sys.executable, "-P", "-c", PROGRAM, str(settings), str(port))
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    if not told.pop("confined"):
        pytest.skip("this kernel has no Landlock")
    allowed = {"orders", "write analyst/0/x"}
    network = {"connect", "listen", "signal"}
    assert {name for name in told if told[name] == "done"} - network == allowed
    refused = told.keys() - allowed - (set() if landlock_version() >= 6 else network)
    assert {told[name] for name in refused} <= {"EACCES", "EPERM"}


def test_an_analyst_cannot_call_the_processes_that_control_calls(tmp_path: Path) -> None:
    """The sockets lie open to it, since Landlock cannot refuse them; but it cannot read their keys."""
    home = Home(tmp_path / "home")
    home.prepare()
    settings = tmp_path / "sereno.toml"
    settings.write_text('home = "home"\n')
    with answering("devices", settings, home.devices_socket), answering("stills", settings, home.stills_socket):
        command = (sys.executable, "-P", "-c", CALLING, str(settings))
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert ended.returncode == 0, ended.stderr
        with pytest.raises(AppError) as raised:
            home.stills_caller().ask(LATEST, LatestQuestion(path="/", width=320))
        assert raised.value.code == "still_not_found"
    told = json.loads(ended.stdout)
    assert (told["devices"], told["stills"]) == ("call_unproven", "call_unproven")
    if not told["confined"]:
        pytest.skip("this kernel has no Landlock")
    assert (told["key of devices"], told["key of stills"]) == ("EACCES", "EACCES")


@contextmanager
def answering(name: str, settings: Path, at: Path) -> Iterator[None]:
    with subprocess.Popen(process_spec(name, settings).argv, cwd=settings.parent) as process:
        try:
            wait_until(f"{name} listens", at.is_socket)
            yield
        finally:
            process.terminate()
            process.wait(20)


def test_the_process_itself_works_with_what_it_was_left(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    settings = replace(settings_for(tmp_path), assets=ASSETS)
    home = Home(tmp_path)
    home.prepare()
    path = tmp_path / "sereno.toml"
    path.write_text(f'home = "."\nassets = "{ASSETS}"\n')
    plaza = RosterCamera(id=CameraId("plaza"), name="plaza", main_url=rtsp_server.url("h264"))
    write_roster(home.roster, (plaza,))
    write_analyst_roster(tmp_path / ANALYST_ROSTER, (analysed(plaza),))
    with (
        RunningRecorder(settings),
        subprocess.Popen(process_spec("analyst 0/1", path).argv, cwd=tmp_path) as analyst,
    ):
        try:
            wait_until("frames are looked at", lambda: _looked_at(home) > 3)
            status = Path(f"/proc/{analyst.pid}/status").read_text()
            assert "NoNewPrivs:\t1" in status
            assert analyst.poll() is None
        finally:
            analyst.terminate()
            analyst.wait(20)
    assert analyst.returncode == 0


def _looked_at(home: Home) -> int:
    return sum(camera.detector_calls for stats in home.analyst_stats() for camera in stats.cameras.values())
