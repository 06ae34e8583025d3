"""Cameras as devices, for people: find them, ask what they are, and how their clocks are."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from sereno.access.model import Access, Permission
from sereno.access.work import Workplace
from sereno.cameras.devices import calls, store
from sereno.cameras.devices.calls import CardSpan, DeviceAddress, OfCamera, Search
from sereno.cameras.devices.events import DeviceChanged, DeviceClockRead, DeviceEventRaised, DeviceLost
from sereno.cameras.devices.model import DeviceState
from sereno.cameras.onvif.model import CardRecording, DeviceDescription, FoundDevice
from sereno.cameras.service import Cameras
from sereno.cameras.urls import check_device_url, redacted_device
from sereno.core.ids import CameraId, FactId, new_id
from sereno.runtime.fact_log import FactLog
from sereno.runtime.local_call import LocalCaller

SEARCH_LIMIT_S = 8.0
DESCRIBE_LIMIT_S = 30.0


class Devices:
    """Whoever has the centre call an address is written down before it does."""

    def __init__(self, workplace: Workplace, cameras: Cameras, devices: LocalCaller, clock_limit_s: float) -> None:
        self._workplace = workplace
        self._cameras = cameras
        self._devices = devices
        self._clock_limit_s = clock_limit_s

    def discover(self, access: Access, address: str) -> tuple[FoundDevice, ...]:
        with self._workplace.work(access, Permission.CAMERAS_EDIT) as work:
            work.audit("camera.discover", address[:200] or "network")
        return self._devices.ask(calls.DISCOVER, Search(address=address), SEARCH_LIMIT_S).devices

    def describe(self, access: Access, url: str) -> DeviceDescription:
        check_device_url(url)
        with self._workplace.work(access, Permission.CAMERAS_EDIT) as work:
            work.audit("camera.describe", redacted_device(url)[:200])
        return self._devices.ask(calls.DESCRIBE, DeviceAddress(url=url), DESCRIBE_LIMIT_S)

    def snapshot(self, access: Access, camera_id: CameraId) -> bytes:
        """A JPEG out of the device, taken now."""
        access.require(Permission.LIVE_VIEW)
        self._cameras.find(access, camera_id)
        with self._workplace.work(access, Permission.LIVE_VIEW) as work:
            work.audit("camera.snapshot", camera_id)
        return self._devices.ask(calls.SNAPSHOT, OfCamera(camera_id=camera_id), 10.0)

    def card(self, access: Access, camera_id: CameraId, began: datetime, ended: datetime) -> tuple[CardRecording, ...]:
        """What the camera recorded by itself in that span, by our clock."""
        self._cameras.find(access, camera_id)
        with self._workplace.work(access, Permission.PLAYBACK_VIEW) as work:
            work.audit("camera.card", camera_id, began=began.isoformat(), ended=ended.isoformat())
        span = CardSpan(camera_id=camera_id, began=began, ended=ended)
        return self._devices.ask(calls.SEARCH_CARD, span, DESCRIBE_LIMIT_S).recordings

    def states_on(self, connection: Connection, access: Access) -> dict[CameraId, DeviceState]:
        """For the snapshot, in its transaction."""
        seen = {camera.id for camera in self._cameras.list_on(connection, access)}
        return {camera_id: each for camera_id, each in store.all_states(connection).items() if camera_id in seen}

    def on_clock_read(self, connection: Connection, facts: FactLog, fact: DeviceClockRead) -> None:
        """Applied by intake in its transaction; a second time it changes nothing."""
        before = store.all_states(connection).get(fact.camera_id, DeviceState())
        after = DeviceState(
            clock_offset_s=fact.offset_s,
            clock_read_at=fact.at,
            clock_wrong=abs(fact.offset_s) > self._clock_limit_s,
        )
        self._take(connection, facts, fact, before, after)

    def on_lost(self, connection: Connection, facts: FactLog, fact: DeviceLost) -> None:
        """Applied by intake in its transaction; a second time it changes nothing."""
        before = store.all_states(connection).get(fact.camera_id, DeviceState())
        after = replace(before, reason=fact.reason, message=fact.message, advice=fact.advice)
        self._take(connection, facts, fact, before, after)

    def on_event(self, connection: Connection, facts: FactLog, fact: DeviceEventRaised) -> None:
        """Applied by intake in its transaction; a second time it changes nothing."""
        if self._cameras.group_of(fact.camera_id) is not None and facts.find(connection, fact.id) is None:
            facts.append(connection, fact)

    def _take(
        self,
        connection: Connection,
        facts: FactLog,
        cause: DeviceClockRead | DeviceLost,
        before: DeviceState,
        after: DeviceState,
    ) -> None:
        if after == before or self._cameras.group_of(cause.camera_id) is None:
            return
        store.put_state(connection, cause.camera_id, after)
        at = self._workplace.clock.now()
        facts.append(
            connection,
            DeviceChanged(id=FactId(new_id(at)), at=at, caused_by=cause.id, camera_id=cause.camera_id, device=after),
        )
