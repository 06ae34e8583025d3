"""Facts reach each screen that may see them, in order, from any point, while others write."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest
from fastapi import FastAPI
from sqlalchemy import Connection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from sereno.access.facts_socket import RING_FACTS, FactFeed, FactRule, Visibility, facts_api
from sereno.access.guard import SESSION_COOKIE, Guard
from sereno.access.model import Permission, Role
from sereno.access.service import NewPerson, People, PersonEdit
from sereno.access.work import Workplace
from sereno.core.clock import SystemClock
from sereno.core.facts import Fact
from sereno.core.ids import CameraId, FactId, new_id
from sereno.runtime.http import HttpPolicy, install_http_floor
from tests.centre import PASSWORD, access_as, open_workplace
from tests.serving import serve

pytestmark = pytest.mark.integration

CLOCK = SystemClock()
LIMIT_S = 30
GROUPS = {CameraId("c1"): "centro", CameraId("c2"): "norte"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LampLit(Fact):
    camera_id: CameraId
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSeen(Fact):
    number: int


RULES = (
    FactRule(LampLit, Permission.ALERTS_VIEW, lambda fact: fact.camera_id),
    FactRule(UnitSeen, Permission.UNITS_SEND),
)


@dataclass(slots=True)
class Centre:
    workplace: Workplace
    people: People
    url: str
    sockets: ExitStack

    def token(self, name: str) -> str:
        return self.people.sign_in(name, PASSWORD, "test").token

    def follow(self, token: str, after: int | str, origin: Origin | None = None) -> ClientConnection:
        headers = {"Cookie": f"{SESSION_COOKIE}={token}"}
        address = f"{self.url.replace('http', 'ws')}/api/facts?after={after}"
        opened = connect(address, additional_headers=headers, origin=origin, open_timeout=LIMIT_S)
        return self.sockets.enter_context(opened)

    def light(self, camera_id: str, *numbers: int) -> None:
        with self.workplace.work(access_as(Role.OPERATOR, CLOCK), Permission.ALERTS_DECIDE) as work:
            for number in numbers:
                work.tell(LampLit(id=work.fact_id(), at=work.at, camera_id=CameraId(camera_id), number=number))

    def see_unit(self, number: int) -> None:
        with self.workplace.work(access_as(Role.OPERATOR, CLOCK), Permission.ALERTS_DECIDE) as work:
            work.tell(UnitSeen(id=work.fact_id(), at=work.at, number=number))

    def last_seq(self) -> int:
        with self.workplace.database.read() as connection:
            return self.workplace.facts.last_seq(connection)


def app_of(people: People, workplace: Workplace) -> FastAPI:
    feed = FactFeed(workplace.database, workplace.facts, Visibility(RULES, GROUPS.get))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with feed.running():
            yield

    app = FastAPI(lifespan=lifespan)
    app.include_router(facts_api(feed, people, Guard(people)), prefix="/api")
    install_http_floor(app, HttpPolicy(8081))
    return app


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    with open_workplace(tmp_path, CLOCK, LampLit, UnitSeen) as workplace, ExitStack() as sockets:
        people = People(workplace)
        people.ensure("test", NewPerson(name="Ana", role=Role.OPERATOR, password=PASSWORD))
        limited = NewPerson(
            name="Beto", role=Role.EVIDENCE_OFFICER, password=PASSWORD, camera_groups=frozenset({"norte"})
        )
        people.ensure("test", limited)
        with serve(app_of(people, workplace)) as url:
            centre = Centre(workplace, people, url, sockets)
            centre.light("c1", 0)
            yield centre
            sockets.close()


def numbers(socket: ClientConnection, count: int) -> list[int]:
    return [json.loads(socket.recv(timeout=LIMIT_S))["fact"]["number"] for _ in range(count)]


def close_code(socket: ClientConnection) -> tuple[int | None, str | None]:
    with suppress(ConnectionClosed):
        while True:
            socket.recv(timeout=LIMIT_S)
    return socket.close_code, socket.close_reason


def test_facts_come_in_order_from_any_point_on(centre: Centre) -> None:
    centre.light("c1", 1, 2, 3)
    socket = centre.follow(centre.token("Ana"), 2)
    assert numbers(socket, 2) == [2, 3]
    centre.light("c2", 4)
    message = json.loads(socket.recv(timeout=LIMIT_S))
    assert (message["seq"], message["kind"], message["fact"]["camera_id"]) == (5, "LampLit", "c2")


def test_a_screen_gets_no_fact_that_its_person_may_not_see(centre: Centre) -> None:
    socket = centre.follow(centre.token("Beto"), 0)
    centre.light("c1", 1)
    centre.see_unit(2)
    centre.light("c2", 3)
    assert numbers(socket, 1) == [3]


def test_many_facts_from_many_writers_reach_every_screen_once(centre: Centre) -> None:
    token, after = centre.token("Ana"), centre.last_seq()
    sockets = [centre.follow(token, after) for _ in range(4)]

    def light_fifty(first: int) -> None:
        for number in range(first, first + 50):
            centre.light("c1", number)

    writers = [Thread(target=light_fifty, args=(first,)) for first in range(0, 400, 50)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    for socket in sockets:
        assert sorted(numbers(socket, 400)) == list(range(400))


def test_a_screen_that_is_too_far_behind_or_ahead_fetches_the_snapshot(centre: Centre) -> None:
    token = centre.token("Ana")
    assert close_code(centre.follow(token, 1_000_000)) == (4409, "fetch_snapshot")
    awake = centre.follow(token, centre.last_seq())
    for first in range(0, RING_FACTS + 100, 500):
        centre.light("c1", *range(first, first + 500))
    numbers(awake, first + 500)
    assert close_code(centre.follow(token, 1)) == (4409, "fetch_snapshot")
    assert numbers(centre.follow(token, centre.last_seq() - 1), 1) == [first + 499]


def test_a_screen_that_reads_nothing_holds_up_nobody(centre: Centre) -> None:
    token, after = centre.token("Ana"), centre.last_seq()
    stuck, awake = centre.follow(token, after), centre.follow(token, after)
    for first in range(0, 2_000, 500):
        centre.light("c1", *range(first, first + 500))
    assert numbers(awake, 2_000) == list(range(2_000))
    assert stuck.recv(timeout=LIMIT_S)


def test_a_person_who_may_no_longer_look_is_cut_off_while_facts_flow(centre: Centre) -> None:
    token = centre.token("Ana")
    socket = centre.follow(token, centre.last_seq())
    person = centre.people.person_of(token)
    assert person is not None
    administrator = access_as(Role.ADMINISTRATOR, CLOCK)
    centre.people.add(administrator, NewPerson(name="Eva", role=Role.ADMINISTRATOR, password=PASSWORD))
    centre.people.edit(administrator, person.id, PersonEdit(enabled=False))
    assert close_code(socket) == (4401, "not_signed_in")


def test_who_is_not_signed_in_or_asks_nonsense_is_told_so(centre: Centre) -> None:
    assert close_code(centre.follow("no-such-token", 0)) == (4401, "not_signed_in")
    assert close_code(centre.follow(centre.token("Ana"), "abc")) == (4400, "request_invalid")


def test_another_sites_page_gets_no_socket(centre: Centre) -> None:
    token = centre.token("Ana")
    with pytest.raises(InvalidStatus) as refused:
        centre.follow(token, 0, origin=Origin("http://evil.example"))
    assert refused.value.response.status_code == 403
    assert numbers(centre.follow(token, 0, origin=Origin(centre.url)), 1) == [0]


def test_a_fact_that_this_version_cannot_read_does_not_stop_the_others(centre: Centre) -> None:
    socket = centre.follow(centre.token("Ana"), centre.last_seq())
    with centre.workplace.database.write() as connection:
        _append_strange(connection)
    centre.light("c1", 7)
    assert numbers(socket, 1) == [7]


def _append_strange(connection: Connection) -> None:
    at = CLOCK.now()
    columns = {"id": FactId(new_id(at)), "kind": "LampLit", "at": at.isoformat(), "body": '{"half": 1'}
    connection.exec_driver_sql("INSERT INTO facts (id, kind, at, body) VALUES (:id, :kind, :at, :body)", columns)


def test_the_feed_ends_when_its_server_does(tmp_path: Path) -> None:
    with open_workplace(tmp_path, CLOCK, LampLit) as workplace:
        feed = FactFeed(workplace.database, workplace.facts, Visibility((), GROUPS.get))

        async def run() -> int:
            async with feed.running():
                pass
            return len(asyncio.all_tasks())

        assert asyncio.run(run()) == 1
        with workplace.work(access_as(Role.OPERATOR, CLOCK), Permission.ALERTS_DECIDE) as work:
            work.audit("alert.decide", "after the loop has gone")
