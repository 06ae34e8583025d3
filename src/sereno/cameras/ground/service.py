"""Calibrations: who drew which, what it is worth, and telling the analysts those that hold."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection

from sereno.access.model import Access, Permission
from sereno.access.work import Workplace
from sereno.cameras.ground import store
from sereno.cameras.ground.model import Doubt, Drawing, Found, GroundRecord, GroundShown, Method
from sereno.cameras.ground.orders import write_grounds
from sereno.cameras.ground.reckoning import Persons, reckon
from sereno.cameras.service import Cameras
from sereno.cameras.steering.store import all_locks
from sereno.core.errors import not_found
from sereno.core.ids import CameraId
from sereno.maps.ground.plane import GroundPlane

LEARNED_OVER = timedelta(hours=24)

PersonsSince = Callable[[CameraId, datetime], Persons]
"""Boxes of each person that a camera saw since an instant, a sequence a person."""


class Grounds:
    """``told`` is the file that analysts read."""

    def __init__(self, workplace: Workplace, cameras: Cameras, told: Path, persons: PersonsSince) -> None:
        self._workplace = workplace
        self._cameras = cameras
        self._told = told
        self._persons = persons
        self._last_told: dict[CameraId, GroundPlane] | None = None
        self._publishing = Lock()

    def find(self, access: Access, camera_id: CameraId) -> GroundShown | None:
        """None when the camera has none."""
        self._cameras.find(access, camera_id)
        with self._workplace.look(access, Permission.CAMERAS_VIEW) as connection:
            record = store.find_ground(connection, camera_id)
        return None if record is None else _shown(record)

    def preview(self, access: Access, camera_id: CameraId, drawing: Drawing) -> Found:
        """What would come of it; nothing is kept. Raises: AppError invalid."""
        access.require(Permission.CAMERAS_EDIT)
        self._cameras.find(access, camera_id)
        return self._reckoned(camera_id, drawing)[1]

    def save(self, access: Access, camera_id: CameraId, drawing: Drawing) -> GroundShown:
        """Replaces what there was, and ends its doubt. Raises: AppError invalid."""
        access.require(Permission.CAMERAS_EDIT)
        self._cameras.find(access, camera_id)
        plane, found = self._reckoned(camera_id, drawing)
        with self._workplace.work(access, Permission.CAMERAS_EDIT) as work:
            record = GroundRecord(
                camera_id=camera_id, drawing=drawing, plane=plane, found=found, at=work.at, by=access.name
            )
            store.put_ground(work.connection, record)
            error = "none" if found.overlay.error_m is None else f"{found.overlay.error_m:.2f}"
            count = str(len(drawing.pairs))
            work.audit("camera.ground", camera_id, method=drawing.method.value, points=count, error_m=error)
        self.publish()
        return _shown(record)

    def delete(self, access: Access, camera_id: CameraId) -> None:
        self._cameras.find(access, camera_id)
        with self._workplace.work(access, Permission.CAMERAS_EDIT) as work:
            if not store.drop_ground(work.connection, camera_id):
                raise not_found("ground_unknown", "This camera has no calibration.")
            work.audit("camera.ground.delete", camera_id)
        self.publish()

    def on_view(self, connection: Connection, camera_id: CameraId, at: datetime, moved_from: datetime | None) -> None:
        """A view was found turned away, or where it was at ``moved_from``: the instant of its reference picture.

        Applied by intake in its transaction; a second time it changes nothing. A new reference of a camera that stays
        turned does not end the doubt: only its old view, or a new calibration, does.
        """
        record = store.find_ground(connection, camera_id)
        if record is None or at < record.at:
            return
        if moved_from is None and record.doubt is Doubt.NONE:
            store.doubt_ground(connection, camera_id, Doubt.MOVED, at)
        since = record.doubtful_since
        if moved_from is not None and since is not None and moved_from <= since < at:
            store.doubt_ground(connection, camera_id, Doubt.NONE, None)

    def publish(self) -> None:
        """Tell the analysts the calibrations that hold; a camera that is steered now gets a doubt first."""
        with self._publishing:
            with self._workplace.database.read() as connection:
                planes = store.believed_planes(connection)
                steered = [camera_id for camera_id in all_locks(connection) if camera_id in planes]
            if steered:
                with self._workplace.database.write() as connection:
                    for camera_id in steered:
                        store.doubt_ground(connection, camera_id, Doubt.STEERED, self._workplace.clock.now())
            planes = {camera_id: plane for camera_id, plane in planes.items() if camera_id not in steered}
            if planes != self._last_told:
                write_grounds(self._told, planes)
                self._last_told = planes

    def _reckoned(self, camera_id: CameraId, drawing: Drawing) -> tuple[GroundPlane, Found]:
        since = self._workplace.clock.now() - LEARNED_OVER
        return reckon(drawing, self._persons(camera_id, since) if drawing.method is Method.HEIGHTS else ())


def _shown(record: GroundRecord) -> GroundShown:
    return GroundShown(**{each.name: getattr(record, each.name) for each in fields(GroundShown)})
