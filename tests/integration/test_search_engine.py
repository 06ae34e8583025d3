"""Search over real day files, held against asking every observation one by one."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sereno.analytics.days.schema import day_path, key_of
from sereno.analytics.days.writer import DayWriter
from sereno.analytics.model import Colour, ObjectKind, Observation
from sereno.analytics.search.cursor import Place
from sereno.analytics.search.engine import Hunt, hits
from sereno.analytics.search.matching import fits, moment
from sereno.analytics.search.model import Across, DayHours, DrawnLine, DrawnZone, Heading, Query
from sereno.analytics.search.plate_pattern import plate_pattern
from sereno.analytics.search.rows import find_observation
from sereno.analytics.search.shelf import Shelf
from sereno.analytics.search.spans import Span, spans_of
from sereno.analytics.search.statements import Asked
from sereno.core.geometry import Line, Point, Zone
from tests.search_rows import CAMERAS, opened, some_observations

pytestmark = pytest.mark.integration

BEGAN = datetime(2026, 3, 1, 6, tzinfo=UTC)
KEPT = Span(BEGAN - timedelta(days=1), BEGAN + timedelta(days=5))
ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
SQUARE = Zone((Point(0.4, 0.4), Point(0.7, 0.45), Point(0.6, 0.8)))
QUERIES = {
    "everything": Query(),
    "kind": Query(kinds=(ObjectKind.PERSON, ObjectKind.DOG)),
    "rare look": Query(kinds=(ObjectKind.MOTORCYCLE,), body=(Colour.RED,), riders_least=2),
    "clothing": Query(kinds=(ObjectKind.PERSON,), upper=(Colour.BLUE,), lower=(Colour.BLACK, Colour.GREY)),
    "any colour": Query(colours=(Colour.PINK,)),
    "riders": Query(riders_most=1),
    "camera": Query(cameras=(CAMERAS[1],)),
    "cameras and kind": Query(cameras=CAMERAS[2:4], kinds=(ObjectKind.CAR,)),
    "plate part": Query(plate="AB"),
    "plate end": Query(plate="O2$"),
    "plate with gaps": Query(plate="A*1?2*"),
    "window": Query(began=BEGAN + timedelta(hours=20), ended=BEGAN + timedelta(hours=21)),
    "evenings": Query(hours=(DayHours(began=time(22), ended=time(1)),)),
    "sundays": Query(weekdays=(6,), kinds=(ObjectKind.CAR,)),
    "zone": Query(zone=DrawnZone(camera_id=CAMERAS[0], zone=SQUARE)),
    "stay in a zone": Query(zone=DrawnZone(camera_id=CAMERAS[0], zone=SQUARE), stay_least_s=5),
    "line": Query(
        line=DrawnLine(
            camera_id=CAMERAS[3], line=Line(Point(0.1, 0.5), Point(0.9, 0.6)), direction=Across.LEFT_TO_RIGHT
        )
    ),
    "long stay": Query(stay_least_s=1800),
    "short stay": Query(stay_most_s=3),
    "fast": Query(speed_least_mps=25),
    "slow": Query(speed_most_mps=3, kinds=(ObjectKind.CAR,)),
    "northwards": Query(heading=Heading(degrees=350, tolerance_deg=20)),
}


@pytest.fixture(scope="module")
def seen() -> list[Observation]:
    return some_observations(BEGAN, 60, 1500)


@pytest.fixture(scope="module")
def folders(seen: list[Observation], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two analysts' folders, with four days."""
    found = [tmp_path_factory.mktemp("analyst") for _ in range(2)]
    for number, folder in enumerate(found):
        writer = DayWriter(folder)
        writer.write(opened(seen[number::2]))
        writer.close()
    return found


@pytest.fixture
def shelf(folders: list[Path]) -> Iterator[Shelf]:
    shelf = Shelf(lambda: folders)
    yield shelf
    shelf.close()


def hunt_of(query: Query, after: Place | None = None, wanted: int = 50) -> Hunt:
    drawn = query.zone or query.line
    cameras = frozenset((drawn.camera_id,) if drawn else query.cameras or CAMERAS)
    pattern = plate_pattern(query.plate) if query.plate else None
    return Hunt(Asked.of(query, pattern), spans_of(query, KEPT, ZONE), cameras, after, wanted, lambda: False)


