"""Cameras whose pictures end the process that looks at them: set aside, and tried again after growing pauses. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter

from sereno.core.ids import CameraId
from sereno.runtime.atomic_file import replace_file

PATIENCE = 3
"""So many in a row are no accident: who merely was in work when something else ended the process seldom is again."""
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
FORGIVEN_AFTER = timedelta(minutes=10)
"""Looked at for so long without an end, a camera is like any other again."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """``ends`` of a process in a row while this camera was in work; the last of them at ``last_at``."""

    ends: int
    last_at: datetime

    @property
    def until(self) -> datetime:
        """Not looked at before."""
        if self.ends < PATIENCE:
            return self.last_at
        return self.last_at + PAUSES[min(self.ends - PATIENCE, len(PAUSES) - 1)]


Suspicions = Mapping[CameraId, Suspicion]
_FILE = TypeAdapter(dict[CameraId, Suspicion])


def after_end(known: Suspicions, at_work: Iterable[CameraId], now: datetime) -> dict[CameraId, Suspicion]:
    """What is held against each camera once a process has ended over those ``at_work``."""
    kept = {id_: one for id_, one in known.items() if now < one.until + FORGIVEN_AFTER}
    for id_ in at_work:
        kept[id_] = Suspicion(kept[id_].ends + 1 if id_ in kept else 1, now)
    return kept


def set_aside(known: Suspicions, camera_id: CameraId, now: datetime) -> bool:
    """Whether the camera must wait. A clock that was set back does not prolong the pause for ever."""
    suspicion = known.get(camera_id)
    return suspicion is not None and suspicion.until - PAUSES[-1] <= now < suspicion.until


def read_suspicions(path: Path) -> dict[CameraId, Suspicion]:
    """Empty when there are none; a file that cannot be read holds none."""
    try:
        return _FILE.validate_json(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}


def write_suspicions(path: Path, suspicions: Suspicions) -> None:
    replace_file(path, _FILE.dump_json(dict(suspicions)))
