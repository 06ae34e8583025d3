"""Instants and durations as devices write them."""

import re
from datetime import UTC, datetime, timedelta

from sereno.cameras.onvif.xml_reading import Element, number_of

_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


def instant_of(text: str) -> datetime | None:
    """ISO 8601; without a zone it is UTC. None for what is no instant."""
    try:
        at = datetime.fromisoformat(text.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def duration_of(text: str) -> timedelta | None:
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        return None
    try:
        return timedelta(**{unit: float(value) for unit, value in found.groupdict().items() if value})
    except OverflowError:
        return None


def written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def device_time(answer: Element) -> datetime | None:
    """The device's clock out of ``GetSystemDateAndTimeResponse``; local time when it tells no other."""
    for kind in ("UTCDateTime", "LocalDateTime"):
        parts = next(answer.every(kind), None)
        if parts is None:
            continue
        date, time = parts.at("Date"), parts.at("Time")
        if date is None or time is None:
            continue
        numbers = [int(number_of(date.value(name), -1)) for name in ("Year", "Month", "Day")]
        numbers += [int(number_of(time.value(name), -1)) for name in ("Hour", "Minute", "Second")]
        year, month, day, hour, minute, second = numbers
        try:
            return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
    return None
