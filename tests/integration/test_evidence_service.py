"""Holds and exports on a real database, a real journal and real files."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from sereno.access.audit import read_rows
from sereno.access.guard import SESSION_COOKIE, Guard
from sereno.access.model import Access, Permission, Role
from sereno.access.work import Workplace
from sereno.alerts.service import Alerts
from sereno.core.clock import ManualClock
from sereno.core.errors import AppError
from sereno.core.facts import Fact
from sereno.core.geography import Position
from sereno.core.ids import CameraId, IncidentId
from sereno.evidence.api import evidence_api, verifier_api
from sereno.evidence.events import ExportChanged, HoldChanged, HoldPlaced
from sereno.evidence.exports import SealingSite
from sereno.evidence.holds import NewHold
from sereno.evidence.model import Export, ExportState, Hold, HoldState
from sereno.evidence.service import Evidence
from sereno.evidence.verify import verify_package
from sereno.incidents.events import IncidentOpened, TimelineAdded
from sereno.incidents.kinds import KINDS
from sereno.incidents.model import Channel
from sereno.incidents.service import Incidents, Opening
from sereno.main.facts import CENTRE_FACTS
from sereno.maps.addresses import Addresses
from sereno.maps.street_graph import StreetGraph
from sereno.recording.journal import Journal, journal_path
from sereno.recording.library import Library
from sereno.recording.model import Segment
from sereno.recording.retention import Doomed, ShedReason
from sereno.runtime.database import Database
from sereno.runtime.http import HttpPolicy, install_http_floor
from tests.alert_centre import add_camera, sessions_of, someone, told
from tests.centre import open_workplace
from tests.sealing import BEGAN, CAMERA, SEGMENT_S, write_segments
from tests.serving import serve

pytestmark = pytest.mark.integration

ANA = someone("Ana", Role.OPERATOR)
SOFIA = someone("Sofia", Role.SUPERVISOR)
NORTH = someone("Norte", Role.SUPERVISOR, "norte")
SITE = SealingSite(name="Villa Serena", timezone="America/Argentina/Buenos_Aires", tool="Sereno test")
HOUR = timedelta(hours=1)


class Room:
    """A centre with one camera, whose recorder is this test."""

    def __init__(self, home: Path, workplace: Workplace, clock: ManualClock, journal: Journal) -> None:
        self.home = home
        self.workplace = workplace
        self.clock = clock
        self.journal = journal
        self.archive = home / "archive"
        self.waiting: list[tuple[Segment, Path]] = []
        self.library = Library(self.archive)
        self.incidents = Incidents(workplace, Alerts(workplace), Addresses(StreetGraph((), ())))
        self.evidence = self.opened()

    def opened(self) -> Evidence:
        return Evidence(self.workplace, self.incidents, self.library, self.home, SITE)

    def record(self, count: int = 1) -> list[Segment]:
        """Time passes and the recorder closes that many segments."""
        closed = []
        for _ in range(count):
            segment, _path = self.waiting.pop(0)
            self.clock.advance(SEGMENT_S)
            self.journal.close_segment(segment, (), None)
            closed.append(segment)
        return closed

    def new_hold(self, began_s: float = 70, ended_s: float = 130) -> NewHold:
        return NewHold(
            camera_id=CAMERA,
            began=BEGAN + timedelta(seconds=began_s),
            ended=BEGAN + timedelta(seconds=ended_s),
            reason="Robo en la plaza",
        )

    def sealed(self, hold: Hold, access: Access = SOFIA) -> Export:
        export = self.evidence.exports.request(access, hold.id, "Fiscalía de turno")
        self.evidence.collect()
        return self.evidence.exports.find(access, export.id)

    def facts(self, *kinds: type[Fact]) -> list[Fact]:
        return [fact for fact in told(self.workplace) if isinstance(fact, kinds)]

    def acts(self) -> list[str]:
        with self.workplace.database.read() as connection:
            return [row.act for row in read_rows(connection)]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    clock = ManualClock(wall=BEGAN)
    archive = tmp_path / "archive"
    segments = write_segments(archive / "plaza", count=6, first=1)
    waiting = [(replace(segment, path=f"plaza/{path.name}"), path) for segment, path in segments]
    with (
        open_workplace(tmp_path, clock, *CENTRE_FACTS) as workplace,
        closing(Database(journal_path(archive))) as database,
    ):
        add_camera(workplace, CAMERA, "sur")
        journal = Journal(database)
        journal.prepare("01archive")
        room = Room(tmp_path, workplace, clock, journal)
        room.waiting = waiting
        yield room
        room.library.close()


def linked(room: Room, hold: Hold) -> list[Path]:
    return sorted((room.home / "evidence" / "holds" / hold.id).iterdir())


def test_what_is_recorded_is_kept_at_once(room: Room) -> None:
    _first, second, third, _fourth = room.record(4)

    hold = room.evidence.holds.place(ANA, room.new_hold())

    assert hold.state is HoldState.COMPLETE
    assert hold.segment_ids == (second.id, third.id)
    assert [path.stat().st_ino for path in linked(room, hold)] == [
        (room.archive / each.path).stat().st_ino for each in (second, third)
    ]
    placed, changed = room.facts(HoldPlaced, HoldChanged)
    assert changed.caused_by == placed.id
    assert room.acts() == ["hold.place", "hold.complete"]


def test_what_is_still_being_recorded_follows(room: Room) -> None:
    room.record(2)
    hold = room.evidence.holds.place(ANA, room.new_hold())
    assert (hold.state, len(hold.segment_ids)) == (HoldState.COLLECTING, 1)

    export = room.evidence.exports.request(SOFIA, hold.id, "Fiscalía")
    room.evidence.collect()
    assert room.evidence.exports.find(SOFIA, export.id).state is ExportState.SEALING

    room.record(1)
    room.evidence.collect()
    assert room.evidence.holds.find(ANA, hold.id).state is HoldState.COMPLETE
    assert room.evidence.exports.find(SOFIA, export.id).state is ExportState.SEALED
    assert len(room.facts(HoldChanged)) == 2
    room.evidence.collect()
    assert len(room.facts(HoldChanged, ExportChanged)) == 4


def test_held_footage_outlives_the_archive_and_proves_itself(room: Room) -> None:
    segments = room.record(4)
    hold = room.evidence.holds.place(ANA, room.new_hold())
    room.journal.shed([Doomed(each, ShedReason.ROOM) for each in segments], room.clock.now().isoformat())
    for segment in segments:
        (room.archive / segment.path).unlink()

    export = room.sealed(hold)

    path = room.evidence.exports.hand_over(SOFIA, export.id)
    verdict = verify_package(path, room.evidence.fingerprint)
    assert verdict.valid, verdict
    assert verdict.proof is not None
    assert (verdict.proof.export_id, verdict.proof.requested_by) == (export.id, "Sofia")
    assert (export.size, export.file_name) == (path.stat().st_size, path.name)
    assert room.acts()[-3:] == ["export.request", "export.seal", "export.download"]


def test_the_chain_of_causes_reaches_the_incident(room: Room) -> None:
    room.record(4)
    opening = Opening(channel=Channel.CALL, kind=KINDS[0].code, position=Position(-35.0, -60.0))
    incident = room.incidents.open(ANA, opening)
    hold = room.evidence.holds.place(ANA, replace(room.new_hold(), incident_id=incident.id))
    export = room.sealed(hold)

    facts = {fact.id: fact for fact in told(room.workplace)}
    walked: list[type[Fact]] = []
    fact: Fact | None = room.facts(ExportChanged)[-1]
    while fact is not None:
        walked.append(type(fact))
        fact = facts[fact.caused_by] if fact.caused_by is not None else None
    assert walked == [ExportChanged, ExportChanged, HoldChanged, HoldPlaced, IncidentOpened]
    entries = [fact.entry for fact in told(room.workplace) if isinstance(fact, TimelineAdded)]
    assert [(entry.kind, entry.refers_to) for entry in entries[1:]] == [
        ("HoldPlaced", hold.id),
        ("ExportSealed", export.id),
    ]
    verdict = verify_package(room.evidence.exports.hand_over(SOFIA, export.id))
    assert verdict.proof is not None
    assert verdict.proof.incident_number == incident.number


def test_a_camera_that_was_away_does_not_keep_a_hold_open(room: Room) -> None:
    hold = room.evidence.holds.place(ANA, room.new_hold())
    assert hold.state is HoldState.COLLECTING
    room.clock.advance(3_600)
    room.evidence.collect()

    assert room.evidence.holds.find(ANA, hold.id).state is HoldState.COMPLETE
    export = room.sealed(hold)
    assert export.state is ExportState.FAILED
    assert "away" in export.failure
    with pytest.raises(AppError) as caught:
        room.evidence.exports.hand_over(SOFIA, export.id)
    assert caught.value.code == "export_not_sealed"


def test_footage_that_changed_is_not_sealed(room: Room) -> None:
    room.record(4)
    hold = room.evidence.holds.place(ANA, room.new_hold())
    linked(room, hold)[0].write_bytes(b"other")

    export = room.sealed(hold)

    assert export.state is ExportState.FAILED
    assert "Segment 2" in export.failure
    assert room.acts()[-1] == "export.fail"
    assert list((room.home / "evidence" / "exports").glob("*")) == []


def test_a_centre_that_died_while_sealing_seals_again(room: Room) -> None:
    room.record(4)
    hold = room.evidence.holds.place(ANA, room.new_hold())
    export = room.evidence.exports.request(SOFIA, hold.id, "Fiscalía")
    folder = room.home / "evidence" / "exports"
    folder.mkdir()
    (folder / f".{export.id}.zip.part").write_bytes(b"half")

    again = room.opened()
    again.collect()

    assert again.fingerprint == room.evidence.fingerprint
    assert verify_package(again.exports.hand_over(SOFIA, export.id)).valid
    assert [path.name for path in folder.iterdir()] == [f"{export.id}.zip"]


def test_a_link_without_a_row_is_taken_up(room: Room) -> None:
    room.record(2)
    hold = room.evidence.holds.place(ANA, room.new_hold())
    segment = room.record(1)[0]
    os.link(room.archive / segment.path, linked(room, hold)[0].with_name("00000003.mp4"))

    room.evidence.collect()

    assert room.evidence.holds.find(ANA, hold.id).segment_ids[-1] == segment.id


def test_who_does_not_see_the_camera_sees_nothing_of_it(room: Room) -> None:
    room.record(4)
    hold = room.evidence.holds.place(ANA, room.new_hold())
    export = room.sealed(hold)

    for act in (
        lambda: room.evidence.holds.place(NORTH, room.new_hold()),
        lambda: room.evidence.holds.find(NORTH, hold.id),
        lambda: room.evidence.exports.request(NORTH, hold.id, "x"),
        lambda: room.evidence.exports.find(NORTH, export.id),
        lambda: room.evidence.exports.hand_over(NORTH, export.id),
    ):
        with pytest.raises(AppError) as caught:
            act()
        assert caught.value.kind == "not_found"
    assert room.evidence.holds.newest(NORTH) == []
    with room.workplace.look(NORTH, Permission.EVIDENCE_VIEW) as connection:
        assert room.evidence.holds_on(connection, NORTH) == ()
        assert room.evidence.exports_on(connection, NORTH) == ()
    with room.workplace.look(ANA, Permission.EVIDENCE_VIEW) as connection:
        assert [each.id for each in room.evidence.holds_on(connection, ANA)] == [hold.id]
        assert [each.id for each in room.evidence.exports_on(connection, ANA)] == [export.id]


def test_an_operator_holds_but_does_not_export(room: Room) -> None:
    room.record(4)
    hold = room.evidence.holds.place(ANA, room.new_hold())
    with pytest.raises(AppError) as caught:
        room.evidence.exports.request(ANA, hold.id, "x")
    assert caught.value.code == "permission_missing"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda new: replace(new, ended=BEGAN), "hold_span"),
        (lambda new: replace(new, ended=BEGAN + timedelta(days=2)), "hold_span"),
        (lambda new: replace(new, began=BEGAN + 2 * HOUR, ended=BEGAN + 3 * HOUR), "hold_ahead"),
        (lambda new: replace(new, began=BEGAN - 2 * HOUR, ended=BEGAN - HOUR), "footage_missing"),
        (lambda new: replace(new, reason="  "), "reason_missing"),
        (lambda new: replace(new, reason="a\nb"), "reason_unfit"),
        (lambda new: replace(new, reason="a" * 501), "reason_unfit"),
        (lambda new: replace(new, camera_id=CameraId("none")), "camera_unknown"),
        (lambda new: replace(new, incident_id=IncidentId("none")), "incident_unknown"),
    ],
)
def test_holds_that_are_refused(room: Room, change: Callable[[NewHold], NewHold], code: str) -> None:
    with pytest.raises(AppError) as caught:
        room.evidence.holds.place(ANA, change(room.new_hold()))
    assert caught.value.code == code
    assert room.acts() == []


@pytest.fixture
def client(room: Room) -> Iterator[httpx.Client]:
    app, api = FastAPI(), APIRouter(prefix="/api")
    api.include_router(evidence_api(room.evidence, Guard(sessions_of(ANA, SOFIA))))
    app.include_router(api)
    app.include_router(verifier_api("Villa <Serena>", room.evidence.fingerprint))
    install_http_floor(app, HttpPolicy(media_port=8081))
    with serve(app) as base, httpx.Client(base_url=base, cookies={SESSION_COOKIE: "Sofia"}, timeout=30) as client:
        yield client


def test_the_whole_way_over_http(room: Room, client: httpx.Client, tmp_path: Path) -> None:
    room.record(4)
    began, ended = "2026-03-01T09:01:10-03:00", "2026-03-01T09:02:10-03:00"
    body = {"camera_id": CAMERA, "began": began, "ended": ended, "reason": "Robo"}

    hold = client.post("/api/holds", json=body)
    assert hold.status_code == 201
    assert hold.json()["began"] == "2026-03-01T12:01:10Z"
    export = client.post(f"/api/holds/{hold.json()['id']}/exports", json={"purpose": "Fiscalía"}).json()
    assert client.get(f"/api/exports/{export['id']}/file").status_code == 409
    room.evidence.collect()
    assert client.get(f"/api/exports/{export['id']}").json()["state"] == "sealed"
    answer = client.get(f"/api/exports/{export['id']}/file")

    assert answer.headers["content-disposition"] == f'attachment; filename="sereno-{export["id"]}.zip"'
    package = tmp_path / "handed.zip"
    package.write_bytes(answer.content)
    assert verify_package(package).valid
    assert [each["id"] for each in client.get("/api/holds").json()] == [hold.json()["id"]]
    assert client.get("/api/holds", params={"incident_id": "none"}).json() == []


def test_what_is_not_there_is_told_over_http(client: httpx.Client) -> None:
    for path in ("/api/exports/none", "/api/exports/none/file", "/api/exports/..%2F..%2Fkeys/file"):
        assert client.get(path).status_code == 404
    assert client.post("/api/holds/none/exports", json={"purpose": "x"}).status_code == 404
    naive = {"camera_id": CAMERA, "began": "2026-03-01T12:00:00", "ended": "2026-03-01T12:01:00", "reason": "x"}
    assert client.post("/api/holds", json=naive).status_code == 400


def test_the_verifier_is_public_and_knows_its_centre(room: Room, client: httpx.Client) -> None:
    answer = httpx.get(client.base_url.join("/verify"))

    assert answer.status_code == 200
    assert "connect-src" not in answer.headers["content-security-policy"]
    assert f'<meta name="sereno-fingerprint" content="{room.evidence.fingerprint}">' in answer.text
    assert '<meta name="sereno-site" content="Villa &lt;Serena&gt;">' in answer.text
