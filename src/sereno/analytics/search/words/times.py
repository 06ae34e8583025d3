"""When: days, parts of days and hours, as they are said. Pure."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

from sereno.analytics.search.model import DayHours, Query
from sereno.analytics.search.words.lexicon import Lexicon, Token

_DAY = timedelta(days=1)
_HOUR = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?:hs|h|pm|am)?")
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{2,4}))?|(\d{4})/(\d{1,2})")
_AROUND = timedelta(minutes=30)
_BETWEEN = ("entre", "de", "desde", "between", "from")
_AND = ("y", "a", "hasta", "e", "ate", "to", "and")
_SINCE = ("desde", "despues", "pasadas", "since", "after")
_UNTIL = ("hasta", "antes", "ate", "until", "before")
_ARTICLES = ("las", "la", "de", "el", "los", "as", "the", "que")
_LAST = ("ultimo", "ultima", "ultimos", "ultimas", "last", "hace")


@dataclass(slots=True)
class When:
    """What was said of time so far. Hours are on the centre's clock."""

    now: datetime
    zone: ZoneInfo
    day: date | None = None
    hours: DayHours | None = None
    part: DayHours | None = None
    weekdays: list[int] = field(default_factory=list)
    began: datetime | None = None

    def put_into(self, query: Query) -> dict[str, object]:
        """The fields of the query that change."""
        hours = self._hours()
        if self.began is not None:
            return {"began": self.began, "ended": self.now}
        if self.day is not None:
            began, ended = self._on(self.day, hours or DayHours(began=clock_time(), ended=clock_time()))
            return {"began": began, "ended": ended}
        changes: dict[str, object] = {"hours": (hours,)} if hours is not None else {}
        return changes | ({"weekdays": tuple(sorted(set(self.weekdays)))} if self.weekdays else {})

    def _hours(self) -> DayHours | None:
        """An hour of one to eleven with a part of the day after noon is that hour of the afternoon."""
        if self.hours is None:
            return self.part
        if self.part is None or self.part.began.hour < 12:
            return self.hours
        began, ended = self.hours.began, self.hours.ended
        return DayHours(began=_after_noon(began), ended=_after_noon(ended))

    def _on(self, day: date, hours: DayHours) -> tuple[datetime, datetime]:
        last = day if hours.ended > hours.began else day + _DAY
        return datetime.combine(day, hours.began, self.zone), datetime.combine(last, hours.ended, self.zone)

    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


def read_time(when: When, words: Lexicon, tokens: list[Token], at: int) -> tuple[int, str, str] | None:
    """How many tokens tell of time here, the field they go into, and what they were taken for; ``when`` takes it."""
    for reading in (_last, _between, _one_sided, _at_hour, _day, _date, _weekday, _part):
        found = reading(when, words, tokens, at)
        if found is not None:
            return found
    return None


def _last(when: When, words: Lexicon, tokens: list[Token], at: int) -> tuple[int, str, str] | None:
    """``última hora``, ``últimos 20 minutos``, ``hace dos horas``."""
    if tokens[at].plain not in _LAST:
        return None
    number, place = number_at(words, tokens, at + 1)
    unit = words.longest("units", tokens, place)
    if unit is None:
        return None
    span = timedelta(seconds=(number or 1) * int(unit[1]))
    when.began = when.now - min(span, timedelta(days=3650))
    return place + unit[0] - at, "began", when.began.isoformat()


def _between(when: When, words: Lexicon, tokens: list[Token], at: int) -> tuple[int, str, str] | None:
    """``entre las 22 y las 23``, ``de 8 a 12 hs``, ``desde las 7 hasta las 9``."""
    place = at + 1 if tokens[at].plain in _BETWEEN else None
    if place is None:
        return None
    first, place = hour_at(tokens, place)
    if first is None or place >= len(tokens) or tokens[place].plain not in _AND:
        return None
    second, place = hour_at(tokens, place + 1)
    if second is None:
        return None
    when.hours = DayHours(began=first, ended=second)
    return place - at, "hours", f"{first:%H:%M}-{second:%H:%M}"


def _one_sided(when: When, words: Lexicon, tokens: list[Token], at: int) -> tuple[int, str, str] | None:
    """``desde las 22``, ``después de las 10``, ``hasta las 6``, ``antes de las 8:30``."""
    word = tokens[at].plain
    if word not in _SINCE + _UNTIL:
        return None
    hour, place = hour_at(tokens, at + 1)
    if hour is None or (place == at + 2 and not _is_marked(tokens, at + 1)):
        return None
    when.hours = (
        DayHours(began=hour, ended=clock_time()) if word in _SINCE else DayHours(began=clock_time(), ended=hour)
    )
    return place - at, "hours", f"{when.hours.began:%H:%M}-{when.hours.ended:%H:%M}"


def _at_hour(when: When, words: Lexicon, tokens: list[Token], at: int) -> tuple[int, str, str] | None:
    """``a las 22``, ``22:30``, ``22hs``: half an hour before and after."""
    begins = tokens[at].plain in ("a", "tipo", "las", "at") and at + 1 < len(tokens)
    skipped = 2 if begins and tokens[at].plain == "a" and tokens[at + 1].plain in ("las", "la") else int(begins)
    place = at + skipped
    hour, after = hour_at(tokens, place)
    if hour is None or (not skipped and not _is_marked(tokens, place)):
        return None
    if skipped == 1 and tokens[at].plain == "a":
        return None
    middle = datetime.combine(when.today(), hour)
    when.hours = DayHours(began=(middle - _AROUND).time(), ended=(middle + _AROUND).time())
    return after - at, "hours", f"{when.hours.began:%H:%M}-{when.hours.ended:%H:%M}"


