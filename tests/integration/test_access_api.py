"""Signing in, accounts and the HTTP floor, over a real socket and a real SQLite file."""

import logging
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI

from sereno.access import audit
from sereno.access.api import Site, access_api
from sereno.access.guard import SESSION_COOKIE, Guard, public
from sereno.access.model import Access, Permission, Role
from sereno.access.service import NewPerson, People
from sereno.access.work import Workplace
from sereno.core.clock import Clock, ManualClock, SystemClock
from sereno.runtime.http import Body, HttpPolicy, install_http_floor
from tests.centre import PASSWORD, open_workplace
from tests.serving import serve

pytestmark = pytest.mark.integration

CANARY = "canario-7f3a-secreto"
SITE = Site(name="Prueba", timezone="America/Argentina/Buenos_Aires", language="es", media_port=8081, simulated=True)


@dataclass(slots=True)
class Centre:
    workplace: Workplace
    people: People
    clock: ManualClock
    url: str
    clients: ExitStack

    def client(self) -> httpx.Client:
        return self.clients.enter_context(httpx.Client(base_url=f"{self.url}/api", timeout=60))

    def signed_in(self, name: str, password: str = PASSWORD) -> httpx.Client:
        client = self.client()
        assert client.post("/session", json={"name": name, "password": password}).status_code == 200
        return client

    def audit_rows(self) -> list[audit.AuditRow]:
        with self.workplace.database.read() as connection:
            return list(audit.read_rows(connection))


class NoteBody(Body):
    text: str
    times: int = 1


def odd_routes(guard: Guard) -> APIRouter:
    routes = APIRouter()

    @routes.get("/broken", dependencies=[Depends(public)])
    def fail() -> None:
        raise ZeroDivisionError("the lamp is out")

    @routes.post("/notes")
    def note(body: NoteBody, access: Annotated[Access, Depends(guard.needs(Permission.ALERTS_DECIDE))]) -> Access:
        return access

    return routes


def app_of(people: People, workplace: Workplace) -> FastAPI:
    guard = Guard(people)
    app = FastAPI(openapi_url=None)
    app.include_router(access_api(people, workplace, SITE, guard), prefix="/api")
    app.include_router(odd_routes(guard), prefix="/api")
    install_http_floor(app, HttpPolicy(SITE.media_port, max_body_bytes=10_000))
    return app


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    clock = ManualClock()
    with open_workplace(tmp_path, clock) as workplace, ExitStack() as clients:
        people = People(workplace)
        with serve(app_of(people, workplace)) as url:
            people.ensure("test", NewPerson(name="Ada Admin", role=Role.ADMINISTRATOR, password=PASSWORD))
            people.ensure("test", NewPerson(name="Ana", role=Role.OPERATOR, password=PASSWORD))
            yield Centre(workplace, people, clock, url, clients)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Centre]:
    clock = ManualClock()
    with open_workplace(tmp_path, clock) as workplace, ExitStack() as clients:
        people = People(workplace)
        with serve(app_of(people, workplace)) as url:
            yield Centre(workplace, people, clock, url, clients)


def test_the_first_run_link_makes_one_administrator_and_signs_in(empty: Centre) -> None:
    older, token = empty.people.first_run_token(), empty.people.first_run_token()
    client = empty.client()
    body = {"token": token, "name": "Ada", "password": PASSWORD}
    assert client.post("/first-run", json=body | {"token": older}).json()["code"] == "first_run_closed"
    assert client.post("/first-run", json=body | {"password": "corta"}).json()["code"] == "password_short"
    session = client.post("/first-run", json=body)
    assert session.status_code == 200
    assert session.json()["person"]["role"] == "administrator"
    assert session.json()["site"]["timezone"] == SITE.timezone
    assert "people.edit" in client.get("/session").json()["permissions"]
    again = empty.client().post("/first-run", json=body | {"name": "Eva"})
    assert (again.status_code, again.json()["code"]) == (403, "first_run_closed")
    assert empty.people.first_run_token() is None
    assert [row.act for row in empty.audit_rows()] == ["person.add", "session.begin"]


def test_a_first_run_link_is_good_for_a_day(empty: Centre) -> None:
    token = empty.people.first_run_token()
    empty.clock.advance(24 * 3600 + 1)
    answer = empty.client().post("/first-run", json={"token": token, "name": "Ada", "password": PASSWORD})
    assert answer.json()["code"] == "first_run_closed"


