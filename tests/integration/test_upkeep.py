"""The daily proof on real databases and sockets: rounds over a journal, tickets, corrections, reports, permissions."""

import csv
import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from sereno.access import audit
from sereno.access.guard import SESSION_COOKIE, Guard
from sereno.access.jurisdiction import load_jurisdiction
from sereno.access.model import Role, system_access
from sereno.access.work import Workplace
from sereno.analytics.events import ReferenceTaken, ViewChecked
from sereno.analytics.model import ViewFault, ViewFigures
from sereno.analytics.views.pictures import ViewPictures, read_orders
from sereno.cameras.events import StreamLost, StreamOpened
from sereno.cameras.model import Camera, PlaceKind, PurposeLevel, View
from sereno.cameras.service import CameraEdit, Cameras
from sereno.core.clock import ManualClock
from sereno.core.geography import Position
from sereno.core.ids import CameraId, FactId, SegmentId, new_id
from sereno.core.media_time import TICKS_PER_S, MediaTicks, wall_ticks
from sereno.main.facts import CENTRE_FACTS
from sereno.recording.archive import Archive, open_archive
from sereno.recording.chain import chained
from sereno.recording.events import SegmentClosed
from sereno.recording.library import Library
from sereno.recording.model import Segment
from sereno.runtime.http import HttpPolicy, install_http_floor
from sereno.upkeep.api import upkeep_api
from sereno.upkeep.events import TicketChanged
from sereno.upkeep.judge import ClockReading
from sereno.upkeep.limits import limits_of
from sereno.upkeep.report import Reporter
from sereno.upkeep.rounds import Rounds, RoundsPlan
from sereno.upkeep.service import Upkeep
from tests.alert_centre import sessions_of, someone, told
from tests.centre import open_workplace
from tests.serving import serve

pytestmark = pytest.mark.integration

PEOPLE = (
    *(someone("it", Role.IT), someone("operator", Role.OPERATOR), someone("auditor", Role.AUDITOR)),
    *(someone("crew", Role.CREW), someone("north", Role.IT, "norte")),
)
ZONE = ZoneInfo("America/Lima")
NOON = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
"""12:00 in Lima."""
TODAY, YESTERDAY = date(2026, 3, 10), date(2026, 3, 9)
PLAZA, FORMULA = CameraId("plaza"), CameraId("banco")


@dataclass(slots=True)
class Town:
    folder: Path
    workplace: Workplace
    clock: ManualClock
    archive: Archive
    cameras: Cameras
    upkeep: Upkeep
    rounds: Rounds
    url: str
    clients: ExitStack

    def client(self, name: str) -> httpx.Client:
        cookies = {SESSION_COOKIE: name}
        return self.clients.enter_context(httpx.Client(base_url=f"{self.url}/api", timeout=60, cookies=cookies))

    def record(self, camera_id: CameraId, began: datetime, hours: float) -> SegmentClosed:
        """One long segment: the journal does not mind."""
        head = self.archive.head(camera_id)
        segment = Segment(
            id=SegmentId(new_id(self.clock.now())),
            camera_id=camera_id,
            number=head.number + 1,
            path=f"{camera_id}/{head.number + 1:08d}.mp4",
            started_wall=wall_ticks(began),
            started_media=MediaTicks(head.number * 60 * TICKS_PER_S),
            duration=MediaTicks(round(hours * 3600 * TICKS_PER_S)),
            frames=900,
            size=1,
            sha256="0" * 64,
            previous_chain="",
            chain="",
            codec="avc1.64001f",
            end_reason="rotated",
        )
        segment = chained(segment, head.chain)
        fact = SegmentClosed(id=FactId(new_id(self.clock.now())), at=self.clock.now(), segment=segment)
        self.archive.journal.close_segment(segment, (), fact)
        self.archive.follow(segment)
        return fact

    def record_hourly(self, camera_id: CameraId, began: datetime, ended: datetime) -> None:
        while began < ended:
            self.record(camera_id, began, min(1.0, (ended - began).total_seconds() / 3600))
            began += timedelta(hours=1)

    def round(self) -> None:
        self.clock.advance(200)
        self.rounds.make()

    def fact_id(self) -> FactId:
        return FactId(new_id(self.clock.now()))

    def tickets(self) -> list[tuple[str, str, str]]:
        """What was told of tickets: item, code, state."""
        facts = [fact.ticket for fact in told(self.workplace) if isinstance(fact, TicketChanged)]
        return [(ticket.item.value, ticket.code, ticket.state.value) for ticket in facts]

    def acts(self) -> list[tuple[str, str]]:
        with self.workplace.database.read() as connection:
            return [(row.act, row.subject) for row in audit.read_rows(connection)]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    clock = ManualClock(NOON - timedelta(days=3))
    plan = RoundsPlan(
        zone=ZONE, limits=limits_of(load_jurisdiction("pe"), 45, 2.0), settled_after=timedelta(seconds=60)
    )
    with (
        open_workplace(tmp_path, clock, *CENTRE_FACTS) as workplace,
        closing(Library(tmp_path / "archive")) as library,
        ExitStack() as clients,
    ):
        archive = open_archive(tmp_path, clock)
        clients.callback(archive.journal.database.close)
        cameras = Cameras(workplace, tmp_path / "roster.json")
        view = View(position=Position(-12.0, -77.0), bearing_deg=90, field_of_view_deg=70, range_m=60)
        plaza = Camera(
            id=PLAZA,
            name="Plaza",
            place=PlaceKind.PLAZA,
            group="sur",
            owner="Municipio",
            view=view,
            main_url="rtsp://10.0.0.7/live",
        )
        banco = replace(plaza, id=FORMULA, name="=HYPERLINK(1)", group="norte")
        cameras.enrol(system_access("test"), [plaza, banco])
        upkeep = Upkeep(workplace, plan, ViewPictures(tmp_path / "views"), tmp_path / "views.json")
        guard, app = Guard(sessions_of(*PEOPLE)), FastAPI(openapi_url=None)
        app.include_router(upkeep_api(upkeep, Reporter("Villa Prueba", ZONE), guard), prefix="/api")
        install_http_floor(app, HttpPolicy(media_port=9))
        with serve(app) as url:
            rounds = Rounds(workplace, library, plan)
            rounds.make()
            yield Town(tmp_path, workplace, clock, archive, cameras, upkeep, rounds, url, clients)


