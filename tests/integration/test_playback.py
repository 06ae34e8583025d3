"""Looking back over real sockets: time lines, stills out of a confined process, bookmarks, and who may see what."""

import base64
import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from PIL import Image
from sqlalchemy import text

from bench.made_archive import Footage, MadeSpan, moving_clip, read_footage
from bench.made_centre import MadeCentre, prepare_centre
from sereno.access import audit
from sereno.access.model import Role
from sereno.access.service import NewPerson
from sereno.core.clock import SystemClock
from sereno.core.ids import CameraId
from sereno.core.media_time import wall_ticks
from sereno.main.centre import Centre, open_centre
from sereno.main.control import control_app
from sereno.recording.archive import open_archive
from sereno.recording.chunks import HEADER_SIZE, init_size, read_chunk
from sereno.recording.clip import Piece, plan_clip, read_clip
from sereno.recording.segment_file import segment_path
from sereno.runtime.settings import DiskSettings, load_settings
from tests.centre import PASSWORD
from tests.integration.conftest import require_program
from tests.serving import serve

pytestmark = pytest.mark.integration

MOVED = text("UPDATE segments SET disk = :disk WHERE camera_id = 'sur' AND number = :number")
FORGOTTEN = text("DELETE FROM segments WHERE camera_id = 'sur' AND number = :number AND :disk = :disk")


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    require_program("ffmpeg")
    return read_footage(moving_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=4, size="640x360"))


@dataclass(slots=True)
class Lookout:
    """A centre that looks back: ``norte`` has ten minutes with a hole in the middle, which began at ``began``.

    ``sur`` has three minutes on two other disks and a fourth in a file that has no row yet.
    """

    url: str
    home: Path
    centre: Centre
    began: datetime
    clients: ExitStack

    def client(self, name: str) -> httpx.Client:
        client = self.clients.enter_context(httpx.Client(base_url=f"{self.url}/api", timeout=60))
        assert client.post("/session", json={"name": name, "password": PASSWORD}).status_code == 200
        return client

    def at(self, seconds: float) -> str:
        return (self.began + timedelta(seconds=seconds)).isoformat()

    def acts(self) -> list[str]:
        with self.centre.workplace.database.read() as connection:
            return [entry.act for entry in audit.read_rows(connection)]


@pytest.fixture(scope="module")
def lookout(tmp_path_factory: pytest.TempPathFactory, footage: Footage) -> Iterator[Lookout]:
    folder = tmp_path_factory.mktemp("lookout")
    began = (datetime.now(UTC) - timedelta(hours=1)).replace(microsecond=0)
    later = began + timedelta(minutes=6)
    spans = [MadeSpan("norte", began, 3, "stream_lost"), MadeSpan("norte", later, 4, "disk_full")]
    made = prepare_centre(folder, footage, [*spans, MadeSpan("sur", began, 4)])
    spread(made, folder)
    with closing(open_centre(load_settings(made.settings))) as centre, ExitStack() as clients:
        for name, role, groups in (
            ("operator", Role.OPERATOR, ()),
            ("far", Role.OPERATOR, ("sur",)),
            ("it", Role.IT, ()),
        ):
            centre.people.ensure(
                "t", NewPerson(name=name, role=role, password=PASSWORD, camera_groups=frozenset(groups))
            )
        with stills_process(made), serve(control_app(centre)) as url:
            yield Lookout(url, made.home, centre, began, clients)


def spread(made: MadeCentre, folder: Path) -> None:
    """Footage of ``sur`` goes to the disks that its segments would have been recorded onto."""
    disks = [DiskSettings(id=name, folder=folder / name) for name in ("uno", "dos")]
    told = "".join(f'[[recording.disks]]\nid = "{disk.id}"\nfolder = "{disk.id}"\n' for disk in disks)
    made.settings.write_text(made.settings.read_text(encoding="utf-8") + told, encoding="utf-8")
    for disk in disks:
        (disk.folder / "sur").mkdir(parents=True)
    archive = open_archive(made.home, SystemClock(), disks)
    with closing(archive.journal.database) as database:
        for number in range(1, 5):
            disk, path = disks[number % 2], segment_path(CameraId("sur"), number)
            (archive.folder / path).rename(disk.folder / path)
            with database.write() as connection:
                connection.execute(MOVED if number < 4 else FORGOTTEN, {"number": number, "disk": disk.id})


