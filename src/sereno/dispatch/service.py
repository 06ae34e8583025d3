"""Units and what they are sent to. A person sends; the crew says how far it got; every step keeps its clock."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from sqlalchemy import Connection

from sereno.access.model import Access, Permission, system_access
from sereno.access.work import Work, Workplace
from sereno.cameras.store import all_cameras
from sereno.core.errors import conflict, invalid, not_found
from sereno.core.geography import Position
from sereno.core.ids import AssignmentId, FactId, IncidentId, UnitId, new_id
from sereno.dispatch import store
from sereno.dispatch.events import AssignmentChanged, UnitAssigned, UnitChanged, UnitFix, UnitsMoved
from sereno.dispatch.fixes import Refusal, judge_all
from sereno.dispatch.model import (
    UNIT_STATE_DURING,
    Agency,
    Assignment,
    AssignmentState,
    Proposal,
    Unit,
    UnitState,
)
from sereno.dispatch.propose import Candidate, choose, proposed, zones_left_without
from sereno.incidents.kinds import kind_of
from sereno.incidents.service import Incidents, TimelineNote
from sereno.incidents.states import UnitsOn
from sereno.maps.travel_times import TravelTimes

ZONE_WITHIN_S = 90.0
"""A camera's place is covered while a free unit can be there in this time."""
LONGEST_REPORT = 4_000

