"""Alerts, rules and plate lists on a real database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from sereno.access.audit import audit_rows, verify
from sereno.access.model import Permission, Role, system_access
from sereno.access.work import Workplace
from sereno.alerts.events import AlertChanged, AlertDecided, AlertRaised
from sereno.alerts.model import AlertState, Outcome
from sereno.alerts.publishing import WatchPublisher
from sereno.alerts.rule_set import PLACE_RULES, CameraRules
from sereno.alerts.rules.plate_on_list import PlateOnList
from sereno.alerts.service import CLAIM_LAPSES_S, Alerts, Rules
from sereno.alerts.watch import read_watch
from sereno.analytics.events import ObservationClosed, ObservationOpened
from sereno.analytics.model import ObjectKind, Observation, TrailPoint
from sereno.cameras.model import PlaceKind
from sereno.core.clock import ManualClock
from sereno.core.errors import AppError
from sereno.core.geometry import Box
from sereno.core.ids import AlertId, CameraId, FactId, IncidentId, ObservationId, new_id
from sereno.main.facts import CENTRE_FACTS
from tests.alert_centre import add_camera, raised, someone, take_in, told
from tests.centre import open_workplace

pytestmark = pytest.mark.integration

ANA = someone("Ana", Role.OPERATOR)
BRUNO = someone("Bruno", Role.OPERATOR)
NORTH = someone("Norte", Role.OPERATOR, "norte")
ROOT = someone("Root", Role.ADMINISTRATOR)
BOX = Box(0.1, 0.2, 0.3, 0.4)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def workplace(tmp_path: Path, clock: ManualClock) -> Iterator[Workplace]:
    with open_workplace(tmp_path, clock, *CENTRE_FACTS) as workplace:
        add_camera(workplace, "escuela", "norte")
        add_camera(workplace, "acceso", "sur", PlaceKind.CITY_ACCESS)
        yield workplace


@pytest.fixture
def alerts(workplace: Workplace) -> Alerts:
    return Alerts(workplace)


class TestIntake:
    def test_an_alert_is_taken_in_once(self, workplace: Workplace, alerts: Alerts, clock: ManualClock) -> None:
        fact = raised(clock)
        assert [take_in(workplace, alerts, fact) for _ in range(3)] == [True, False, False]
        assert alerts.queue(ANA) == (fact.alert,)

    def test_a_rule_rings_once_for_an_observation(
        self, workplace: Workplace, alerts: Alerts, clock: ManualClock
    ) -> None:
        fact = raised(clock)
        again = raised(clock, observation_id=fact.alert.observation_id)
        other_rule = raised(clock, observation_id=fact.alert.observation_id, rule_id="otra")
        assert [take_in(workplace, alerts, one) for one in (fact, again, other_rule)] == [True, False, True]

    def test_a_decided_alert_stays_decided_when_its_fact_comes_again(
        self, workplace: Workplace, alerts: Alerts, clock: ManualClock
    ) -> None:
        fact = raised(clock)
        take_in(workplace, alerts, fact)
        decided = alerts.decide(ANA, fact.alert.id, Outcome.FALSE)
        take_in(workplace, alerts, fact)
        assert alerts.one(ANA, fact.alert.id) == decided

    def test_an_observation_is_replaced_until_it_closes(
        self, workplace: Workplace, alerts: Alerts, clock: ManualClock
    ) -> None:
        at = clock.now()
        opened = Observation(
            id=ObservationId(new_id(at)),
            camera_id=CameraId("escuela"),
            kind=ObjectKind.PERSON,
            first_at=at,
            last_at=at,
            best_score=0.7,
            trail=(TrailPoint(at, BOX),),
        )
        closed = replace(opened, last_at=at + timedelta(seconds=9), closed=True)
        with workplace.database.write() as connection:
            first = ObservationOpened(id=FactId(new_id(at)), at=at, observation=opened)
            alerts.on_observation(connection, first)
            alerts.on_observation(connection, ObservationClosed(id=FactId(new_id(at)), at=at, observation=closed))
            alerts.on_observation(connection, first)
        assert alerts.observation(NORTH, opened.id) == closed
        assert alerts.forget_observations(at + timedelta(seconds=9)) == 0
        assert alerts.forget_observations(at + timedelta(seconds=10)) == 1
        with pytest.raises(AppError, match="no such observation"):
            alerts.observation(NORTH, opened.id)


class TestQueue:
    def test_waiting_first_then_urgent_then_old(self, workplace: Workplace, alerts: Alerts, clock: ManualClock) -> None:
        ids: dict[str, AlertId] = {}
        for name, priority in (("old", 3), ("urgent", 1), ("young", 3), ("claimed", 1), ("first", 2), ("second", 2)):
            fact = raised(clock, priority=priority)
            ids[name] = fact.alert.id
            take_in(workplace, alerts, fact)
            clock.advance(1)
        alerts.claim(ANA, ids["claimed"])
        for name in ("first", "second"):
            alerts.decide(ANA, ids[name], Outcome.TEST)
        order = [alert.id for alert in alerts.queue(ANA)]
        assert order == [ids[name] for name in ("urgent", "old", "young", "claimed", "second", "first")]
        assert [alert.id for alert in alerts.queue(ANA, AlertState.CLAIMED)] == [ids["claimed"]]
        assert len(alerts.queue(ANA, limit=2)) == 2

    def test_cameras_of_other_groups_do_not_exist(
        self, workplace: Workplace, alerts: Alerts, clock: ManualClock
    ) -> None:
        mine, foreign, of_no_camera = raised(clock), raised(clock, "acceso"), raised(clock, "desmontada")
        for fact in (mine, foreign, of_no_camera):
            take_in(workplace, alerts, fact)
        assert alerts.queue(NORTH) == (mine.alert,)
        assert len(alerts.queue(ANA)) == 3
        with workplace.database.read() as connection:
            assert alerts.list_on(connection, NORTH) == (mine.alert,)
        with pytest.raises(AppError, match="no such alert"):
            alerts.one(NORTH, foreign.alert.id)
        with pytest.raises(AppError, match="no such alert"):
            alerts.decide(NORTH, foreign.alert.id, Outcome.REAL)


class TestDecision:
    def test_the_facts_of_an_alert_are_a_chain(self, workplace: Workplace, alerts: Alerts, clock: ManualClock) -> None:
        fact = raised(clock)
        take_in(workplace, alerts, fact)
        alerts.claim(ANA, fact.alert.id)
        alerts.decide(ANA, fact.alert.id, Outcome.REAL, " se ve en el clip ")
        incident_id = IncidentId(new_id(clock.now()))
        with workplace.work(ANA, Permission.INCIDENTS_EDIT) as work:
            before = alerts.record(work.connection, ANA, fact.alert.id)
            joined = alerts.join_incident(work, fact.alert.id, incident_id)
            assert alerts.join_incident(work, fact.alert.id, incident_id) == joined
        facts = told(workplace)
        assert [type(one) for one in facts] == [AlertRaised, AlertChanged, AlertDecided, AlertChanged]
        assert [one.caused_by for one in facts[1:]] == [one.id for one in facts[:-1]]
        assert before.last_fact == facts[2].id
        decided = alerts.one(ANA, fact.alert.id)
        assert (decided.outcome, decided.decided_by_name, decided.note) == (Outcome.REAL, "Ana", "se ve en el clip")
        assert decided.incident_id == incident_id

    def test_it_is_audited(self, workplace: Workplace, alerts: Alerts, clock: ManualClock) -> None:
        fact = raised(clock)
        take_in(workplace, alerts, fact)
        alerts.claim(ANA, fact.alert.id)
        alerts.decide(ANA, fact.alert.id, Outcome.NUISANCE)
        with workplace.database.read() as connection:
            rows = connection.execute(select(audit_rows.c.act, audit_rows.c.person_name, audit_rows.c.subject)).all()
            assert verify(connection).fault is None
        assert [tuple(row) for row in rows] == [
            ("alert.claim", "Ana", fact.alert.id),
            ("alert.decide", "Ana", fact.alert.id),
        ]

    def test_who_looks_at_it_decides(self, workplace: Workplace, alerts: Alerts, clock: ManualClock) -> None:
        fact = raised(clock)
        take_in(workplace, alerts, fact)
        alerts.claim(ANA, fact.alert.id)
        alerts.claim(ANA, fact.alert.id)
        with pytest.raises(AppError, match="Ana looks at this alert") as refused:
            alerts.claim(BRUNO, fact.alert.id)
        assert refused.value.code == "alert_claimed"
        with pytest.raises(AppError, match="Ana looks at this alert"):
            alerts.decide(BRUNO, fact.alert.id, Outcome.REAL)
        clock.advance(CLAIM_LAPSES_S)
        assert alerts.claim(BRUNO, fact.alert.id).claimed_by_name == "Bruno"

    def test_a_decision_is_final(self, workplace: Workplace, alerts: Alerts, clock: ManualClock) -> None:
        fact = raised(clock)
        take_in(workplace, alerts, fact)
        alerts.decide(ANA, fact.alert.id, Outcome.FALSE)
        with pytest.raises(AppError, match="Ana decided this alert: false"):
            alerts.decide(BRUNO, fact.alert.id, Outcome.REAL)
        with pytest.raises(AppError, match="Ana decided"):
            alerts.claim(ANA, fact.alert.id)

    @pytest.mark.parametrize("outcome", [None, Outcome.FALSE, Outcome.NUISANCE, Outcome.TEST])
    def test_only_what_a_person_called_real_becomes_an_incident(
        self, workplace: Workplace, alerts: Alerts, clock: ManualClock, outcome: Outcome | None
    ) -> None:
        fact = raised(clock)
        take_in(workplace, alerts, fact)
        if outcome is not None:
            alerts.decide(ANA, fact.alert.id, outcome)
        with (
            pytest.raises(AppError, match="Nobody has decided yet") as refused,
            workplace.work(ANA, Permission.INCIDENTS_EDIT) as work,
        ):
            alerts.join_incident(work, fact.alert.id, IncidentId(new_id(clock.now())))
        assert refused.value.code == "alert_not_real"

    def test_an_alert_belongs_to_one_incident(self, workplace: Workplace, alerts: Alerts, clock: ManualClock) -> None:
        fact = raised(clock)
        take_in(workplace, alerts, fact)
        alerts.decide(ANA, fact.alert.id, Outcome.REAL)
        with workplace.work(ANA, Permission.INCIDENTS_EDIT) as work:
            alerts.join_incident(work, fact.alert.id, IncidentId("first"))
            with pytest.raises(AppError, match="another incident"):
                alerts.join_incident(work, fact.alert.id, IncidentId("second"))

    def test_roles_without_the_permission_do_not_decide(
        self, workplace: Workplace, alerts: Alerts, clock: ManualClock
    ) -> None:
        fact = raised(clock)
        take_in(workplace, alerts, fact)
        for role in (Role.DISPATCHER, Role.AUDITOR, Role.IT, Role.CREW, Role.EVIDENCE_OFFICER):
            with pytest.raises(AppError, match=r"does not hold alerts\.decide"):
                alerts.decide(someone("x", role), fact.alert.id, Outcome.REAL)


@pytest.fixture
def publisher(workplace: Workplace, tmp_path: Path) -> WatchPublisher:
    return WatchPublisher(workplace, tmp_path / "watch.json")


class TestRules:
    def test_a_camera_begins_with_the_rules_of_its_place(self, workplace: Workplace, publisher: WatchPublisher) -> None:
        rules = Rules(workplace, publisher.publish)
        assert rules.of_camera(ANA, CameraId("escuela")).rules == PLACE_RULES[PlaceKind.SCHOOL]
        watch = {camera.camera_id: camera for camera in publisher.watch().cameras}
        assert watch[CameraId("acceso")].reads_plates
        assert not watch[CameraId("escuela")].reads_plates

    def test_drawn_rules_replace_them_and_reach_the_analyst(
        self, workplace: Workplace, publisher: WatchPublisher, tmp_path: Path
    ) -> None:
        rules = Rules(workplace, publisher.publish)
        drawn = CameraRules(camera_id=CameraId("escuela"), rules=(PlateOnList(id="p", name="Patentes"),))
        rules.draw(ROOT, drawn)
        assert rules.of_camera(ANA, CameraId("escuela")) == drawn
        (camera,) = (one for one in read_watch(tmp_path / "watch.json").cameras if one.camera_id == "escuela")
        assert (camera.rules, camera.reads_plates, camera.place) == (drawn.rules, True, PlaceKind.SCHOOL)

    def test_no_rules_at_all_is_a_choice_that_stays(self, workplace: Workplace, publisher: WatchPublisher) -> None:
        rules = Rules(workplace, publisher.publish)
        rules.draw(ROOT, CameraRules(camera_id=CameraId("escuela"), rules=()))
        assert rules.of_camera(ANA, CameraId("escuela")).rules == ()

    def test_unknown_and_foreign_cameras_have_no_rules(self, workplace: Workplace, publisher: WatchPublisher) -> None:
        rules = Rules(workplace, publisher.publish)
        for person, camera in ((ANA, "nobody"), (NORTH, "acceso")):
            with pytest.raises(AppError, match="no such camera"):
                rules.of_camera(person, CameraId(camera))
        it_north = someone("IT", Role.IT, "norte")
        with pytest.raises(AppError, match="no such camera"):
            rules.draw(it_north, CameraRules(camera_id=CameraId("acceso"), rules=()))

    def test_the_file_is_written_only_when_it_says_something_new(
        self, publisher: WatchPublisher, tmp_path: Path, workplace: Workplace
    ) -> None:
        path = tmp_path / "watch.json"
        publisher.publish()
        born = path.stat().st_ino
        publisher.publish()
        assert path.stat().st_ino == born
        add_camera(workplace, "plaza", "sur", PlaceKind.PLAZA)
        publisher.publish()
        assert len(read_watch(path).cameras) == 3

    def test_a_folder_that_cannot_be_written_is_told(self, workplace: Workplace, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(AppError, match="analyst cannot be told") as refused:
            WatchPublisher(workplace, tmp_path / "file" / "watch.json").publish()
        assert refused.value.code == "watch_unwritable"


def test_sereno_itself_may_read_every_alert(workplace: Workplace, alerts: Alerts, clock: ManualClock) -> None:
    take_in(workplace, alerts, raised(clock, "acceso"))
    assert len(alerts.queue(system_access("exporter"))) == 1