def whole(day: date) -> tuple[datetime, datetime]:
    return (
        datetime.combine(day, datetime.min.time(), ZONE).astimezone(UTC),
        datetime.combine(day + timedelta(days=1), datetime.min.time(), ZONE).astimezone(UTC),
    )


def test_days_are_judged_once_they_are_over_and_after_downtime_all_that_are_missing(town: Town) -> None:
    began, ended = whole(YESTERDAY)
    town.record_hourly(PLAZA, NOON - timedelta(days=3), ended - timedelta(hours=6))
    town.clock.wall = NOON
    town.rounds.make()
    calendar = town.client("auditor").get("/upkeep/days", params={"first": "2026-03-01", "last": "2026-03-10"}).json()
    marks = {(mark["camera_id"], mark["day"]): mark for mark in calendar["marks"]}
    assert marks["plaza", "2026-03-07"]["final"]
    assert marks["plaza", "2026-03-07"]["availability"] == 1.0  # in service since noon
    assert marks["plaza", "2026-03-08"]["verdict"] == "met"
    assert marks["plaza", "2026-03-09"]["availability"] == pytest.approx(0.75)
    assert marks["plaza", "2026-03-09"]["failed"] == ["availability"]
    assert not marks["plaza", "2026-03-10"]["final"]
    assert calendar["limits"]["floor_days"]["value"] == 45
    assert (began.hour, ended - began) == (5, timedelta(hours=24))

    town.round()
    again = town.client("auditor").get("/upkeep/days", params={"first": "2026-03-01", "last": "2026-03-09"}).json()
    assert again["marks"] == [mark for mark in calendar["marks"] if mark["day"] < "2026-03-10"]


