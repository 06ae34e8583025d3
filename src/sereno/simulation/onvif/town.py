"""The devices of the town: its steerable cameras, each with a card that records all the time."""

import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import av

from sereno.cameras.model import Camera
from sereno.cameras.onvif.soap import Credentials
from sereno.core.clock import Clock
from sereno.simulation.onvif.device import CardSpan, SimulatedDevice, SimulatedStream
from sereno.simulation.onvif.replay import Card, ReplayServer
from sereno.simulation.onvif.server import DeviceServer
from sereno.simulation.rtsp.clip import Clip
from sereno.simulation.town import DEVICE_LOGIN, Town

CARD_BEFORE = timedelta(hours=6)
"""What each card holds already when the town starts."""


@dataclass(frozen=True, slots=True)
class DeviceFootage:
    """What a camera shows, and the file that it comes from."""

    clip: Clip
    file: Path


@contextmanager
def town_devices(town: Town, footage: Mapping[str, DeviceFootage], clock: Clock, port: int) -> Iterator[None]:
    """Served while the ``with`` lasts; nothing when no camera of the town speaks ONVIF."""
    cameras = [camera for camera in town.cameras if camera.onvif_url and camera.id in footage]
    with ExitStack() as running:
        if cameras:
            cards = {str(camera.id): Card(footage[camera.id].clip, clock.now() - CARD_BEFORE) for camera in cameras}
            replay = running.enter_context(ReplayServer(cards, clock))
            devices = [_device(camera, footage[camera.id], cards[camera.id], replay, clock) for camera in cameras]
            running.enter_context(DeviceServer(devices, clock, port=port))
        yield


def _device(camera: Camera, footage: DeviceFootage, card: Card, replay: ReplayServer, clock: Clock) -> SimulatedDevice:
    clip = footage.clip
    stream = SimulatedStream(
        token="main",  # noqa: S106 ONVIF's word for a name
        url=camera.main_url,
        width=clip.width,
        height=clip.height,
        fps=clip.fps,
        codec=clip.codec.value,
    )
    user, _, password = DEVICE_LOGIN.partition(":")
    return SimulatedDevice(
        name=camera.id,
        streams=(stream,),
        clock=clock,
        credentials=Credentials(user, password),
        card=(CardSpan(token="card", began=card.began, ended=None, url=replay.url(camera.id)),),  # noqa: S106
        picture=first_picture(footage.file),
    )


def first_picture(file: Path) -> bytes:
    """A JPEG of a clip's beginning."""
    with av.open(str(file)) as container:
        frame = next(container.decode(video=0))
    content = io.BytesIO()
    frame.to_image().save(content, "JPEG", quality=80)
    return content.getvalue()
