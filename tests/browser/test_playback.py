"""A person looks back over two cameras in a real Chromium: scrubbing, sync, frames, a hole that says why, a mark."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from bench.chromium import CHROMIUM, chromium
from bench.made_archive import MadeSpan, moving_clip, read_footage
from bench.made_centre import MadeCentre, prepare_centre, running, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed")]

FRAME_MS = 1000 / 15
BEGAN = (datetime.now(UTC) - timedelta(minutes=30)).replace(microsecond=0)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeCentre]:
    """``norte`` and ``sur`` have the same ten minutes; ``sur`` has a hole from the third to the sixth.

    Its clock was set back at the end: it has the tenth minute twice.
    """
    folder = tmp_path_factory.mktemp("playback")
    footage = read_footage(moving_clip(folder / "clip.mp4", seconds=4, size="640x360"))
    later = BEGAN + timedelta(minutes=6)
    spans = [
        MadeSpan("norte", BEGAN, 10),
        MadeSpan("sur", BEGAN, 3, "disk_full"),
        MadeSpan("sur", later, 4),
        MadeSpan("sur", BEGAN + timedelta(minutes=9), 1),
    ]
    with running(prepare_centre(folder, footage, spans)) as made:
        yield made


@pytest.fixture(scope="module")
def page(centre: MadeCentre) -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(60_000)
        sign_in(page, centre)
        at = (BEGAN + timedelta(seconds=60)).isoformat().replace("+00:00", "Z")
        page.goto(f"{centre.url}#/playback?cameras=norte,sur&at={at}")
        for name in ("norte", "sur"):
            expect(tile(page, name)).to_have_attribute("data-state", "shown", timeout=60_000)
        yield page


def tile(page: Page, name: str) -> Any:
    return page.get_by_test_id(f"playback-tile-{name}")


def ms_of(seconds: float) -> float:
    return BEGAN.timestamp() * 1000 + seconds * 1000


def test_a_seek_shows_the_same_instant_in_every_tile(page: Page) -> None:
    for seconds in (95.0, 20.5, 421.3):
        page.evaluate("ms => sereno.playback.seek(ms)", ms_of(seconds))
        shown = page.evaluate("() => sereno.playback.shown()")
        assert len(shown) == 2
        assert all(abs(one - ms_of(seconds)) <= FRAME_MS for one in shown)


def test_a_far_place_shows_its_key_frame_first_without_asking_for_leave(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    (one, other) = page.evaluate("ms => sereno.playback.seek(ms)", ms_of(531.9))
    assert not any(url.endswith("/tickets") for url in asked)
    for trace in (one, other):
        assert trace["head"] <= trace["key"] <= trace["first"] <= trace["exact"]
    painted = (
        """() => [...document.querySelectorAll("[data-testid^=playback-tile] canvas")].map(one => one.width > 300)"""
    )
    assert page.evaluate(painted) == [True, True]


def test_tiles_play_in_step(page: Page) -> None:
    page.evaluate("ms => sereno.playback.seek(ms)", ms_of(40))
    page.keyboard.press(" ")
    page.wait_for_function("from => sereno.playback.clock() > from + 2000", arg=ms_of(40))
    page.wait_for_function(
        """limit => {
          const [one, other] = sereno.playback.shown();
          return one !== null && other !== null && Math.abs(one - other) <= limit;
        }""",
        arg=FRAME_MS,
    )
    page.keyboard.press(" ")
    expect(page.get_by_test_id("playback")).to_have_attribute("data-playing", "false")


def test_frames_are_stepped_both_ways(page: Page) -> None:
    page.evaluate("ms => sereno.playback.seek(ms)", ms_of(50.01))
    start = page.evaluate("() => sereno.playback.clock()")
    page.keyboard.press(".")
    forth = page.evaluate("() => sereno.playback.clock()")
    assert 0 < forth - start <= FRAME_MS + 3
    page.keyboard.press(",")
    page.keyboard.press(",")
    back = page.evaluate("() => sereno.playback.clock()")
    assert 0 < start - back <= 2 * FRAME_MS + 3


def test_a_hole_says_why_and_the_other_tile_goes_on(page: Page) -> None:
    page.evaluate("ms => { void sereno.playback.seek(ms); }", ms_of(240))
    expect(tile(page, "sur")).to_have_attribute("data-state", "gap")
    expect(tile(page, "sur")).to_contain_text("El disco estaba lleno")
    expect(tile(page, "norte")).to_have_attribute("data-state", "shown")
    expect(page.get_by_test_id("timeline").locator("[data-reason=disk_full]")).to_be_visible()


def test_a_minute_that_was_recorded_twice_offers_both(page: Page) -> None:
    page.evaluate("ms => sereno.playback.seek(ms)", ms_of(570))
    both = tile(page, "sur").get_by_test_id("pass")
    expect(both).to_contain_text("n.º 1")
    both.click()
    expect(both).to_contain_text("n.º 2")
    expect(tile(page, "sur")).to_have_attribute("data-state", "shown")
    page.evaluate("ms => sereno.playback.seek(ms)", ms_of(20))
    expect(both).to_have_count(0)


def test_scrubbing_shows_thumbnails_and_a_click_goes_there(page: Page) -> None:
    line = page.get_by_test_id("timeline").locator("[data-lane=norte]")
    box = line.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + box["height"] / 2)
    expect(page.get_by_test_id("thumb").locator("img")).to_be_visible()
    before = page.evaluate("() => sereno.playback.clock()")
    page.mouse.down()
    page.mouse.up()
    page.wait_for_function("before => Math.abs(sereno.playback.clock() - before) > 1000", arg=before)
    page.mouse.move(10, 10)


def test_fast_playback_shows_key_frames_and_says_so(page: Page) -> None:
    page.evaluate("ms => sereno.playback.seek(ms)", ms_of(30))
    for _ in range(4):
        page.keyboard.press("]")
    expect(page.get_by_test_id("speed")).to_have_attribute("data-speed", "16")
    page.keyboard.press(" ")
    page.wait_for_function("from => sereno.playback.clock() > from + 40000", arg=ms_of(30))
    expect(tile(page, "norte")).to_have_attribute("data-state", "shown")
    page.keyboard.press(" ")
    for _ in range(4):
        page.keyboard.press("[")


def test_a_bookmark_is_written_stands_on_the_line_and_is_deleted_by_a_second_press(page: Page) -> None:
    page.evaluate("ms => sereno.playback.seek(ms)", ms_of(100))
    page.keyboard.press("b")
    page.get_by_test_id("mark-text").fill("Moto azul")
    page.keyboard.press("Enter")
    mark = page.get_by_test_id("timeline").get_by_test_id("bookmark-mark")
    expect(mark).to_have_count(1)
    mark.click()
    page.get_by_test_id("mark-remove").click()
    expect(mark).to_have_count(1)
    page.get_by_test_id("mark-remove").click()
    expect(mark).to_have_count(0)


def test_a_time_is_gone_to_by_keyboard(page: Page) -> None:
    page.keyboard.press("g")
    goal = (BEGAN + timedelta(seconds=125)).astimezone(ZoneInfo("America/Argentina/Buenos_Aires"))
    page.get_by_test_id("goto-time").fill(goal.strftime("%H:%M:%S"))
    page.keyboard.press("Enter")
    page.wait_for_function("goal => Math.abs(sereno.playback.clock() - goal) < 1000", arg=ms_of(125))
