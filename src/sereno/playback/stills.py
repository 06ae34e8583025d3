"""Who may see a still, and what the audit log says of it: to look along an hour is one look, not a hundred."""

from datetime import datetime, timedelta
from threading import Lock

from sereno.access.model import Access, Permission
from sereno.access.work import Workplace
from sereno.cameras.store import find_camera
from sereno.core.clock import Clock
from sereno.core.errors import invalid, not_found
from sereno.core.ids import CameraId
from sereno.recording.stills.calls import MAX_PLACES, MAX_WIDTH, MIN_WIDTH
from sereno.recording.stills.service import Still, Stills

LIVE_AGE = timedelta(seconds=60)
"""A picture younger than this is a look at what happens now; an older one is playback."""
ONE_LOOK_S = 600.0
_MOST_LOOKS = 10_000
_LONGEST_STRIP = timedelta(hours=26)


class SeenStills:
    def __init__(self, workplace: Workplace, stills: Stills) -> None:
        self._workplace = workplace
        self._stills = stills
        self._looks = _Looks(workplace.clock)

    def at(self, access: Access, camera_id: CameraId, at: datetime | None, width: int) -> Still:
        """The latest when ``at`` is None. Raises: AppError not_found, denied, invalid, data_loss, unavailable."""
        _require_width(width)
        now = self._workplace.clock.now()
        if at is None or at > now - LIVE_AGE:
            self._look(access, camera_id, None)
            return self._stills.latest(camera_id, width) if at is None else self._stills.at(camera_id, at, width)
        self._look(access, camera_id, (at, at))
        return self._stills.at(camera_id, at, width)

    def strip(
        self, access: Access, camera_id: CameraId, span: tuple[datetime, datetime], count: int, width: int
    ) -> list[Still | None]:
        """Raises: as ``at``."""
        _require_width(width)
        if not 1 <= count <= MAX_PLACES or not timedelta(0) < span[1] - span[0] <= _LONGEST_STRIP:
            raise invalid("strip_invalid", f"A strip has 1 to {MAX_PLACES} pictures of a day at most.")
        self._look(access, camera_id, span)
        return self._stills.strip(camera_id, span, count, width)

    def _look(self, access: Access, camera_id: CameraId, span: tuple[datetime, datetime] | None) -> None:
        """Checks the right, and writes the look down unless it is part of one that is."""
        permission = Permission.LIVE_VIEW if span is None else Permission.PLAYBACK_VIEW
        with self._workplace.look(access, permission) as connection:
            camera = find_camera(connection, camera_id)
        if camera is None or not access.sees_group(camera.group):
            raise not_found("camera_unknown", "There is no such camera.")
        if not self._looks.begins(access, camera_id, span):
            return
        with self._workplace.work(access, permission) as work:
            if span is None:
                work.audit("live.still", camera_id)
            else:
                work.audit("playback.stills", camera_id, began=span[0].isoformat(), ended=span[1].isoformat())


class _Looks:
    """Remembers which hours of which camera somebody looked along within the last ten minutes, and why."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, ...], float] = {}
        self._lock = Lock()

    def begins(self, access: Access, camera_id: CameraId, span: tuple[datetime, datetime] | None) -> bool:
        """Whether some hour of ``span`` (None: now) is new."""
        who = (access.person_id, access.purpose, access.case or "", camera_id)
        keys = [(*who, "live")] if span is None else [(*who, str(hour)) for hour in _hours(span)]
        now_s = self._clock.monotonic_s()
        with self._lock:
            new = [key for key in keys if self._seen.get(key, -ONE_LOOK_S) <= now_s - ONE_LOOK_S]
            if len(self._seen) > _MOST_LOOKS:
                self._seen.clear()  # the next looks are written again
            self._seen.update((key, now_s) for key in new)
        return bool(new)


def _hours(span: tuple[datetime, datetime]) -> range:
    return range(int(span[0].timestamp()) // 3600, int(span[1].timestamp()) // 3600 + 1)


def _require_width(width: int) -> None:
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        raise invalid("still_width", f"width lies in {MIN_WIDTH} to {MAX_WIDTH}.")
