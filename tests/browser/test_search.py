"""A person looks for a car in a real Chromium: by words, by arrow keys, to its recording, its journey; mistakes."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from bench.chromium import CHROMIUM, chromium
from bench.made_archive import MadeSpan, moving_clip, read_footage
from bench.made_centre import MadeCentre, prepare_centre, running, sign_in
from sereno.access.model import system_access
from sereno.analytics.appearance.portrait import Portrait
from sereno.analytics.camera_watch import closing as closing_fact
from sereno.analytics.events import ObservationOpened
from sereno.analytics.model import Colour, Description, ObjectKind, Observation, PlateReading, TrailPoint
from sereno.analytics.store import AnalystStore, analyst_fact_log
from sereno.cameras.model import View
from sereno.cameras.service import CameraEdit
from sereno.core.geography import Position
from sereno.core.geometry import Box
from sereno.core.ids import CameraId, FactId, ObservationId, new_id
from sereno.main.centre import open_centre
from sereno.main.facts import ANALYST_FACTS
from sereno.main.home import Home
from sereno.runtime.settings import load_settings

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed")]

BEGAN = (datetime.now(UTC) - timedelta(minutes=30)).replace(microsecond=0)
PLATE = "AB123CD"
NEARER_S = 4
"""After its first instant each is largest: the one to look at."""
ELSEWHERE = View(position=Position(-34.6, -58.4).offset(600, 0), bearing_deg=90, field_of_view_deg=70, range_m=60)


def seen(camera: str, kind: ObjectKind, seconds: float, *, plate: str = "") -> Observation:
    at = BEGAN + timedelta(seconds=seconds)
    boxes = (Box(0.1, 0.4, 0.2, 0.5), Box(0.3, 0.4, 0.6, 0.7), Box(0.8, 0.4, 0.9, 0.5))
    trail = tuple(TrailPoint(at + timedelta(seconds=NEARER_S * n), box) for n, box in enumerate(boxes))
    is_car = kind is ObjectKind.CAR
    return Observation(
        id=ObservationId(new_id(at)),
        camera_id=CameraId(camera),
        kind=kind,
        first_at=at,
        last_at=trail[-1].at,
        best_score=0.8,
        trail=trail,
        plate=PlateReading(plate, 0.97, boxes[1]) if plate else None,
        description=Description(body=Colour.RED) if is_car else Description(upper=Colour.BLUE),
        closed=True,
    )


NORTE = seen("norte", ObjectKind.CAR, 60, plate=PLATE)
SUR = seen("sur", ObjectKind.CAR, 180, plate=PLATE)
OTHER = seen("sur", ObjectKind.CAR, 300)
SEEN = (NORTE, SUR, seen("norte", ObjectKind.PERSON, 240), OTHER)


def portrait(observation: Observation) -> Portrait:
    """A drawn thing: a box on wheels, or a stroke."""
    picture = Image.new("RGB", (96, 64), "#445")
    drawing = ImageDraw.Draw(picture)
    if observation.kind is ObjectKind.CAR:
        drawing.rectangle((10, 20, 86, 46), fill="red")
        drawing.ellipse((20, 40, 36, 56), fill="black")
        drawing.ellipse((60, 40, 76, 56), fill="black")
    else:
        drawing.rectangle((40, 8, 56, 58), fill="blue")
    content = BytesIO()
    picture.save(content, "JPEG")
    nearest = observation.trail[1]
    return Portrait(
        observation_id=observation.id,
        camera_id=observation.camera_id,
        kind=observation.kind,
        at=nearest.at,
        box=nearest.box,
        jpeg=content.getvalue(),
        width=96,
        height=64,
    )


def keep(home: Path) -> None:
    """What an analyst would have written."""
    folder = Home(home).analyst_folder(0)
    folder.mkdir(parents=True, exist_ok=True)
    with closing(AnalystStore(folder / "analyst.db", analyst_fact_log(ANALYST_FACTS))) as store:
        for each in SEEN:
            opened = ObservationOpened(id=FactId(new_id(each.first_at)), at=each.first_at, observation=each)
            store.save([(each, opened.id)], [opened, closing_fact(each, opened.id, each.last_at)])
        store.settle()
        store.keep_portraits([portrait(each) for each in SEEN])


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeCentre]:
    """``norte`` and ``sur``, 600 m apart, have recorded ten minutes; a red car passed the one and then the other."""
    folder = tmp_path_factory.mktemp("search")
    footage = read_footage(moving_clip(folder / "clip.mp4", seconds=4, size="320x180"))
    made = prepare_centre(folder, footage, [MadeSpan("norte", BEGAN, 10), MadeSpan("sur", BEGAN, 10)])
    with closing(open_centre(load_settings(made.settings))) as centre:
        centre.cameras.edit(system_access("test"), CameraId("sur"), CameraEdit(view=ELSEWHERE))
    keep(made.home)
    with running(made):
        yield made


@pytest.fixture(scope="module")
def page(centre: MadeCentre) -> Iterator[Page]:
    with chromium(webgl=False) as browser:
        page = browser.new_page(viewport={"width": 1500, "height": 900}, locale="es-AR", timezone_id="Europe/Madrid")
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        sign_in(page, centre)
        page.keyboard.press("B")
        page.get_by_test_id("search").wait_for()
        yield page


def chosen(page: Page) -> Locator:
    return page.locator("[data-testid=found][aria-pressed=true]")


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_nothing_is_searched_without_a_purpose(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_test_id("search-words").fill("autos rojos xyzzy")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("search-go")).to_be_disabled()
    expect(page.get_by_test_id("search-status")).to_contain_text("Diga primero para qué busca")
    assert not any("/api/search" in url for url in asked)
    page.get_by_test_id("search-purpose").locator("select").first.select_option("monitoring")
    page.get_by_test_id("search-reason").fill("Pedido de la fiscalía")
    expect(page.get_by_test_id("search-go")).to_be_enabled()


def test_spanish_words_are_understood_and_the_others_shown(page: Page) -> None:
    page.get_by_test_id("search-words").press("Enter")
    expect(page.get_by_test_id("found")).to_have_count(3)
    expect(page.get_by_test_id("search-unknown")).to_have_text(["No se entendió: xyzzy"])
    understood = page.get_by_test_id("search-understood")
    expect(understood).to_contain_text("autos → Auto")
    expect(understood).to_contain_text("rojos → rojo", ignore_case=True)
    expect(chosen(page)).to_have_attribute("data-id", OTHER.id)
    drawn = "() => [...document.querySelectorAll('[data-testid=found] img')].map(one => one.naturalWidth)"
    page.wait_for_function(f"({drawn})().every(width => width > 0)")
    assert page.evaluate(drawn) == [96, 96, 96]


def test_the_arrows_choose_and_enter_plays_the_instant(page: Page) -> None:
    page.keyboard.press("ArrowRight")
    expect(chosen(page)).to_have_attribute("data-id", SUR.id)
    expect(page.get_by_test_id("search-chosen")).to_contain_text(PLATE)
    page.keyboard.press("Enter")
    at = stamp(SUR.first_at + timedelta(seconds=NEARER_S))
    page.wait_for_url(f"**/playback?cameras=sur&at={at}")
    expect(page.get_by_test_id("playback-tile-sur")).to_have_attribute("data-state", "shown")
    page.go_back()
    expect(chosen(page)).to_have_attribute("data-id", SUR.id)


def test_a_plate_has_a_journey(page: Page) -> None:
    page.keyboard.press("y")
    steps = page.get_by_test_id("journey").locator("li").filter(has=page.locator("button"))
    expect(steps).to_have_count(2)
    expect(steps.first).to_contain_text("Norte")
    expect(steps.last).to_contain_text("Sur")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("found")).to_have_count(3)


def refused(page: Page) -> Locator:
    page.get_by_test_id("search-go").click()
    return page.get_by_test_id("search").get_by_role("alert")


def test_a_mistake_is_told_and_what_was_typed_stays(page: Page) -> None:
    plate = page.get_by_test_id("search-plate")
    plate.fill("***")
    plate.press("Tab")
    expect(refused(page)).to_contain_text("Con tan pocos signos")
    expect(plate).to_have_value("***")
    plate.fill("")
    plate.press("Tab")
    began, ended = page.get_by_test_id("search-began"), page.get_by_test_id("search-ended")
    for field, typed in ((began, "2026-03-02T10:00"), (ended, "2026-03-01T10:00")):
        field.fill(typed)
        field.press("Tab")
    expect(refused(page)).to_contain_text("El final es anterior al comienzo")
    expect(began).to_have_value("2026-03-02T10:00")
    expect(ended).to_have_value("2026-03-01T10:00")
    expect(page.get_by_test_id("search-words")).to_have_value("autos rojos xyzzy")
