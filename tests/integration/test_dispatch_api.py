"""The routes of incidents and dispatch over HTTP: a case by its public interface, roles, and nonsense."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from sereno.access.guard import SESSION_COOKIE, Guard
from sereno.access.matrix import gates
from sereno.access.model import Permission, Role, system_access
from sereno.alerts.service import Alerts
from sereno.core.clock import ManualClock
from sereno.core.geography import Position
from sereno.core.ids import UnitId
from sereno.dispatch.api import dispatch_api
from sereno.dispatch.model import Agency
from sereno.dispatch.service import Dispatch, NewUnit
from sereno.incidents.api import incidents_api
from sereno.incidents.service import Incidents
from sereno.main.facts import CENTRE_FACTS
from sereno.maps.addresses import Addresses
from sereno.maps.travel_times import travel_times
from sereno.runtime.http import HttpPolicy, install_http_floor
from sereno.simulation.town import build_map, place_of
from tests.alert_centre import sessions_of, someone
from tests.centre import open_workplace
from tests.serving import serve

pytestmark = pytest.mark.integration

PEOPLE = [someone(role.value, role) for role in Role]
CORNER = place_of((100.0, 200.0))


@dataclass(frozen=True, slots=True)
class Served:
    app: FastAPI
    clock: ManualClock
    client: httpx.Client

    def ask(self, who: Role, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"Cookie": f"{SESSION_COOKIE}={who.value}"}
        return self.client.request(method, f"/api{path}", json=body, headers=headers)

    def code(self, method: str, path: str, body: object = None, who: Role = Role.ADMINISTRATOR) -> tuple[int, str]:
        response = self.ask(who, method, path, body)
        return response.status_code, response.json()["code"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    clock, town = ManualClock(), build_map()
    folder: Path = tmp_path_factory.mktemp("dispatch")
    with open_workplace(folder, clock, *CENTRE_FACTS) as workplace:
        guard = Guard(sessions_of(*PEOPLE))
        incidents = Incidents(workplace, Alerts(workplace), Addresses(town.graph))
        dispatch = Dispatch(workplace, incidents, travel_times(town.graph))
        posts = {"movil-1": (0.0, 300.0), "movil-2": (-300.0, 0.0), "movil-3": (300.0, 0.0), "movil-4": (0.0, -400.0)}
        units = [
            NewUnit(id=UnitId(name), call_sign=name, agency=Agency.POLICE, position=place_of(spot))
            for name, spot in posts.items()
        ]
        dispatch.register(system_access("test"), *units)
        app = FastAPI(openapi_url=None)
        install_http_floor(app, HttpPolicy(media_port=8081))
        app.include_router(incidents_api(incidents, guard), prefix="/api")
        app.include_router(dispatch_api(dispatch, guard), prefix="/api")
        with serve(app) as url, httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
            yield Served(app, clock, client)


def call(position: Position = CORNER, **more: object) -> dict[str, object]:
    place = {"lat": position.lat, "lon": position.lon}
    return {"channel": "call", "kind": "security.property.robbery", "position": place, **more}


def test_a_call_becomes_a_case_and_a_crew_works_it(served: Served) -> None:
    opened = served.ask(Role.OPERATOR, "POST", "/incidents", call(note="Dos personas corren."))
    assert opened.status_code == 201
    incident = opened.json()
    assert incident["priority"] == 1
    assert incident["address"] == "Capitán Anselmo Rivas y Las Magnolias"
    proposals = served.ask(Role.OPERATOR, "GET", f"/incidents/{incident['id']}/proposals").json()
    assert [p["rank"] for p in proposals] == [1, 2, 3]
    assert proposals[0]["travel_s"] <= proposals[1]["travel_s"]
    assert not proposals[0]["straight_line"]
    assert len(proposals[0]["route"]) >= 2
    unit_id = proposals[0]["unit_id"]
    sent = served.ask(Role.DISPATCHER, "POST", f"/incidents/{incident['id']}/assignments", {"unit_id": unit_id})
    assert sent.status_code == 201
    to_do = served.ask(Role.CREW, "GET", "/crew/assignments").json()
    assert [each["id"] for each in to_do] == [sent.json()["id"]]
    for state in ("acknowledged", "en_route", "on_scene", "cleared"):
        step = served.ask(Role.CREW, "POST", f"/crew/assignments/{sent.json()['id']}", {"state": state, "report": "Ok"})
        assert step.json()["state"] == state
    listed = served.ask(Role.OPERATOR, "GET", f"/incidents/{incident['id']}/assignments").json()
    assert listed[0]["report"] == "Ok"
    note = served.ask(Role.OPERATOR, "POST", f"/incidents/{incident['id']}/notes", {"text": "Se retiran."})
    assert note.status_code == 201
    closed = served.ask(Role.OPERATOR, "POST", f"/incidents/{incident['id']}/close", {"closing": "resolved"})
    assert closed.json()["state"] == "closed"
    file = served.ask(Role.OPERATOR, "GET", f"/incidents/{incident['id']}").json()
    assert [entry["kind"] for entry in file["timeline"]] == [
        "IncidentOpened", "note", "UnitAssigned", "AssignmentAcknowledged", "AssignmentEnRoute", "AssignmentOnScene",
        "AssignmentCleared", "note", "IncidentClosed",
    ]  # fmt: skip
    assert served.ask(Role.OPERATOR, "GET", "/incidents?state=closed&limit=5").json()[0]["id"] == incident["id"]


def test_positions_are_taken_and_bad_ones_counted(served: Served) -> None:
    served.clock.advance(1)
    at = served.clock.now()
    good = {"unit_id": "movil-4", "position": _json(place_of((0.0, -395.0))), "at": at.isoformat()}
    future = {**good, "at": (at + timedelta(hours=1)).isoformat()}
    answer = served.ask(Role.CREW, "POST", "/crew/positions", {"fixes": [good, future, {**good, "unit_id": "x"}]})
    assert answer.json() == {"accepted": 1, "refused": {"unknown_unit": 1, "future": 1}}
    units = {unit["id"]: unit for unit in served.ask(Role.OPERATOR, "GET", "/units").json()}
    assert units["movil-4"]["position"] == good["position"]


def _json(position: Position) -> dict[str, float]:
    return {"lat": position.lat, "lon": position.lon}


def test_the_catalogue_has_names_in_three_languages(served: Served) -> None:
    kinds = served.ask(Role.OPERATOR, "GET", "/incident-kinds").json()
    assert len(kinds) >= 25
    assert set(kinds[0]["names"]) == {"es", "en", "pt"}
    assert kinds[0]["agencies"]


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/incidents", {}, (400, "request_invalid")),
        ("/incidents", {"channel": "smoke_signal"}, (400, "request_invalid")),
        ("/incidents", call(surprise=1), (400, "request_invalid")),
        ("/incidents", {**call(), "position": {"lat": 1e9, "lon": 0}}, (400, "request_invalid")),
        ("/incidents", {**call(), "position": None}, (400, "position_missing")),
        ("/incidents", {**call(), "kind": "a.b.c"}, (400, "incident_kind_unknown")),
        ("/incidents", {"channel": "camera_alert", "alert_id": "nope"}, (404, "alert_unknown")),
        ("/incidents/nope/notes", {"text": "Hola"}, (404, "incident_unknown")),
        ("/incidents/nope/close", {"closing": "resolved"}, (404, "incident_unknown")),
        ("/incidents/nope/assignments", {"unit_id": "movil-1"}, (404, "incident_unknown")),
        ("/crew/assignments/nope", {"state": "on_scene"}, (404, "assignment_unknown")),
        ("/crew/assignments/nope", {"state": "asleep"}, (400, "request_invalid")),
        ("/crew/positions", {"fixes": [{"unit_id": "movil-1"}]}, (400, "request_invalid")),
        (
            "/crew/positions",
            {"fixes": [{"unit_id": "movil-1", "position": {"lat": 0, "lon": 0}, "at": "2026-01-01T00:00:00"}]},
            (400, "request_invalid"),
        ),
    ],
)
def test_nonsense_is_answered_in_words(
    served: Served, path: str, body: dict[str, object], expected: tuple[int, str]
) -> None:
    assert served.code("POST", path, body) == expected


def test_a_unit_that_is_not_there_cannot_be_sent(served: Served) -> None:
    incident = served.ask(Role.OPERATOR, "POST", "/incidents", call()).json()
    path = f"/incidents/{incident['id']}/assignments"
    assert served.code("POST", path, {"unit_id": "ghost"}) == (404, "unit_unknown")


def test_every_route_asks_for_its_permission(served: Served) -> None:
    for gate in gates(served.app):
        assert gate.needs in set(Permission)
        for role in Role:
            path = gate.path.removeprefix("/api").format(incident_id="nope", assignment_id="nope")
            status = served.ask(role, gate.method, path, {}).status_code
            assert (status == 403) == (not gate.opens_for(role)), (gate, role)
