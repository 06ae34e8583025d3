"""While an incident is open, the cameras around it are looked at more often: control tells the analysts so."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sereno.access.work import Workplace
from sereno.analytics.priorities import write_priorities
from sereno.cameras.store import all_cameras
from sereno.core.geography import Position
from sereno.core.ids import CameraId
from sereno.incidents import store
from sereno.incidents.model import Incident

NEAR_M = 150.0
"""About a block and a half: who runs from there is seen by these within a minute."""
FACTOR = 3.0
"""Where time is short such a camera gets three turns for one of another of its kind."""


def factors(positions: Mapping[CameraId, Position], unfinished: Iterable[Incident]) -> dict[CameraId, float]:
    """The cameras that stand near an incident, or from which it was reported. Pure."""
    found: dict[CameraId, float] = {}
    for incident in unfinished:
        for id_, position in positions.items():
            if id_ == incident.camera_id or position.distance_m(incident.position) <= NEAR_M:
                found[id_] = FACTOR
    return found


class Priorities:
    """``told`` is the file that analysts read; one loop publishes."""

    def __init__(self, workplace: Workplace, told: Path) -> None:
        self._workplace = workplace
        self._told = told
        self._last_told: dict[CameraId, float] | None = None

    def publish(self) -> None:
        """Write the file when it would say something else."""
        with self._workplace.database.read() as connection:
            unfinished = store.unfinished(connection)
            positions = {camera.id: camera.view.position for camera in all_cameras(connection)} if unfinished else {}
        found = factors(positions, unfinished)
        if found != self._last_told:
            write_priorities(self._told, found)
            self._last_told = found