@contextmanager
def stills_process(made: MadeCentre) -> Iterator[None]:
    """In a process of its own: confinement is for life."""
    argv = (sys.executable, "-m", "sereno.main.stills", "--settings", str(made.settings), "--parent", str(os.getpid()))
    process = subprocess.Popen(argv)
    try:
        waited = threading.Event()
        while not (made.home / "run" / "stills.sock").exists():
            assert process.poll() is None
            waited.wait(0.02)
        yield
    finally:
        process.terminate()
        process.wait(20)


def test_a_time_line_says_what_was_recorded_and_why_not(lookout: Lookout) -> None:
    query: dict[str, str | int] = {"cameras": "norte", "began": lookout.at(-60), "ended": lookout.at(660), "parts": 72}
    answer = lookout.client("operator").get("/timeline", params=query)
    assert answer.status_code == 200, answer.text
    (line,) = answer.json()["cameras"]
    seconds = [(_since(lookout, one["began"]), _since(lookout, one["ended"])) for one in line["recorded"]]
    assert seconds == [(0, 180), (360, 600)]
    gaps = [(_since(lookout, one["began"]), one["reason"]) for one in line["gaps"]]
    assert gaps == [(-60, "not_yet"), (180, "stream_lost"), (600, "camera_off")]
    assert all(gap["message"] for gap in line["gaps"])
    assert [level >= 0 for level in line["activity"]] == [False] * 6 + [True] * 18 + [False] * 18 + [True] * 24 + [
        False
    ] * 6
    assert lookout.client("far").get("/timeline", params=query).status_code == 404
    assert lookout.client("it").get("/timeline", params=query).status_code == 403
    assert lookout.client("operator").get("/timeline", params={**query, "parts": 5_000}).status_code == 400


def _since(lookout: Lookout, instant: str) -> float:
    return round((datetime.fromisoformat(instant) - lookout.began).total_seconds(), 3)


def test_a_still_is_the_key_frame_before_the_instant_and_one_look(lookout: Lookout) -> None:
    operator = lookout.client("operator")
    before = lookout.acts()
    answer = operator.get("/cameras/norte/still", params={"at": lookout.at(65.9), "width": 320})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"].startswith("private")
    assert 0 <= 65.9 - _since(lookout, answer.headers["x-sereno-at"]) <= 2
    assert Image.open(io.BytesIO(answer.content)).size == (320, 180)
    span: dict[str, str | int] = {"began": lookout.at(0), "ended": lookout.at(600), "count": 20, "width": 160}
    strip = operator.get("/cameras/norte/strip", params=span).json()["pictures"]
    assert [one is not None for one in strip] == [True] * 6 + [False] * 6 + [True] * 8
    assert Image.open(io.BytesIO(base64.b64decode(strip[0]["jpeg"]))).size == (160, 90)
    for number in range(30):
        operator.get("/cameras/norte/still", params={"at": lookout.at(number), "width": 64})
    assert lookout.acts()[len(before) :].count("playback.stills") <= 2  # the footage may lie in two hours
    latest = operator.get("/cameras/norte/still", params={"width": 64})
    assert 590 < _since(lookout, latest.headers["x-sereno-at"]) < 600
    assert lookout.acts()[-1] == "live.still"
    for name, status in (("far", 404), ("it", 403)):
        refused = lookout.client(name).get("/cameras/norte/still", params={"at": lookout.at(60)})
        assert refused.status_code == status
    assert operator.get("/cameras/norte/still", params={"at": lookout.at(-300)}).json()["code"] == "still_not_found"
    assert operator.get("/cameras/norte/still", params={"width": 100_000}).json()["code"] == "still_width"


