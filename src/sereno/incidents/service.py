"""The case: opened from any channel, kept in a timeline, closed by a person. Facts and audit rows go with each act."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from sereno.access.model import Access, Permission, system_access
from sereno.access.work import Work, Workplace
from sereno.alerts.model import Alert, Outcome
from sereno.alerts.service import Alerts
from sereno.alerts.store import AlertRecord
from sereno.cameras.store import find_camera
from sereno.core.errors import AppError, conflict, invalid, not_found
from sereno.core.geography import Position
from sereno.core.ids import AlertId, FactId, IncidentId, new_id
from sereno.incidents import store
from sereno.incidents.events import IncidentChanged, IncidentClosed, IncidentOpened, TimelineAdded
from sereno.incidents.kinds import IncidentKind, kind_of, suggested_kind
from sereno.incidents.model import Channel, Incident, IncidentState, TimelineEntry
from sereno.incidents.states import UnitsOn, state_with
from sereno.incidents.store import StoredIncident
from sereno.maps.addresses import Addresses

LONGEST_TEXT = 4_000
LONGEST_ADDRESS = 200
LONGEST_LIST = 500
CLOSINGS = frozenset({"resolved", "unfounded", "handed_over"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a person says when opening. With ``alert_id``, the alert and its camera tell all but ``channel``."""

    channel: Channel
    alert_id: AlertId | None = None
    kind: str = ""
    priority: int | None = None
    position: Position | None = None
    address: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFile:
    incident: Incident
    timeline: tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineNote:
    """What is written into the timeline; without ``by_name`` it is by the person who acts."""

    kind: str
    by_name: str = ""
    refers_to: str = ""
    text: str = ""
    caused_by: FactId | None = None


@dataclass(frozen=True, slots=True)
class _Ground:
    """Where an incident stands and what it came from."""

    kind: IncidentKind
    position: Position
    address: str
    record: AlertRecord | None = None


