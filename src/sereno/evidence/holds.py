"""Holds: footage of a camera and a span, kept from the moment somebody asks."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sereno.access.model import Access, Permission, system_access
from sereno.access.work import Workplace
from sereno.cameras.store import find_camera
from sereno.core.errors import invalid, not_found, unavailable
from sereno.core.ids import CameraId, HoldId, IncidentId, new_id
from sereno.evidence import store
from sereno.evidence.events import HoldChanged, HoldPlaced
from sereno.evidence.model import Hold, HoldState
from sereno.evidence.store import StoredHold
from sereno.evidence.vault import Vault
from sereno.evidence.words import checked_words
from sereno.incidents.service import Incidents, TimelineNote
from sereno.recording.holds import HoldsFile
from sereno.recording.library import Library
from sereno.recording.model import Segment

log = logging.getLogger(__name__)

LONGEST_SPAN = timedelta(hours=24)
FURTHEST_AHEAD = timedelta(hours=1)
LATEST_SEGMENT = timedelta(minutes=10)
"""After this long past a hold's end, footage that is not there will not come: the camera was away."""
HORIZON = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHold:
    camera_id: CameraId
    began: datetime
    ended: datetime
    reason: str
    incident_id: IncidentId | None = None


class Holds:
    """``told`` is the file by which the recorder learns what it must not delete."""

    def __init__(
        self, workplace: Workplace, incidents: Incidents, library: Library, vault: Vault, told: HoldsFile
    ) -> None:
        self._told = told
        self._published = False
        self._workplace = workplace
        self._incidents = incidents
        self._library = library
        self._vault = vault

    def place(self, access: Access, new: NewHold) -> Hold:
        """Keeps what is recorded at once; what is still being recorded follows with ``collect``.

        Raises: AppError not_found, invalid.
        """
        reason = checked_words("reason", new.reason)
        with self._told.changing():  # nothing is deleted until the footage that is there has been kept
            stored = self._place(access, new, reason)
            self._try_to_collect(stored)
        return self.find(access, stored.hold.id)

    def _place(self, access: Access, new: NewHold, reason: str) -> StoredHold:
        with self._workplace.work(access, Permission.EVIDENCE_HOLD) as work:
            self._check(work.connection, access, new, work.at)
            cause = None
            incident = None
            if new.incident_id is not None:
                stored = self._incidents.stored(work.connection, access, new.incident_id)
                cause, incident = stored.last_fact_id, stored.incident
            hold = Hold(
                id=HoldId(new_id(work.at)),
                incident_id=new.incident_id,
                camera_id=new.camera_id,
                began=new.began,
                ended=new.ended,
                reason=reason,
                placed_by_name=access.name,
                placed_at=work.at,
                state=HoldState.COLLECTING,
            )
            placed = HoldPlaced(id=work.fact_id(), at=work.at, caused_by=cause, hold=hold)
            store.add_hold(work.connection, hold, placed.id)
            work.tell(placed)
            span = f"{new.began.isoformat()}/{new.ended.isoformat()}"
            work.audit("hold.place", hold.id, camera=new.camera_id, span=span, reason=reason)
            if incident is not None:
                note = TimelineNote(kind="HoldPlaced", refers_to=hold.id, text=reason, caused_by=placed.id)
                self._incidents.add_entry(work, incident, note)
            self._tell_recorder(work.connection)
        return StoredHold(hold, placed.id)

    def _tell_recorder(self, connection: Connection) -> None:
        """Before the hold is committed: a hold that the recorder does not know of is none."""
        try:
            self._told.write(store.held_spans(connection))
        except OSError as error:
            raise unavailable(
                "holds_unwritable",
                f"The recorder cannot be told what to keep: {error.strerror}.",
                "Free space in the centre's folder and place the hold again.",
            ) from error
        self._published = True

    def find(self, access: Access, hold_id: HoldId) -> Hold:
        """Raises: AppError not_found."""
        with self._workplace.look(access, Permission.EVIDENCE_VIEW) as connection:
            return found(connection, access, hold_id).hold

    def newest(self, access: Access, incident_id: IncidentId | None = None) -> list[Hold]:
        """The latest, newest first."""
        with self._workplace.look(access, Permission.EVIDENCE_VIEW) as connection:
            rows = store.newest_holds(connection, access, incident_id, store.LATEST_ON_SCREEN)
        return [row.hold for row in rows]

    def collect(self) -> None:
        """Keeps what was recorded since for every hold that lacks something; called again and again."""
        with self._workplace.database.read() as connection:
            collecting = store.collecting_holds(connection)
            if not self._published:  # the recorder deletes nothing until it knows the holds
                with self._told.changing():
                    self._tell_recorder(connection)
        for stored in collecting:
            self._try_to_collect(stored)

    def _try_to_collect(self, stored: StoredHold) -> None:
        try:
            self._collect(stored)
        except OSError as error:  # a full disk; the next round tries again
            log.warning("hold=%s cannot keep its footage now: %s", stored.hold.id, error.strerror)

    def _collect(self, stored: StoredHold) -> None:
        hold = stored.hold
        complete = self._has_all(hold)  # asked first: what was closed before is then in the list
        held = set(hold.segment_ids)
        missing = [s for s in self._library.segments(hold.camera_id, hold.began, hold.ended) if s.id not in held]
        kept = [each for each in missing if self._vault.keep(hold.id, each, self._library.path(each))]
        complete = complete and len(kept) == len(missing)  # what lies in the cold store comes with a later round
        if kept or complete:
            self._record(hold.id, kept, complete)

    def _has_all(self, hold: Hold) -> bool:
        """Whether a segment that reaches past the hold's end is closed, or none will come."""
        late = self._workplace.clock.now() > hold.ended + LATEST_SEGMENT
        return late or bool(self._library.segments(hold.camera_id, hold.ended, hold.ended + HORIZON))

    def _record(self, hold_id: HoldId, kept: list[Segment], complete: bool) -> None:
        access = system_access("evidence")
        with self._workplace.work(access, Permission.EVIDENCE_HOLD) as work:
            before = found(work.connection, access, hold_id)
            if before.hold.state is not HoldState.COLLECTING:
                return
            held = set(before.hold.segment_ids)
            store.add_segments(work.connection, hold_id, [each for each in kept if each.id not in held])
            state = HoldState.COMPLETE if complete else HoldState.COLLECTING
            hold = replace(found(work.connection, access, hold_id).hold, state=state)
            if hold == before.hold:
                return
            fact = HoldChanged(id=work.fact_id(), at=work.at, caused_by=before.last_fact_id, hold=hold)
            store.save_hold(work.connection, hold_id, state, fact.id)
            work.tell(fact)
            if complete:
                work.audit("hold.complete", hold_id, segments=str(len(hold.segment_ids)))

    def _check(self, connection: Connection, access: Access, new: NewHold, at: datetime) -> None:
        camera = find_camera(connection, new.camera_id)
        if camera is None or not access.sees_group(camera.group):
            raise not_found("camera_unknown", "There is no such camera.")
        if not timedelta(0) < new.ended - new.began <= LONGEST_SPAN:
            raise invalid("hold_span", "A hold ends after it begins and lasts 24 hours at most.", "Place several.")
        if new.ended > at + FURTHEST_AHEAD:
            raise invalid("hold_ahead", "A hold may reach one hour ahead.", "Place another one when it ends.")
        past = new.ended + LATEST_SEGMENT < at
        if past and not self._library.segments(new.camera_id, new.began, new.ended):
            raise not_found(
                "footage_missing",
                "There is no recording of this camera in that span.",
                "Look at the camera's recordings: it may have been away, or the footage has reached its age.",
            )


def found(connection: Connection, access: Access, hold_id: HoldId) -> StoredHold:
    """Raises: AppError not_found."""
    stored = store.find_hold(connection, access, hold_id)
    if stored is None:
        raise not_found("hold_unknown", f"There is no hold {hold_id}.")
    return stored