def asked_one_by_one(query: Query, seen: list[Observation]) -> list[str]:
    hunt = hunt_of(query)
    answers = [
        each
        for each in seen
        if each.camera_id in hunt.cameras
        and fits(query, each, hunt.spans, hunt.asked.pattern)
        and moment(query, each.trail) is not None
    ]
    return [each.id for each in sorted(answers, key=lambda e: (key_of(e.id, e.first_at), e.id), reverse=True)]


@pytest.mark.parametrize("name", QUERIES)
def test_search_finds_what_asking_each_one_finds(name: str, seen: list[Observation], shelf: Shelf) -> None:
    query = QUERIES[name]
    expected = asked_one_by_one(query, seen)
    assert expected
    assert [hit.found.id for hit in hits(hunt_of(query), shelf, ())] == expected


def test_what_comes_back_is_what_was_seen(seen: list[Observation], shelf: Shelf) -> None:
    back: dict[str, Observation | None] = {}
    for _, files in shelf.days():
        for file in files:
            with file.read(lambda: False) as connection:
                cameras = file.figures(connection).cameras
                back |= {
                    each.id: find_observation(connection, each.id, cameras) for each in seen if each.id not in back
                }
                back = {id_: found for id_, found in back.items() if found is not None}
    assert [back[each.id] for each in seen] == seen


def test_the_instant_to_look_at_is_the_same_from_either_form(seen: list[Observation], shelf: Shelf) -> None:
    query = Query()
    shown = {hit.found.id: (hit.found.at, hit.found.box) for hit in hits(hunt_of(query), shelf, ())}
    wanted = {each.id: moment(query, each.trail) for each in seen}
    assert shown == {id_: (found.at, found.box) for id_, found in wanted.items() if found is not None}


def test_conditions_drawn_at_random_agree_too(seen: list[Observation], shelf: Shelf) -> None:
    draw = random.Random(7)
    parts = list(QUERIES.values())
    for _ in range(25):
        one, other = draw.sample(parts, 2)
        changes = {name: getattr(other, name) for name in Query.__slots__ if getattr(other, name) not in ((), None, "")}
        query = replace(one, **changes)
        if query.zone and query.line:
            continue
        assert [hit.found.id for hit in hits(hunt_of(query), shelf, ())] == asked_one_by_one(query, seen), query


def test_pages_join_without_gap_or_repeat_while_new_ones_come(seen: list[Observation], shelf: Shelf) -> None:
    query, pages, after = QUERIES["kind"], list[str](), None
    while True:
        found = hits(hunt_of(query, after, 37), shelf, ())
        page = [hit for hit, _ in zip(found, range(37), strict=False)]
        pages += [hit.found.id for hit in page]
        if len(page) < 37:
            break
        after = Place.read(page[-1].place.written())
    assert pages == asked_one_by_one(query, seen)


def test_what_goes_on_now_is_found_among_the_rest(seen: list[Observation], shelf: Shelf) -> None:
    late = [replace(each, closed=False) for each in some_observations(BEGAN + timedelta(hours=59), 1, 5, seed=3)]
    found = [hit.found.id for hit in hits(hunt_of(Query()), shelf, late)]
    assert found == asked_one_by_one(Query(), seen + late)


def test_a_damaged_day_says_so_and_the_others_answer(folders: list[Path], tmp_path: Path) -> None:
    days = tmp_path / "days"
    days.mkdir()
    for path in (folders[0] / "days").glob("*.db"):
        (days / path.name).write_bytes(path.read_bytes())
    broken = day_path(tmp_path, (BEGAN + timedelta(days=1)).date())
    broken.write_bytes(broken.read_bytes()[:4096] + bytes(60_000))
    shelf = Shelf(lambda: [tmp_path])
    hunt = hunt_of(Query())
    found_days = {hit.found.first_at.date() for hit in hits(hunt, shelf, ())}
    shelf.close()
    assert [fault.day for fault in hunt.faults] == ["2026-03-02"]
    assert {day.day for day in found_days} == {1, 3}