@dataclass(frozen=True, slots=True)
class Incidents:
    workplace: Workplace
    alerts: Alerts
    streets: Addresses

    def open(self, access: Access, opening: Opening) -> Incident:
        """Raises: AppError not_found, invalid, or conflict when the alert has no outcome "real" yet or has a case."""
        note = _text(opening.note, required=False)
        with self.workplace.work(access, Permission.INCIDENTS_EDIT) as work:
            ground = self._ground(work, opening)
            alert = None if ground.record is None else ground.record.alert
            number = store.next_number(work.connection, work.at)
            incident = Incident(
                id=IncidentId(new_id(work.at)),
                number=str(number),
                kind=ground.kind.code,
                channel=opening.channel,
                priority=_priority(opening.priority, ground.kind),
                state=IncidentState.OPEN,
                position=ground.position,
                address=ground.address,
                opened_at=work.at,
                opened_by_name=access.name,
                camera_id=None if alert is None else alert.camera_id,
                alert_ids=() if alert is None else (alert.id,),
            )
            cause = None if ground.record is None else ground.record.last_fact
            opened = IncidentOpened(id=work.fact_id(), at=work.at, caused_by=cause, incident=incident)
            store.add(work.connection, incident, number, opened.id)
            work.tell(opened)
            work.audit("incident.open", incident.id, number=incident.number, kind=incident.kind)
            if alert is not None:
                self.alerts.join_incident(work, alert.id, incident.id, opened.id)
            about = "" if alert is None else alert.id
            self.add_entry(work, incident, TimelineNote(kind="IncidentOpened", refers_to=about, caused_by=opened.id))
            if note:
                self.add_entry(work, incident, TimelineNote(kind="note", text=note, caused_by=opened.id))
        return incident

    def add_note(self, access: Access, incident_id: IncidentId, text: str) -> TimelineEntry:
        """A closed incident still takes notes: what is learned later belongs to it."""
        words = _text(text)
        with self.workplace.work(access, Permission.INCIDENTS_EDIT) as work:
            stored = self.stored(work.connection, work.access, incident_id)
            work.audit("incident.note", incident_id)
            note = TimelineNote(kind="note", text=words, caused_by=stored.last_fact_id)
            return self.add_entry(work, stored.incident, note)

    def close(self, access: Access, incident_id: IncidentId, closing: str, text: str) -> Incident:
        if closing not in CLOSINGS:
            raise invalid(
                "closing_unknown", f"{closing!r} is no closing code.", f"One of {', '.join(sorted(CLOSINGS))}."
            )
        words = _text(text, required=False)
        with self.workplace.work(access, Permission.INCIDENTS_EDIT) as work:
            stored = self.stored(work.connection, work.access, incident_id)
            stored.incident.require_transition(IncidentState.CLOSED)
            closed = replace(stored.incident, state=IncidentState.CLOSED, closed_at=work.at, closing=closing)
            fact = IncidentClosed(id=work.fact_id(), at=work.at, caused_by=stored.last_fact_id, incident=closed)
            store.save(work.connection, closed, fact.id)
            work.tell(fact)
            work.audit("incident.close", incident_id, closing=closing)
            self.add_entry(work, closed, TimelineNote(kind="IncidentClosed", text=words, caused_by=fact.id))
        return closed

    def incidents(self, access: Access, state: IncidentState | None = None, limit: int = 100) -> list[Incident]:
        """Newest first."""
        with self.workplace.look(access, Permission.INCIDENTS_VIEW) as connection:
            return list(store.newest(connection, access, state, min(limit, LONGEST_LIST)))

    def list_on(self, connection: Connection, access: Access) -> tuple[Incident, ...]:
        """For the snapshot, in its transaction."""
        return tuple(store.on_screen(connection, access)) if access.may(Permission.INCIDENTS_VIEW) else ()

    def file(self, access: Access, incident_id: IncidentId) -> IncidentFile:
        """Raises: AppError not_found."""
        with self.workplace.look(access, Permission.INCIDENTS_VIEW) as connection:
            stored = self.stored(connection, access, incident_id)
            return IncidentFile(incident=stored.incident, timeline=store.timeline_of(connection, incident_id))

    def stored(self, connection: Connection, access: Access, incident_id: IncidentId) -> StoredIncident:
        """In the caller's transaction. Raises: AppError not_found."""
        stored = store.find(connection, access, incident_id)
        if stored is None:
            raise _unknown(incident_id)
        return stored

    def open_for_units(self, work: Work, incident_id: IncidentId) -> StoredIncident:
        """The incident that a unit is to be sent to. Raises: AppError not_found, conflict when it is closed."""
        stored = self.stored(work.connection, work.access, incident_id)
        if stored.incident.state is IncidentState.CLOSED:
            raise conflict("incident_closed", f"Incident {stored.incident.number} is closed.", "Open a new one.")
        return stored

    def on_units_changed(self, work: Work, incident_id: IncidentId, units: UnitsOn, note: TimelineNote) -> Incident:
        """A unit was sent, moved on or was freed: the state follows, the timeline says why. In the caller's work."""
        stored = store.find(work.connection, system_access("dispatch"), incident_id)
        if stored is None:
            raise _unknown(incident_id)
        self.add_entry(work, stored.incident, note)
        state = state_with(units)
        if stored.incident.state in (IncidentState.CLOSED, state):
            return stored.incident
        stored.incident.require_transition(state)
        changed = replace(stored.incident, state=state)
        fact = IncidentChanged(id=work.fact_id(), at=work.at, caused_by=note.caused_by, incident=changed)
        store.save(work.connection, changed, fact.id)
        work.tell(fact)
        return changed

    def add_entry(self, work: Work, incident: Incident, note: TimelineNote) -> TimelineEntry:
        """In the caller's work; packages after this one use it too."""
        entry = TimelineEntry(
            at=work.at,
            kind=note.kind,
            by_name=note.by_name or work.access.name,
            text=note.text,
            refers_to=note.refers_to,
            caused_by=note.caused_by,
        )
        store.add_entry(work.connection, incident.id, entry)
        told = TimelineAdded(
            id=work.fact_id(),
            at=work.at,
            caused_by=entry.caused_by,
            incident_id=incident.id,
            entry=entry,
            camera_id=incident.camera_id,
        )
        work.tell(told)
        return entry

    def _ground(self, work: Work, opening: Opening) -> _Ground:
        if opening.alert_id is None:
            return self._ground_as_told(opening)
        record = self.alerts.record(work.connection, work.access, opening.alert_id)
        require_real(record.alert)
        camera = find_camera(work.connection, record.alert.camera_id)
        if camera is None:
            raise not_found("camera_unknown", "The camera of this alert is no longer in the register.")
        position = opening.position or camera.view.position
        kind = kind_of(opening.kind) if opening.kind else suggested_kind(record.alert.rule, camera.place)
        address = _address(opening.address) or self.streets.name(position) or camera.name
        return _Ground(kind, position, address, record)

    def _ground_as_told(self, opening: Opening) -> _Ground:
        if opening.position is None:
            raise invalid("position_missing", "An incident needs a place.", "Point at the map.")
        if not opening.kind:
            raise invalid("incident_kind_missing", "An incident needs a kind.", "Choose one of the list.")
        address = _address(opening.address) or self.streets.name(opening.position)
        return _Ground(kind_of(opening.kind), opening.position, address)


def require_real(alert: Alert) -> None:
    """A named person said that the alert is real, and it has no case yet. Raises: AppError conflict."""
    if alert.outcome is not Outcome.REAL:
        raise conflict(
            "alert_not_real",
            "Nobody has decided that this alert is real.",
            "Look at it and give an outcome first: a machine alone sends nobody.",
        )
    if alert.incident_id is not None:
        raise conflict("alert_has_incident", "This alert belongs to an incident already.", "Open that one.")


def _priority(asked: int | None, kind: IncidentKind) -> int:
    if asked is None:
        return kind.priority
    if not 1 <= asked <= 5:
        raise invalid("priority_unknown", f"Priority {asked} is not between 1 (most urgent) and 5.")
    return asked


def _text(text: str, *, required: bool = True) -> str:
    words = text.strip()
    if required and not words:
        raise invalid("text_missing", "The note is empty.")
    if len(words) > LONGEST_TEXT:
        raise invalid("text_too_long", f"The text has {len(words)} characters; {LONGEST_TEXT} are allowed.")
    return words


def _address(text: str) -> str:
    words = text.strip()
    if len(words) > LONGEST_ADDRESS:
        raise invalid("address_too_long", f"The address has {len(words)} characters; {LONGEST_ADDRESS} are allowed.")
    return words


def _unknown(incident_id: IncidentId) -> AppError:
    return not_found("incident_unknown", f"There is no incident {incident_id}.")
