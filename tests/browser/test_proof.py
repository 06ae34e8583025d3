"""An auditor reads the daily proof in a real Chromium: the month by arrow keys, one day, its CSV, work to come."""

import csv
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from bench.chromium import CHROMIUM, chromium
from bench.made_archive import MadeSpan, moving_clip, read_footage
from bench.made_centre import MadeCentre, prepare_centre, running, sign_in
from sereno.access.model import system_access
from sereno.cameras.service import CameraEdit
from sereno.core.ids import CameraId
from sereno.main.centre import open_centre
from sereno.runtime.settings import load_settings
from sereno.upkeep import store

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed")]

ZONE = "America/Lima"
"""The site's; the browser sits in Madrid."""
JUDGED = """
async day => (await (await fetch(`/api/upkeep/days?first=${day}&last=${day}`)).json()).marks.length === 2
"""
NOW = datetime.now(UTC)
TODAY = NOW.astimezone(ZoneInfo(ZONE)).date()
YESTERDAY = TODAY - timedelta(days=1)
NOON = datetime(YESTERDAY.year, YESTERDAY.month, YESTERDAY.day, 12, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeCentre]:
    """``norte`` and ``sur`` have been in service for days, and recorded two minutes of yesterday's noon."""
    folder = tmp_path_factory.mktemp("proof")
    footage = read_footage(moving_clip(folder / "clip.mp4", seconds=4, size="320x180"))
    made = prepare_centre(folder, footage, [MadeSpan("norte", NOON, 2), MadeSpan("sur", NOON, 2)], ZONE)
    cameras = [CameraId("norte"), CameraId("sur")]
    with closing(open_centre(load_settings(made.settings))) as centre:
        for camera in cameras:
            centre.cameras.edit(system_access("test"), camera, CameraEdit(enabled=True))
        with centre.workplace.database.write() as connection:
            since = NOON - timedelta(days=3)
            store.sync_terms(connection, [(camera, since) for camera in cameras], NOW)
    with running(made):
        yield made


@pytest.fixture(scope="module")
def page(centre: MadeCentre) -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 900}, locale="es-AR", timezone_id="Europe/Madrid")
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        sign_in(page, centre)
        yield page


def test_the_month_is_read_with_arrow_keys_and_a_day_opens(page: Page, centre: MadeCentre) -> None:
    for _ in range(240):
        if page.evaluate(JUDGED, str(YESTERDAY)):
            break
        page.wait_for_timeout(250)
    else:
        pytest.fail("yesterday was not judged within a minute")
    page.goto(f"{centre.url}#/proof/norte/{YESTERDAY}")
    judged = page.locator(f"[data-camera=norte] td[aria-label*='{YESTERDAY}: ']")
    expect(judged).to_be_visible()
    judged.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/proof/sur/{YESTERDAY}")
    finding = page.locator("[data-testid=finding][data-item=availability]")
    expect(finding).to_have_attribute("data-verdict", "not_met")


def test_the_day_is_downloaded_as_csv(page: Page, tmp_path: Path) -> None:
    with page.expect_download() as download:
        page.get_by_role("link", name="Día en CSV").click()
    download.value.save_as(tmp_path / "day.csv")
    rows = list(csv.reader((tmp_path / "day.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert any(str(YESTERDAY) in row for row in rows)


def test_planned_work_is_told_in_the_time_of_the_site(page: Page, centre: MadeCentre) -> None:
    tomorrow = TODAY + timedelta(days=1)
    page.get_by_test_id("plan-work").click()
    page.locator("input[type=datetime-local]").first.fill(f"{tomorrow}T10:00")
    page.locator("input[type=datetime-local]").last.fill(f"{tomorrow}T11:30")
    page.get_by_test_id("plan-reason").fill("Cambio de poste")
    with page.expect_response("**/upkeep/works") as answered:
        page.keyboard.press("Enter")
    assert answered.value.ok
    assert f'"began":"{tomorrow}T15:00:00.000Z"' in (answered.value.request.post_data or "")
    page.goto(f"{centre.url}#/proof/sur/{tomorrow}")
    expect(page.get_by_test_id("day-panel")).to_contain_text("Cambio de poste")
