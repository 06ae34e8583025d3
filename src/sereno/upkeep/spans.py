"""Arithmetic of spans of time: ordered, apart from each other, half open. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From ``began`` up to but not ``ended``; aware, UTC."""

    began: datetime
    ended: datetime

    @property
    def seconds(self) -> float:
        return max(0.0, (self.ended - self.began).total_seconds())


def local_day(day: date, zone: ZoneInfo) -> Span:
    """The site's day: 23 or 25 hours when its clocks change."""
    return Span(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def day_of(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def joined(spans: Iterable[Span], tolerance: timedelta = timedelta(0)) -> list[Span]:
    """In order, with what overlaps or lies at most ``tolerance`` apart made one."""
    result: list[Span] = []
    for span in sorted(spans):
        if span.ended <= span.began:
            continue
        if result and span.began <= result[-1].ended + tolerance:
            result[-1] = Span(result[-1].began, max(result[-1].ended, span.ended))
        else:
            result.append(span)
    return result


def common(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """What lies in both; each is ``joined``."""
    result: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        began, ended = max(left[i].began, right[j].began), min(left[i].ended, right[j].ended)
        if began < ended:
            result.append(Span(began, ended))
        if left[i].ended <= right[j].ended:
            i += 1
        else:
            j += 1
    return result


def without(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """What of ``spans`` lies in none of ``taken``; each is ``joined``."""
    result: list[Span] = []
    at = 0
    for span in spans:
        began = span.began
        while at < len(taken) and taken[at].ended <= began:
            at += 1
        look = at
        while look < len(taken) and taken[look].began < span.ended:
            if taken[look].began > began:
                result.append(Span(began, taken[look].began))
            began = max(began, taken[look].ended)
            look += 1
        if began < span.ended:
            result.append(Span(began, span.ended))
    return result


def total_s(spans: Iterable[Span]) -> float:
    return sum(span.seconds for span in spans)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day. Where clocks go forward at midnight it is 01:00, which has the same instant."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)
