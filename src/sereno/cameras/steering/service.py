"""Steering: each command claims the camera's lock, then goes to the devices process."""

from threading import Lock

from sqlalchemy import Connection

from sereno.access.model import Access, Permission, system_access
from sereno.access.work import Work, Workplace
from sereno.cameras.devices import calls
from sereno.cameras.devices.calls import Move, NewPreset, OfCamera, OfPreset, Turn
from sereno.cameras.onvif.model import Preset, PtzVector
from sereno.cameras.service import Cameras
from sereno.cameras.steering import store
from sereno.cameras.steering.events import PtzLockChanged
from sereno.cameras.steering.model import Claim, PtzLock, claim
from sereno.core.errors import AppError, ErrorKind, conflict, invalid
from sereno.core.ids import CameraId
from sereno.runtime.local_call import LocalCaller

MAX_PRESET_NAME = 60


class Steering:
    """One lock a camera. A nudge writes nothing; the beginning and the end of a session are told and audited."""

    def __init__(self, workplace: Workplace, cameras: Cameras, devices: LocalCaller, lock_s: float) -> None:
        self._workplace = workplace
        self._cameras = cameras
        self._devices = devices
        self._lock_s = lock_s
        self._claiming = Lock()
        self._commanded_s: dict[CameraId, float] = {}
        with workplace.database.read() as connection:
            self._locks = store.all_locks(connection)
        self._commanded_s = dict.fromkeys(self._locks, workplace.clock.monotonic_s())

    def move(self, access: Access, camera_id: CameraId, speed: PtzVector) -> PtzLock:
        """Moves for a second at most: who steers goes on saying so."""
        lock = self._claim(access, camera_id)
        self._devices.ask(calls.MOVE, Move(camera_id=camera_id, speed=speed), timeout_s=2.0)
        return lock

    def turn(self, access: Access, camera_id: CameraId, to: PtzVector, *, relative: bool) -> PtzLock:
        lock = self._claim(access, camera_id)
        self._devices.ask(calls.TURN, Turn(camera_id=camera_id, to=to, relative=relative))
        return lock

    def stop(self, access: Access, camera_id: CameraId) -> PtzLock:
        lock = self._claim(access, camera_id)
        self._devices.ask(calls.STOP, OfCamera(camera_id=camera_id))
        return lock

    def presets(self, access: Access, camera_id: CameraId) -> tuple[Preset, ...]:
        """Without claiming the camera."""
        self._steerable(access, camera_id)
        return self._devices.ask(calls.PRESETS, OfCamera(camera_id=camera_id)).presets

    def go_to_preset(self, access: Access, camera_id: CameraId, token: str) -> PtzLock:
        lock = self._claim(access, camera_id)
        self._devices.ask(calls.GOTO_PRESET, OfPreset(camera_id=camera_id, token=token))
        return lock

    def set_preset(self, access: Access, camera_id: CameraId, name: str) -> Preset:
        """Keeps where the camera looks now; a preset of that name is replaced."""
        name = name.strip()
        if not 0 < len(name) <= MAX_PRESET_NAME:
            raise invalid("preset_name_invalid", f"The name of a preset has 1 to {MAX_PRESET_NAME} characters.")
        self._claim(access, camera_id)
        token = next((each.token for each in self.presets(access, camera_id) if each.name == name), "")
        preset = self._devices.ask(calls.SET_PRESET, NewPreset(camera_id=camera_id, name=name, token=token))
        with self._workplace.work(access, Permission.CAMERAS_STEER) as work:
            work.audit("ptz.preset", camera_id, preset=name)
        return preset

    def release(self, access: Access, camera_id: CameraId) -> None:
        """The session ends now. Nothing happens when it is somebody else's, or over."""
        self._steerable(access, camera_id)
        with self._claiming:
            lock = self._locks.get(camera_id)
            if lock is not None and lock.person_id == access.person_id:
                self._end(access, lock, "released")

    def end_idle(self) -> None:
        """Ends every session without a command for as long as a lock lasts; called by a loop of control."""
        now_s = self._workplace.clock.monotonic_s()
        with self._claiming:
            idle = [lock for lock in self._locks.values() if now_s - self._commanded_s[lock.camera_id] > self._lock_s]
            for lock in idle:
                self._end(system_access("steering"), lock, "idle")

    def locks_on(self, connection: Connection, access: Access) -> dict[CameraId, PtzLock]:
        """For the snapshot, in its transaction."""
        seen = {camera.id for camera in self._cameras.list_on(connection, access)}
        return {camera_id: lock for camera_id, lock in store.all_locks(connection).items() if camera_id in seen}

    def _claim(self, access: Access, camera_id: CameraId) -> PtzLock:
        """Raises: AppError conflict ``camera_steered`` when somebody of the same or a higher rank steers it."""
        self._steerable(access, camera_id)
        with self._claiming:
            lock = self._locks.get(camera_id)
            match claim(lock, access):
                case Claim.REFUSED:
                    raise conflict(
                        "camera_steered",
                        f"{lock.holder if lock else ''} steers this camera now.",
                        f"It is free {self._lock_s:.0f} s after the last command.",
                    )
                case Claim.FREE | Claim.OUTRANKS:
                    lock = self._begin(access, camera_id, lock)
                case Claim.HELD:
                    pass
            if lock is None:
                raise AppError(ErrorKind.INTERNAL, "ptz_lock_lost", "A lock that is held is missing.")
            self._commanded_s[camera_id] = self._workplace.clock.monotonic_s()
            return lock

    def _steerable(self, access: Access, camera_id: CameraId) -> None:
        access.require(Permission.CAMERAS_STEER)
        if not self._cameras.find(access, camera_id).ptz:
            raise invalid("camera_fixed", "This camera cannot be steered.")

    def _begin(self, access: Access, camera_id: CameraId, before: PtzLock | None) -> PtzLock:
        lost = "" if before is None else before.holder
        with self._workplace.work(access, Permission.CAMERAS_STEER) as work:
            lock = PtzLock(
                camera_id=camera_id,
                person_id=access.person_id,
                holder=access.name,
                role=access.role,
                since=work.at,
            )
            store.put_lock(work.connection, lock)
            work.tell(PtzLockChanged(id=work.fact_id(), at=work.at, camera_id=camera_id, lock=lock, taken_from=lost))
            if before is not None:
                work.audit("ptz.end", camera_id, **_session(before, work, "taken over"))
            work.audit("ptz.begin", camera_id, taken_from=lost)
        self._locks[camera_id] = lock
        return lock

    def _end(self, access: Access, lock: PtzLock, why: str) -> None:
        with self._workplace.work(access, Permission.CAMERAS_STEER) as work:
            store.drop_lock(work.connection, lock.camera_id)
            work.tell(PtzLockChanged(id=work.fact_id(), at=work.at, camera_id=lock.camera_id, lock=None))
            work.audit("ptz.end", lock.camera_id, **_session(lock, work, why))
        del self._locks[lock.camera_id]


def _session(lock: PtzLock, work: Work, why: str) -> dict[str, str]:
    return {"holder": lock.holder, "since": lock.since.isoformat(), "until": work.at.isoformat(), "why": why}
