"""Forgetting by age: a day's files go when the whole day is too old."""

from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

from sereno.runtime.atomic_file import sync_folder

_COMPANIONS = ("", "-wal", "-shm")


def drop_days(folder: Path, kept_since: datetime) -> list[date]:
    """Delete the files of each day that ended before ``kept_since``, portraits too; returns the days."""
    days = folder / "days"
    if not days.is_dir():
        return []
    gone = set()
    for path in days.glob("????-??-??*.db"):
        day = _day(path)
        if day is not None and _ended(day) <= kept_since:
            for companion in _COMPANIONS:
                path.with_name(path.name + companion).unlink(missing_ok=True)
            gone.add(day)
    if gone:
        sync_folder(days)
    return sorted(gone)


def _day(path: Path) -> date | None:
    try:
        return date.fromisoformat(path.name[:10])
    except ValueError:
        return None


def _ended(day: date) -> datetime:
    return datetime.combine(day, clock_time(), UTC) + timedelta(days=1)