def test_a_session_lasts_a_shift_and_its_cookie_is_kept_from_scripts(centre: Centre) -> None:
    client = centre.client()
    assert client.get("/session").status_code == 401
    answer = client.post("/session", json={"name": " ANA ", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert client.get("/session").json()["person"]["name"] == "Ana"
    token = client.cookies[SESSION_COOKIE]
    assert token.encode() not in centre.workplace.database.path.read_bytes()
    for file in centre.workplace.database.path.parent.glob("centre.db*"):
        assert file.stat().st_mode & 0o077 == 0, f"others may read {file.name}"
    centre.clock.advance(12 * 3600 + 1)
    assert client.get("/session").json()["code"] == "not_signed_in"


def test_signing_out_ends_the_session_everywhere_the_cookie_went(centre: Centre) -> None:
    client = centre.signed_in("Ana")
    stolen = centre.client()
    stolen.cookies.update(client.cookies)
    assert stolen.get("/session").status_code == 200
    assert client.delete("/session").status_code == 204
    assert SESSION_COOKIE not in client.cookies
    assert stolen.get("/session").status_code == 401
    assert [row.act for row in centre.audit_rows()][-2:] == ["session.begin", "session.end"]


def test_wrong_passwords_and_unknown_names_get_the_same_answer(centre: Centre) -> None:
    client = centre.client()
    wrong = client.post("/session", json={"name": "Ana", "password": CANARY})
    unknown = client.post("/session", json={"name": CANARY, "password": CANARY})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    refusals = [row for row in centre.audit_rows() if row.act == "session.refuse"]
    assert refusals[0].subject != "unknown name"
    assert refusals[1].subject == "unknown name"
    assert CANARY not in str(centre.audit_rows())


def test_the_fourth_wrong_password_must_wait_and_others_need_not(centre: Centre) -> None:
    client = centre.client()
    for _ in range(3):
        assert client.post("/session", json={"name": "Ana", "password": "equivocada!"}).status_code == 401
    for name in ("Ana", "ANA", "ana "):
        paused = client.post("/session", json={"name": name, "password": PASSWORD})
        assert (paused.status_code, paused.json()["code"]) == (429, "sign_in_paused")
        assert paused.headers["retry-after"] == "2"
    centre.signed_in("Ada Admin")
    centre.clock.advance(1.1)
    centre.signed_in("Ana")


def test_an_unknown_name_costs_as_much_time_as_a_known_one(tmp_path: Path) -> None:
    clock: Clock = SystemClock()
    with open_workplace(tmp_path, clock) as workplace:
        people = People(workplace)
        people.ensure("test", NewPerson(name="Ana", role=Role.OPERATOR, password=PASSWORD))

        def spent_s(name: str, attempt: int) -> float:
            began_s = clock.monotonic_s()
            with pytest.raises(Exception, match="wrong"):
                people.sign_in(name, "equivocada!", f"10.0.0.{attempt}")
            return clock.monotonic_s() - began_s

        pairs = [(spent_s("Ana", attempt), spent_s("Nadie", attempt)) for attempt in range(9)]
    known_s, unknown_s = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert 0.5 < known_s / unknown_s < 2.0, f"known {known_s:.3f} s, unknown {unknown_s:.3f} s"


def test_a_flood_of_sign_ins_leaves_threads_for_the_room(centre: Centre) -> None:
    ana = centre.signed_in("Ana")

    def knock(number: int) -> int:
        body = {"name": f"nobody {number}", "password": "equivocada!"}
        return httpx.post(f"{centre.url}/api/session", json=body, timeout=60).status_code

    with ThreadPoolExecutor(40) as pool:
        answers = pool.map(knock, range(40))
        assert ana.get("/session").status_code == 200
        assert set(answers) == {401, 429}
    assert centre.client().post("/session", json={"name": "Ada Admin", "password": PASSWORD}).status_code == 200


def test_a_new_password_ends_every_session_but_the_one_that_set_it(centre: Centre) -> None:
    here, elsewhere = centre.signed_in("Ana"), centre.signed_in("Ana")
    new = "cuatro palabras nuevas"
    refused = here.post("/session/password", json={"old": "no es esta", "new": new})
    assert refused.json()["code"] == "old_password_wrong"
    assert here.post("/session/password", json={"old": PASSWORD, "new": "corta"}).json()["code"] == "password_short"
    before = here.cookies[SESSION_COOKIE]
    assert here.post("/session/password", json={"old": PASSWORD, "new": new}).status_code == 200
    assert here.cookies[SESSION_COOKIE] != before
    assert here.get("/session").status_code == 200
    assert elsewhere.get("/session").status_code == 401
    old = centre.client()
    old.cookies.set(SESSION_COOKIE, before)
    assert old.get("/session").status_code == 401
    assert centre.client().post("/session", json={"name": "Ana", "password": PASSWORD}).status_code == 401
    centre.signed_in("Ana", new)


@pytest.mark.parametrize(
    "change",
    [
        {"role": "auditor"},
        {"enabled": False},
        {"password": "cuatro palabras nuevas"},
        {"camera_groups": ["centro"]},
    ],
)
def test_a_changed_account_ends_its_sessions_at_once(centre: Centre, change: dict[str, object]) -> None:
    admin, ana = centre.signed_in("Ada Admin"), centre.signed_in("Ana")
    person_id = ana.get("/session").json()["person"]["id"]
    changed = admin.patch(f"/people/{person_id}", json=change)
    assert changed.status_code == 200
    assert ana.get("/session").status_code == 401
    assert centre.audit_rows()[-1].act == "person.edit"
    if "enabled" in change:
        assert centre.client().post("/session", json={"name": "Ana", "password": PASSWORD}).status_code == 401


def test_somebody_is_always_left_who_administers(centre: Centre) -> None:
    admin = centre.signed_in("Ada Admin")
    own_id = admin.get("/session").json()["person"]["id"]
    for change in ({"role": "operator"}, {"enabled": False}):
        refused = admin.patch(f"/people/{own_id}", json=change)
        assert (refused.status_code, refused.json()["code"]) == (409, "last_administrator")
    assert admin.get("/people").status_code == 200


def test_accounts_are_for_administrators(centre: Centre) -> None:
    ana, admin = centre.signed_in("Ana"), centre.signed_in("Ada Admin")
    new = {"name": "Beto", "role": "dispatcher", "password": PASSWORD, "camera_groups": ["norte"]}
    assert ana.post("/people", json=new).json()["code"] == "permission_missing"
    assert ana.get("/people").status_code == 403
    assert ana.get("/audit").status_code == 403
    assert centre.client().get("/people").status_code == 401
    assert admin.post("/people", json=new).json()["camera_groups"] == ["norte"]
    assert admin.post("/people", json=new | {"name": "BETO"}).json()["code"] == "person_exists"
    assert admin.post("/people", json=new | {"name": "X", "camera_groups": [" "]}).status_code == 400
    assert admin.post("/people", json=new | {"admin": True}).json()["message"].startswith("admin:")
    assert [person["name"] for person in admin.get("/people").json()] == ["Ada Admin", "Ana", "Beto"]
    assert "hash" not in admin.get("/people").text


def test_the_audit_log_is_read_and_its_reading_is_in_it(centre: Centre) -> None:
    admin = centre.signed_in("Ada Admin")
    first = admin.get("/audit", params={"after": 0, "limit": 2}).json()
    assert [row["number"] for row in first] == [1, 2]
    last = admin.get("/audit", params={"limit": 1}).json()
    assert last[0]["act"] == "audit.read"
    newest = admin.get("/audit", params={"limit": 2}).json()
    older = admin.get("/audit", params={"limit": 2, "before": newest[-1]["number"]}).json()
    numbers = [row["number"] for row in (*newest, *older)]
    assert numbers == [numbers[0] - step for step in range(len(numbers))]
    with centre.workplace.database.read() as connection:
        assert audit.verify(connection).fault is None


def test_why_somebody_looks_comes_with_the_request(centre: Centre) -> None:
    ana = centre.signed_in("Ana")
    access = ana.post("/notes", json={"text": "x"}, headers={"X-Sereno-Purpose": "evidence"}).json()
    assert access["purpose"] == "evidence"
    refused = ana.post("/notes", json={"text": "x"}, headers={"X-Sereno-Purpose": "system"})
    assert refused.json()["code"] == "purpose_unknown"


def test_another_sites_page_may_not_act(centre: Centre) -> None:
    ana = centre.signed_in("Ana")
    note = {"text": "x"}
    assert ana.post("/notes", json=note, headers={"Origin": centre.url}).status_code == 200
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        refused = ana.post("/notes", json=note, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "foreign_origin")


POOR_REQUESTS: tuple[tuple[list[bytes], int, str], ...] = (
    ([b"{}"], 400, "request_invalid"),
    ([b'{"text": "x", "more": 1}'], 400, "request_invalid"),
    ([b"{"], 400, "request_invalid"),
    ([b'{"text": "x", "times": "%s"}' % CANARY.encode()], 400, "request_invalid"),
    ([b"x" * 20_000], 413, "body_too_large"),
    ([b"x" * 6_000, b"x" * 6_000], 413, "body_too_large"),
)


def test_a_poor_request_gets_an_error_in_words(centre: Centre) -> None:
    ana = centre.signed_in("Ana")
    for parts, status, code in POOR_REQUESTS:
        content = parts[0] if len(parts) == 1 else iter(parts)  # an iterator is sent without announcing its length
        answer = ana.post("/notes", content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (status, code), parts
        assert set(answer.json()) == {"kind", "code", "message", "advice", "reference"}
        assert CANARY not in answer.text


def test_unknown_paths_and_methods_get_the_same_form(centre: Centre) -> None:
    client = centre.client()
    assert client.get("/nothing").json()["code"] == "route_unknown"
    assert client.put("/session").json()["code"] == "method_not_allowed"


def test_a_defect_shows_a_reference_and_the_log_has_the_chain(centre: Centre, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = centre.client().get("/broken")
    assert answer.status_code == 500
    assert "lamp" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    record = next(record for record in caplog.records if answer.json()["reference"] in record.getMessage())
    assert record.exc_info is not None
    assert record.exc_info[1] is not None
    assert "lamp" in str(record.exc_info[1].__cause__)


def test_every_answer_carries_the_security_headers(centre: Centre) -> None:
    for answer in (centre.client().get("/session"), centre.client().get("/broken"), centre.client().get("/nothing")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "ws://127.0.0.1:8081" in answer.headers["content-security-policy"]
