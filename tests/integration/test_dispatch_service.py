"""A case from the alert to the report, on a real database: facts, causes, states, conflicts and who may see what."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from sereno.access.audit import audit_rows, verify
from sereno.access.model import Role, system_access
from sereno.access.work import Workplace
from sereno.alerts.events import AlertChanged, AlertDecided, AlertRaised
from sereno.alerts.model import Alert, Measure, Outcome, RuleKind
from sereno.alerts.service import Alerts
from sereno.analytics.model import ObjectKind, TrailPoint
from sereno.cameras.model import PlaceKind
from sereno.core.clock import ManualClock
from sereno.core.errors import AppError
from sereno.core.facts import Fact
from sereno.core.geography import Position
from sereno.core.geometry import Box
from sereno.core.ids import AlertId, AssignmentId, CameraId, FactId, IncidentId, ObservationId, UnitId, new_id
from sereno.dispatch.events import AssignmentChanged, UnitAssigned, UnitChanged, UnitFix, UnitsMoved
from sereno.dispatch.model import Agency, Assignment, AssignmentState, UnitState
from sereno.dispatch.service import Dispatch, NewUnit
from sereno.incidents.events import IncidentChanged, IncidentClosed, IncidentOpened, TimelineAdded
from sereno.incidents.model import Channel, Incident, IncidentState
from sereno.incidents.service import Incidents, Opening
from sereno.main.facts import CENTRE_FACTS
from sereno.maps.addresses import Addresses
from sereno.maps.street_graph import StreetGraph
from sereno.maps.travel_times import StraightLineTravelTimes
from tests.alert_centre import add_camera, someone, told
from tests.centre import open_workplace

pytestmark = pytest.mark.integration

ANA = someone("Ana", Role.OPERATOR)
NORTH = someone("Norte", Role.OPERATOR, "norte")
CREW = someone("Dotaciones", Role.CREW)
AUDITOR = someone("Auditora", Role.AUDITOR)
CAMERA = Position(-35.0, -60.0)


@dataclass(frozen=True, slots=True)
class Room:
    workplace: Workplace
    alerts: Alerts
    incidents: Incidents
    dispatch: Dispatch
    clock: ManualClock

    def facts(self, kind: type[Fact]) -> list[Fact]:
        return [fact for fact in told(self.workplace) if isinstance(fact, kind)]

    def acts(self) -> list[str]:
        with self.workplace.database.read() as connection:
            assert verify(connection).fault is None
            return [row.act for row in connection.execute(audit_rows.select().order_by(audit_rows.c.number))]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    clock = ManualClock()
    with open_workplace(tmp_path, clock, *CENTRE_FACTS) as workplace:
        add_camera(workplace, "escuela", "norte", PlaceKind.SCHOOL)
        add_camera(workplace, "basural", "sur", PlaceKind.WASTE_POINT)
        alerts = Alerts(workplace)
        incidents = Incidents(workplace, alerts, Addresses(StreetGraph((), ())))
        dispatch = Dispatch(workplace, incidents, StraightLineTravelTimes())
        dispatch.register(
            system_access("test"),
            NewUnit(id=UnitId("near"), call_sign="Móvil 1", agency=Agency.POLICE, position=CAMERA.offset(300, 0)),
            NewUnit(id=UnitId("far"), call_sign="Móvil 2", agency=Agency.POLICE, position=CAMERA.offset(900, 0)),
            NewUnit(id=UnitId("fire"), call_sign="Bomberos 3", agency=Agency.FIRE, position=CAMERA.offset(10, 0)),
        )
        yield Room(workplace, alerts, incidents, dispatch, clock)


def decided_alert(room: Room, camera: str = "escuela", outcome: Outcome | None = Outcome.REAL) -> AlertId:
    at = room.clock.now()
    alert = Alert(
        id=AlertId(new_id(at)),
        camera_id=CameraId(camera),
        rule=RuleKind.LOITERING,
        rule_id="permanencia",
        rule_name="Permanencia",
        at=at,
        since=at - timedelta(seconds=30),
        priority=3,
        observation_id=ObservationId(new_id(at)),
        object_kind=ObjectKind.PERSON,
        trail=(TrailPoint(at, Box(0.1, 0.2, 0.3, 0.4)),),
        why=(Measure("stayed_s", 30.2, 30.0),),
    )
    fact = AlertRaised(id=FactId(new_id(at)), at=at, alert=alert)
    with room.workplace.database.write() as connection:
        room.alerts.on_alert_raised(connection, fact)
        room.workplace.facts.append(connection, fact)
    if outcome is not None:
        room.alerts.decide(ANA, alert.id, outcome)
    return alert.id


def opened(room: Room, camera: str = "escuela") -> Incident:
    return room.incidents.open(ANA, Opening(channel=Channel.CAMERA_ALERT, alert_id=decided_alert(room, camera)))


def by_call(room: Room) -> Incident:
    call = Opening(
        channel=Channel.CALL, kind="security.property.robbery", position=CAMERA.offset(50, 50), note="Grita."
    )
    return room.incidents.open(ANA, call)


def test_an_incident_of_an_alert_takes_kind_place_and_cause_from_it(room: Room) -> None:
    incident = opened(room)
    assert incident.kind == "security.conduct.loitering"
    assert incident.number == "2026-000001"
    assert incident.position == CAMERA
    assert incident.state is IncidentState.OPEN
    decided, opening, joined = (room.facts(kind)[-1] for kind in (AlertDecided, IncidentOpened, AlertChanged))
    assert opening.caused_by == decided.id
    assert joined.caused_by == opening.id
    assert isinstance(joined, AlertChanged)
    assert joined.alert.incident_id == incident.id
    assert room.acts()[-1] == "incident.open"
    assert opened(room, "basural").kind == "services.waste.dumping"


def test_the_unit_that_was_sent_walks_back_to_the_alert(room: Room) -> None:
    incident = opened(room)
    room.dispatch.send(ANA, incident.id, UnitId("near"))
    facts = {fact.id: fact for fact in told(room.workplace)}
    step: Fact | None = room.facts(UnitAssigned)[0]
    walked = []
    while step is not None:
        walked.append(type(step))
        step = None if step.caused_by is None else facts[step.caused_by]
    assert walked == [UnitAssigned, IncidentOpened, AlertDecided, AlertRaised]


@pytest.mark.parametrize("outcome", [None, Outcome.FALSE, Outcome.NUISANCE, Outcome.TEST])
def test_without_a_person_who_says_it_is_real_there_is_no_incident(room: Room, outcome: Outcome | None) -> None:
    alert_id = decided_alert(room, outcome=outcome)
    with pytest.raises(AppError) as refused:
        room.incidents.open(ANA, Opening(channel=Channel.CAMERA_ALERT, alert_id=alert_id))
    assert refused.value.code == "alert_not_real"
    assert room.facts(IncidentOpened) == []


def test_one_alert_opens_one_incident(room: Room) -> None:
    alert_id = decided_alert(room)
    room.incidents.open(ANA, Opening(channel=Channel.CAMERA_ALERT, alert_id=alert_id))
    with pytest.raises(AppError) as refused:
        room.incidents.open(ANA, Opening(channel=Channel.CAMERA_ALERT, alert_id=alert_id))
    assert refused.value.code == "alert_has_incident"


@pytest.mark.parametrize(
    ("opening", "code"),
    [
        (Opening(channel=Channel.CALL, kind="security.property.robbery"), "position_missing"),
        (Opening(channel=Channel.CALL, position=CAMERA), "incident_kind_missing"),
        (Opening(channel=Channel.CALL, position=CAMERA, kind="x.y.z"), "incident_kind_unknown"),
        (Opening(channel=Channel.CALL, position=CAMERA, kind="medical.injury.fall", priority=9), "priority_unknown"),
        (Opening(channel=Channel.CALL, position=CAMERA, kind="medical.injury.fall", note="x" * 4_001), "text_too_long"),
    ],
)
def test_an_opening_by_hand_says_what_is_missing(room: Room, opening: Opening, code: str) -> None:
    with pytest.raises(AppError) as refused:
        room.incidents.open(ANA, opening)
    assert refused.value.code == code


def test_numbers_count_within_the_year_also_when_many_open_at_once(room: Room) -> None:
    with ThreadPoolExecutor(4) as pool:
        numbers = [incident.number for incident in pool.map(lambda _: by_call(room), range(8))]
    assert sorted(numbers) == [f"2026-{n:06d}" for n in range(1, 9)]
    room.clock.advance(400 * 86_400)
    assert by_call(room).number == "2027-000001"


def test_a_crew_works_an_assignment_to_its_end(room: Room) -> None:
    incident = opened(room)
    assignment = room.dispatch.send(ANA, incident.id, UnitId("near"))
    assert assignment.expected_travel_s == pytest.approx(300 * 1.4 / 11.0, rel=0.01)
    states = []
    for to in (
        AssignmentState.ACKNOWLEDGED,
        AssignmentState.EN_ROUTE,
        AssignmentState.ON_SCENE,
        AssignmentState.CLEARED,
    ):
        room.clock.advance(5)
        assignment = room.dispatch.advance(
            CREW, assignment.id, to, "Sin novedad" if to is AssignmentState.CLEARED else ""
        )
        unit = next(u for u in room.dispatch.units(ANA) if u.id == "near")
        states.append((unit.state, room.incidents.file(ANA, incident.id).incident.state))
    assert states == [
        (UnitState.ASSIGNED, IncidentState.ASSIGNED),
        (UnitState.EN_ROUTE, IncidentState.ASSIGNED),
        (UnitState.ON_SCENE, IncidentState.ON_SCENE),
        (UnitState.AVAILABLE, IncidentState.OPEN),
    ]
    clocks = (assignment.acknowledged_at, assignment.en_route_at, assignment.on_scene_at, assignment.cleared_at)
    assert [(at - assignment.assigned_at).total_seconds() for at in clocks if at] == [5, 10, 15, 20]
    assert room.dispatch.to_do(CREW) == []
    _assert_caused_in_turn(room)
    timeline = room.incidents.file(ANA, incident.id).timeline
    assert [entry.kind for entry in timeline] == [
        "IncidentOpened", "UnitAssigned", "AssignmentAcknowledged", "AssignmentEnRoute", "AssignmentOnScene",
        "AssignmentCleared",
    ]  # fmt: skip
    assert (timeline[-1].by_name, timeline[-1].text, timeline[-1].refers_to) == (
        "Móvil 1",
        "Sin novedad",
        assignment.id,
    )
    assert all(entry.caused_by for entry in timeline)


def _assert_caused_in_turn(room: Room) -> None:
    """Each step of the assignment names the one before; what follows from a step names the step."""
    steps = [fact for fact in told(room.workplace) if isinstance(fact, UnitAssigned | AssignmentChanged)]
    for before, after in pairwise(steps):
        assert after.caused_by == before.id
    known = {step.id for step in steps}
    assert all(fact.caused_by in known for fact in room.facts(IncidentChanged))
    assert all(fact.caused_by in known for fact in room.facts(UnitChanged) if fact.caused_by)


def test_saying_a_step_twice_changes_nothing_and_skipping_one_is_refused(room: Room) -> None:
    assignment = room.dispatch.send(ANA, opened(room).id, UnitId("near"))
    once = room.dispatch.advance(CREW, assignment.id, AssignmentState.ACKNOWLEDGED)
    count = len(told(room.workplace))
    room.clock.advance(3)
    assert room.dispatch.advance(CREW, assignment.id, AssignmentState.ACKNOWLEDGED) == once
    assert len(told(room.workplace)) == count
    with pytest.raises(AppError) as refused:
        room.dispatch.advance(CREW, assignment.id, AssignmentState.ON_SCENE)
    assert refused.value.code == "assignment_transition"
    with pytest.raises(AppError) as unknown:
        room.dispatch.advance(CREW, AssignmentId("nobody"), AssignmentState.ON_SCENE)
    assert unknown.value.code == "assignment_unknown"


def test_of_two_who_send_one_unit_one_is_refused(room: Room) -> None:
    incidents = [by_call(room), by_call(room)]

    def send(incident: Incident) -> Assignment | str:
        try:
            return room.dispatch.send(ANA, incident.id, UnitId("near"))
        except AppError as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(send, incidents))
    assert sorted(isinstance(answer, Assignment) for answer in answers) == [False, True]
    assert "unit_busy" in answers


def test_nothing_is_sent_to_a_closed_incident_and_it_closes_once(room: Room) -> None:
    incident = by_call(room)
    closed = room.incidents.close(ANA, incident.id, "resolved", "Listo.")
    assert (closed.state, closed.closing, closed.closed_at) == (IncidentState.CLOSED, "resolved", room.clock.now())
    assert len(room.facts(IncidentClosed)) == 1
    for refused in (
        lambda: room.dispatch.send(ANA, incident.id, UnitId("near")),
        lambda: room.incidents.close(ANA, incident.id, "resolved", ""),
    ):
        with pytest.raises(AppError):
            refused()
    with pytest.raises(AppError) as unknown:
        room.incidents.close(ANA, by_call(room).id, "because", "")
    assert unknown.value.code == "closing_unknown"


def test_a_crew_can_finish_after_the_incident_was_closed(room: Room) -> None:
    incident = by_call(room)
    assignment = room.dispatch.send(ANA, incident.id, UnitId("near"))
    room.incidents.close(ANA, incident.id, "unfounded", "")
    room.dispatch.advance(CREW, assignment.id, AssignmentState.CLEARED, "Nadie en el lugar")
    assert room.incidents.file(ANA, incident.id).incident.state is IncidentState.CLOSED
    assert next(u for u in room.dispatch.units(ANA) if u.id == "near").state is UnitState.AVAILABLE


def test_proposals_leave_busy_units_out(room: Room) -> None:
    incident = by_call(room)
    assert [p.unit_id for p in room.dispatch.proposals(ANA, incident.id)] == ["near", "far", "fire"]
    room.dispatch.send(ANA, incident.id, UnitId("near"))
    proposals = room.dispatch.proposals(ANA, incident.id)
    assert [p.unit_id for p in proposals] == ["far", "fire"]
    assert proposals[0].straight_line


def test_a_batch_of_positions_is_one_fact_and_bad_fixes_are_counted(room: Room) -> None:
    room.clock.advance(1)
    at = room.clock.now()
    good = UnitFix(unit_id=UnitId("near"), position=CAMERA.offset(290, 0), bearing_deg=270.0, speed_mps=10.0, at=at)
    taken = room.dispatch.report_positions(
        CREW, [good, replace(good, unit_id=UnitId("far"), position=CAMERA), replace(good, unit_id=UnitId("?"))]
    )
    assert taken.accepted == 1
    assert dict(taken.refused) == {"jump": 1, "unknown_unit": 1}
    (moved,) = room.facts(UnitsMoved)
    assert isinstance(moved, UnitsMoved)
    assert moved.fixes == (good,)
    assert next(u for u in room.dispatch.units(ANA) if u.id == "near").position == good.position
    assert room.dispatch.report_positions(CREW, [good]).accepted == 0
    assert len(room.facts(UnitsMoved)) == 1


def test_who_may_not_see_the_camera_sees_neither_the_case_nor_its_units(room: Room) -> None:
    south, north = opened(room, "basural"), opened(room, "escuela")
    call = by_call(room)
    assert {each.id for each in room.incidents.incidents(NORTH)} == {north.id, call.id}
    assignment = room.dispatch.send(ANA, south.id, UnitId("near"))
    for hidden in (
        lambda: room.incidents.file(NORTH, south.id),
        lambda: room.incidents.add_note(NORTH, south.id, "Hola"),
        lambda: room.incidents.close(NORTH, south.id, "resolved", ""),
        lambda: room.dispatch.send(NORTH, south.id, UnitId("far")),
        lambda: room.dispatch.proposals(NORTH, south.id),
        lambda: room.dispatch.assignments(NORTH, south.id),
    ):
        with pytest.raises(AppError) as refused:
            hidden()
        assert refused.value.code == "incident_unknown"
    with room.workplace.database.read() as connection:
        assert {each.id for each in room.incidents.list_on(connection, NORTH)} == {north.id, call.id}
        assert room.dispatch.assignments_on(connection, NORTH) == ()
        assert [each.id for each in room.dispatch.assignments_on(connection, ANA)] == [assignment.id]
    notes = [fact for fact in room.facts(TimelineAdded) if isinstance(fact, TimelineAdded)]
    assert {note.camera_id for note in notes if note.incident_id == south.id} == {"basural"}


def test_roles_without_the_permission_are_refused(room: Room) -> None:
    incident = by_call(room)
    for refused in (
        lambda: room.incidents.open(CREW, Opening(channel=Channel.CALL)),
        lambda: room.incidents.incidents(CREW),
        lambda: room.incidents.add_note(AUDITOR, incident.id, "Hola"),
        lambda: room.dispatch.send(CREW, incident.id, UnitId("near")),
        lambda: room.dispatch.report_positions(ANA, []),
        lambda: room.dispatch.to_do(ANA),
        lambda: room.dispatch.register(ANA),
        lambda: room.dispatch.units(AUDITOR),
    ):
        with pytest.raises(AppError) as denied:
            refused()
        assert denied.value.code == "permission_missing"
    with room.workplace.database.read() as connection:
        assert room.incidents.list_on(connection, CREW) == ()
        assert room.dispatch.units_on(connection, CREW) == ()


def test_notes_are_kept_also_on_a_closed_incident_and_empty_ones_refused(room: Room) -> None:
    incident = by_call(room)
    room.incidents.close(ANA, incident.id, "resolved", "")
    room.incidents.add_note(ANA, incident.id, "  Apareció un testigo. ")
    assert room.incidents.file(ANA, incident.id).timeline[-1].text == "Apareció un testigo."
    with pytest.raises(AppError) as refused:
        room.incidents.add_note(ANA, incident.id, "   ")
    assert refused.value.code == "text_missing"
    with pytest.raises(AppError) as unknown:
        room.incidents.add_note(ANA, IncidentId("nothing"), "Hola")
    assert unknown.value.code == "incident_unknown"


def test_units_that_are_known_are_not_registered_again(room: Room) -> None:
    again = NewUnit(id=UnitId("near"), call_sign="Otro", agency=Agency.FIRE, position=CAMERA)
    room.dispatch.register(system_access("test"), again)
    assert [u.call_sign for u in room.dispatch.units(ANA)] == ["Bomberos 3", "Móvil 1", "Móvil 2"]