def test_every_disk_that_the_settings_name_is_seen_the_file_being_written_too(lookout: Lookout) -> None:
    operator = lookout.client("operator")
    for second in (30, 90, 150, 225.5):
        answer = operator.get("/cameras/sur/still", params={"at": lookout.at(second), "width": 320})
        assert answer.status_code == 200, answer.text
        assert 0 <= second - _since(lookout, answer.headers["x-sereno-at"]) <= 2
    latest = operator.get("/cameras/sur/still", params={"width": 320})
    assert 237 < _since(lookout, latest.headers["x-sereno-at"]) < 240
    span: dict[str, str | int] = {"began": lookout.at(0), "ended": lookout.at(180), "count": 9, "width": 160}
    assert None not in operator.get("/cameras/sur/strip", params=span).json()["pictures"]


def test_a_hostile_file_is_its_own_error_and_nobody_elses(lookout: Lookout) -> None:
    operator = lookout.client("operator")
    path = lookout.home / "archive" / "norte" / "00000005.mp4"
    whole = path.read_bytes()
    broken = {
        "noise": whole[:2_000] + os.urandom(len(whole) - 2_000),
        "cut": whole[:1_500],
        "empty": b"",
        "no head": os.urandom(init_size(whole)) + whole[init_size(whole) :],
    }
    for second, (name, content) in enumerate(broken.items()):
        path.write_bytes(content)
        answer = operator.get("/cameras/norte/still", params={"at": lookout.at(425 + 4 * second), "width": 320})
        assert (name, answer.status_code, answer.json()["code"]) == (name, 500, "still_undecodable")
    path.unlink()
    path.symlink_to("/etc/passwd")
    outside = operator.get("/cameras/norte/still", params={"at": lookout.at(450), "width": 320})
    assert (outside.status_code, outside.json()["code"]) == (404, "still_not_found")
    path.unlink()
    path.write_bytes(whole)
    assert operator.get("/cameras/norte/still", params={"at": lookout.at(455), "width": 320}).status_code == 200


def test_a_bookmark_is_seen_by_who_sees_the_camera_and_leaves_a_trace(lookout: Lookout) -> None:
    operator = lookout.client("operator")
    body = {"camera_id": "norte", "at": lookout.at(30), "text": " Moto azul "}
    made = operator.post("/bookmarks", json=body)
    assert made.status_code == 201, made.text
    assert (made.json()["text"], made.json()["author_name"]) == ("Moto azul", "operator")
    query = {"cameras": "norte", "began": lookout.at(0), "ended": lookout.at(60)}
    (line,) = operator.get("/timeline", params=query).json()["cameras"]
    assert [one["id"] for one in line["bookmarks"]] == [made.json()["id"]]
    assert lookout.client("far").post("/bookmarks", json=body).status_code == 404
    assert lookout.client("it").post("/bookmarks", json=body).status_code == 403
    assert operator.post("/bookmarks", json={**body, "text": " "}).status_code == 400
    assert operator.post("/bookmarks", json={**body, "incident_id": "0" * 26}).status_code == 404
    assert lookout.client("far").delete(f"/bookmarks/{made.json()['id']}").status_code == 404
    assert operator.delete(f"/bookmarks/{made.json()['id']}").status_code == 204
    assert operator.get("/timeline", params=query).json()["cameras"][0]["bookmarks"] == []
    with lookout.centre.workplace.database.read() as connection:
        removed = [entry for entry in audit.read_rows(connection) if entry.act == "bookmark.remove"]
    assert "Moto azul" in removed[-1].detail


def test_key_frames_alone_last_until_the_next(lookout: Lookout) -> None:
    archive = open_archive(lookout.home, SystemClock())
    with closing(archive.journal.database):
        began = wall_ticks(lookout.began + timedelta(seconds=31))
        piece = Piece(began, wall_ticks(lookout.began + timedelta(seconds=91)), keys_only=True)
        plan = plan_clip(archive, CameraId("norte"), piece)
        content = b"".join(read_clip(plan))
    at, times = len(plan.init), []
    while (chunk := read_chunk(content[at : at + HEADER_SIZE], at)) is not None:
        assert chunk.key
        times.append((chunk.decode_time, chunk.duration))
        at += chunk.size
    assert at == len(content)
    assert len(times) == 31
    assert all(start + lasts == after for (start, lasts), (after, _) in pairwise(times))
