"""The verifier page in a real Chromium, opened from the disk as a clerk would."""

import shutil
import socket
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.chromium import CHROMIUM, chromium
from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.clock import SystemClock
from sereno.evidence.read_me import grouped
from sereno.evidence.seal import verifier_page
from sereno.evidence.verify import verify_package
from sereno.recording.library import Library
from sereno.recording.model import Segment
from sereno.recording.recorder import run_recorder
from sereno.runtime.settings import RecordingSettings, ServerSettings, Settings
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.server import Mount, RtspServer, RtspServerThread
from tests.sealing import CAMERA, Made, make_package, rewrite, site_key, write_segments

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_package(tmp_path_factory.mktemp("sealed"))


@dataclass(frozen=True, slots=True)
class Desk:
    """The page, and what it complained of."""

    page: Page
    complaints: list[str]

    def check(self, package: Path) -> None:
        verdict = self.page.locator("#verdict")
        before = verdict.element_handle() if verdict.count() else None
        self.page.set_input_files("#file", str(package))
        if before is not None:
            before.wait_for_element_state("hidden", timeout=60_000)
        expect(verdict).to_be_visible(timeout=60_000)

    @property
    def valid(self) -> bool:
        return self.page.locator("#verdict").get_attribute("data-valid") == "true"

    @property
    def faults(self) -> set[str]:
        found = self.page.locator("[data-fault]").all()
        return {fault for each in found if (fault := each.get_attribute("data-fault")) is not None}


