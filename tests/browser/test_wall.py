"""The wall in a real Chromium: streams by size, shapes, zoom, a saved tour, a camera added and edited by hand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect

from bench.chromium import CHROMIUM, chromium
from bench.clock_camera import PATH
from bench.live import clock_cameras, live_camera, prepared_centre
from bench.made_centre import MadeCentre, running, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed")]

PATIENCE_MS = 30_000


@dataclass(slots=True)
class Room:
    page: Page
    centre: MadeCentre
    url: str
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("wall") / "centre"
    with clock_cameras() as port, chromium(webgl=False) as browser:
        url = f"rtsp://127.0.0.1:{port}/{PATH}"
        cameras = [live_camera("norte", url, sub_url=url), live_camera("sur", url, ptz=True)]
        with running(prepared_centre(folder, cameras)) as centre:
            page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="es-AR")
            page.set_default_timeout(PATIENCE_MS)
            expect.set_options(timeout=PATIENCE_MS)
            room = Room(page, centre, url)
            page.on("pageerror", lambda error: room.complaints.append(str(error)))
            sign_in(page, centre)
            page.goto(f"{centre.url}#/wall")
            yield room


def test_a_tile_takes_the_stream_that_fits_its_size(room: Room) -> None:
    tile = room.page.get_by_test_id("tile-norte")
    room.page.get_by_test_id("layout-16").click()
    expect(tile).to_have_attribute("data-state", "playing")
    expect(tile).to_have_attribute("data-stream", "sub")
    expect(room.page.get_by_test_id("tile-sur")).to_have_attribute("data-stream", "main")  # it has no other
    tile.focus()
    room.page.keyboard.press("Enter")
    expect(room.page.get_by_test_id("wall")).to_have_attribute("data-layout", "1")
    expect(tile).to_have_attribute("data-stream", "main")
    expect(tile).to_have_attribute("data-state", "playing")


def test_zoom_by_keyboard_and_back(room: Room) -> None:
    tile = room.page.get_by_test_id("tile-norte")
    tile.focus()
    for key in ("+", "+", "ArrowRight"):
        room.page.keyboard.press(key)
    assert "matrix(1.5625" in tile.locator("video").evaluate("video => getComputedStyle(video).transform")
    room.page.keyboard.press("0")
    assert tile.locator("video").evaluate("video => getComputedStyle(video).transform") == "none"
    room.page.keyboard.press("Escape")


def test_who_steers_sees_pictures_without_a_players_buffer(room: Room) -> None:
    page, tile = room.page, room.page.get_by_test_id("tile-sur")
    tile.focus()
    page.keyboard.press("p")
    expect(page.get_by_test_id("helm")).to_be_visible()
    expect(tile).to_have_attribute("data-state", "playing")
    width = "video => new Promise(tell => video.requestVideoFrameCallback((_, picture) => tell(picture.width)))"
    assert tile.locator("video").evaluate(width) == 1280
    assert tile.locator("video").evaluate("video => video.srcObject !== null")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("helm")).to_have_count(0)
    expect(tile).to_have_attribute("data-state", "playing")
    assert tile.locator("video").evaluate("video => video.srcObject === null")


def test_a_tour_is_arranged_saved_and_runs(room: Room) -> None:
    page = room.page
    page.get_by_test_id("layout-1").click()
    page.get_by_test_id("wall-arrange").click()
    page.get_by_test_id("wall-name").fill("Ronda")
    page.locator(".dwell input").fill("3")
    page.get_by_test_id("wall-save").click()
    expect(page.get_by_test_id("wall-choice")).to_contain_text("Ronda")
    expect(page.get_by_test_id("tour")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("tile-sur")).to_be_visible()  # by itself, after three seconds
    page.keyboard.press("y")
    expect(page.get_by_test_id("tour")).to_have_attribute("aria-pressed", "false")


def test_a_camera_is_tried_added_and_edited(room: Room) -> None:
    page = room.page
    page.goto(f"{room.centre.url}#/cameras")
    page.get_by_test_id("add-camera").click()
    page.get_by_test_id("camera-url").fill(room.url)
    page.get_by_test_id("probe").click()
    expect(page.get_by_test_id("probed")).to_have_attribute("data-verdict", "good")
    expect(page.get_by_test_id("probed").locator("img")).to_be_visible()
    page.get_by_test_id("camera-name").fill("Este")
    page.get_by_test_id("camera-form").locator("input[required]").nth(2).fill("Municipio")
    page.get_by_test_id("save-camera").click()
    row = page.get_by_test_id("camera-row").filter(has_text="Este")
    expect(row).to_have_attribute("data-state", "recording")
    row.get_by_test_id(re.compile("^edit-")).click()
    page.get_by_test_id("camera-name").fill("Este, esquina")
    page.get_by_test_id("save-camera").click()
    expect(page.get_by_test_id("camera-row").filter(has_text="Este, esquina")).to_be_visible()


def test_the_page_complained_of_nothing(room: Room) -> None:
    assert room.complaints == []