def _day(when: When, words: Lexicon, tokens: list[Token], at: int) -> tuple[int, str, str] | None:
    found = words.longest("days", tokens, at)
    if found is None:
        return None
    ago, *hours = found[1].split()
    when.day = when.today() - int(ago) * _DAY
    if hours:
        when.part = _part_of(hours)
    return found[0], "began", when.day.isoformat()


def _date(when: When, words: Lexicon, tokens: list[Token], at: int) -> tuple[int, str, str] | None:
    """``12/3``, ``12/03/2026``, ``12 de marzo``: of the last twelve months, when no year is said."""
    count, numbers = 1, None
    written = _DATE.fullmatch(tokens[at].plain)
    if written is not None and written[1] is not None:
        numbers = int(written[1]), int(written[2]), int(written[3]) if written[3] else None
    elif tokens[at].plain.isdecimal() and at + 1 < len(tokens):
        place = at + 2 if tokens[at + 1].plain in ("de", "of") else at + 1
        month = words.longest("months", tokens, place) if place < len(tokens) else None
        if month is not None:
            count, numbers = place + month[0] - at, (int(tokens[at].plain[:4]), int(month[1]), None)
    day = None if numbers is None else _past_date(*numbers, when.today())
    if day is None:
        return None
    when.day = day
    return count, "began", day.isoformat()


def _weekday(when: When, words: Lexicon, tokens: list[Token], at: int) -> tuple[int, str, str] | None:
    """``el lunes`` is the last one, ``los lunes`` all of them."""
    found = words.longest("weekdays", tokens, at)
    if found is None:
        return None
    number = int(found[1])
    if at and tokens[at - 1].plain in ("los", "cada", "every"):
        when.weekdays.append(number)
        return found[0], "weekdays", found[1]
    today = when.today()
    when.day = today - ((today.weekday() - number - 1) % 7 + 1) * _DAY
    return found[0], "began", when.day.isoformat()


def _part(when: When, words: Lexicon, tokens: list[Token], at: int) -> tuple[int, str, str] | None:
    found = words.longest("parts", tokens, at)
    if found is None:
        return None
    when.part = _part_of(found[1].split())
    if tokens[at].plain in ("esta", "este", "this", "tonight") and when.day is None:
        when.day = when.today()
    return found[0], "hours", found[1].replace(" ", "-")


def hour_at(tokens: list[Token], at: int) -> tuple[clock_time | None, int]:
    """The hour that is said from ``at`` on, and where it ends: ``las 22``, ``22:30``, ``22 y media``, ``10 pm``."""
    place = at
    while place < len(tokens) and place < at + 2 and tokens[place].plain in _ARTICLES:
        place += 1
    found = _HOUR.fullmatch(tokens[place].plain) if place < len(tokens) else None
    if found is None:
        return None, at
    hour, minute = int(found[1]), int(found[2] or 0)
    place += 1
    following = [token.plain for token in tokens[place : place + 2]]
    if following in (["y", "media"], ["e", "meia"]):
        minute, place = 30, place + 2
    elif following[:1] in (["hs"], ["h"], ["horas"], ["am"]):
        place += 1
    if following[:1] == ["pm"] or found[0].endswith("pm"):
        hour, place = hour % 12 + 12, place + int(following[:1] == ["pm"])
    if hour > 24 or minute > 59:
        return None, at
    return clock_time(hour % 24, minute), place


def number_at(words: Lexicon, tokens: list[Token], at: int) -> tuple[int | None, int]:
    """A number in figures or words and where it ends."""
    if at >= len(tokens):
        return None, at
    if tokens[at].plain.isdecimal():
        return int(tokens[at].plain[:6]), at + 1
    found = words.longest("numbers", tokens, at)
    return (None, at) if found is None else (int(found[1]), at + found[0])


def _is_marked(tokens: list[Token], at: int) -> bool:
    """Whether a number is said to be an hour."""
    if at >= len(tokens):
        return False
    written = tokens[at].plain
    following = tokens[at + 1].plain if at + 1 < len(tokens) else ""
    with_unit = _HOUR.fullmatch(written) is not None and not written.isdecimal()
    return written in ("las", "la") or with_unit or following in ("hs", "h", "pm", "am")


def _part_of(hours: list[str]) -> DayHours:
    return DayHours(began=clock_time.fromisoformat(hours[0]), ended=clock_time.fromisoformat(hours[1]))


def _after_noon(hour: clock_time) -> clock_time:
    return hour.replace(hour=hour.hour + 12) if 1 <= hour.hour <= 11 else hour


def _past_date(day: int, month: int, year: int | None, today: date) -> date | None:
    try:
        if year is not None:
            return date(year + 2000 if year < 100 else year, month, day)
        this_year = date(today.year, month, day)
        return this_year if this_year <= today else date(today.year - 1, month, day)
    except ValueError:
        return None
