"""The stretches of time that a question asks about: a window, parts of days, days of the week. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

from sereno.analytics.search.model import DayHours, Query

_DAY = timedelta(days=1)
_ALL_DAY = (DayHours(began=clock_time(), ended=clock_time()),)


@dataclass(frozen=True, slots=True)
class Span:
    """``began`` included, ``ended`` not."""

    began: datetime
    ended: datetime

    def meets(self, first_at: datetime, last_at: datetime) -> bool:
        return first_at < self.ended and last_at >= self.began


def spans_of(query: Query, kept: Span, zone: ZoneInfo) -> tuple[Span, ...]:
    """Newest first, none overlapping another; within ``kept``, what there is at all."""
    began = max(kept.began, query.began.astimezone(UTC)) if query.began else kept.began
    ended = min(kept.ended, query.ended.astimezone(UTC)) if query.ended else kept.ended
    if began >= ended:
        return ()
    if not query.hours and not query.weekdays:
        return (Span(began, ended),)
    parts = []
    day = began.astimezone(zone).date() - _DAY
    while day <= ended.astimezone(zone).date():
        if not query.weekdays or day.weekday() in query.weekdays:
            for hours in query.hours or _ALL_DAY:
                part = _on_day(day, hours, zone)
                if part.began < ended and part.ended > began:
                    parts.append(Span(max(part.began, began), min(part.ended, ended)))
        day += _DAY
    return tuple(reversed(_joined(sorted(parts, key=lambda span: span.began))))


def _on_day(day: date, hours: DayHours, zone: ZoneInfo) -> Span:
    last = day if hours.ended > hours.began else day + _DAY
    return Span(
        datetime.combine(day, hours.began.replace(tzinfo=None), zone).astimezone(UTC),
        datetime.combine(last, hours.ended.replace(tzinfo=None), zone).astimezone(UTC),
    )


def _joined(parts: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for part in parts:
        if joined and part.began <= joined[-1].ended:
            joined[-1] = Span(joined[-1].began, max(joined[-1].ended, part.ended))
        else:
            joined.append(part)
    return joined
