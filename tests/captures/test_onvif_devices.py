"""Answers as devices of six makers write them, served over real HTTP: what we make of each."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TypeVar

import pytest

from sereno.cameras.onvif.card import find_recordings
from sereno.cameras.onvif.device import Device, open_device
from sereno.cameras.onvif.events import PullPoint
from sereno.cameras.onvif.faults import DeviceFault
from sereno.cameras.onvif.model import DeviceEventKind as Kind
from sereno.cameras.onvif.model import Preset
from sereno.cameras.onvif.ptz import Steering
from sereno.core.clock import ManualClock
from sereno.core.errors import AppError

CAPTURES = Path(__file__).parent / "onvif"
NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
T = TypeVar("T")


@contextmanager
def served(maker: str) -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """The device's URL, and what it is asked: path, action, message."""
    asked: list[tuple[str, str, bytes]] = []

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            message = self.rfile.read(int(self.headers["Content-Length"]))
            found = re.search(rb"<s:Body><\w+:(\w+)", message)
            action = found[1].decode() if found else ""
            asked.append((self.path, action, message))
            file = CAPTURES / maker / f"{action}.xml"
            host = f"127.0.0.1:{server.server_port}"
            answer = file.read_text(encoding="utf-8") if file.exists() else ""
            content = answer.replace("{HOST}", host).replace("{NAME}", "127.0.0.1").encode()
            self.send_response(200 if content else 400)
            self.send_header("Content-Length", str(len(content) or len(NOT_SUPPORTED)))
            self.end_headers()
            self.wfile.write(content or NOT_SUPPORTED)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://admin:pw@127.0.0.1:{server.server_address[1]}/onvif/device_service", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


NOT_SUPPORTED = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Receiver'
    b"</s:Value><s:Subcode><s:Value>ter:ActionNotSupported</s:Value></s:Subcode></s:Code></s:Fault></s:Body></s:Envelope>"
)


def on(maker: str, work: Callable[[Device], Awaitable[T]]) -> tuple[T, list[tuple[str, str, bytes]]]:
    async def run(url: str) -> T:
        device = await open_device(url, ManualClock(NOON))
        try:
            return await work(device)
        finally:
            await device.close()

    with served(maker) as (url, asked):
        return asyncio.run(run(url)), asked


def test_axis_names_its_subscription_by_a_parameter_that_it_wants_back() -> None:
    async def work(device: Device) -> tuple[list[tuple[Kind, str, bool | None, bool]], str]:
        point = await PullPoint.create(device)
        events = await point.pull()
        profiles = await device.profiles()
        assert [(each.codec, each.gop) for each in profiles] == [("h264", 62), ("", 0)]
        return [(each.kind, each.topic, each.active, each.initial) for each in events], profiles[0].stream_url

    (events, url), asked = on("axis", work)
    assert events == [
        (Kind.OTHER, "VideoSource/DayNightVision", None, True),
        (Kind.DIGITAL_INPUT, "Device/IO/Port", True, False),
        (Kind.TAMPER, "VideoSource/Tampering", None, False),
        (Kind.MOTION, "CameraApplicationPlatform/VMD/Camera1ProfileANY", False, False),
    ]
    assert url.endswith("/onvif-media/media.amp?profile=profile_1_h264&sessiontimeout=60&streamtype=unicast")
    pulls = [message for _, action, message in asked if action == "PullMessages"]
    assert b'<SubscriptionId xmlns="http://www.axis.com/2009/event">7</SubscriptionId>' in pulls[0]


def test_hikvision_knows_the_old_services_and_writes_its_booleans_large() -> None:
    async def work(device: Device) -> list[tuple[Kind, bool | None]]:
        assert device.clock_offset_s == pytest.approx(-8 * 3600 + 59, abs=2)  # a second of 60 is read as 59
        profile = (await device.profiles())[0]
        assert (profile.name, profile.width, profile.fps, profile.bitrate_kbps, profile.ptz) == (
            *("主码流", 2560, 25.0, 4096),
            True,
        )
        assert profile.stream_url.startswith("rtsp://127.0.0.1:554/Streaming/Channels/101?")
        point = await PullPoint.create(device)
        return [(each.kind, each.active) for each in await point.pull()]

    events, asked = on("hikvision", work)
    assert events == [(Kind.MOTION, True), (Kind.LINE_CROSSED, None), (Kind.TAMPER, False), (Kind.VIDEO_LOSS, True)]
    assert [path for path, action, _ in asked if action == "PullMessages"] == ["/onvif/Events/PullSubManager_2026?id=3"]


def test_dahua_behind_nat_is_asked_where_it_was_found_and_nowhere_else() -> None:
    async def work(device: Device) -> None:
        host = device.connection.device_service.partition("/onvif")[0]
        assert set(device.services) == {"media", "media2", "ptz", "search"}
        assert all(address.startswith(f"{host}/") for address in device.services.values())
        assert device.clock_offset_s < -26 * 365 * 86_400
        profile = (await device.profiles())[0]
        assert (profile.codec, profile.width, profile.fps, profile.gop, profile.ptz) == ("h265", 3840, 0.0, 0, True)
        assert profile.stream_url == (
            "rtsp://127.0.0.1:554/cam/realmonitor?channel=1&subtype=0&unicast=true&proto=Onvif"  # without its password
        )

    on("dahua", work)


def test_hanwha_writes_default_namespaces_and_presets_without_names() -> None:
    async def work(device: Device) -> tuple[Preset, ...]:
        assert device.clock_offset_s == pytest.approx(3 * 3600, abs=2)
        assert (await device.profiles())[0].codec == "jpeg"
        return await (await Steering.of(device)).presets()

    presets, _ = on("hanwha", work)
    assert presets == (Preset(token="1", name="1"), Preset(token="2", name="Puerta norte"))


def test_bosch_refuses_in_words_that_hold_an_address() -> None:
    async def work(_device: Device) -> None: ...

    with pytest.raises(AppError) as raised:
        on("bosch", work)
    assert raised.value.code == DeviceFault.UNAUTHORIZED
    assert "pw" not in str(raised.value)


def test_uniview_begins_with_a_mark_and_lists_recordings_without_tracks() -> None:
    async def work(device: Device) -> list[tuple[str, datetime, bool]]:
        found = await find_recordings(device, NOON.replace(hour=9), NOON)
        return [(each.token, each.began, each.recording) for each in found]

    found, _ = on("uniview", work)
    assert found == [("Recording_0", NOON.replace(hour=8), True)]
