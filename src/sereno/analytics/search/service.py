"""Search as control offers it: words and drawings in, observations out, each search written down first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from sereno.access.model import Access, Permission
from sereno.analytics.days.portraits import find_portrait, portrait_day, with_portrait
from sereno.analytics.model import Observation
from sereno.analytics.search.checks import check_query
from sereno.analytics.search.counting import count
from sereno.analytics.search.cursor import Place
from sereno.analytics.search.desk import SearchDesk, Stated, query_text, scope_of
from sereno.analytics.search.engine import Hit, Hunt, hits
from sereno.analytics.search.model import Answer, DayFault, Page, Query
from sereno.analytics.search.now import Current
from sereno.analytics.search.plate_pattern import plate_pattern
from sereno.analytics.search.rows import find_observation
from sereno.analytics.search.shelf import DayUnreadableError, Shelf, TimeUpError
from sereno.analytics.search.spans import Span, spans_of
from sereno.analytics.search.statements import Asked
from sereno.analytics.search.words.lexicon import load_lexicon
from sereno.analytics.search.words.names import NamedCamera, NamedPlace, Names
from sereno.analytics.search.words.read import LONGEST_WORDS, ReadWords, read_words
from sereno.cameras.model import Camera
from sereno.core.clock import Clock
from sereno.core.errors import AppError, ErrorKind, invalid, not_found
from sereno.core.ids import CameraId, ObservationId, is_id

MOST_ROWS = 200
LIMIT_S = 5.0
"""A search that takes longer ends with what it has; one that has nothing says what to do."""
COUNT_LIMIT_S = 2.0
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    words: str = ""
    query: Query = Query()  # noqa: RUF009 frozen
    cursor: str | None = None
    limit: int = 50
    counts: bool = False


@dataclass(frozen=True, slots=True)
class ShownPortrait:
    at: datetime
    jpeg: bytes


class Searches:
    """``folders`` tells the analysts' folders, ``places`` what of the town has a name."""

    def __init__(
        self,
        desk: SearchDesk,
        folders: Callable[[], Sequence[Path]],
        zone: ZoneInfo,
        clock: Clock,
        places: Sequence[NamedPlace] = (),
    ) -> None:
        self.desk = desk
        self.shelf = Shelf(folders)
        self.clock = clock
        self._zone = zone
        self._places = tuple(places)
        self._lexicon = load_lexicon()
        self._current = Current(folders)

    def search(self, access: Access, stated: Stated, asking: Asking) -> Answer:
        """Raises: AppError denied, invalid, not_found; exhausted ``search_too_wide`` when time is up with nothing."""
        stating = self.desk.admitted(access, Permission.SEARCH_RUN, stated)
        if not 1 <= asking.limit <= MOST_ROWS:
            raise invalid("search_limit", f"A page has 1 to {MOST_ROWS} rows.")
        if len(asking.words) > LONGEST_WORDS:
            raise invalid("search_words_long", f"More than {LONGEST_WORDS} signs are no search.", "Say it shorter.")
        subject = stated.incident_id or "search"
        with self.desk.written_down(stating, Permission.SEARCH_RUN, "search.run", subject) as entry:
            entry.detail |= {"reason": stated.reason.strip(), "words": asking.words, "cursor": asking.cursor or ""}
            seen = self.desk.cameras(stating, Permission.SEARCH_RUN)
            read = self.read(asking.words, seen)
            query = merged(read.query, asking.query)
            entry.detail["query"] = query_text(query)
            page = self.page(query, seen, asking)
            entry.found([row.id for row in page.rows])
        return Answer(query=query, understood=read.understood, not_understood=read.not_understood, page=page)

    def read(self, words: str, seen: dict[CameraId, Camera]) -> ReadWords:
        """What words mean to who sees these cameras."""
        cameras = [
            NamedCamera(id=camera.id, name=camera.name, place=camera.place.value, position=camera.view.position)
            for camera in seen.values()
        ]
        names = Names(cameras=cameras, places=self._places)
        return read_words(words, self.clock.now(), self._zone, names, self._lexicon)

    def page(self, query: Query, seen: dict[CameraId, Camera], asking: Asking) -> Page:
        check_query(query)
        hunt = self.hunt(query, seen, asking.limit, LIMIT_S)
        hunt.after = None if asking.cursor is None else Place.read(asking.cursor)
        found = self.hits(hunt, asking.limit + 1)
        if hunt.timed_out and not found:
            raise AppError(
                ErrorKind.EXHAUSTED,
                "search_too_wide",
                f"Nothing was found within {LIMIT_S:g} s, and not everything was looked at.",
                "Narrow the search: fewer cameras, a shorter time, or one thing more that you know.",
            )
        more = len(found) > asking.limit or (hunt.timed_out and bool(found))
        shown = found[: asking.limit]
        counts = None
        if asking.counts:
            counts = count(self.hunt(query, seen, asking.limit, COUNT_LIMIT_S), self.shelf, self._now(hunt))
        return Page(
            rows=tuple(hit.found for hit in self.with_portraits(shown)),
            cursor=shown[-1].place.written() if more and shown else None,
            timed_out=hunt.timed_out,
            reached=hunt.reached if hunt.timed_out else None,
            faults=tuple(hunt.faults),
            counts=counts,
        )

    def hunt(self, query: Query, seen: dict[CameraId, Camera], wanted: int, limit_s: float) -> Hunt:
        """Raises: AppError not_found for an unknown camera."""
        pattern = plate_pattern(query.plate) if query.plate else None
        until_s = self.clock.monotonic_s() + limit_s
        return Hunt(
            Asked.of(query, pattern),
            spans_of(query, self.kept(), self._zone),
            scope_of(query, seen),
            None,
            wanted,
            lambda: self.clock.monotonic_s() > until_s,
        )

    def hits(self, hunt: Hunt, limit: int) -> list[Hit]:
        return list(islice(hits(hunt, self.shelf, self._now(hunt)), limit))

    def kept(self) -> Span:
        """From the oldest day that there is; a little into the future, where a clock was set back."""
        now = self.clock.now()
        oldest = min((day for day, _ in self.shelf.days()), default=now.date())
        return Span(min(_midnight(oldest), now - _DAY), now + _DAY)

    def find(self, seen: dict[CameraId, Camera], observation_id: ObservationId) -> Observation:
        """Raises: AppError not_found when it is forgotten, or on a camera that is not seen."""
        day = portrait_day(_checked(observation_id))
        for other, files in self.shelf.days():
            if other not in (day, day - _DAY):
                continue
            for file in files:
                try:
                    with file.read(lambda: False) as connection:
                        cameras = file.figures(connection).cameras
                        found = find_observation(connection, observation_id, cameras)
                except (DayUnreadableError, TimeUpError):
                    continue
                if found is not None and found.camera_id in seen:
                    return found
        return self._open_one(seen, observation_id)

    def observation(self, access: Access, observation_id: ObservationId) -> Observation:
        """A look that is written down. Raises: AppError not_found."""
        with self.desk.written_down(access, Permission.SEARCH_RUN, "search.observation", observation_id):
            return self.find(self.desk.cameras(access, Permission.SEARCH_RUN), _checked(observation_id))

    def portrait(self, access: Access, observation_id: ObservationId, *, plate: bool = False) -> ShownPortrait:
        """A look that is written down, once in ten minutes. Raises: AppError not_found."""
        seen = self.desk.cameras(access, Permission.SEARCH_RUN)
        for file in self.shelf.portraits(portrait_day(_checked(observation_id))):
            try:
                with file.read(lambda: False) as connection:
                    found = find_portrait(connection, observation_id)
            except (DayUnreadableError, TimeUpError):
                continue
            jpeg = None if found is None else found.plate_jpeg if plate else found.jpeg
            if found is not None and found.camera_id in seen and jpeg is not None:
                self.desk.write_look(access, "search.portrait", observation_id)
                return ShownPortrait(found.at, jpeg)
        raise not_found("portrait_unknown", "There is no crop of it, or it was forgotten by age.")

    def with_portraits(self, found: Sequence[Hit]) -> list[Hit]:
        """The same, each saying whether there is a crop of it."""
        having = self.ids_with_portrait([hit.seen.id for hit in found])
        return [replace(hit, found=replace(hit.found, portrait=hit.seen.id in having)) for hit in found]

    def ids_with_portrait(self, ids: Sequence[ObservationId]) -> frozenset[ObservationId]:
        by_day: dict[date, list[ObservationId]] = {}
        for one in ids:
            by_day.setdefault(portrait_day(one), []).append(one)
        having: frozenset[ObservationId] = frozenset()
        for day, asked in by_day.items():
            for file in self.shelf.portraits(day):
                try:
                    with file.read(lambda: False) as connection:
                        having |= with_portrait(connection, asked)
                except (DayUnreadableError, TimeUpError):
                    continue
        return having

    def close(self) -> None:
        self.shelf.close()
        self._current.close()

    def _now(self, hunt: Hunt) -> list[Observation]:
        if not hunt.spans or not hunt.cameras:
            return []
        try:
            return self._current.seen(hunt.cameras, hunt.spans[-1].began, hunt.spans[0].ended)
        except AppError as error:
            hunt.faults.append(DayFault(day="", code=error.code, message=error.message))
            return []

    def _open_one(self, seen: dict[CameraId, Camera], observation_id: ObservationId) -> Observation:
        span = self.kept()
        for each in self._current.seen(frozenset(seen), span.began, span.ended):
            if each.id == observation_id:
                return each
        raise not_found("observation_unknown", "There is no such observation, or it was forgotten by age.")


def _checked(observation_id: ObservationId) -> ObservationId:
    if not is_id(observation_id):
        raise not_found("observation_unknown", "There is no such observation.")
    return observation_id


def merged(said: Query, drawn: Query) -> Query:
    """What the screen sets stands over what the words say."""
    empty = Query()
    changes = {name: getattr(drawn, name) for name in Query.__slots__ if getattr(drawn, name) != getattr(empty, name)}
    return replace(said, **changes)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, clock_time(), UTC)