def test_a_lost_camera_has_one_ticket_with_cause_and_deadline_until_it_records_again(town: Town) -> None:
    town.clock.wall = NOON
    began, _ = whole(TODAY)
    town.record_hourly(PLAZA, began, NOON - timedelta(minutes=30))
    lost = StreamLost(
        id=town.fact_id(),
        at=NOON - timedelta(minutes=30),
        camera_id=PLAZA,
        reason="camera_unauthorized",
        message="",
        advice="",
    )
    with town.workplace.database.write() as connection:
        town.upkeep.on_stream(connection, lost)
        town.upkeep.on_stream(connection, lost)
    town.round()
    town.round()
    it = town.client("it")
    tickets = [ticket for ticket in it.get("/upkeep/tickets").json() if ticket["camera_id"] == "plaza"]
    assert [(ticket["item"], ticket["code"]) for ticket in tickets] == [("availability", "camera_unauthorized")]
    ticket = tickets[0]
    assert datetime.fromisoformat(ticket["last_good"]) == NOON - timedelta(minutes=30)
    hours = (
        datetime.fromisoformat(ticket["due_at"]) - datetime.fromisoformat(ticket["opened_at"])
    ).total_seconds() / 3600
    assert hours == 24

    steps = f"/upkeep/tickets/{ticket['id']}/steps"
    assert town.client("operator").post(steps, json={"state": "acknowledged"}).status_code == 403
    assert town.client("north").post(steps, json={"state": "acknowledged"}).status_code == 404
    assert it.post(steps, json={"state": "acknowledged"}).json()["steps"][-1]["by_name"] == "it"
    assert it.post(steps, json={"state": "done"}).json()["code"] == "ticket_reason"

    now = town.clock.now()
    town.record(PLAZA, now - timedelta(minutes=5), 0.5)
    with town.workplace.database.write() as connection:
        opened = StreamOpened(id=town.fact_id(), at=now, camera_id=PLAZA, codec="h264", width=1920, height=1080, fps=15)
        town.upkeep.on_stream(connection, opened)
    town.clock.advance(20 * 60)
    town.round()
    open_now = [one for one in it.get("/upkeep/tickets").json() if one["camera_id"] == "plaza"]
    assert open_now == []
    assert [step for step in town.tickets() if step[0] == "availability" and step[1] == "camera_unauthorized"] == [
        ("availability", "camera_unauthorized", state) for state in ("opened", "acknowledged", "done")
    ]
    assert it.post(steps, json={"state": "in_repair"}).json()["code"] == "ticket_state"
    day = it.get(f"/upkeep/days/plaza/{TODAY}").json()["versions"][-1]
    assert [gap["reason"] for gap in day["gaps"]] == ["camera_unauthorized"]


def test_footage_from_the_card_makes_a_new_version_and_keeps_the_old_one(town: Town) -> None:
    began, ended = whole(YESTERDAY)
    town.record_hourly(PLAZA, began, began + timedelta(hours=12))
    town.clock.wall = NOON
    town.rounds.make()
    late = town.record(PLAZA, began + timedelta(hours=12), 1)
    town.record_hourly(PLAZA, began + timedelta(hours=13), ended)
    with town.workplace.database.write() as connection:
        town.upkeep.on_segment(connection, late)
    town.round()
    versions = town.client("auditor").get(f"/upkeep/days/plaza/{YESTERDAY}").json()["versions"]
    assert [one["version"] for one in versions] == [1, 2]
    assert [one["recorded_s"] for one in versions] == [12 * 3600, 24 * 3600]
    assert [one["findings"][0]["verdict"] for one in versions] == ["not_met", "met"]
    assert (ended - began).total_seconds() == versions[1]["day_s"]


def test_work_is_announced_before_it_begins_and_excuses_only_its_time(town: Town) -> None:
    town.clock.wall = NOON
    it = town.client("it")
    late = {
        "camera_id": "plaza",
        "began": (NOON - timedelta(hours=1)).isoformat(),
        "ended": (NOON + timedelta(hours=1)).isoformat(),
        "reason": "lente",
    }
    assert it.post("/upkeep/works", json=late).json()["code"] == "work_not_announced"
    planned = {**late, "began": (NOON + timedelta(minutes=10)).isoformat()}
    assert town.client("operator").post("/upkeep/works", json=planned).status_code == 403
    work = it.post("/upkeep/works", json=planned).json()
    began, _ = whole(TODAY)
    town.record_hourly(PLAZA, began, NOON + timedelta(minutes=10))
    town.clock.wall = NOON + timedelta(minutes=50)
    town.round()
    day = it.get(f"/upkeep/days/plaza/{TODAY}").json()
    assert day["versions"][-1]["planned_s"] > 30 * 60
    assert day["versions"][-1]["findings"][0]["figure"] == 1.0
    assert [gap["planned"] for gap in day["versions"][-1]["gaps"]] == [True]
    assert it.delete(f"/upkeep/works/{work['id']}").json()["cancelled_by_name"] == "it"
    assert it.delete(f"/upkeep/works/{work['id']}").json()["code"] == "work_over"
    assert ("work.plan", "plaza") in town.acts()


