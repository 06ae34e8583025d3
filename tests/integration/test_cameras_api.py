"""The register over a real socket and a real SQLite file: routes, facts, roster, health, and no secret anywhere."""

import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from sereno.access import audit
from sereno.access.api import Site, access_api
from sereno.access.guard import Guard
from sereno.access.model import Role, system_access
from sereno.access.service import NewPerson, People
from sereno.access.work import Workplace
from sereno.cameras.api import cameras_api
from sereno.cameras.events import CameraChanged, HealthChanged, StreamLost, StreamOpened
from sereno.cameras.model import StreamState
from sereno.cameras.probe import Probe
from sereno.cameras.roster import read_roster
from sereno.cameras.service import Cameras
from sereno.core.clock import ManualClock
from sereno.core.ids import CameraId, FactId, new_id
from sereno.runtime.fact_log import LoggedFact
from sereno.runtime.http import HttpPolicy, install_http_floor
from tests.centre import PASSWORD, access_as, open_workplace
from tests.serving import serve

pytestmark = pytest.mark.integration

CANARY = "canario-7f3a-secreto"
URL = f"rtsp://vigia:{CANARY}@10.0.0.7:8554/live"
VIEW = {"position": {"lat": -33.0, "lon": -68.8}, "bearing_deg": 90, "field_of_view_deg": 70, "range_m": 60}
PLAZA = {
    "name": "Plaza norte",
    "place": "plaza",
    "group": "norte",
    "owner": "Municipio",
    "view": VIEW,
    "main_url": URL,
    "sub_url": f"{URL}/sub?password={CANARY}",
}


@dataclass(slots=True)
class Centre:
    workplace: Workplace
    cameras: Cameras
    clock: ManualClock
    roster: Path
    url: str
    clients: ExitStack

    def client(self, role: Role) -> httpx.Client:
        client = self.clients.enter_context(httpx.Client(base_url=f"{self.url}/api", timeout=60))
        sent = {"name": f"the {role.value}", "password": PASSWORD}
        assert client.post("/session", json=sent).status_code == 200
        return client

    def add(self, **changes: object) -> CameraId:
        answer = self.client(Role.IT).post("/cameras", json=PLAZA | changes)
        assert answer.status_code == 201, answer.text
        return CameraId(answer.json()["id"])

    def facts(self) -> list[LoggedFact]:
        with self.workplace.database.read() as connection:
            return self.workplace.facts.read_after(connection, 0)

    def take(self, fact: StreamOpened | StreamLost) -> None:
        with self.workplace.database.write() as connection:
            if isinstance(fact, StreamOpened):
                self.cameras.on_stream_opened(connection, self.workplace.facts, fact)
            else:
                self.cameras.on_stream_lost(connection, self.workplace.facts, fact)


def app_of(people: People, workplace: Workplace, cameras: Cameras) -> FastAPI:
    guard = Guard(people)
    app = FastAPI(openapi_url=None)
    site = Site(name="Prueba", timezone="UTC", language="es", media_port=8081, simulated=True)
    app.include_router(access_api(people, workplace, site, guard), prefix="/api")
    app.include_router(cameras_api(cameras, Probe(), guard), prefix="/api")
    install_http_floor(app, HttpPolicy(site.media_port))
    return app


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    clock = ManualClock()
    with open_workplace(tmp_path, clock, CameraChanged, HealthChanged) as workplace, ExitStack() as clients:
        people, cameras = People(workplace), Cameras(workplace, tmp_path / "roster.json")
        for role in (Role.IT, Role.OPERATOR):
            people.ensure("test", NewPerson(name=f"the {role.value}", role=role, password=PASSWORD))
        with serve(app_of(people, workplace, cameras)) as url:
            yield Centre(workplace, cameras, clock, tmp_path / "roster.json", url, clients)


def opened(camera_id: CameraId, clock: ManualClock) -> StreamOpened:
    at = clock.now()
    return StreamOpened(id=FactId(new_id(at)), at=at, camera_id=camera_id, codec="h264", width=1280, height=720, fps=15)


