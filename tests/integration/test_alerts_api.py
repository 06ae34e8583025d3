"""The routes of alerts, rules and plate lists over HTTP: who may, and what comes back for nonsense."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from sereno.access.guard import SESSION_COOKIE, Guard
from sereno.access.matrix import gates
from sereno.access.model import GRANTS, Role
from sereno.access.work import Workplace
from sereno.alerts.api import alerts_api
from sereno.alerts.model import Alert
from sereno.alerts.publishing import WatchPublisher
from sereno.alerts.service import Alerts, Rules
from sereno.analytics.events import ObservationOpened
from sereno.analytics.model import ObjectKind, Observation
from sereno.cameras.model import PlaceKind
from sereno.core.clock import ManualClock
from sereno.core.ids import FactId, new_id
from sereno.main.facts import CENTRE_FACTS
from sereno.runtime.http import HttpPolicy, install_http_floor
from sereno.watchlists.api import watchlists_api
from sereno.watchlists.service import PlateLists
from tests.alert_centre import add_camera, raised, sessions_of, someone
from tests.centre import open_workplace
from tests.serving import serve

pytestmark = pytest.mark.integration

PEOPLE = [someone(role.value, role) for role in Role]
NORTH = someone("norte", Role.ADMINISTRATOR, "norte")
TRIANGLE = {"corners": [{"x": 0.1, "y": 0.1}, {"x": 0.9, "y": 0.1}, {"x": 0.5, "y": 0.9}]}
LOITERING = {"kind": "loitering", "id": "l", "name": "Permanencia", "zone": TRIANGLE, "limit_s": 20}


@dataclass(frozen=True, slots=True)
class Served:
    app: FastAPI
    url: str
    workplace: Workplace
    alerts: Alerts
    clock: ManualClock
    client: httpx.Client

    def ask(self, who: str, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"Cookie": f"{SESSION_COOKIE}={who}"} if who else {}
        return self.client.request(method, f"{self.url}/api{path}", json=body, headers=headers)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with _served(tmp_path) as served:
        yield served


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all requests that are to change nothing."""
    with _served(tmp_path_factory.mktemp("untouched")) as served:
        yield served


@contextmanager
def _served(tmp_path: Path) -> Iterator[Served]:
    clock = ManualClock()
    with open_workplace(tmp_path, clock, *CENTRE_FACTS) as workplace:
        add_camera(workplace, "escuela", "norte")
        add_camera(workplace, "acceso", "sur", PlaceKind.CITY_ACCESS)
        publisher = WatchPublisher(workplace, tmp_path / "watch.json")
        alerts, guard = Alerts(workplace), Guard(sessions_of(*PEOPLE, NORTH))
        app = FastAPI(openapi_url=None)
        install_http_floor(app, HttpPolicy(media_port=8081))
        app.include_router(alerts_api(alerts, Rules(workplace, publisher.publish), guard), prefix="/api")
        app.include_router(watchlists_api(PlateLists(workplace, publisher.publish), guard), prefix="/api")
        with serve(app) as url, httpx.Client(trust_env=False, timeout=30) as client:
            yield Served(app, url, workplace, alerts, clock, client)


def ring(served: Served, camera: str = "escuela") -> Alert:
    fact = raised(served.clock, camera)
    alert, at = fact.alert, fact.at
    assert alert.observation_id
    observation = Observation(
        id=alert.observation_id,
        camera_id=alert.camera_id,
        kind=ObjectKind.PERSON,
        first_at=alert.since,
        last_at=at,
        best_score=0.8,
        trail=alert.trail,
    )
    opened = ObservationOpened(id=FactId(new_id(at)), at=at, observation=observation)
    with served.workplace.database.write() as connection:
        served.alerts.on_observation(connection, opened)
        served.alerts.on_alert_raised(connection, fact)
    return alert


def entry(served: Served, **more: object) -> dict[str, object]:
    return {
        "plate": "AF 417 KD",
        "list": "stolen",
        "source": "Registro provincial",
        "legal_basis": "Juzgado 3, oficio 112/2026",
        "offence": "Robo de automotor",
        "expires_at": (served.clock.now() + timedelta(days=30)).isoformat(),
        **more,
    }


