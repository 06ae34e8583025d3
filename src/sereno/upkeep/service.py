"""The daily proof for people: days, tickets, planned work, reference pictures; each by camera group, acts audited."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from sereno.access.model import Access, Permission
from sereno.access.work import Workplace
from sereno.analytics.events import ReferenceTaken, ViewChecked
from sereno.analytics.views.pictures import StoredPicture, ViewPictures, write_orders
from sereno.cameras import store as cameras_store
from sereno.cameras.events import StreamLost, StreamOpened
from sereno.cameras.model import Camera
from sereno.core.errors import conflict, invalid, not_found
from sereno.core.ids import CameraId, FactId, new_id
from sereno.core.media_time import wall_instant
from sereno.recording.events import SegmentClosed
from sereno.upkeep import signs, store, tickets
from sereno.upkeep.events import TicketChanged
from sereno.upkeep.judge import ClockReading
from sereno.upkeep.limits import Limits
from sereno.upkeep.model import (
    CameraDay,
    DayMark,
    PlannedWork,
    ReferenceRecord,
    Ticket,
    TicketId,
    TicketState,
    WorkId,
)
from sereno.upkeep.rounds import RoundsPlan
from sereno.upkeep.spans import day_of, local_day

MAX_DAYS = 62
MAX_TEXT = 500
LONGEST_WORK = timedelta(days=30)
LATE = timedelta(hours=1)
"""Footage that comes so long after it was taken belongs to a day that may have been judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCamera:
    """What a page or a report says of a camera. ``purpose_level`` is an IEC level or ``unstated``."""

    id: CameraId
    name: str
    group: str
    purpose_level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """``first`` to ``last``, both included; squares that are missing were not judged."""

    first: date
    last: date
    today: date
    cameras: tuple[JudgedCamera, ...]
    marks: tuple[DayMark, ...]
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPage:
    """All versions of a day, oldest first; what pictures there are of it."""

    camera: JudgedCamera
    versions: tuple[CameraDay, ...]
    references: tuple[ReferenceRecord, ...]
    reference_at: datetime | None
    seen_at: datetime | None
    planned: tuple[PlannedWork, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a report is written from."""

    first: date
    last: date
    made_at: datetime
    cameras: tuple[JudgedCamera, ...]
    days: tuple[CameraDay, ...]
    tickets: tuple[Ticket, ...]
    limits: Limits


class Upkeep:
    """``orders`` is the file by which the analyst learns that a reference picture must be taken anew."""

    def __init__(self, workplace: Workplace, plan: RoundsPlan, pictures: ViewPictures, orders: Path) -> None:
        self._workplace = workplace
        self._plan = plan
        self._pictures = pictures
        self._orders = orders

    def calendar(self, access: Access, first: date, last: date) -> Calendar:
        """Raises: AppError invalid for a span that is empty or too long."""
        _check_span(first, last)
        with self._workplace.look(access, Permission.UPKEEP_VIEW) as connection:
            cameras = _seen(connection, access)
            marks = store.marks_between(connection, first, last)
        return Calendar(
            first=first,
            last=last,
            today=day_of(self._workplace.clock.now(), self._plan.zone),
            cameras=tuple(_shown(camera) for camera in cameras.values()),
            marks=tuple(mark for mark in marks if mark.camera_id in cameras),
            limits=self._plan.limits,
        )

    def day(self, access: Access, camera_id: CameraId, day: date) -> DayPage:
        with self._workplace.look(access, Permission.UPKEEP_VIEW) as connection:
            camera = _found(connection, access, camera_id)
            versions = store.day_versions(connection, camera_id, day)
            references = store.references_of(connection, camera_id)
            works = store.works_of(connection, camera_id)
        span = local_day(day, self._plan.zone)
        reference = self._pictures.reference(camera_id)
        seen = self._pictures.seen(camera_id, span.began, span.ended)
        return DayPage(
            camera=_shown(camera),
            versions=tuple(versions),
            references=tuple(record for _, record in references),
            reference_at=None if reference is None else reference.at,
            seen_at=None if seen is None else seen.at,
            planned=tuple(work for work in works if work.began < span.ended and work.ended > span.began),
        )

    def picture(self, access: Access, camera_id: CameraId, day: date | None) -> StoredPicture:
        """The reference picture, or of a day the one that was kept when something changed; an audited look."""
        with self._workplace.work(access, Permission.UPKEEP_VIEW) as work:
            _found(work.connection, access, camera_id)
            if day is None:
                stored = self._pictures.reference(camera_id)
            else:
                span = local_day(day, self._plan.zone)
                stored = self._pictures.seen(camera_id, span.began, span.ended)
            if stored is None:
                raise not_found("view_picture_missing", "There is no such picture of this camera.")
            work.audit("view.picture", camera_id, at=stored.at.isoformat())
        return stored

    def proof(self, access: Access, first: date, last: date, form: str) -> Proof:
        """For a report; that it was taken out is audited."""
        _check_span(first, last)
        with self._workplace.work(access, Permission.UPKEEP_VIEW) as work:
            cameras = _seen(work.connection, access)
            days = store.days_between(work.connection, first, last)
            known = store.tickets(work.connection, open_only=False, limit=2000)
            work.audit("proof.export", f"{first}/{last}", form=form)
        until = local_day(last, self._plan.zone).ended
        since = local_day(first, self._plan.zone).began
        return Proof(
            first=first,
            last=last,
            made_at=work.at,
            cameras=tuple(_shown(camera) for camera in cameras.values()),
            days=tuple(day for day in days if day.camera_id in cameras),
            tickets=tuple(
                ticket
                for ticket in known
                if ticket.camera_id in cameras
                and ticket.opened_at < until
                and (ticket.closed_at is None or ticket.closed_at >= since)
            ),
            limits=self._plan.limits,
        )

    def tickets(self, access: Access, *, open_only: bool, limit: int) -> tuple[Ticket, ...]:
        with self._workplace.look(access, Permission.UPKEEP_VIEW) as connection:
            return self._tickets(connection, access, store.tickets(connection, open_only=open_only, limit=limit))

    def tickets_on(self, connection: Connection, access: Access) -> tuple[Ticket, ...]:
        """The open ones, for the snapshot, in its transaction."""
        if not access.may(Permission.UPKEEP_VIEW):
            return ()
        return self._tickets(connection, access, store.tickets(connection, open_only=True, limit=5000))

    def step(self, access: Access, ticket_id: TicketId, to: TicketState, note: str) -> Ticket:
        """Raises: AppError conflict for a step that is not in the table; invalid for an end without a reason."""
        with self._workplace.work(access, Permission.UPKEEP_EDIT) as work:
            found = store.find_ticket(work.connection, ticket_id)
            if found is None:
                raise not_found("ticket_unknown", "There is no such ticket.")
            ticket, cause = found
            _found(work.connection, access, ticket.camera_id)
            after = tickets.stepped(ticket, to, work.at, access.name, _text(note, least=0))
            fact = TicketChanged(id=work.fact_id(), at=work.at, caused_by=FactId(cause), ticket=after)
            work.tell(fact)
            store.put_ticket(work.connection, after, fact.id)
            work.audit("ticket.step", ticket_id, state=to.value, camera=ticket.camera_id, note=note.strip())
        return after

    def works(self, access: Access) -> tuple[PlannedWork, ...]:
        with self._workplace.look(access, Permission.UPKEEP_VIEW) as connection:
            cameras = _seen(connection, access)
            return tuple(work for work in store.works_of(connection) if work.camera_id in cameras)

    def plan_work(
        self, access: Access, camera_id: CameraId, began: datetime, ended: datetime, reason: str
    ) -> PlannedWork:
        """Raises: AppError invalid for work that has begun: what was not announced is an outage."""
        with self._workplace.work(access, Permission.UPKEEP_EDIT) as work:
            _found(work.connection, access, camera_id)
            if began < work.at - timedelta(minutes=1):
                raise invalid(
                    "work_not_announced",
                    "Planned work is announced before it begins.",
                    "What has begun is an outage; its ticket takes the explanation.",
                )
            if not timedelta(0) < ended - began <= LONGEST_WORK:
                raise invalid("work_span", f"Work ends after it begins, within {LONGEST_WORK.days} days.")
            planned = PlannedWork(
                id=WorkId(new_id(work.at)),
                camera_id=camera_id,
                began=began.astimezone(UTC),
                ended=ended.astimezone(UTC),
                reason=_text(reason),
                declared_by_name=access.name,
                declared_at=work.at,
            )
            store.put_work(work.connection, planned)
            work.audit(
                "work.plan", camera_id, began=str(planned.began), ended=str(planned.ended), reason=reason.strip()
            )
        return planned

    def cancel_work(self, access: Access, work_id: WorkId) -> PlannedWork:
        """From now on it excuses nothing; what has passed stays as it was announced."""
        with self._workplace.work(access, Permission.UPKEEP_EDIT) as work:
            planned = store.find_work(work.connection, work_id)
            if planned is None:
                raise not_found("work_unknown", "There is no such planned work.")
            _found(work.connection, access, planned.camera_id)
            if planned.cancelled_at is not None or planned.ended <= work.at:
                raise conflict("work_over", "This work is over or was cancelled before.")
            planned = replace(planned, cancelled_by_name=access.name, cancelled_at=max(work.at, planned.began))
            store.put_work(work.connection, planned)
            work.audit("work.cancel", planned.camera_id, work=work_id)
        return planned

    def renew_reference(self, access: Access, camera_id: CameraId, reason: str) -> ReferenceRecord:
        """Have the analyst take a new reference picture: the camera was aimed anew, on purpose."""
        with self._workplace.work(access, Permission.UPKEEP_EDIT) as work:
            _found(work.connection, access, camera_id)
            record = ReferenceRecord(
                camera_id=camera_id,
                asked_at=work.at,
                asked_by_name=access.name,
                reason=_text(reason),
                taken_at=None,
            )
            store.put_reference(work.connection, new_id(work.at), record)
            work.audit("reference.renew", camera_id, reason=record.reason)
        self.publish()
        return record

    def publish(self) -> None:
        """Tell the analyst, also at start what a crash left untold."""
        with self._workplace.database.read() as connection:
            known = store.references_of(connection)
        orders: dict[CameraId, datetime] = {}
        for _, record in known:
            if record.asked_at is not None:
                orders.setdefault(record.camera_id, record.asked_at)
        write_orders(self._orders, orders)

    def on_stream(self, connection: Connection, fact: StreamOpened | StreamLost) -> None:
        signs.keep_stream(connection, fact)

    def on_view(self, connection: Connection, fact: ViewChecked) -> None:
        signs.keep_view(connection, fact)

    def on_clock(self, connection: Connection, fact_id: FactId, camera_id: CameraId, reading: ClockReading) -> None:
        signs.keep_clock(connection, fact_id, camera_id, reading)

    def on_reference(self, connection: Connection, fact: ReferenceTaken) -> None:
        """The newest order that waits is answered; without one the camera took its first by itself."""
        waiting = [
            (number, record)
            for number, record in store.references_of(connection, fact.camera_id)
            if record.taken_at is None and record.asked_at is not None and record.asked_at <= fact.at
        ]
        for number, record in waiting:
            store.put_reference(connection, number, replace(record, taken_at=fact.at))
        if not waiting:
            alone = ReferenceRecord(
                camera_id=fact.camera_id, asked_at=None, asked_by_name="", reason="", taken_at=fact.at
            )
            store.put_reference(connection, fact.id, alone)

    def on_segment(self, connection: Connection, fact: SegmentClosed) -> None:
        """Footage of long ago, from a card or a standby recorder: its day is judged again."""
        ended = wall_instant(fact.segment.ended_wall)
        if fact.at - ended < LATE:
            return
        began = wall_instant(fact.segment.started_wall)
        for day in {day_of(began, self._plan.zone), day_of(ended, self._plan.zone)}:
            store.mark_for_correction(connection, fact.segment.camera_id, day)

    @staticmethod
    def _tickets(connection: Connection, access: Access, known: Iterable[Ticket]) -> tuple[Ticket, ...]:
        cameras = _seen(connection, access)
        return tuple(ticket for ticket in known if ticket.camera_id in cameras)


def _seen(connection: Connection, access: Access) -> dict[CameraId, Camera]:
    return {camera.id: camera for camera in cameras_store.all_cameras(connection) if access.sees_group(camera.group)}


def _found(connection: Connection, access: Access, camera_id: CameraId) -> Camera:
    camera = cameras_store.find_camera(connection, camera_id)
    if camera is None or not access.sees_group(camera.group):
        raise not_found("camera_unknown", "There is no such camera.")
    return camera


def _shown(camera: Camera) -> JudgedCamera:
    return JudgedCamera(id=camera.id, name=camera.name, group=camera.group, purpose_level=camera.purpose_level.value)


def _check_span(first: date, last: date) -> None:
    if not 0 <= (last - first).days < MAX_DAYS:
        raise invalid("proof_span", f"Ask for 1 to {MAX_DAYS} days.")


def _text(text: str, least: int = 1) -> str:
    text = text.strip()
    if not least <= len(text) <= MAX_TEXT or not (text.isprintable() or not text):
        raise invalid("upkeep_text", f"Write {least} to {MAX_TEXT} printable characters.")
    return text
