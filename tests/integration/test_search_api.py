"""Search over a real socket: who may ask, what it finds, what the audit log says of it."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest

from sereno.access import audit
from sereno.access.audit import AuditRow
from sereno.access.model import Role, system_access
from sereno.access.service import NewPerson
from sereno.analytics.appearance.portrait import AppearanceVector, Portrait
from sereno.analytics.camera_watch import closing as closing_fact
from sereno.analytics.events import ObservationOpened
from sereno.analytics.model import FAMILIES, Observation
from sereno.analytics.store import AnalystStore, analyst_fact_log
from sereno.cameras.model import Camera, PlaceKind, View
from sereno.core.geography import Position
from sereno.core.ids import CameraId, FactId, new_id
from sereno.main.centre import Centre, open_centre
from sereno.main.control import control_app
from sereno.main.facts import ANALYST_FACTS
from sereno.main.home import Home
from sereno.main.schema import migrate
from sereno.runtime.database import Database
from sereno.runtime.settings import load_settings
from tests.centre import PASSWORD
from tests.search_rows import CAMERAS, some_observations
from tests.serving import serve

pytestmark = pytest.mark.integration

SETTINGS = 'home = "home"\n[site]\nname = "Test"\njurisdiction = "{law}"\n[server]\nport = 1\nmedia_port = 2\n'
REASON = {"purpose": "incident", "reason": "robo en la esquina"}
REVERSED = {"began": "2026-03-02T00:00:00Z", "ended": "2026-03-01T00:00:00Z"}
NO_AREA = {"corners": [{"x": 0.5, "y": 0.5}] * 3}
PEOPLE = (
    ("operator", Role.OPERATOR, ()),
    ("supervisor", Role.SUPERVISOR, ()),
    ("far", Role.SUPERVISOR, ("lejos",)),
    ("it", Role.IT, ()),
)


@dataclass(slots=True)
class Room:
    """A centre with two days of observations; the last camera is of the group ``lejos``, the others of ``centro``."""

    url: str
    centre: Centre
    seen: list[Observation]
    clients: ExitStack

    def client(self, name: str) -> httpx.Client:
        client = self.clients.enter_context(httpx.Client(base_url=f"{self.url}/api", timeout=60))
        assert client.post("/session", json={"name": name, "password": PASSWORD}).status_code == 200
        return client

    def acts(self, prefix: str = "search.") -> list[AuditRow]:
        with self.centre.workplace.database.read() as connection:
            return [row for row in audit.read_rows(connection) if row.act.startswith(prefix)]


@contextmanager
def opened_room(folder: Path, law: str) -> Iterator[Room]:
    settings = folder / "sereno.toml"
    settings.write_text(SETTINGS.format(law=law), encoding="utf-8")
    home = Home(folder / "home")
    home.prepare()
    with closing(Database(home.database)) as database:
        migrate(database)
    seen = some_observations(datetime.now(UTC) - timedelta(hours=30), 29, 300)
    fill(home, seen)
    with closing(open_centre(load_settings(settings))) as centre, ExitStack() as clients:
        centre.cameras.enrol(system_access("test"), [camera(each) for each in CAMERAS])
        for name, role, groups in PEOPLE:
            person = NewPerson(name=name, role=role, password=PASSWORD, camera_groups=frozenset(groups))
            centre.people.ensure("test", person)
        with serve(control_app(centre)) as url:
            yield Room(url, centre, seen, clients)


def fill(home: Home, seen: list[Observation]) -> None:
    """What two analysts would have written; the last ten are still open. Two have the same look."""
    for shard in range(2):
        folder = home.analyst_folder(shard)
        folder.mkdir(parents=True)
        store = AnalystStore(folder / "analyst.db", analyst_fact_log(ANALYST_FACTS))
        with closing(store):
            for each in seen[shard::2]:
                open_one = replace(each, closed=each not in seen[-10:])
                fact = ObservationOpened(id=FactId(new_id(each.first_at)), at=each.first_at, observation=open_one)
                ended = [closing_fact(open_one, fact.id, each.last_at)] if open_one.closed else []
                store.save([(open_one, fact.id)], [fact, *ended])
            store.settle()
            store.keep_portraits([portrait(each, (shard, number // 2)) for number, each in enumerate(seen[shard::2])])


def portrait(seen: Observation, look: tuple[int, int]) -> Portrait:
    now = datetime.now(UTC)
    values = np.random.default_rng(look).normal(size=64).astype(np.float32)
    vector = AppearanceVector(
        embedder="test",
        values=np.asarray(values / np.linalg.norm(values), np.float32),
        made_at=now,
        expires_at=now + timedelta(hours=1),
    )
    return Portrait(
        observation_id=seen.id,
        camera_id=seen.camera_id,
        kind=seen.kind,
        at=seen.first_at,
        box=seen.trail[0].box,
        jpeg=b"\xff\xd8 a crop",
        width=64,
        height=64,
        vector=vector,
    )


def camera(camera_id: CameraId) -> Camera:
    number = CAMERAS.index(camera_id)
    return Camera(
        id=camera_id,
        name=f"Esquina {number}",
        place=PlaceKind.BANK if number == 0 else PlaceKind.AVENUE,
        group="lejos" if number == len(CAMERAS) - 1 else "centro",
        owner="Municipio",
        view=View(
            position=Position(-34.6, -58.4).offset(400 * number, 0),
            bearing_deg=90,
            field_of_view_deg=70,
            range_m=60,
        ),
        main_url="rtsp://192.0.2.1/live",
        simulated=True,
        enabled=False,
    )


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with opened_room(tmp_path_factory.mktemp("room"), "ar-pba") as room:
        yield room


def test_a_search_finds_pages_and_is_written_down_with_its_query(room: Room) -> None:
    client, found, cursor = room.client("operator"), list[str](), None
    while True:
        asked = {**REASON, "words": "autos grises y xyzzy", "limit": 7, "cursor": cursor}
        answer = client.post("/search", json=asked)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found += [row["id"] for row in body["page"]["rows"]]
        cursor = body["page"]["cursor"]
        if cursor is None:
            break
    expected = [
        each.id
        for each in sorted(room.seen, key=lambda e: e.first_at, reverse=True)
        if each.kind == "car" and each.description is not None and each.description.body == "grey"
    ]
    assert found == expected
    assert body["query"]["kinds"] == ["car"]
    assert [word["text"] for word in body["not_understood"]] == ["xyzzy"]
    row = room.acts()[-1]
    detail = json.loads(row.detail)
    assert (row.act, row.purpose, detail["reason"]) == ("search.run", "incident", "robo en la esquina")
    assert json.loads(detail["query"]) == {"body": ["grey"], "kinds": ["car"]}
    assert detail["ids"].split() == found[len(found) - int(detail["found"]) :]


def test_what_is_still_open_is_found_and_has_its_crop(room: Room) -> None:
    body = room.client("operator").post("/search", json={**REASON, "limit": 20, "counts": True}).json()
    newest = sorted(room.seen, key=lambda e: e.first_at, reverse=True)[:20]
    assert [row["id"] for row in body["page"]["rows"]] == [each.id for each in newest]
    assert [row["closed"] for row in body["page"]["rows"]] == [False] * 10 + [True] * 10
    assert all(row["portrait"] for row in body["page"]["rows"])
    counts = body["page"]["counts"]
    assert (counts["total"], counts["complete"]) == (300, True)
    assert sum(hour["count"] for hour in counts["hours"]) == sum(counts["cameras"].values()) == 300


def test_a_camera_of_another_group_does_not_exist(room: Room) -> None:
    far = room.client("far")
    body = far.post("/search", json={**REASON, "limit": 200}).json()
    assert {row["camera_id"] for row in body["page"]["rows"]} == {CAMERAS[-1]}
    near = next(each for each in room.seen if each.camera_id == CAMERAS[0])
    other = {**REASON, "query": {"cameras": [CAMERAS[0]]}}
    assert far.post("/search", json=other).json()["code"] == "camera_unknown"
    assert far.get(f"/search/portraits/{near.id}").status_code == 404
    assert far.get(f"/search/observations/{near.id}").status_code == 404
    assert far.post("/search/appearance", json={**REASON, "observation_id": near.id}).status_code == 404


def test_a_crop_is_a_look_and_no_cache_keeps_it(room: Room) -> None:
    client = room.client("supervisor")
    one = room.seen[3]
    before = len(room.acts("search.portrait"))
    for _ in range(3):
        answer = client.get(f"/search/portraits/{one.id}")
        assert answer.content == b"\xff\xd8 a crop"
        assert answer.headers["cache-control"] == "no-store"
    assert len(room.acts("search.portrait")) == before + 1
    client.post("/search", json={**REASON, "limit": 1})
    newest = max(room.seen, key=lambda e: e.first_at)
    assert client.get(f"/search/portraits/{newest.id}").status_code == 200
    assert len(room.acts("search.portrait")) == before + 1, "the search that named it is the look"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"purpose": "incident"}, "search_without_reason"),
        ({"purpose": "incident", "incident_id": "0" * 26}, "incident_unknown"),
        ({**REASON, "query": REVERSED}, "search_times_reversed"),
        ({**REASON, "query": {"cameras": ["nowhere"]}}, "camera_unknown"),
        ({**REASON, "query": {"plate": "***"}}, "plate_too_vague"),
        ({**REASON, "words": "moto " * 2000}, "search_words_long"),
        ({**REASON, "cursor": "zz"}, "cursor_unknown"),
        ({**REASON, "query": {"zone": {"camera_id": CAMERAS[0], "zone": NO_AREA}}}, "search_zone"),
        ({**REASON, "query": {"colour": ["red"]}}, "request_invalid"),
        ({**REASON, "limit": 100_000}, "search_limit"),
        ({**REASON, "purpose": "system"}, "purpose_unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_asked_is_refused_by_name(room: Room, body: dict[str, object], code: str) -> None:
    answer = room.client("operator").post("/search", json=body)
    assert answer.json()["code"] == code
    assert answer.status_code in (400, 404, 422)


def test_who_may_not_search_cannot(room: Room) -> None:
    assert room.client("it").post("/search", json=REASON).json()["code"] == "permission_missing"
    one = {**REASON, "observation_id": room.seen[0].id}
    assert room.client("operator").post("/search/appearance", json=one).json()["code"] == "permission_missing"


def pair(room: Room, *, of_one_family: bool) -> tuple[Observation, Observation]:
    """Two of the same look."""
    return next(
        (one, other)
        for one, other in zip(room.seen[::4], room.seen[2::4], strict=True)
        if (FAMILIES[one.kind] == FAMILIES[other.kind]) == of_one_family
    )


def test_who_looks_alike_is_found_first(room: Room) -> None:
    seed, twin = pair(room, of_one_family=True)
    body = room.client("supervisor").post("/search/appearance", json={**REASON, "observation_id": seed.id}).json()
    assert body["rows"][0]["found"]["id"] == twin.id
    assert body["rows"][0]["likeness"] > 0.99
    assert body["rows"][1]["likeness"] < 0.7
    assert body["compared"] == 300
    assert room.acts("search.appearance")[-1].subject == seed.id


def test_a_person_is_never_like_a_car(room: Room) -> None:
    seed, twin = pair(room, of_one_family=False)
    body = room.client("supervisor").post("/search/appearance", json={**REASON, "observation_id": seed.id}).json()
    assert body["rows"]
    assert twin.id not in {row["found"]["id"] for row in body["rows"]}


def test_a_plate_is_followed_over_cameras(room: Room) -> None:
    plated = next(each for each in room.seen if each.plate is not None)
    assert plated.plate is not None
    asked = {**REASON, "plate": f"^{plated.plate.text}$"}
    body = room.client("operator").post("/search/journey", json=asked).json()
    assert plated.id in [row["found"]["id"] for row in body["rows"]]
    told = {sighting for chain in body["journeys"]["chains"] for sighting in chain["sightings"]}
    assert plated.id in told
    both = {**asked, "observation_id": plated.id}
    assert room.client("operator").post("/search/journey", json=both).json()["code"] == "journey_of_nothing"


def test_where_no_rule_allows_it_nobody_is_searched_for_by_looks(tmp_path: Path) -> None:
    with opened_room(tmp_path, "eu-strict") as strict:
        one = {**REASON, "observation_id": strict.seen[0].id}
        answer = strict.client("supervisor").post("/search/appearance", json=one)
        assert answer.json()["code"] == "appearance_search_not_allowed"
        assert json.loads(strict.acts("search.appearance")[-1].detail)["failed"] == "appearance_search_not_allowed"