def lost(camera_id: CameraId, clock: ManualClock, *, paused: bool = False) -> StreamLost:
    at = clock.now()
    return StreamLost(
        id=FactId(new_id(at)),
        at=at,
        camera_id=camera_id,
        reason="disk_full" if paused else "camera_unauthorized",
        message="m",
        advice="a",
        paused=paused,
    )


def test_an_added_camera_is_in_the_roster_and_in_the_facts(centre: Centre) -> None:
    camera_id = centre.add()
    roster = read_roster(centre.roster)
    assert [(camera.id, camera.main_url) for camera in roster] == [(camera_id, URL)]
    assert centre.roster.stat().st_mode & 0o077 == 0
    changed, health = centre.facts()
    assert json.loads(changed.body)["camera"]["name"] == "Plaza norte"
    assert json.loads(health.body)["health"]["state"] == "connecting"


def test_the_cameras_secret_is_in_no_answer_no_fact_no_audit_row_and_no_log(
    centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        camera_id = centre.add()
        it, operator = centre.client(Role.IT), centre.client(Role.OPERATOR)
        answers = [
            it.get("/cameras"),
            operator.get("/cameras"),
            it.patch(f"/cameras/{camera_id}", json={"main_url": f"{URL}2"}),
            it.post("/cameras", json=PLAZA),
            it.post("/cameras", json=PLAZA | {"main_url": f"http://u:{CANARY}@x/"}),
            it.post("/cameras", json=PLAZA | {"main_url": [CANARY]}),
            it.post("/cameras", json=PLAZA | {"unknown": CANARY}),
            it.post("/cameras/probe", json={"url": f"rtsp://u:{CANARY}@127.0.0.1:1/x"}),
            it.post("/cameras/probe", json={"url": f"rtsp://u:{CANARY}@127.0.0.1:1/x y"}),
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 409, 400, 400, 400, 200, 400]
    with centre.workplace.database.read() as connection:
        rows = list(audit.read_rows(connection))
    shown = [answer.text for answer in answers] + [fact.body for fact in centre.facts()] + [str(rows), caplog.text]
    assert all(CANARY not in text for text in shown)
    assert it.get("/cameras").json()[0]["main_url"] == "rtsp://…@10.0.0.7:8554/live2"
    assert operator.get("/cameras").json()[0]["main_url"] == ""
    assert [row.act for row in rows if row.act.startswith("camera.")] == [
        "camera.add",
        "camera.edit",
        "camera.probe",
        "camera.probe",
    ]


def test_a_failing_database_does_not_write_the_secret_into_the_log(
    centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    it = centre.client(Role.IT)
    with centre.workplace.database.write() as connection:
        connection.exec_driver_sql("DROP TABLE camera_health")
        connection.exec_driver_sql("DROP TABLE cameras")
    answer = it.post("/cameras", json=PLAZA)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "INSERT INTO cameras" in caplog.text
    assert CANARY not in caplog.text + answer.text


def test_an_edit_changes_only_what_it_names(centre: Centre) -> None:
    camera_id = centre.add()
    it = centre.client(Role.IT)
    edited = it.patch(f"/cameras/{camera_id}", json={"name": "Plaza sur", "tiles": 2}).json()
    assert (edited["name"], edited["tiles"], edited["owner"]) == ("Plaza sur", 2, "Municipio")
    assert read_roster(centre.roster)[0].main_url == URL
    before = len(centre.facts())
    assert it.patch(f"/cameras/{camera_id}", json={"tiles": 2}).status_code == 200
    assert len(centre.facts()) == before, "nothing changed, so nothing is told"
    it.patch(f"/cameras/{camera_id}", json={"enabled": False, "sub_url": ""})
    assert read_roster(centre.roster) == ()


IMPOSSIBLE: tuple[dict[str, object], ...] = (
    {"name": " "},
    {"name": "x" * 121},
    {"group": ""},
    {"tiles": 0},
    {"tiles": 5},
    {"main_url": ""},
    {"sub_url": "file:///etc/passwd"},
    {"view": VIEW | {"bearing_deg": 360}},
    {"view": VIEW | {"range_m": 0}},
    {"view": VIEW | {"position": {"lat": 91, "lon": 0}}},
    {"view": VIEW | {"position": {"lat": "NaN", "lon": 0}}},
    {"place": "moon"},
    {"id": "x"},
    {"simulated": True},
)


def test_a_camera_that_cannot_be_is_refused_in_words(centre: Centre) -> None:
    it = centre.client(Role.IT)
    for changes in IMPOSSIBLE:
        answer = it.post("/cameras", json=PLAZA | changes)
        assert answer.status_code == 400, changes
        assert answer.json()["message"]
    assert centre.facts() == []


def test_two_cameras_never_share_a_name(centre: Centre) -> None:
    centre.add()
    other = centre.add(name="Otra")
    it = centre.client(Role.IT)
    assert it.post("/cameras", json=PLAZA).json()["code"] == "camera_exists"
    assert it.patch(f"/cameras/{other}", json={"name": "Plaza norte"}).json()["code"] == "camera_exists"
    assert it.patch("/cameras/nothing", json={"name": "x"}).json()["code"] == "camera_unknown"


def test_who_may_not_edit_may_not_edit_nor_probe(centre: Centre) -> None:
    camera_id = centre.add()
    operator = centre.client(Role.OPERATOR)
    for answer in (
        operator.post("/cameras", json=PLAZA),
        operator.patch(f"/cameras/{camera_id}", json={"name": "x"}),
        operator.post("/cameras/probe", json={"url": URL}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")


def test_a_person_of_one_group_sees_that_group_alone(centre: Centre) -> None:
    norte, centro = centre.add(), centre.add(name="Banco", group="centro")
    limited = access_as(Role.IT, centre.clock, "centro")
    assert [camera.id for camera in centre.cameras.list(limited)] == [centro]
    with centre.workplace.database.read() as connection:
        assert [camera.id for camera in centre.cameras.list_on(connection, limited)] == [centro]
        assert list(centre.cameras.health_on(connection, limited)) == [centro]
        crew = access_as(Role.CREW, centre.clock)
        assert centre.cameras.list_on(connection, crew) == ()
    with pytest.raises(Exception, match="no such camera"):
        centre.cameras.find(limited, norte)
    assert centre.cameras.find(system_access("test"), norte).main_url == ""
    assert (centre.cameras.group_of(norte), centre.cameras.group_of(CameraId("x"))) == ("norte", None)


def test_health_follows_the_recorder_and_each_report_is_told_once(centre: Centre) -> None:
    camera_id = centre.add()
    began = len(centre.facts())
    first, second, third = (
        opened(camera_id, centre.clock),
        lost(camera_id, centre.clock),
        lost(camera_id, centre.clock, paused=True),
    )
    for fact in (first, first, second, second, third):
        centre.take(fact)
    told = [json.loads(fact.body) for fact in centre.facts()[began:]]
    assert [fact["health"]["state"] for fact in told] == ["recording", "lost", "paused"]
    assert [fact["caused_by"] for fact in told] == [first.id, second.id, third.id]
    with centre.workplace.database.read() as connection:
        health = centre.cameras.health_on(connection, system_access("test"))[camera_id]
    assert (health.state, health.reason, health.codec) == (StreamState.PAUSED, "disk_full", "")


def test_a_report_about_a_camera_of_another_register_is_passed_over(centre: Centre) -> None:
    centre.take(opened(CameraId("elsewhere"), centre.clock))
    assert centre.facts() == []


def test_a_roster_that_cannot_be_written_is_told_and_put_right_later(centre: Centre) -> None:
    centre.roster.mkdir()
    answer = centre.client(Role.IT).post("/cameras", json=PLAZA)
    assert (answer.status_code, answer.json()["code"]) == (503, "roster_unwritable")
    centre.roster.rmdir()
    centre.cameras.publish()
    assert [camera.name for camera in read_roster(centre.roster)] == ["Plaza norte"]
