"""Searches that follow one thing over cameras: who looks like it, and where it went."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sereno.access.jurisdiction import Jurisdiction
from sereno.access.model import Access, Permission
from sereno.analytics.days import schema
from sereno.analytics.model import FAMILIES, VEHICLES, ObjectKind, Observation
from sereno.analytics.search.checks import check_query
from sereno.analytics.search.cursor import Place
from sereno.analytics.search.desk import Stated, query_text, require_allowed, scope_of
from sereno.analytics.search.engine import Hit, hit_of
from sereno.analytics.search.looks import Looks
from sereno.analytics.search.model import Alike, AlikeAnswer, DayFault, JourneyAnswer, Query
from sereno.analytics.search.rows import WholePath
from sereno.analytics.search.service import Searches
from sereno.cameras.model import Camera
from sereno.core.errors import AppError, invalid, not_found
from sereno.core.ids import CameraId, ObservationId
from sereno.maps.journeys import MOST_SIGHTINGS, ON_FOOT, VEHICLE, SeenAt, journeys
from sereno.maps.travel_times import TravelTimes

MOST_ALIKE = 100
_COMPARED = 4
"""So many times the rows that are asked for are fetched: some do not answer the rest of the query."""
_LIMIT_S = 5.0
_USUAL_JOURNEY = timedelta(days=7)
_UNLIKE = 0.4
"""A cosine that says nothing any more; likeness grows from there to 1."""
_MISREAD = 0.6
"""Likeness of a plate that fits only with signs that are taken for one another."""


@dataclass(frozen=True, slots=True)
class Followings:
    searches: Searches
    looks: Looks
    law: Jurisdiction
    times: TravelTimes

    def alike(self, access: Access, stated: Stated, seed: ObservationId, query: Query, limit: int) -> AlikeAnswer:
        """Raises: AppError denied, invalid, not_found; ``vector_unknown`` when the look of ``seed`` is not kept."""
        if not 1 <= limit <= MOST_ALIKE:
            raise invalid("search_limit", f"1 to {MOST_ALIKE} rows.")
        desk = self.searches.desk
        stating = desk.admitted(access, Permission.SEARCH_APPEARANCE, stated)
        with desk.written_down(stating, Permission.SEARCH_APPEARANCE, "search.appearance", seed) as entry:
            entry.detail |= {"reason": stated.reason.strip(), "query": query_text(query)}
            self._require_law()
            check_query(query)
            seen = desk.cameras(stating, Permission.SEARCH_APPEARANCE)
            itself = self.searches.find(seen, seed)
            answer = self._alike(seen, seed, replace(query, kinds=query.kinds or _of_family(itself.kind)), limit)
            entry.found([row.found.id for row in answer.rows])
        return answer

    def journey_of_plate(self, access: Access, stated: Stated, plate: str, span: "Window") -> JourneyAnswer:
        """Raises: AppError denied, invalid, not_found."""
        desk = self.searches.desk
        stating = desk.admitted(access, Permission.SEARCH_RUN, stated)
        with desk.written_down(
            stating, Permission.SEARCH_RUN, "search.journey", stated.incident_id or "plate"
        ) as entry:
            query = self._within(Query(plate=plate), span)
            entry.detail |= {"reason": stated.reason.strip(), "query": query_text(query)}
            check_query(query)
            if not plate.strip():
                raise invalid("journey_of_nothing", "Nothing says whose journey it is.", "Give a plate.")
            seen = desk.cameras(stating, Permission.SEARCH_RUN)
            hunt = self.searches.hunt(query, seen, MOST_SIGHTINGS, _LIMIT_S)
            found = self.searches.hits(hunt, MOST_SIGHTINGS + 1)
            rows = [_plate_alike(hit) for hit in self.searches.with_portraits(found[:MOST_SIGHTINGS])]
            complete = len(found) <= MOST_SIGHTINGS and not hunt.timed_out
            entry.found([row.found.id for row in rows])
        return self._journey(rows, seen, ObjectKind.CAR, complete, hunt.faults)

    def journey_of_look(self, access: Access, stated: Stated, seed: ObservationId, span: "Window") -> JourneyAnswer:
        """Raises: as ``alike``."""
        query = self._within(Query(), span)
        answer = self.alike(access, stated, seed, query, MOST_ALIKE)
        seen = self.searches.desk.cameras(access, Permission.SEARCH_APPEARANCE)
        itself = self.searches.find(seen, seed)
        hit = self._hit(itself, query, seen)
        rows = [row for row in answer.rows if row.likeness > _UNLIKE]
        rows = [replace(row, likeness=(row.likeness - _UNLIKE) / (1 - _UNLIKE)) for row in rows]
        if hit is not None:
            rows.append(Alike(found=self.searches.with_portraits([hit])[0].found, likeness=1.0))
        return self._journey(rows, seen, itself.kind, len(answer.rows) < MOST_ALIKE, ())

    def forget(self) -> None:
        """What has expired, in memory too."""
        self.looks.forget(self.searches.clock.now())

    def close(self) -> None:
        self.looks.close()
        self.searches.close()

    def _require_law(self) -> None:
        rule = self.law.appearance_search
        require_allowed(rule.value, rule.source)

    def _within(self, query: Query, span: "Window") -> Query:
        now = self.searches.clock.now()
        return replace(query, began=span.began or (span.ended or now) - _USUAL_JOURNEY, ended=span.ended or now)

    def _alike(self, seen: dict[CameraId, Camera], seed: ObservationId, query: Query, limit: int) -> AlikeAnswer:
        now = self.searches.clock.now()
        known = self.looks.vector_of(seed, now)
        if known is None:
            raise not_found(
                "vector_unknown", "How it looked is not kept any more, or its crop was too poor.", "Search by words."
            )
        scope = scope_of(query, seen)
        likest, compared, since = self.looks.alike(*known, scope, limit * _COMPARED + 1, now)
        rows: list[Alike] = []
        for each in likest:
            hit = self._find(seen, each.observation_id, query) if each.observation_id != seed else None
            if hit is not None:
                rows.append(Alike(found=hit.found, likeness=round(each.value, 4)))
            if len(rows) == limit:
                break
        return AlikeAnswer(rows=self._with_portraits(rows), compared=compared, kept_since=since)

    def _find(self, seen: dict[CameraId, Camera], observation_id: ObservationId, query: Query) -> Hit | None:
        """None when it does not answer the query, or is forgotten."""
        try:
            return self._hit(self.searches.find(seen, observation_id), query, seen)
        except AppError:
            return None

    def _hit(self, seen_one: Observation, query: Query, seen: dict[CameraId, Camera]) -> Hit | None:
        hunt = self.searches.hunt(query, seen, 1, _LIMIT_S)
        place = Place(schema.key_of(seen_one.id, seen_one.first_at), seen_one.id)
        return hit_of(hunt, place, seen_one, WholePath(seen_one.trail))

    def _with_portraits(self, rows: Sequence[Alike]) -> tuple[Alike, ...]:
        having = self.searches.ids_with_portrait([row.found.id for row in rows])
        return tuple(replace(row, found=replace(row.found, portrait=row.found.id in having)) for row in rows)

    def _journey(
        self,
        rows: Sequence[Alike],
        seen: dict[CameraId, Camera],
        kind: ObjectKind,
        complete: bool,
        faults: Sequence[DayFault],
    ) -> JourneyAnswer:
        ordered = sorted(rows, key=lambda row: (row.found.first_at, row.found.id))
        sightings = [
            SeenAt(
                id=row.found.id,
                camera_id=row.found.camera_id,
                position=seen[row.found.camera_id].view.position,
                first_at=row.found.first_at,
                last_at=row.found.last_at,
                likeness=row.likeness,
                range_m=seen[row.found.camera_id].view.range_m,
            )
            for row in ordered
        ]
        mover = VEHICLE if kind in VEHICLES else ON_FOOT
        return JourneyAnswer(
            rows=tuple(ordered),
            journeys=journeys(sightings, self.times, mover),
            complete=complete,
            faults=tuple(faults),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Without a beginning the seven days before the end; without an end until now."""

    began: datetime | None = None
    ended: datetime | None = None


def _of_family(kind: ObjectKind) -> tuple[ObjectKind, ...]:
    """Kinds that it may have been taken for: a red jacket is no red car, however alike."""
    return tuple(other for other in ObjectKind if FAMILIES[other] == FAMILIES[kind])


def _plate_alike(hit: Hit) -> Alike:
    confidence = hit.found.plate.confidence if hit.found.plate is not None else 0.0
    return Alike(found=hit.found, likeness=confidence if hit.found.plate_exact else confidence * _MISREAD)