def refused(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert set(body) == {"kind", "code", "message", "advice", "reference"}
    assert body["message"]
    return response.status_code, body["code"]


def test_an_operator_works_an_alert(served: Served) -> None:
    alert = ring(served)
    (listed,) = served.ask("operator", "GET", "/alerts").json()
    assert (listed["id"], listed["state"], listed["rule"]) == (alert.id, "waiting", "loitering")
    assert listed["why"] == [{"name": "stayed_s", "value": 30.2, "limit": 30.0}]
    assert served.ask("operator", "GET", f"/alerts/{alert.id}").json() == listed
    seen = served.ask("operator", "GET", f"/observations/{alert.observation_id}").json()
    assert seen["trail"] == listed["trail"]
    claimed = served.ask("operator", "POST", f"/alerts/{alert.id}/claim").json()
    assert (claimed["state"], claimed["claimed_by_name"]) == ("claimed", "operator")
    decision = {"outcome": "real", "note": "se ve"}
    assert refused(served.ask("supervisor", "POST", f"/alerts/{alert.id}/decision", decision)) == (409, "alert_claimed")
    decided = served.ask("operator", "POST", f"/alerts/{alert.id}/decision", decision).json()
    assert (decided["state"], decided["outcome"], decided["note"]) == ("decided", "real", "se ve")
    assert refused(served.ask("operator", "POST", f"/alerts/{alert.id}/decision", decision)) == (409, "alert_decided")
    assert served.ask("operator", "GET", "/alerts?state=waiting").json() == []


def test_a_plate_goes_from_proposal_to_withdrawal(served: Served) -> None:
    proposed = served.ask("police_liaison", "POST", "/lists/plates", entry(served))
    assert (proposed.status_code, proposed.json()["plate"]) == (201, "AF417KD")
    path = f"/lists/plates/{proposed.json()['id']}"
    assert refused(served.ask("police_liaison", "POST", f"{path}/approval")) == (403, "permission_missing")
    assert served.ask("supervisor", "POST", f"{path}/approval").json()["approved_by_name"] == "supervisor"
    assert refused(served.ask("supervisor", "POST", f"{path}/approval")) == (409, "list_entry_state")
    assert refused(served.ask("supervisor", "POST", f"{path}/withdrawal", {"reason": ""})) == (400, "list_text")
    withdrawn = served.ask("supervisor", "POST", f"{path}/withdrawal", {"reason": "Apareció"}).json()
    assert withdrawn["withdrawal_reason"] == "Apareció"
    assert len(served.ask("operator", "GET", "/lists/plates").json()) == 1


def test_who_proposes_does_not_approve(served: Served) -> None:
    proposed = served.ask("supervisor", "POST", "/lists/plates", entry(served)).json()
    path = f"/lists/plates/{proposed['id']}/approval"
    assert refused(served.ask("supervisor", "POST", path)) == (403, "approver_is_proposer")
    assert served.ask("administrator", "POST", path).status_code == 200


def test_rules_are_drawn_and_read_back(served: Served) -> None:
    drawn = served.ask("it", "PUT", "/cameras/escuela/rules", {"rules": [LOITERING]})
    assert drawn.status_code == 200, drawn.text
    read = served.ask("operator", "GET", "/cameras/escuela/rules").json()
    assert read == drawn.json()
    assert read["rules"][0]["zone"] == TRIANGLE
    assert read["rules"][0]["away_s"] == 3.0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "telepathy"}, "request_invalid"),
        ({"extra": 1}, "request_invalid"),
        ({"limit_s": "long"}, "request_invalid"),
        ({"zone": None}, "request_invalid"),
        ({"limit_s": -5}, "rule_limit"),
        ({"limit_s": 1e300}, "rule_limit"),
        ({"zone": {"corners": TRIANGLE["corners"][:2]}}, "rule_zone"),
        ({"zone": {"corners": [{"x": 7, "y": 0}, *TRIANGLE["corners"][:2]]}}, "rule_outside"),
        ({"name": ""}, "rule_name"),
        ({"id": "x" * 65}, "rule_name"),
    ],
)
def test_a_bad_rule_is_refused_in_words_and_changes_nothing(
    untouched: Served, change: dict[str, object], code: str
) -> None:
    before = untouched.ask("it", "GET", "/cameras/escuela/rules").json()
    assert refused(untouched.ask("it", "PUT", "/cameras/escuela/rules", {"rules": [LOITERING | change]})) == (400, code)
    assert untouched.ask("it", "GET", "/cameras/escuela/rules").json() == before


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/alerts?limit=0", None, 400, "request_invalid"),
        ("GET", "/alerts?limit=100000", None, 400, "request_invalid"),
        ("GET", "/alerts?state=asleep", None, 400, "request_invalid"),
        ("GET", "/alerts/nothing", None, 404, "alert_unknown"),
        ("GET", "/alerts/%27%20OR%201=1", None, 404, "alert_unknown"),
        ("POST", "/alerts/nothing/claim", None, 404, "alert_unknown"),
        ("POST", "/alerts/nothing/decision", {"outcome": "real"}, 404, "alert_unknown"),
        ("POST", "/alerts/nothing/decision", {}, 400, "request_invalid"),
        ("POST", "/alerts/nothing/decision", {"outcome": "maybe"}, 400, "request_invalid"),
        ("POST", "/alerts/nothing/decision", {"outcome": "real", "by": "me"}, 400, "request_invalid"),
        ("POST", "/alerts/nothing/decision", {"outcome": "real", "note": "x" * 2001}, 400, "request_invalid"),
        ("GET", "/observations/nothing", None, 404, "observation_unknown"),
        ("GET", "/cameras/nothing/rules", None, 404, "camera_unknown"),
        ("PUT", "/cameras/nothing/rules", {"rules": []}, 404, "camera_unknown"),
        ("PUT", "/cameras/escuela/rules", {"rules": [LOITERING] * 2}, 400, "rule_id_twice"),
        ("PUT", "/cameras/escuela/rules", {"rules": "none"}, 400, "request_invalid"),
        ("PUT", "/cameras/escuela/rules", None, 400, "request_invalid"),
        ("POST", "/lists/plates", {"plate": "AF417KD"}, 400, "request_invalid"),
        ("POST", "/lists/plates/nothing/approval", None, 404, "list_entry_unknown"),
        ("POST", "/lists/plates/nothing/withdrawal", {"reason": "x"}, 404, "list_entry_unknown"),
    ],
)
def test_nonsense_is_refused_in_words(
    untouched: Served, method: str, path: str, body: object, status: int, code: str
) -> None:
    assert refused(untouched.ask("administrator", method, path, body)) == (status, code)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"plate": "<script>"}, "plate_text"),
        ({"list": "enemies"}, "request_invalid"),
        ({"expires_at": "2030-01-01T00:00:00"}, "request_invalid"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "list_expiry"),
        ({"expires_at": "9999-01-01T00:00:00Z"}, "list_expiry"),
        ({"legal_basis": ""}, "list_text"),
        ({"approved_by": "me"}, "request_invalid"),
    ],
)
def test_a_bad_entry_is_refused_in_words(untouched: Served, more: dict[str, object], code: str) -> None:
    assert refused(untouched.ask("supervisor", "POST", "/lists/plates", entry(untouched, **more))) == (400, code)
    assert untouched.ask("supervisor", "GET", "/lists/plates").json() == []


