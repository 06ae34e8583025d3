"""The crews' gateway against a served centre: it signs in, drives, and works an assignment to its end."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from fastapi import FastAPI

from sereno.access.api import Site, access_api
from sereno.access.guard import Guard
from sereno.access.model import Role, system_access
from sereno.access.service import NewPerson, People
from sereno.alerts.service import Alerts
from sereno.core.clock import SystemClock
from sereno.core.errors import AppError
from sereno.dispatch.api import dispatch_api
from sereno.dispatch.model import AssignmentState
from sereno.dispatch.service import Dispatch, NewUnit
from sereno.incidents.model import Channel, Incident
from sereno.incidents.service import Incidents, Opening
from sereno.main.facts import CENTRE_FACTS
from sereno.maps.addresses import Addresses
from sereno.maps.travel_times import travel_times
from sereno.runtime.http import HttpPolicy, install_http_floor
from sereno.simulation.crews import read_crew_account, run_crews
from sereno.simulation.town import Town, build_town
from tests.centre import PASSWORD, open_workplace
from tests.serving import serve

pytestmark = pytest.mark.integration

GATEWAY = "Pasarela de dotaciones"
SYSTEM = system_access("test")
DEADLINE_S = 120.0


@dataclass(slots=True)
class Running:
    town: Town
    incidents: Incidents
    dispatch: Dispatch
    app: FastAPI
    server: ExitStack
    url: str

    def open_incident(self, camera: int) -> Incident:
        position = self.town.cameras[camera].view.position
        opening = Opening(channel=Channel.CALL, kind="security.conduct.loitering", position=position)
        return self.incidents.open(SYSTEM, opening)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    clock, town, stop = SystemClock(), build_town("127.0.0.1", 8554), Event()
    account = tmp_path / "crew.json"
    account.write_text(json.dumps({"name": GATEWAY, "password": PASSWORD}))
    account.chmod(0o600)
    with ExitStack() as stack:
        workplace = stack.enter_context(open_workplace(tmp_path, clock, *CENTRE_FACTS))
        people = People(workplace)
        people.ensure("test", NewPerson(name=GATEWAY, role=Role.CREW, password=PASSWORD))
        incidents = Incidents(workplace, Alerts(workplace), Addresses(town.map.graph))
        dispatch = Dispatch(workplace, incidents, travel_times(town.map.graph))
        units = [NewUnit(id=u.id, call_sign=u.call_sign, agency=u.agency, position=u.post) for u in town.units]
        dispatch.register(SYSTEM, *units)
        guard = Guard(people)
        site = Site(name="Prueba", timezone="UTC", language="es", media_port=8081, simulated=True)
        app = FastAPI(openapi_url=None)
        install_http_floor(app, HttpPolicy(media_port=8081))
        app.include_router(access_api(people, workplace, site, guard), prefix="/api")
        app.include_router(dispatch_api(dispatch, guard), prefix="/api")
        server = stack.enter_context(ExitStack())
        url = server.enter_context(serve(app))
        crews = Thread(target=run_crews, args=(town, url, account, stop, clock, 1.0))
        crews.start()
        try:
            yield Running(town, incidents, dispatch, app, server, url)
        finally:
            stop.set()
            crews.join(30)
            assert not crews.is_alive()


def wait_until(done: Callable[[], bool], what: str) -> None:
    deadline_s = monotonic() + DEADLINE_S
    while not done():
        assert monotonic() < deadline_s, f"waited {DEADLINE_S:.0f} s for {what}"
        sleep(0.1)


def silent_s(running: Running) -> float:
    newest = max(unit.positioned_at for unit in running.dispatch.units(SYSTEM))
    return (SystemClock().now() - newest).total_seconds()


def test_units_move_and_a_sent_one_arrives_and_reports(running: Running) -> None:
    posts = {unit.id: unit.post for unit in running.town.units}

    def moved() -> bool:
        return all(unit.position != posts[unit.id] for unit in running.dispatch.units(SYSTEM))

    wait_until(moved, "every unit to move")
    incident = running.open_incident(camera=6)
    best = running.dispatch.proposals(SYSTEM, incident.id)[0]
    assert not best.straight_line
    running.dispatch.send(SYSTEM, incident.id, best.unit_id)

    def cleared() -> bool:
        return running.dispatch.assignments(SYSTEM, incident.id)[0].state is AssignmentState.CLEARED

    wait_until(cleared, "the crew to report")
    done = running.dispatch.assignments(SYSTEM, incident.id)[0]
    assert done.report
    assert done.on_scene_at is not None
    assert done.en_route_at is not None
    assert (done.on_scene_at - done.en_route_at).total_seconds() < done.expected_travel_s + 60
    unit = next(unit for unit in running.dispatch.units(SYSTEM) if unit.id == best.unit_id)
    assert unit.position.distance_m(incident.position) < 250


def test_crews_go_on_when_the_centre_comes_back(running: Running) -> None:
    incident = running.open_incident(camera=3)
    unit_id = running.dispatch.proposals(SYSTEM, incident.id)[0].unit_id
    running.dispatch.send(SYSTEM, incident.id, unit_id)

    def state() -> AssignmentState:
        return running.dispatch.assignments(SYSTEM, incident.id)[0].state

    wait_until(lambda: state() is not AssignmentState.ASSIGNED, "the crew's answer")
    running.server.close()
    wait_until(lambda: silent_s(running) > 2.5, "an exchange to fail")
    running.server.enter_context(serve(running.app, int(running.url.rpartition(":")[2])))
    wait_until(lambda: state() is AssignmentState.CLEARED, "the crew to report after the centre came back")
    kinds = [entry.kind for entry in running.incidents.file(SYSTEM, incident.id).timeline]
    assert kinds[-3:] == ["AssignmentEnRoute", "AssignmentOnScene", "AssignmentCleared"]


def test_an_account_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    account = tmp_path / "crew.json"
    account.write_text(json.dumps({"name": GATEWAY, "password": PASSWORD}))
    account.chmod(0o644)
    with pytest.raises(AppError, match="chmod 600"):
        read_crew_account(account)
    account.chmod(0o600)
    assert read_crew_account(account).name == GATEWAY
    account.write_text("{}")
    with pytest.raises(AppError):
        read_crew_account(account)