@pytest.fixture
def desk(browser: Browser, tmp_path: Path) -> Iterator[Desk]:
    path = tmp_path / "verify.html"
    path.write_bytes(verifier_page())
    context = browser.new_context(locale="es-AR", viewport={"width": 1000, "height": 1100})
    context.set_offline(True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.goto(path.as_uri())
    yield Desk(page, complaints)
    context.close()
    assert complaints == []


def test_a_valid_package_says_so_and_what_it_proves(desk: Desk, package: Made) -> None:
    desk.check(package.path)

    assert desk.valid
    expect(desk.page.locator("#verdict")).to_have_text("VÁLIDO")
    expect(desk.page.locator("#verdict")).to_be_focused()
    expect(desk.page.locator('[data-fact="camera"]')).to_have_text("Plaza norte")
    expect(desk.page.locator('[data-fact="requestedBy"]')).to_have_text("Ana Ñandú")
    expect(desk.page.locator('[data-fact="span"]')).to_contain_text("9:00:00")
    expect(desk.page.locator("#fingerprint")).to_have_text(grouped(site_key().fingerprint))
    expect(desk.page.locator(".segments li")).to_have_count(3)


def test_the_page_speaks_three_languages(desk: Desk, package: Made) -> None:
    desk.check(package.path)
    for language, word in (("en", "VALID"), ("pt", "VÁLIDO"), ("es", "VÁLIDO")):
        desk.page.locator(f'[data-language="{language}"]').click()
        expect(desk.page.locator("#verdict")).to_have_text(word)
        expect(desk.page.locator("html")).to_have_attribute("lang", language)


def test_the_published_fingerprint_decides_whose_seal_it_is(desk: Desk, package: Made) -> None:
    desk.check(package.path)
    desk.page.fill("#published", grouped(site_key().fingerprint))
    desk.page.locator("#published").blur()
    expect(desk.page.locator("#match")).to_be_visible()
    assert desk.valid

    desk.page.fill("#published", site_key("other").fingerprint)
    desk.page.locator("#published").blur()
    expect(desk.page.locator("#verdict")).to_have_text("NO VÁLIDO")
    assert desk.faults == {"fingerprint_unexpected"}


def test_one_changed_byte_is_found_wherever_it_is(desk: Desk, package: Made, tmp_path: Path) -> None:
    content = package.path.read_bytes()
    path = tmp_path / "changed.zip"
    proof = content.index(b"manifest.sig")
    for at in [0, 9, 40, proof + 20, *range(len(content) - 400, len(content), 37), len(content) - 1]:
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        desk.check(path)
        assert not desk.valid, at
        assert desk.faults == {finding.fault for finding in verify_package(path).findings}, at


def test_a_changed_segment_is_named_with_its_bytes(desk: Desk, package: Made, tmp_path: Path) -> None:
    content = package.path.read_bytes()
    at = content.index(package.segments[1][1].read_bytes())
    path = tmp_path / "changed.zip"
    path.write_bytes(content[: at + 5] + bytes([content[at + 5] ^ 1]) + content[at + 6 :])

    desk.check(path)

    assert desk.faults == {"file_changed"}
    last = at + package.segments[1][0].size - 1
    expect(desk.page.locator("[data-fault] small")).to_have_text(
        f"segments/00000008.mp4 · bytes {at} a {last} del archivo"
    )
    expect(desk.page.locator("#verdict")).to_have_text("NO VÁLIDO")


def with_file(name: str, content: bytes) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {**files, name: content}


def without(name: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {each: content for each, content in files.items() if each != name}


def test_every_kind_of_forgery_gets_the_same_verdict_as_from_the_command(
    desk: Desk, package: Made, tmp_path: Path
) -> None:
    segments = write_segments(tmp_path / "archive", count=4)
    content = package.path.read_bytes()
    cut, added, ordinary = tmp_path / "cut.zip", tmp_path / "added.zip", tmp_path / "ordinary.zip"
    cut.write_bytes(content[:-100])
    added.write_bytes(content + b"\0")
    with zipfile.ZipFile(ordinary, "w") as archive:
        archive.writestr("manifest.json", "{}")
    changes = (
        with_file("manifest.json", b"{}"),
        with_file("site-key.pem", site_key("other").public_pem),
        with_file("site-key.pem", b"x"),
        with_file("LEEME.txt", b"other"),
        with_file("more.txt", b"more"),
        without("segments/00000008.mp4"),
        without("manifest.sig"),
    )
    forged = [
        cut,
        added,
        ordinary,
        *(rewrite(package.path, tmp_path / f"{at}.zip", change) for at, change in enumerate(changes)),
        make_package(tmp_path / "moved", [segments[1], segments[0], segments[2]]).path,
        make_package(tmp_path / "lying", key=site_key("other"), named_key=site_key()).path,
    ]
    for path in forged:
        desk.check(path)
        assert not desk.valid, path
        assert desk.faults == {finding.fault for finding in verify_package(path).findings}, path


def test_what_the_footage_does_not_show_is_told(desk: Desk, tmp_path: Path) -> None:
    segments = write_segments(tmp_path / "archive", count=4)
    desk.check(make_package(tmp_path, [segments[1], segments[3]]).path)

    assert desk.valid
    notes = desk.page.locator("[data-note]")
    assert [note.get_attribute("data-note") for note in notes.all()] == ["skipped", "gap", "late"]
    expect(notes.first).to_have_text("Los segmentos 9 a 9 no están en el paquete.")


def test_a_package_of_another_key_is_valid_but_its_fingerprint_is_shown(desk: Desk, tmp_path: Path) -> None:
    desk.check(make_package(tmp_path, key=site_key("other")).path)

    assert desk.valid
    expect(desk.page.locator("#fingerprint")).to_have_text(grouped(site_key("other").fingerprint))


def test_what_the_recorder_wrote_is_proved_and_plays(desk: Desk, recorded: list[tuple[Segment, Path]]) -> None:
    desk.check(make_package(recorded[0][1].parent, recorded[:3]).path)
    assert desk.valid, desk.faults

    desk.page.locator(".segments button").first.click()

    expect(desk.page.locator("video")).not_to_have_js_property("currentTime", 0, timeout=60_000)
    expect(desk.page.locator(".segments li").nth(1)).to_have_class("playing", timeout=60_000)  # goes on by itself


@pytest.fixture
def recorded(tmp_path: Path) -> list[tuple[Segment, Path]]:
    """Three or more segments that the recorder wrote from a camera."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("ffmpeg is not installed")
    clip = tmp_path / "clip.mp4"
    source = ("-f", "lavfi", "-i", "testsrc=size=320x240:rate=10", "-t", "4", "-pix_fmt", "yuv420p")
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-bf", "0")
    subprocess.run((ffmpeg, "-loglevel", "error", "-nostdin", *source, *coded, str(clip)), check=True, timeout=60)
    clock, home, stop = SystemClock(), tmp_path / "home", Event()
    settings = Settings(
        home=home, recording=RecordingSettings(segment_s=2), server=ServerSettings(media_port=free_port())
    )
    with RtspServerThread(RtspServer([Mount(path="plaza", clip=load_clip(clip))], clock)) as cameras:
        write_roster(home / "roster.json", (RosterCamera(id=CAMERA, name="Plaza", main_url=cameras.url("plaza")),))
        recorder = Thread(target=run_recorder, args=(settings, stop, clock))
        began = clock.now()
        recorder.start()
        library = Library(home / "archive")
        try:
            deadline_s = clock.monotonic_s() + 90
            while len(found := library.segments(CAMERA, began - HOUR, began + HOUR)) < 4:
                assert clock.monotonic_s() < deadline_s, "the recorder closed no segments"
                stop.wait(0.2)
        finally:
            stop.set()
            recorder.join(30)
            library.close()
    return [(segment, library.path(segment)) for segment in found]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