def test_another_groups_cameras_do_not_exist(served: Served) -> None:
    mine, foreign = ring(served), ring(served, "acceso")
    assert [one["id"] for one in served.ask("norte", "GET", "/alerts").json()] == [mine.id]
    for method, path, body in (
        ("GET", f"/alerts/{foreign.id}", None),
        ("POST", f"/alerts/{foreign.id}/claim", None),
        ("POST", f"/alerts/{foreign.id}/decision", {"outcome": "false"}),
        ("GET", f"/observations/{foreign.observation_id}", None),
        ("GET", "/cameras/acceso/rules", None),
        ("PUT", "/cameras/acceso/rules", {"rules": []}),
    ):
        assert served.ask("norte", method, path, body).status_code == 404, path


def test_every_route_answers_each_role_as_the_matrix_says(untouched: Served) -> None:
    for gate in gates(untouched.app):
        path = gate.path.removeprefix("/api").format(
            alert_id="nothing", observation_id="nothing", camera_id="nothing", entry_id="nothing"
        )
        assert untouched.ask("", gate.method, path).status_code == 401, gate
        assert untouched.ask("nobody", gate.method, path).status_code == 401, gate
        for role in Role:
            status = untouched.ask(role.value, gate.method, path).status_code
            assert (status != 403) == gate.opens_for(role), (gate, role)
    assert {gate.needs for gate in gates(untouched.app)} <= {
        permission.value for permission in GRANTS[Role.ADMINISTRATOR]
    }