_TIMELINE_KIND = {
    AssignmentState.ASSIGNED: "UnitAssigned",
    AssignmentState.ACKNOWLEDGED: "AssignmentAcknowledged",
    AssignmentState.EN_ROUTE: "AssignmentEnRoute",
    AssignmentState.ON_SCENE: "AssignmentOnScene",
    AssignmentState.CLEARED: "AssignmentCleared",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnit:
    id: UnitId
    call_sign: str
    agency: Agency
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class FixesTaken:
    """How many positions were believed, and why others were not."""

    accepted: int
    refused: Mapping[Refusal, int]


@dataclass(frozen=True, slots=True)
class Dispatch:
    workplace: Workplace
    incidents: Incidents
    times: TravelTimes

    def register(self, access: Access, *units: NewUnit) -> None:
        """Units that are known already stay as they are."""
        with self.workplace.work(access, Permission.PEOPLE_EDIT) as work:
            known = {unit.id for unit in store.all_units(work.connection)}
            for new in units:
                if new.id in known:
                    continue
                unit = Unit(
                    id=new.id,
                    call_sign=new.call_sign,
                    agency=new.agency,
                    state=UnitState.AVAILABLE,
                    position=new.position,
                    positioned_at=work.at,
                )
                store.add_unit(work.connection, unit)
                work.tell(UnitChanged(id=work.fact_id(), at=work.at, unit=unit))
                work.audit("unit.register", unit.id, call_sign=unit.call_sign, agency=unit.agency)

    def units(self, access: Access) -> list[Unit]:
        with self.workplace.look(access, Permission.UNITS_VIEW) as connection:
            return list(store.all_units(connection))

    def units_on(self, connection: Connection, access: Access) -> tuple[Unit, ...]:
        """For the snapshot, in its transaction."""
        return tuple(store.all_units(connection)) if access.may(Permission.UNITS_VIEW) else ()

    def assignments_on(self, connection: Connection, access: Access) -> tuple[Assignment, ...]:
        """For the snapshot, in its transaction: of the incidents that it shows."""
        return tuple(store.on_screen(connection, access)) if access.may(Permission.UNITS_VIEW) else ()

    def assignments(self, access: Access, incident_id: IncidentId) -> list[Assignment]:
        """Of one incident, oldest first."""
        with self.workplace.look(access, Permission.UNITS_VIEW) as connection:
            self.incidents.stored(connection, access, incident_id)
            return list(store.of_incident(connection, incident_id))

    def proposals(self, access: Access, incident_id: IncidentId) -> tuple[Proposal, ...]:
        """At most three free units, the best first; a person chooses."""
        with self.workplace.look(access, Permission.UNITS_VIEW) as connection:
            incident = self.incidents.stored(connection, access, incident_id).incident
            free = [unit for unit in store.all_units(connection) if unit.state is UnitState.AVAILABLE]
            zones = [camera.view.position for camera in all_cameras(connection) if camera.enabled]
        wanted = [Agency(code) for code in kind_of(incident.kind).agencies]
        choices = choose(self._candidates(free, zones, incident.position), wanted, self.workplace.clock.now())
        ways = self.times.journeys([choice.unit.position for choice in choices], incident.position)
        return proposed(choices, ways)

    def send(self, access: Access, incident_id: IncidentId, unit_id: UnitId) -> Assignment:
        """Raises: AppError not_found, conflict when the unit is busy or the incident is closed."""
        with self.workplace.work(access, Permission.UNITS_SEND) as work:
            stored = self.incidents.open_for_units(work, incident_id)
            unit = _required_unit(work.connection, unit_id)
            if unit.state is not UnitState.AVAILABLE:
                raise conflict("unit_busy", f"{unit.call_sign} is {unit.state}.", "Send another unit.")
            (journey,) = self.times.journeys([unit.position], stored.incident.position)
            assignment = Assignment(
                id=AssignmentId(new_id(work.at)),
                incident_id=incident_id,
                unit_id=unit_id,
                state=AssignmentState.ASSIGNED,
                destination=stored.incident.position,
                assigned_at=work.at,
                assigned_by_name=access.name,
                expected_travel_s=journey.travel_s,
            )
            fact = UnitAssigned(
                id=work.fact_id(),
                at=work.at,
                caused_by=stored.opened_fact_id,
                assignment=assignment,
                camera_id=stored.incident.camera_id,
            )
            store.add_assignment(work.connection, assignment, fact.id)
            work.tell(fact)
            work.audit("unit.send", unit_id, incident=incident_id, assignment=assignment.id)
            self._follow(work, assignment, unit, _note(assignment, access.name, fact.id))
        return assignment

    def to_do(self, access: Access) -> list[Assignment]:
        """What crews have to do or are doing."""
        with self.workplace.look(access, Permission.UNITS_REPORT) as connection:
            return list(store.under_way(connection))

    def advance(self, access: Access, assignment_id: AssignmentId, to: AssignmentState, report: str = "") -> Assignment:
        """A crew's next step. Saying the present state again changes nothing: a radio link repeats itself.

        Raises: AppError not_found, conflict when the table does not allow the step.
        """
        words = report.strip()
        if len(words) > LONGEST_REPORT:
            raise invalid("report_too_long", f"A report has at most {LONGEST_REPORT} characters.")
        with self.workplace.work(access, Permission.UNITS_REPORT) as work:
            stored = store.find_assignment(work.connection, assignment_id)
            if stored is None:
                raise not_found("assignment_unknown", f"There is no assignment {assignment_id}.")
            if stored.assignment.state is to:
                return stored.assignment
            stored.assignment.require_transition(to)
            assignment = _stepped(stored.assignment, to, work, words)
            unit = _required_unit(work.connection, assignment.unit_id)
            crew = system_access("dispatch")  # a crew reads no incidents, but its steps belong to one
            incident = self.incidents.stored(work.connection, crew, assignment.incident_id).incident
            fact = AssignmentChanged(
                id=work.fact_id(),
                at=work.at,
                caused_by=stored.last_fact_id,
                assignment=assignment,
                camera_id=incident.camera_id,
            )
            store.save_assignment(work.connection, assignment, fact.id)
            work.tell(fact)
            work.audit("assignment.advance", assignment_id, state=to, unit=unit.id)
            self._follow(work, assignment, unit, _note(assignment, unit.call_sign, fact.id, words))
        return assignment

    def report_positions(self, access: Access, fixes: Sequence[UnitFix]) -> FixesTaken:
        """Believed fixes become one fact for the whole batch; no audit row each second."""
        with self.workplace.work(access, Permission.UNITS_REPORT) as work:
            verdict = judge_all(fixes, store.all_units(work.connection), work.at)
            for fix in verdict.latest:
                store.move_unit(work.connection, fix)
            if verdict.latest:
                work.tell(UnitsMoved(id=work.fact_id(), at=work.at, fixes=verdict.latest))
        return FixesTaken(accepted=verdict.accepted, refused=verdict.refused)

    def _candidates(self, free: Sequence[Unit], zones: Sequence[Position], to: Position) -> list[Candidate]:
        positions = [unit.position for unit in free]
        travel_s = self.times.seconds(positions, to)
        left = zones_left_without([self.times.seconds(positions, zone) for zone in zones], ZONE_WITHIN_S)
        counts = left or (0,) * len(free)
        return [Candidate(*each) for each in zip(free, travel_s, counts, strict=True)]

    def _follow(self, work: Work, assignment: Assignment, unit: Unit, note: TimelineNote) -> None:
        """The unit's and the incident's states follow the assignment."""
        state = UNIT_STATE_DURING[assignment.state]
        if state is not unit.state:
            store.set_unit_state(work.connection, unit.id, state)
            changed = replace(unit, state=state)
            work.tell(UnitChanged(id=work.fact_id(), at=work.at, caused_by=note.caused_by, unit=changed))
        states = Counter(each.state for each in store.of_incident(work.connection, assignment.incident_id))
        on_scene = states[AssignmentState.ON_SCENE]
        under_way = states.total() - states[AssignmentState.CLEARED] - on_scene
        self.incidents.on_units_changed(work, assignment.incident_id, UnitsOn(under_way, on_scene), note)


def _stepped(assignment: Assignment, to: AssignmentState, work: Work, report: str) -> Assignment:
    """The assignment in its new state, with that state's clock stopped and the crew's words kept."""
    assignment = replace(assignment, state=to, report=report or assignment.report)
    match to:
        case AssignmentState.ACKNOWLEDGED:
            return replace(assignment, acknowledged_at=work.at)
        case AssignmentState.EN_ROUTE:
            return replace(assignment, en_route_at=work.at)
        case AssignmentState.ON_SCENE:
            return replace(assignment, on_scene_at=work.at)
        case AssignmentState.CLEARED:
            return replace(assignment, cleared_at=work.at)
        case AssignmentState.ASSIGNED:
            return assignment
    assert_never(to)


def _note(assignment: Assignment, by_name: str, cause: FactId, text: str = "") -> TimelineNote:
    return TimelineNote(
        kind=_TIMELINE_KIND[assignment.state], by_name=by_name, refers_to=assignment.id, text=text, caused_by=cause
    )


def _required_unit(connection: Connection, unit_id: UnitId) -> Unit:
    unit = store.find_unit(connection, unit_id)
    if unit is None:
        raise not_found("unit_unknown", f"There is no unit {unit_id}.")
    return unit
