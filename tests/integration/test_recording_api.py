"""Tickets and lists of recordings over a real socket: permissions, groups, audit, and a ticket the media port takes."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from sereno.access import audit
from sereno.access.api import Site, access_api
from sereno.access.guard import Guard
from sereno.access.jurisdiction import NO_LAW, Certainty, Jurisdiction, Rule
from sereno.access.model import Role, system_access
from sereno.access.service import NewPerson, People
from sereno.access.work import Workplace
from sereno.cameras.events import CameraChanged, HealthChanged
from sereno.cameras.model import Camera, PlaceKind, View
from sereno.cameras.service import Cameras
from sereno.core.clock import ManualClock
from sereno.core.geography import Position
from sereno.core.ids import CameraId
from sereno.recording.api import TicketOffice, recording_api
from sereno.recording.archive import open_archive
from sereno.recording.library import Library
from sereno.recording.tickets import TicketKind, accept
from sereno.runtime.http import HttpPolicy, install_http_floor
from sereno.runtime.settings import ServerSettings
from tests.centre import PASSWORD, open_workplace
from tests.integration.test_recording_space import add
from tests.serving import serve

pytestmark = pytest.mark.integration

KEY = bytes(range(32))
PERMIT = Rule(value=True, source="a test", date="2026", certainty=Certainty.POLICY)
VIEW = View(position=Position(-33.0, -68.8), bearing_deg=90, field_of_view_deg=70, range_m=60)


@dataclass(slots=True)
class Centre:
    workplace: Workplace
    clock: ManualClock
    url: str
    clients: ExitStack

    def client(self, name: str) -> httpx.Client:
        client = self.clients.enter_context(httpx.Client(base_url=f"{self.url}/api", timeout=60))
        assert client.post("/session", json={"name": name, "password": PASSWORD}).status_code == 200
        return client

    def acts(self) -> list[tuple[str, str, str]]:
        with self.workplace.database.read() as connection:
            return [(row.act, row.subject, row.purpose) for row in audit.read_rows(connection)]


@pytest.fixture
def law(request: pytest.FixtureRequest) -> Jurisdiction:
    rule: Rule[bool] = getattr(request, "param", Rule[bool]())
    return replace(NO_LAW, audio_allowed=rule)


@pytest.fixture
def centre(tmp_path: Path, law: Jurisdiction) -> Iterator[Centre]:
    clock = ManualClock()
    server = ServerSettings(media_port=9_911)
    with (
        open_workplace(tmp_path, clock, CameraChanged, HealthChanged) as workplace,
        closing(Library(tmp_path / "archive")) as library,
        ExitStack() as clients,
    ):
        people, cameras = People(workplace), Cameras(workplace, tmp_path / "roster.json")
        people.ensure("test", NewPerson(name="operator", role=Role.OPERATOR, password=PASSWORD))
        people.ensure("test", NewPerson(name="auditor", role=Role.AUDITOR, password=PASSWORD))
        north = NewPerson(name="north", role=Role.OPERATOR, password=PASSWORD, camera_groups=frozenset({"norte"}))
        people.ensure("test", north)
        camera = Camera(
            id=CameraId("plaza"),
            name="Plaza",
            place=PlaceKind.PLAZA,
            group="sur",
            owner="Municipio",
            view=VIEW,
            main_url="rtsp://10.0.0.7/live",
            audio=True,
        )
        cameras.enrol(system_access("test"), [camera])
        guard = Guard(people)
        app = FastAPI(openapi_url=None)
        site = Site(name="Prueba", timezone="UTC", language="es", media_port=server.media_port, simulated=True)
        app.include_router(access_api(people, workplace, site, guard), prefix="/api")
        office = TicketOffice(KEY, server, law)
        app.include_router(recording_api(workplace, library, office, guard), prefix="/api")
        install_http_floor(app, HttpPolicy(site.media_port))
        with serve(app) as url:
            yield Centre(workplace, clock, url, clients)


def test_a_ticket_is_an_audited_look(centre: Centre) -> None:
    operator = centre.client("operator")
    live = operator.post("/tickets", json={"camera_id": "plaza", "kind": "live", "purpose": "monitoring"})
    assert live.status_code == 201, live.text
    assert live.json()["url"] == "ws://127.0.0.1:9911/live"
    assert live.json()["ticket"] not in live.json()["url"]
    ticket = accept(live.json()["ticket"], KEY, TicketKind.LIVE, centre.clock.now())
    assert ticket.camera_id == "plaza"
    assert datetime.fromisoformat(live.json()["expires_at"]) == ticket.expires_at
    now = centre.clock.now()
    span = {"began": (now - timedelta(minutes=5)).isoformat(), "ended": now.isoformat()}
    clip = operator.post("/tickets", json={"camera_id": "plaza", "kind": "clip", "purpose": "evidence", **span})
    assert clip.json()["url"] == "http://127.0.0.1:9911/clip"
    assert accept(clip.json()["ticket"], KEY, TicketKind.CLIP, now).ended == now
    looks = [act for act in centre.acts() if act[0] in ("live.view", "playback.view")]
    assert looks == [("live.view", "plaza", "monitoring"), ("playback.view", "plaza", "evidence")]


@pytest.mark.parametrize(
    ("person", "body", "status", "code"),
    [
        ("auditor", {"camera_id": "plaza", "kind": "live"}, 403, "permission_missing"),
        ("north", {"camera_id": "plaza", "kind": "live"}, 404, "camera_unknown"),
        ("operator", {"camera_id": "nowhere", "kind": "live"}, 404, "camera_unknown"),
        ("operator", {"camera_id": "plaza", "kind": "clip"}, 400, "ticket_span"),
        ("operator", {"camera_id": "plaza", "kind": "live", "purpose": "system"}, 400, "purpose_unknown"),
        ("operator", {"camera_id": "plaza", "kind": "live", "case": "x"}, 400, "case_unknown"),
        ("operator", {"camera_id": "plaza", "kind": "sound"}, 400, "request_invalid"),
        ("operator", {"camera_id": "plaza", "kind": "live", "stream": "sound"}, 403, "sound_not_allowed"),
    ],
)
def test_who_gets_no_ticket(centre: Centre, person: str, body: dict[str, str], status: int, code: str) -> None:
    answer = centre.client(person).post("/tickets", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not [act for act in centre.acts() if act[0] == "live.view"]


@pytest.mark.parametrize("law", [PERMIT], indirect=True)
def test_sound_where_the_law_allows_it(centre: Centre) -> None:
    body = {"camera_id": "plaza", "kind": "live", "stream": "sound"}
    assert centre.client("operator").post("/tickets", json=body).json()["stream"] == "sound"


def test_recordings_are_listed(centre: Centre, tmp_path: Path) -> None:
    operator = centre.client("operator")
    now = centre.clock.now()
    span = {"began": (now - timedelta(minutes=30)).isoformat(), "ended": now.isoformat()}
    assert operator.get("/recordings/plaza", params=span).json() == []  # no recorder has run yet
    archive = open_archive(tmp_path, centre.clock)
    with closing(archive.journal.database):
        segments = [add(archive, centre.clock, "plaza", timedelta(minutes=age)) for age in (60, 20, 10)]
    listed = operator.get("/recordings/plaza", params=span)
    assert [each["id"] for each in listed.json()] == [each.id for each in segments[1:]]
    assert listed.json()[0]["chain"] == segments[1].chain
    assert centre.client("north").get("/recordings/plaza", params=span).status_code == 404
    assert centre.client("auditor").get("/recordings/plaza", params=span).status_code == 403
    assert operator.get("/recordings/plaza", params={**span, "ended": span["began"]}).status_code == 400
