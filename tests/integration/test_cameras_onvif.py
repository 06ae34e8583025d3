"""The ONVIF client against simulated devices, over real sockets."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import pytest

from sereno.cameras.onvif.card import find_recordings, replay_url
from sereno.cameras.onvif.device import Device, open_device
from sereno.cameras.onvif.discovery import discover
from sereno.cameras.onvif.events import PullPoint
from sereno.cameras.onvif.faults import DeviceFault
from sereno.cameras.onvif.model import DeviceEventKind, PtzVector
from sereno.cameras.onvif.ptz import Steering
from sereno.cameras.onvif.soap import Credentials
from sereno.core.clock import SystemClock
from sereno.core.errors import AppError
from sereno.simulation.onvif.device import CardSpan, Quirks, SimulatedDevice, SimulatedStream
from sereno.simulation.onvif.server import DeviceServer

pytestmark = pytest.mark.integration
CLOCK = SystemClock()
LOGIN = Credentials("centro", "a b:c@d/é#")
JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"
T = TypeVar("T")


def device(quirks: Quirks | None = None, ahead_s: float = 0.0) -> SimulatedDevice:
    now = CLOCK.now()
    return SimulatedDevice(
        name="plaza",
        streams=(
            SimulatedStream(token="main", url="rtsp://127.0.0.1:8554/plaza/main", width=1920, height=1080, fps=25),
            SimulatedStream(token="sub", url="rtsp://127.0.0.1:8554/plaza/sub", width=640, height=360, fps=12.5),
        ),
        clock=CLOCK,
        credentials=LOGIN,
        clock_ahead=timedelta(seconds=ahead_s),
        quirks=quirks or Quirks(),
        card=(
            CardSpan(
                token="old", began=now - timedelta(hours=9), ended=now - timedelta(hours=8), url="rtsp://127.0.0.1:1/a"
            ),
            CardSpan(token="new", began=now - timedelta(hours=1), ended=now, url="rtsp://192.0.2.7:8554/b?x=1"),
        ),
        picture=JPEG,
    )


@contextmanager
def served(simulated: SimulatedDevice, discovery_port: int | None = None) -> Iterator[str]:
    with DeviceServer([simulated], CLOCK, discovery_port=discovery_port) as server:
        yield server.url(simulated.name)


def on_device(url: str, work: Callable[[Device], Awaitable[T]]) -> T:
    async def run() -> T:
        opened = await open_device(url, CLOCK)
        try:
            return await work(opened)
        finally:
            await opened.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("quirks", "ahead_s"),
    [
        (Quirks(), 0.0),
        (Quirks(http_digest=True), -7 * 3_600.0),
        (Quirks(foreign_host="192.0.2.1:8899"), 3_600.0),
        (Quirks(old=True), 0.0),
        (Quirks(old=True, http_digest=True, foreign_host="10.255.255.1"), 86_400.0),
    ],
)
def test_a_device_is_described_whatever_its_maker_made_of_the_standard(quirks: Quirks, ahead_s: float) -> None:
    with served(device(quirks, ahead_s)) as url:
        described = on_device(url, lambda opened: opened.describe())
        picture = on_device(url, lambda opened: opened.snapshot())
    assert abs(described.clock_offset_s - ahead_s) < 1.5
    assert (described.make, described.model, described.ptz, described.events) == (
        "Sereno",
        "Simulator plaza",
        True,
        True,
    )
    assert described.card is not quirks.old
    main = described.profiles[0]
    assert (main.codec, main.width, main.height, main.fps, main.gop) == ("h264", 1920, 1080, 25.0, 50)
    assert main.stream_url == "rtsp://127.0.0.1:8554/plaza/main"
    assert picture == JPEG


def test_a_wrong_password_is_told_as_such() -> None:
    for quirks in (Quirks(), Quirks(http_digest=True)):
        with served(device(quirks)) as url:
            for login in ("nobody:x@", "centro:x@", ""):
                wrong = f"http://{login}{url.rpartition('@')[2]}"
                with pytest.raises(AppError) as raised:
                    on_device(wrong, lambda opened: opened.describe())
                assert raised.value.code == DeviceFault.UNAUTHORIZED


def test_it_is_steered_and_stops_by_itself() -> None:
    simulated = device()

    async def steer(opened: Device) -> None:
        steering = await Steering.of(opened)
        await steering.move(PtzVector(pan=0.5, tilt=-0.25, zoom=0.1))
        assert simulated.motors.moving(CLOCK.monotonic_s())
        assert simulated.motors.until_s - simulated.motors.since_s == 1.0
        await steering.stop()
        assert not simulated.motors.moving(CLOCK.monotonic_s())
        await steering.turn(PtzVector(pan=0.5, tilt=0.25, zoom=0.5), relative=False)
        kept = await steering.keep("Esquina <ñ>", "")
        await steering.turn(PtzVector(pan=-0.1), relative=True)
        assert simulated.motors.position.pan == pytest.approx(0.4)
        assert await steering.presets() == (kept,)
        await steering.go_to(kept.token)
        assert simulated.motors.position == PtzVector(pan=0.5, tilt=0.25, zoom=0.5)
        with pytest.raises(AppError) as raised:
            await steering.go_to("none")
        assert raised.value.code == DeviceFault.REFUSED

    with served(simulated) as url:
        on_device(url, steer)


def test_its_events_are_pulled_as_they_happen() -> None:
    simulated = device()

    async def listen(opened: Device) -> list[tuple[DeviceEventKind, bool | None, str]]:
        point = await PullPoint.create(opened)
        pulling = asyncio.create_task(point.pull())
        await asyncio.sleep(0)
        simulated.tell("VideoSource/MotionAlarm", ("Source", "VideoSource_1"), ("State", "true"))
        simulated.tell("Device/Trigger/DigitalInput", ("InputToken", "in1"), ("LogicalState", "0"))
        events = list(await pulling)
        while len(events) < 2:
            events += await point.pull()
        await point.renew()
        await point.end()
        with pytest.raises(AppError):
            await point.renew()
        return [(each.kind, each.active, each.source) for each in events]

    with served(simulated) as url:
        assert on_device(url, listen) == [
            (DeviceEventKind.MOTION, True, "Source=VideoSource_1"),
            (DeviceEventKind.DIGITAL_INPUT, False, "InputToken=in1"),
        ]


def test_its_card_is_searched_by_its_own_clock() -> None:
    simulated = device(ahead_s=-3_600.0)

    async def search(opened: Device) -> tuple[list[str], str]:
        now = simulated.now()
        found = await find_recordings(opened, now - timedelta(hours=2), now)
        return [each.token for each in found], await replay_url(opened, "new")

    with served(simulated) as url:
        # the replay's address names another host: it is sought at the device's own
        assert on_device(url, search) == (["new"], "rtsp://127.0.0.1:8554/b?x=1")


def test_it_is_found_by_a_probe_and_sought_where_it_answered() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with served(device(Quirks(foreign_host="203.0.113.9")), discovery_port=port):
        found = asyncio.run(discover("127.0.0.1", port, listen_s=0.5))
    assert [(each.url, each.name, each.profiles) for each in found] == [
        ("http://127.0.0.1/plaza/device_service", "plaza", ("T",))
    ]
