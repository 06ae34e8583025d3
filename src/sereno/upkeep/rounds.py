"""The rounds: judge today every few minutes, each day once it is over; open and end tickets; catch up after downtime.

Whatever is written can be written again: a round that was cut off is simply made anew.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from sereno.access.work import Workplace
from sereno.analytics.events import ViewChecked
from sereno.analytics.model import ViewFault
from sereno.cameras import store as cameras_store
from sereno.cameras.model import Camera, Health, PurposeLevel
from sereno.core.ids import FactId, is_id, made_at, new_id
from sereno.recording.coverage import kept, recorded_in
from sereno.recording.library import Library
from sereno.upkeep import signs, store, tickets
from sereno.upkeep.events import TicketChanged
from sereno.upkeep.judge import Density, Evidence, ViewCheck, corrected, judge
from sereno.upkeep.limits import PX_PER_M, Limits, px_per_m
from sereno.upkeep.model import CameraDay, Ticket, TicketState
from sereno.upkeep.spans import Span, common, day_of, joined, local_day
from sereno.upkeep.sun import is_night

TODAY_EVERY = timedelta(minutes=3)
FIRST_EVERY = timedelta(seconds=20)
"""While a camera is so new that nothing of it could be judged."""
FINISH_AFTER = timedelta(minutes=10)
"""After midnight, so that the last segments are closed and their facts have come."""
CATCH_UP_DAYS = 62
SIGNS_KEPT = timedelta(days=8)
DAYS_KEPT = timedelta(days=3 * 366)
_BATCH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsPlan:
    """``settled_after``: how old footage must be to have its row. ``floor_days`` as in ``limits``."""

    zone: ZoneInfo
    limits: Limits
    settled_after: timedelta


class Rounds:
    def __init__(self, workplace: Workplace, library: Library, plan: RoundsPlan) -> None:
        self._workplace = workplace
        self._library = library
        self._plan = plan
        self._today_due: datetime | None = None
        self._finished: date | None = None

    def make(self) -> None:
        """What is due now; called every few seconds."""
        now = self._workplace.clock.now()
        cameras = self._serve(now)
        self._correct(now)
        due = self._today_due
        if due is None or not now < due <= now + TODAY_EVERY:
            today = day_of(now, self._plan.zone)
            judged = self._judge_all(((camera, today) for camera in cameras), now)
            self._today_due = now + (TODAY_EVERY if judged == len(cameras) else FIRST_EVERY)
        self._finish(cameras, now)  # after today: what is wrong now has its ticket before what came and went

    def _serve(self, now: datetime) -> list[Camera]:
        """The cameras in service; that is written down, so that a day is judged by the time it was."""
        with self._workplace.database.read() as connection:
            cameras = [camera for camera in cameras_store.all_cameras(connection) if camera.enabled]
            open_terms = store.open_terms(connection)
        in_service = [(camera.id, made_at(camera.id) if is_id(camera.id) else now) for camera in cameras]
        if open_terms != {camera_id for camera_id, _ in in_service}:
            with self._workplace.database.write() as connection:
                store.sync_terms(connection, in_service, now)
        return cameras

    def _finish(self, cameras: list[Camera], now: datetime) -> None:
        """Every day that is over and has no final version yet."""
        yesterday = day_of(now - FINISH_AFTER, self._plan.zone) - timedelta(days=1)
        if self._finished == yesterday:
            return
        with self._workplace.database.read() as connection:
            due = [(camera, day) for camera in cameras for day in self._unfinished(connection, camera, yesterday)]
        self._judge_all(due, now)
        with self._workplace.database.write() as connection:
            signs.forget_before(connection, now - SIGNS_KEPT)
            store.forget_days(connection, yesterday - DAYS_KEPT)
        self._finished = yesterday

    def _unfinished(self, connection: Connection, camera: Camera, yesterday: date) -> Iterator[date]:
        terms = joined(store.terms_of(connection, camera.id, local_day(yesterday, self._plan.zone).ended))
        last = store.last_final_day(connection, camera.id)
        day = yesterday - timedelta(days=CATCH_UP_DAYS) if last is None else last + timedelta(days=1)
        while day <= yesterday:
            if common(terms, [local_day(day, self._plan.zone)]):
                yield day
            day += timedelta(days=1)

    def _judge_all(self, due: Iterable[tuple[Camera, date]], now: datetime) -> int:
        """How many could be judged; in small transactions, so that the room never waits for the proof."""
        batch: list[tuple[Camera, CameraDay]] = []
        judged = 0
        with self._workplace.database.read() as connection:
            health = cameras_store.all_health(connection)
        for camera, day in due:
            with self._workplace.database.read() as connection:
                evidence = self._evidence(connection, camera, health.get(camera.id), day, now)
            if evidence is not None:
                batch.append((camera, judge(evidence, self._plan.limits)))
                judged += 1
            if len(batch) >= _BATCH:
                self._write(batch, now)
                batch.clear()
        self._write(batch, now)
        return judged

    def _write(self, batch: list[tuple[Camera, CameraDay]], now: datetime) -> None:
        if not batch:
            return
        newest = day_of(now, self._plan.zone) - timedelta(days=1)
        with self._workplace.database.write() as connection:
            for camera, day in batch:
                store.put_day(connection, day)
                if day.day >= newest:
                    self._follow_up(connection, camera, day, now)

    def _follow_up(self, connection: Connection, camera: Camera, day: CameraDay, now: datetime) -> None:
        known = store.newest_tickets(connection, camera.id)
        for item, (ticket, cause) in known.items():
            if ticket.closed_at is None and tickets.ended_by(ticket, day):
                done = tickets.stepped(ticket, TicketState.DONE, now, "", "")
                known[item] = done, self._tell(connection, done, now, cause)
        for fault in tickets.faults_of(day):
            last = known.get(fault.finding.item)
            if tickets.may_open(fault, last[0] if last else None, now):
                ticket = tickets.opened(fault, day, camera.name, now, self._plan.limits)
                self._tell(connection, ticket, now, None)

    def _tell(self, connection: Connection, ticket: Ticket, now: datetime, cause: str | None) -> str:
        fact_id = FactId(new_id(now))
        caused_by = None if cause is None else FactId(cause)
        self._workplace.facts.append(connection, TicketChanged(id=fact_id, at=now, caused_by=caused_by, ticket=ticket))
        store.put_ticket(connection, ticket, fact_id)
        return fact_id

    def _correct(self, now: datetime) -> None:
        with self._workplace.database.read() as connection:
            waiting = store.corrections(connection)
        for camera_id, day in waiting:
            whole = local_day(day, self._plan.zone)
            recorded = recorded_in(self._library, camera_id, whole.began, whole.ended)
            with self._workplace.database.write() as connection:
                versions = store.day_versions(connection, camera_id, day)
                if versions and versions[-1].final:
                    better = corrected(versions[-1], recorded, now, self._plan.limits)
                    if better is not None:
                        store.put_day(connection, better)
                store.drop_correction(connection, camera_id, day)

    def _evidence(
        self, connection: Connection, camera: Camera, health: Health | None, day: date, now: datetime
    ) -> Evidence | None:
        """None while there is nothing to judge yet."""
        plan = self._plan
        whole = local_day(day, plan.zone)
        judged = Span(whole.began, min(whole.ended, now - plan.settled_after))
        terms = joined(store.terms_of(connection, camera.id, now))
        if not common(terms, [judged] if judged.seconds else []):
            return None
        planned = [
            Span(work.began, min(work.ended, work.cancelled_at or work.ended))
            for work in store.works_of(connection, camera.id)
        ]
        floor = timedelta(days=plan.limits.floor_days.value)
        return Evidence(
            camera_id=camera.id,
            day=day,
            whole=whole,
            judged=judged,
            at=now,
            in_service=terms,
            recorded=recorded_in(self._library, camera.id, judged.began, judged.ended),
            changes=signs.streams_in(connection, camera.id, judged),
            planned=planned,
            checks=[_check(fact, camera) for fact in signs.views_in(connection, camera.id, judged)],
            clocks=signs.clocks_in(connection, camera.id, judged),
            kept=kept(self._library, camera.id),
            floor_share=store.floor_share(connection, camera.id, day - floor, day),
            density=_density(camera, health),
        )


def _check(fact: ViewChecked, camera: Camera) -> ViewCheck:
    return ViewCheck(
        began=fact.began,
        at=fact.at,
        looks=fact.looks,
        seen=dict(fact.seen),
        faults=frozenset(ViewFault(fault) for fault in fact.faults),
        compared=fact.reference_at is not None,
        by_night=is_night(fact.at, camera.view.position),
    )


def _density(camera: Camera, health: Health | None) -> Density | None:
    if camera.purpose_level is PurposeLevel.UNSTATED or health is None:
        return None
    found = px_per_m(health.width, camera.view.field_of_view_deg, camera.view.range_m)
    return None if found is None else Density(round(found, 1), PX_PER_M[camera.purpose_level])
