"""Somebody calibrates a camera in a real Chromium: points on picture and map in turn, residuals, saving, deleting."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import cos, log, pi, radians, sin, tan
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bench.chromium import CHROMIUM, chromium
from bench.made_archive import MadeSpan, moving_clip, read_footage
from bench.made_centre import MadeCentre, prepare_centre, running, sign_in
from sereno.core.geography import Position
from sereno.core.geometry import Point
from sereno.maps.ground.pose import Pose, PoseErrors, fit_pose

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed")]

POSE = Pose(position=Position(-34.6, -58.4), height_m=6, tilt_deg=20, bearing_deg=90, field_of_view_deg=70)
"""Where the made centre's cameras stand and look."""
SPOTS = ((0.15, 0.9), (0.85, 0.85), (0.3, 0.4), (0.7, 0.45), (0.5, 0.6))
ZOOM, AHEAD_M = 18.2, 25.0
"""How the page's map opens."""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeCentre]:
    folder = tmp_path_factory.mktemp("ground")
    footage = read_footage(moving_clip(folder / "clip.mp4", seconds=4, size="640x360"))
    began = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=2)
    with running(prepare_centre(folder, footage, [MadeSpan("plaza", began, 2)])) as made:
        yield made


@pytest.fixture(scope="module")
def page(centre: MadeCentre) -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 900}, locale="es-AR")
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        sign_in(page, centre)
        yield page


def test_points_in_turn_make_a_ground_that_is_saved_and_deleted(page: Page, centre: MadeCentre) -> None:
    page.goto(f"{centre.url}#/cameras")
    page.get_by_test_id("calibrate-plaza").click()
    expect(page.get_by_test_id("ground-map")).to_have_attribute("data-ready", "true")
    picture = page.get_by_test_id("ground-picture")
    expect(picture.locator("img:not(.unseen)")).to_be_visible()
    plane = fit_pose(POSE, PoseErrors(), 1280, 720).plane
    for x, y in SPOTS:
        spot = plane.locate(Point(x, y))
        assert spot is not None
        box = picture.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.mouse.click(*on_screen(page, spot.position))
    chips = page.get_by_test_id("ground-chip")
    expect(chips).to_have_count(len(SPOTS))
    expect(chips.last).to_contain_text(" m")
    residuals = [float(text.split(":")[1].replace(",", ".").removesuffix("m")) for text in chips.all_text_contents()]
    assert max(residuals) < 0.5
    assert picture.locator("polyline.grid").count() > 10
    page.get_by_test_id("ground-save").click()
    expect(page.get_by_test_id("ground-delete")).to_be_visible()
    kept = page.evaluate("async () => await (await fetch('/api/cameras/plaza/ground')).json()")
    assert len(kept["drawing"]["pairs"]) == len(SPOTS)
    assert kept["found"]["overlay"]["error_m"] < 2
    assert Path(centre.home / "analyst" / "orders" / "grounds.json").read_text(encoding="utf-8") != "{}"


def test_arrow_keys_move_a_point_and_delete_takes_it_away(page: Page) -> None:
    page.get_by_test_id("ground-picture").focus()
    page.keyboard.press("2")
    spot = page.get_by_test_id("ground-spot").nth(1)
    before = spot.bounding_box()
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.get_by_test_id("ground-chip").nth(1)).to_have_attribute("aria-pressed", "true")
    after = spot.bounding_box()
    assert before is not None
    assert after is not None
    assert after["x"] < before["x"] - 5
    page.keyboard.press("Delete")
    expect(page.get_by_test_id("ground-chip")).to_have_count(len(SPOTS) - 1)
    page.get_by_test_id("ground-delete").click()
    expect(page.get_by_test_id("ground-chip")).to_have_count(0)
    assert page.evaluate("async () => await (await fetch('/api/cameras/plaza/ground')).json()") is None


def on_screen(page: Page, place: Position) -> tuple[float, float]:
    """Where the page's map shows a place. Source: web Mercator with tiles of 512 pixels."""
    box = page.get_by_test_id("ground-map").bounding_box()
    assert box is not None
    bearing = radians(POSE.bearing_deg)
    middle = mercator(POSE.position.offset(AHEAD_M * sin(bearing), AHEAD_M * cos(bearing)))
    x, y = mercator(place)
    return box["x"] + box["width"] / 2 + x - middle[0], box["y"] + box["height"] / 2 + y - middle[1]


def mercator(place: Position) -> tuple[float, float]:
    world = 512 * 2**ZOOM
    return world * (place.lon + 180) / 360, world * (0.5 - log(tan(pi / 4 + radians(place.lat) / 2)) / (2 * pi))
