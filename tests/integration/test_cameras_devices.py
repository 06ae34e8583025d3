"""The devices process: real sockets to a simulated device, a real process, control's own services on the other side."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from sereno.access.audit import audit_rows
from sereno.access.model import Role, system_access
from sereno.access.work import Workplace
from sereno.cameras.devices.events import DeviceChanged, DeviceClockRead, DeviceEventRaised, DeviceLost
from sereno.cameras.devices.service import Devices
from sereno.cameras.devices.store import devices_fact_log
from sereno.cameras.events import CameraChanged, HealthChanged
from sereno.cameras.onvif.model import DeviceEventKind, PtzVector
from sereno.cameras.onvif.soap import Credentials
from sereno.cameras.service import Cameras
from sereno.cameras.steering.events import PtzLockChanged
from sereno.cameras.steering.service import Steering
from sereno.core.clock import SystemClock
from sereno.core.errors import AppError
from sereno.core.ids import CameraId
from sereno.main.home import Home
from sereno.runtime.database import Database
from sereno.simulation.onvif.device import SimulatedDevice, SimulatedStream
from sereno.simulation.onvif.server import DeviceServer
from sereno.simulation.town import build_town
from tests.centre import access_as, open_workplace
from tests.waiting import until

pytestmark = pytest.mark.integration
CLOCK = SystemClock()
LOGIN = Credentials("centro", "secreto#1")
JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"
CAMERA = CameraId("plaza")
FACTS = (DeviceClockRead, DeviceEventRaised, DeviceLost)


def simulated(ahead_s: float = 0.0) -> SimulatedDevice:
    stream = SimulatedStream(token="main", url="rtsp://127.0.0.1:8554/plaza/main", width=1280, height=720, fps=25)
    ahead = timedelta(seconds=ahead_s)
    return SimulatedDevice(
        name="plaza", streams=(stream,), clock=CLOCK, credentials=LOGIN, clock_ahead=ahead, picture=JPEG
    )


@dataclass(frozen=True, slots=True)
class Centre:
    workplace: Workplace
    cameras: Cameras
    devices: Devices
    steering: Steering
    home: Path

    def facts(self) -> list[DeviceClockRead | DeviceEventRaised | DeviceLost]:
        path = self.home / "devices" / "devices.db"
        if not path.exists():
            return []
        log = devices_fact_log(FACTS)
        with closing(Database(path, read_only=True)) as database, database.read() as connection:
            found = [log.codec.decode(each.kind, each.body) for each in log.read_after(connection, 0)]
        return [each for each in found if isinstance(each, FACTS)]

    def audited(self) -> list[str]:
        with self.workplace.database.read() as connection:
            return [row.act for row in connection.execute(select(audit_rows.c.act).order_by(audit_rows.c.number))]

    def told(self) -> list[PtzLockChanged]:
        with self.workplace.database.read() as connection:
            logged = self.workplace.facts.read_after(connection, 0)
            found = [self.workplace.facts.codec.decode(each.kind, each.body) for each in logged]
        return [each for each in found if isinstance(each, PtzLockChanged)]


@contextmanager
def running(home: Path, url: str, lock_s: float = 20.0) -> Iterator[Centre]:
    kinds = (CameraChanged, HealthChanged, DeviceChanged, DeviceEventRaised, PtzLockChanged)
    camera = next(each for each in build_town("127.0.0.1", 8554).cameras if each.id == CAMERA)
    with open_workplace(home, CLOCK, *kinds) as workplace:
        cameras = Cameras(workplace, home / "roster.json")
        cameras.enrol(system_access("test"), [replace(camera, onvif_url=url, ptz=True)])
        caller = Home(home).devices_caller()
        centre = Centre(
            workplace,
            cameras,
            Devices(workplace, cameras, caller, 2.0),
            Steering(workplace, cameras, caller, lock_s),
            home,
        )
        (home / "sereno.toml").write_text(f'home = "{home}"\n[devices]\nclock_every_s = 1.0\n')
        argv = (sys.executable, "-m", "sereno.main.devices", "--settings", str(home / "sereno.toml"))
        with subprocess.Popen((*argv, "--parent", str(os.getpid())), stderr=subprocess.PIPE, text=True) as process:
            try:
                yield centre
            finally:
                process.terminate()
                log = process.stderr.read() if process.stderr else ""
                process.wait(10)
        assert "Traceback" not in log, log
        assert "secreto" not in log


def test_a_camera_is_known_as_a_device(tmp_path: Path) -> None:
    device = simulated(ahead_s=-3_600.0)
    with DeviceServer([device], CLOCK) as server, running(tmp_path, server.url("plaza")) as centre:
        clock = until(lambda: next((each for each in centre.facts() if isinstance(each, DeviceClockRead)), None))
        assert abs(clock.offset_s + 3_600) < 1.5
        until(lambda: device.subscriptions)
        device.tell("RuleEngine/CellMotionDetector/Motion", ("Rule", "zona"), ("IsMotion", "true"))
        event = until(lambda: next((each for each in centre.facts() if isinstance(each, DeviceEventRaised)), None))
        assert (event.event.kind, event.event.active) == (DeviceEventKind.MOTION, True)

        administrator = access_as(Role.ADMINISTRATOR, CLOCK)
        described = centre.devices.describe(administrator, server.url("plaza"))
        assert (described.make, described.profiles[0].width) == ("Sereno", 1280)
        assert centre.devices.snapshot(administrator, CAMERA) == JPEG
        assert centre.audited()[-2:] == ["camera.describe", "camera.snapshot"]

        with centre.workplace.database.write() as connection:
            centre.devices.on_clock_read(connection, centre.workplace.facts, clock)
            centre.devices.on_event(connection, centre.workplace.facts, event)
            centre.devices.on_event(connection, centre.workplace.facts, event)
        with centre.workplace.database.read() as connection:
            state = centre.devices.states_on(connection, administrator)[CAMERA]
        assert state.clock_wrong
        assert (tmp_path / "devices" / "roster.json").stat().st_mode & 0o777 == 0o600


def test_a_wrong_password_is_told_and_meets_who_asks(tmp_path: Path) -> None:
    with (
        DeviceServer([simulated()], CLOCK) as server,
        running(tmp_path, server.url("plaza").replace("secreto", "falso")) as centre,
    ):
        lost = until(lambda: next((each for each in centre.facts() if isinstance(each, DeviceLost)), None))
        assert lost.reason == "device_unauthorized"
        with pytest.raises(AppError) as raised:
            centre.devices.snapshot(access_as(Role.OPERATOR, CLOCK), CAMERA)
        assert raised.value.code == "device_unauthorized"


def test_steering_goes_by_rank_and_a_hand_that_lets_go_stops_it(tmp_path: Path) -> None:
    device = simulated()
    operator, other = access_as(Role.OPERATOR, CLOCK), access_as(Role.OPERATOR, CLOCK)
    supervisor, police = access_as(Role.SUPERVISOR, CLOCK), access_as(Role.POLICE_LIAISON, CLOCK)
    speed = PtzVector(pan=0.5)
    with DeviceServer([device], CLOCK) as server, running(tmp_path, server.url("plaza"), lock_s=1.5) as centre:
        steering = centre.steering
        until(lambda: moved(steering.move, operator, speed))
        until(lambda: device.motors.stops)  # nobody repeated the order
        assert device.motors.moves == 1
        steering.move(operator, CAMERA, speed)
        steering.stop(operator, CAMERA)
        assert not device.motors.moving(CLOCK.monotonic_s())

        with pytest.raises(AppError) as raised:
            steering.move(other, CAMERA, speed)
        assert (raised.value.code, operator.name in raised.value.message) == ("camera_steered", True)
        assert steering.move(supervisor, CAMERA, speed).holder == supervisor.name
        assert (
            steering.go_to_preset(police, CAMERA, steering.set_preset(police, CAMERA, "Banco").token).role
            is Role.POLICE_LIAISON
        )
        with pytest.raises(AppError):
            steering.move(supervisor, CAMERA, speed)

        def ended() -> bool:
            steering.end_idle()
            return centre.told()[-1].lock is None

        until(ended)
        assert [each.taken_from for each in centre.told()] == ["", operator.name, supervisor.name, ""]
        assert [act for act in centre.audited() if act.startswith("ptz")] == [
            *("ptz.begin", "ptz.end", "ptz.begin", "ptz.end", "ptz.begin", "ptz.preset", "ptz.end")
        ]
        with pytest.raises(AppError, match="hold"):
            steering.move(access_as(Role.AUDITOR, CLOCK), CAMERA, speed)


def moved(move: Callable[..., object], access: object, speed: PtzVector) -> bool:
    try:
        move(access, CAMERA, speed)
    except AppError as error:
        if error.code in ("devices_away", "camera_no_device"):
            return False
        raise
    return True
