"""How many answer, by hour and camera: the newest of them, as many as can be counted in a moment."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sereno.analytics.model import Observation
from sereno.analytics.search.engine import Hunt, hits
from sereno.analytics.search.model import Counts, HourCount
from sereno.analytics.search.shelf import Shelf
from sereno.core.ids import CameraId

MOST_COUNTED = 5_000


def count(hunt: Hunt, shelf: Shelf, now: Sequence[Observation]) -> Counts:
    """Counts until time is up or ``MOST_COUNTED`` are reached; says so then."""
    hunt.wanted = MOST_COUNTED
    hours: Counter[datetime] = Counter()
    cameras: Counter[CameraId] = Counter()
    total, since = 0, None
    for hit in hits(hunt, shelf, now):
        if total == MOST_COUNTED:
            return _counts(total, since, hours, cameras)
        total, since = total + 1, hit.seen.first_at
        hours[since.replace(minute=0, second=0, microsecond=0)] += 1
        cameras[hit.seen.camera_id] += 1
    return _counts(total, since if hunt.timed_out else None, hours, cameras)


def _counts(total: int, since: datetime | None, hours: Counter[datetime], cameras: Counter[CameraId]) -> Counts:
    return Counts(
        total=total,
        complete=since is None,
        since=since,
        hours=tuple(HourCount(hour=hour, count=n) for hour, n in sorted(hours.items())),
        cameras=dict(cameras.most_common()),
    )