def test_views_clock_and_purpose_become_findings_and_pictures_are_audited(town: Town) -> None:
    town.clock.wall = NOON
    began, _ = whole(TODAY)
    town.record_hourly(PLAZA, began, NOON + timedelta(hours=1))
    edit = CameraEdit(purpose_level=PurposeLevel.CHARACTERISE)
    town.cameras.edit(system_access("test"), PLAZA, edit)
    opened = StreamOpened(id=town.fact_id(), at=began, camera_id=PLAZA, codec="h264", width=1920, height=1080, fps=15)
    figures = ViewFigures(mean=90, dark_share=0, bright_share=0)
    covered = ViewChecked(
        id=town.fact_id(),
        at=NOON - timedelta(minutes=1),
        camera_id=PLAZA,
        began=NOON - timedelta(minutes=31),
        looks=30,
        seen={ViewFault.COVERED: 25},
        faults=(ViewFault.COVERED,),
        figures=figures,
        reference_at=began,
    )
    with town.workplace.database.write() as connection:
        town.cameras.on_stream_opened(connection, town.workplace.facts, opened)
        town.upkeep.on_view(connection, covered)
        town.upkeep.on_clock(connection, town.fact_id(), PLAZA, ClockReading(NOON - timedelta(minutes=2), 95.0))
    town.round()
    it = town.client("it")
    page = it.get(f"/upkeep/days/plaza/{TODAY}").json()
    found = {finding["item"]: finding for finding in page["versions"][-1]["findings"]}
    assert (found["covered"]["verdict"], found["covered"]["figure"]) == ("not_met", 25.0)
    assert (found["clock"]["verdict"], found["clock"]["note"]) == ("not_met", "clock_ahead")
    assert (found["density"]["verdict"], found["density"]["figure"]) == ("not_met", 22.9)
    assert {step[0] for step in town.tickets()} >= {"covered", "clock", "density"}

    pictures = ViewPictures(town.folder / "views")
    assert it.get("/upkeep/pictures/plaza/reference").status_code == 404
    pictures.keep_reference(PLAZA, began, np.full((180, 320), 99, np.uint8))
    pictures.keep_seen(PLAZA, NOON, np.full((180, 320), 20, np.uint8))
    for name, kind in (("reference", "image/png"), (str(TODAY), "image/jpeg")):
        answer = it.get(f"/upkeep/pictures/plaza/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert town.client("north").get("/upkeep/pictures/plaza/reference").status_code == 404
    assert town.acts().count(("view.picture", "plaza")) == 2

    assert it.post("/upkeep/references/plaza", json={"reason": "se reorientó"}).status_code == 201
    assert read_orders(town.folder / "views.json") == {PLAZA: town.clock.now()}
    with town.workplace.database.write() as connection:
        town.clock.advance(60)
        town.upkeep.on_reference(connection, ReferenceTaken(id=town.fact_id(), at=town.clock.now(), camera_id=PLAZA))
    records = it.get(f"/upkeep/days/plaza/{TODAY}").json()["references"]
    assert [(record["asked_by_name"], record["taken_at"] is not None) for record in records] == [("it", True)]


def test_the_report_is_a_pdf_that_names_the_hash_of_its_csv(town: Town) -> None:
    began, ended = whole(YESTERDAY)
    for camera_id in (PLAZA, FORMULA):
        town.record_hourly(camera_id, began, ended - timedelta(hours=2))
    town.clock.wall = NOON
    town.rounds.make()
    auditor = town.client("auditor")
    asked = {"first": str(YESTERDAY), "last": str(YESTERDAY)}
    table = auditor.get("/upkeep/report", params={**asked, "form": "csv"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(table.content.decode("utf-8-sig"))))
    assert {row["Cámara"] for row in rows} == {"Plaza", "'=HYPERLINK(1)"}
    worst = next(row for row in rows if row["Aspecto"] == "Disponibilidad")
    assert (worst["Juicio"], worst["Límite"]) == ("no cumple", "0.95")
    assert any(row["Aspecto"] == "tiempo sin grabación" for row in rows)

    paper = auditor.get("/upkeep/report", params={**asked, "form": "pdf"})
    (town.folder / "report.pdf").write_bytes(paper.content)
    if not Path("/usr/bin/pdftotext").exists():
        pytest.skip("pdftotext is not installed")
    command = ("/usr/bin/pdftotext", "-layout", str(town.folder / "report.pdf"), "-")
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert hashlib.sha256(table.content).hexdigest() in text
    for words in ("Villa Prueba", "DS 007-2020-IN", "91.66 %", "=HYPERLINK(1)", "sin medir", "Auditoría"):
        assert words in text
    month = {"first": "2026-03-01", "last": "2026-03-31", "form": "pdf", "language": "pt"}
    assert auditor.get("/upkeep/report", params=month).content.startswith(b"%PDF-")
    assert town.client("crew").get("/upkeep/report", params={**asked, "form": "csv"}).status_code == 403
    assert auditor.get("/upkeep/report", params={**asked, "first": "2025-01-01", "form": "csv"}).status_code == 400
    assert ("proof.export", f"{YESTERDAY}/{YESTERDAY}") in town.acts()
    north = town.client("north").get("/upkeep/report", params={**asked, "form": "csv"}).content.decode()
    assert "Plaza" not in north
