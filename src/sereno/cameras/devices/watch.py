"""One camera as a device: kept open, its clock read, its events pulled; what it does wrong is told once."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from sereno.cameras.devices.drive import Drive
from sereno.cameras.devices.event_gate import EventGate
from sereno.cameras.devices.events import DeviceClockRead, DeviceEventRaised, DeviceLost
from sereno.cameras.onvif.device import Device, open_device
from sereno.cameras.onvif.events import PullPoint
from sereno.cameras.onvif.faults import DeviceFault, device_fault
from sereno.cameras.onvif.model import DeviceEvent
from sereno.cameras.onvif.ptz import Steering
from sereno.cameras.roster import RosterCamera
from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.core.facts import Fact
from sereno.core.ids import FactId, new_id

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 120.0
RENEW_S = 30.0
OPEN_WITHIN_S = 4.0
Tell = Callable[[Fact], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Watching:
    """What every watch works with."""

    tell: Tell
    clock: Clock
    clock_every_s: float


class DeviceWatch:
    """``run`` until it is cancelled. ``device`` and ``drive`` serve calls meanwhile."""

    def __init__(self, camera: RosterCamera, watching: Watching) -> None:
        self.camera = camera
        self._watching = watching
        self._device: Device | None = None
        self._drive: Drive | None = None
        self._fault: AppError | None = None
        self._opened = asyncio.Event()
        self._doubt = asyncio.Event()
        self._driving = asyncio.Lock()
        self._gate = EventGate()

    async def device(self) -> Device:
        """The open device. Raises: AppError, what is wrong with it."""
        if self._device is None and self._fault is None:
            try:
                await asyncio.wait_for(self._opened.wait(), OPEN_WITHIN_S)
            except TimeoutError:
                raise device_fault(DeviceFault.TIMEOUT) from None
        if self._device is None:
            raise self._fault or device_fault(DeviceFault.UNREACHABLE)
        return self._device

    async def drive(self) -> Drive:
        """Raises: AppError, also ``device_unsupported``."""
        device = await self.device()
        async with self._driving:
            if self._drive is None or self._drive.steering.device is not device:
                self._drive = Drive(await Steering.of(device))
            return self._drive

    async def run(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            began_s = self._watching.clock.monotonic_s()
            try:
                await self._keep_open()
            except AppError as error:
                await self._failed(error)
            finally:
                await self._close()
            if self._watching.clock.monotonic_s() - began_s > LONGEST_PAUSE_S:
                pause_s = FIRST_PAUSE_S
            await asyncio.sleep(pause_s * random.uniform(0.8, 1.2))  # noqa: S311 not a secret: so that not all ask at once
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    async def _keep_open(self) -> None:
        """Ends with the first fault. Raises: AppError."""
        self._device = device = await open_device(self.camera.onvif_url, self._watching.clock)
        await device.profile_token()  # a clock is told to everybody: this is where a password is tried
        self._fault = None
        self._opened.set()
        await self._tell_clock(device.clock_offset_s)
        listening = asyncio.create_task(self._listen(device))
        try:
            await self._read_clock(device)
        finally:
            listening.cancel()
            (ended,) = await asyncio.gather(listening, return_exceptions=True)
            if isinstance(ended, Exception):
                raise ended

    async def _read_clock(self, device: Device) -> None:
        """Every few minutes, and whenever there is a doubt that it still answers."""
        while True:
            self._doubt.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._doubt.wait(), self._watching.clock_every_s)
            await self._tell_clock(await device.read_clock())

    async def _tell_clock(self, offset_s: float) -> None:
        at = self._watching.clock.now()
        fact = DeviceClockRead(id=FactId(new_id(at)), at=at, camera_id=self.camera.id, offset_s=offset_s)
        await self._watching.tell(fact)

    async def _listen(self, device: Device) -> None:
        """A device that has no pull points, or ends them, does not lose its clock for it."""
        while "events" in device.services:
            try:
                await self._pull_on(device)
            except AppError as error:
                log.info("camera=%s events: %s", self.camera.id, error)
                if error.code == DeviceFault.UNSUPPORTED:
                    return
                self._doubt.set()
            await asyncio.sleep(RENEW_S)

    async def _pull_on(self, device: Device) -> None:
        point = await PullPoint.create(device)
        renewed_s = self._watching.clock.monotonic_s()
        try:
            while True:
                for event in await point.pull():
                    await self._take(event)
                if self._watching.clock.monotonic_s() - renewed_s > RENEW_S:
                    await point.renew()
                    renewed_s = self._watching.clock.monotonic_s()
        finally:
            await _unsubscribe(point)

    async def _take(self, event: DeviceEvent) -> None:
        clock = self._watching.clock
        if self._gate.passes(event, clock.monotonic_s()):
            at = clock.now()
            fact = DeviceEventRaised(id=FactId(new_id(at)), at=at, camera_id=self.camera.id, event=event)
            await self._watching.tell(fact)

    async def _failed(self, error: AppError) -> None:
        if self._fault is None or self._fault.code != error.code:
            at = self._watching.clock.now()
            lost = DeviceLost(
                id=FactId(new_id(at)),
                at=at,
                camera_id=self.camera.id,
                reason=error.code,
                message=error.message,
                advice=error.advice,
            )
            await self._watching.tell(lost)
            log.warning("camera=%s device: %s (%s)", self.camera.id, error, error.code)
        self._fault = error
        self._opened.set()

    async def _close(self) -> None:
        device, self._device, self._drive = self._device, None, None
        if device is not None:
            await device.close()


async def _unsubscribe(point: PullPoint) -> None:
    """A device keeps few subscriptions; one that is gone already needs no ending."""
    with suppress(AppError):
        await asyncio.shield(point.end())
