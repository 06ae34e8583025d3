"""All cameras that speak ONVIF: follows the roster, and answers control's calls about them."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sereno.cameras.devices import calls
from sereno.cameras.devices.calls import (
    CardContent,
    CardSpan,
    DeviceAddress,
    Done,
    Found,
    Move,
    NewPreset,
    OfCamera,
    OfPreset,
    Presets,
    Search,
    Turn,
)
from sereno.cameras.devices.watch import DeviceWatch, Watching
from sereno.cameras.onvif.card import find_recordings
from sereno.cameras.onvif.device import open_device
from sereno.cameras.onvif.discovery import PORT, discover
from sereno.cameras.onvif.model import DeviceDescription, Preset
from sereno.cameras.roster import RosterCamera, read_roster
from sereno.core.errors import not_found
from sereno.core.ids import CameraId
from sereno.runtime.local_call import Answering

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0


class Fleet:
    """For one loop. ``follow`` until it is cancelled; ``answering`` is what it can be asked meanwhile."""

    def __init__(self, roster: Path, watching: Watching, discovery_port: int = PORT) -> None:
        self._roster = roster
        self._watching = watching
        self._discovery_port = discovery_port
        self._watches: dict[CameraId, DeviceWatch] = {}
        self._tasks: dict[CameraId, asyncio.Task[None]] = {}
        self._stamp: tuple[int, int] | None = None

    @property
    def answering(self) -> Sequence[Answering]:
        return (
            calls.DISCOVER.answered_by(self._discover),
            calls.DESCRIBE.answered_by(self._describe),
            calls.SNAPSHOT.answered_by(self._snapshot),
            calls.MOVE.answered_by(self._move),
            calls.TURN.answered_by(self._turn),
            calls.STOP.answered_by(self._stop),
            calls.PRESETS.answered_by(self._presets),
            calls.GOTO_PRESET.answered_by(self._go_to_preset),
            calls.SET_PRESET.answered_by(self._set_preset),
            calls.SEARCH_CARD.answered_by(self._search_card),
        )

    def watch(self, camera_id: CameraId) -> DeviceWatch:
        """Raises: AppError not_found."""
        found = self._watches.get(camera_id)
        if found is None:
            raise not_found("camera_no_device", "This camera has no ONVIF address.", "Edit the camera and add it.")
        return found

    async def follow(self) -> None:
        """A watch that fails unforeseen ends the process: the supervisor starts it again, and the log has the chain."""
        try:
            while True:
                self._look()
                for task in self._tasks.values():
                    if task.done():
                        task.result()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _look(self) -> None:
        try:
            stat = self._roster.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp == self._stamp:
                return
            cameras = read_roster(self._roster)
        except FileNotFoundError:
            return  # control has not written one yet
        except (OSError, ValueError) as error:
            log.error("%s cannot be read (%s): going on with the cameras before", self._roster, type(error).__name__)
            return
        self._stamp = stamp
        self._apply({camera.id: camera for camera in cameras if camera.onvif_url})

    def _apply(self, wanted: dict[CameraId, RosterCamera]) -> None:
        for camera_id, watch in list(self._watches.items()):
            now = wanted.get(camera_id)
            if now is None or now.onvif_url != watch.camera.onvif_url:
                self._tasks.pop(camera_id).cancel()
                del self._watches[camera_id]
        for camera_id, camera in wanted.items():
            if camera_id not in self._watches:
                watch = DeviceWatch(camera, self._watching)
                self._watches[camera_id] = watch
                self._tasks[camera_id] = asyncio.create_task(watch.run(), name=f"device-{camera_id}")

    async def _discover(self, search: Search) -> Found:
        return Found(devices=await discover(search.address, self._discovery_port))

    async def _describe(self, device: DeviceAddress) -> DeviceDescription:
        opened = await open_device(device.url, self._watching.clock)
        try:
            return await opened.describe()
        finally:
            await opened.close()

    async def _snapshot(self, of: OfCamera) -> bytes:
        return await (await self.watch(of.camera_id).device()).snapshot()

    async def _move(self, move: Move) -> Done:
        await (await self.watch(move.camera_id).drive()).move(move.speed)
        return Done()

    async def _turn(self, turn: Turn) -> Done:
        drive = await self.watch(turn.camera_id).drive()
        await drive.steering.turn(turn.to, relative=turn.relative)
        return Done()

    async def _stop(self, of: OfCamera) -> Done:
        await (await self.watch(of.camera_id).drive()).stop()
        return Done()

    async def _presets(self, of: OfCamera) -> Presets:
        drive = await self.watch(of.camera_id).drive()
        return Presets(presets=await drive.steering.presets())

    async def _go_to_preset(self, of: OfPreset) -> Done:
        drive = await self.watch(of.camera_id).drive()
        await drive.steering.go_to(of.token)
        return Done()

    async def _set_preset(self, new: NewPreset) -> Preset:
        drive = await self.watch(new.camera_id).drive()
        return await drive.steering.keep(new.name, new.token)

    async def _search_card(self, span: CardSpan) -> CardContent:
        """The device is asked, and answers, by its own clock; control hears of ours."""
        device = await self.watch(span.camera_id).device()
        ahead = timedelta(seconds=device.clock_offset_s)
        found = await find_recordings(device, span.began + ahead, span.ended + ahead)
        return CardContent(
            recordings=tuple(replace(each, began=each.began - ahead, ended=each.ended - ahead) for each in found)
        )
