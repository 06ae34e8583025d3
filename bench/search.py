"""Search: pages of fifty over day files of a hundred cameras, at a million, three and ten million rows, and who looks
alike among up to a million vectors.

The mix holds what operators ask: by look, plate, camera, drawn zone and line, evenings, speed and stay, dense and rare,
over all days. The peer is one plain SQLite table of the same rows with an index on time. Both run with a warm cache of
files, as they lie on a machine that is in use; ``SERENO_BENCH_ROWS`` names a folder in which the made days are kept.
"""

import os
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from bench.figures import Figure
from bench.made_days import CAMERAS, ROWS_A_DAY, made_day, write_day
from bench.made_looks import MadeLooks
from sereno.analytics.days.schema import day_path
from sereno.analytics.model import Colour, ObjectKind
from sereno.analytics.search.desk import SearchDesk
from sereno.analytics.search.flat import FlatVectors
from sereno.analytics.search.model import DayHours, DrawnLine, DrawnZone, Query
from sereno.analytics.search.service import Asking, Searches
from sereno.cameras.model import Camera, PlaceKind, View
from sereno.core.clock import ManualClock
from sereno.core.errors import AppError
from sereno.core.geography import Position
from sereno.core.geometry import Line, Point, Zone
from sereno.core.ids import CameraId
from sereno.main.home import Home
from sereno.main.schema import migrate
from sereno.main.workplace import open_workplace
from sereno.runtime.database import Database

LAST = date(2026, 3, 30)
NOW = datetime(2026, 3, 31, 0, 30, tzinfo=UTC)
SIZES = {"1m": 3, "3m": 9, "10m": 30}
"""Days of a third of a million."""
EACH = 12
VECTORS = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
SOUGHT, TOP = 100, 50
_AT_ONCE = 5_000


def run(quick: bool) -> Sequence[Figure]:
    sizes = {"1m": 3} if quick else SIZES
    figures: list[Figure] = []
    with rows_folder() as folder:
        for name, days in sizes.items():
            make_days(folder, days)
            _warm(folder)
            slow = timed_queries(folder, days)
            figures += [
                Figure(
                    key=f"query_p95_{name}",
                    value=_share(slow, 0.95),
                    unit="ms",
                    goal=100.0,
                    bound="at_most",
                    peer="one SQLite table, index on time",
                    peer_value=_share(peer_times(folder, days), 0.95),
                ),
                Figure(key=f"query_median_{name}", value=_share(slow, 0.5), unit="ms"),
                Figure(key=f"query_slowest_{name}", value=max(slow), unit="ms"),
            ]
        size = sum(path.stat().st_size for path in (folder / "days").glob("*.db")) / (max(sizes.values()) * ROWS_A_DAY)
        figures.append(Figure(key="bytes_a_row", value=size, unit="B"))
    for name, count in ({"10k": 10_000, "100k": 100_000} if quick else VECTORS).items():
        figures += vector_figures(name, count)
    return figures


def _warm(folder: Path) -> None:
    """Read every day once: what lies on a cold disk can take longer than a search may."""
    for path in (folder / "days").glob("*.db"):
        with path.open("rb") as file:
            while file.read(1 << 24):
                pass


@contextmanager
def rows_folder() -> Iterator[Path]:
    kept = os.environ.get("SERENO_BENCH_ROWS")
    folder = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="sereno-search-"))
    try:
        yield folder
    finally:
        if not kept:
            shutil.rmtree(folder)


def make_days(folder: Path, days: int) -> None:
    for ago in range(days):
        day = LAST - timedelta(days=ago)
        if not day_path(folder, day).exists():
            write_day(folder, day, made_day(day, ROWS_A_DAY, day.toordinal()))


def timed_queries(folder: Path, days: int) -> list[float]:
    """Milliseconds of each query's first page, the folder having been read once before."""
    with tempfile.TemporaryDirectory() as home_folder:
        home = Home(Path(home_folder))
        home.prepare()
        with closing(Database(home.database)) as database:
            migrate(database)
        workplace = open_workplace(home)
        asked = [query for kind in mix(days) for query in kind]
        random.Random(1).shuffle(asked)
        seen = {camera_id: _camera(camera_id) for camera_id in CAMERAS}
        clock = _PacedClock(NOW)
        searches = Searches(
            SearchDesk(workplace, lambda *_: None), lambda: [_view(folder, days)], ZoneInfo("UTC"), clock
        )
        with closing(searches):
            answer = partial(_answered, searches, seen)
            for query in asked[:20]:
                answer(query)
            times = [_timed(partial(answer, query)) for query in asked]
        workplace.database.close()
    return times


def _answered(searches: Searches, seen: dict[CameraId, Camera], query: Query) -> None:
    """A search that runs out of its time counts with all that it took."""
    try:
        searches.page(query, seen, Asking())
    except AppError as error:
        if error.code != "search_too_wide":
            raise


def mix(days: int) -> list[list[Query]]:
    """``EACH`` queries of each kind, with other values each."""
    draw = random.Random(7)
    people, wheels = (ObjectKind.PERSON,), (ObjectKind.MOTORCYCLE,)
    colours = list(Colour)
    began = datetime.combine(LAST - timedelta(days=days - 1), clock_time(), UTC)

    def window(hours: float) -> tuple[datetime, datetime]:
        start = began + timedelta(hours=draw.uniform(0, 24 * days - hours))
        return start, start + timedelta(hours=hours)

    def one() -> list[Query]:
        hour, evening = window(1), (DayHours(began=clock_time(22), ended=clock_time(23)),)
        camera, few = draw.choice(CAMERAS), tuple(draw.sample(CAMERAS, 5))
        zone = DrawnZone(camera_id=camera, zone=_zone(draw))
        line = DrawnLine(camera_id=camera, line=Line(Point(0.1, draw.random()), Point(0.9, draw.random())))
        letters = "".join(draw.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(2))
        return [
            Query(),
            Query(kinds=(ObjectKind.CAR, ObjectKind.TRUCK), body=(draw.choice(colours),)),
            Query(kinds=wheels, body=(draw.choice(colours),), riders_least=2),
            Query(kinds=wheels, body=(Colour.RED,), riders_least=2, cameras=few, hours=evening),
            Query(kinds=people, upper=(draw.choice(colours),), lower=(draw.choice(colours),)),
            Query(kinds=people, colours=(Colour.PINK,), cameras=(camera,)),
            Query(plate=f"{draw.randint(10, 99)}$"),
            Query(plate=f"^{letters}{draw.randint(100, 999)}"),
            Query(plate=f"{letters}*{draw.randint(1, 9)}?{draw.choice('ABCDEF')}"),
            Query(cameras=(camera,), began=hour[0], ended=hour[1]),
            Query(kinds=people, began=hour[0], ended=hour[1]),
            Query(zone=zone),
            Query(zone=zone, kinds=people, stay_least_s=8),
            Query(line=line, kinds=(ObjectKind.CAR,)),
            Query(speed_least_mps=20, cameras=few),
            Query(speed_least_mps=22),
            Query(stay_least_s=3600),
            Query(stay_least_s=1800, cameras=(camera,), kinds=people),
        ]

    return [list(kind) for kind in zip(*(one() for _ in range(EACH)), strict=True)]


def peer_times(folder: Path, days: int) -> list[float]:
    """The part of the mix that plain SQL can say, newest fifty first, from one table."""
    path = folder / f"peer-{days}.db"
    if not path.exists():
        _make_peer(path, folder, days)
    camera, rows = 17, list[float]()
    conditions = (
        "1",
        "look >> 15 IN (3, 6) AND (look >> 3 & 15) = 4",
        "look >> 15 = 4 AND (look >> 3 & 15) = 10 AND (look & 7) >= 2",
        "look >> 15 = 1 AND (look >> 11 & 15) = 8 AND (look >> 7 & 15) = 9",
        "plate LIKE '%47'",
        "plate LIKE 'AB123%'",
        f"camera = {camera} AND (cells & 17179869184) <> 0",
        "speed_mps >= 22",
        "stay_ms >= 3600000",
    )
    with closing(sqlite3.connect(path)) as connection:
        for _ in range(2):  # the first round warms
            rows = [_timed(partial(_first_fifty, connection, condition)) for condition in conditions]
    return rows


def _first_fifty(connection: sqlite3.Connection, condition: str) -> object:
    return connection.execute(f"SELECT * FROM seen WHERE {condition} ORDER BY at_ms DESC LIMIT 50").fetchall()  # noqa: S608


def _make_peer(path: Path, folder: Path, days: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute(
            "CREATE TABLE seen (id, camera, at_ms INTEGER, look, stay_ms, cells, plate, speed_mps, heading)"
        )
        for ago in reversed(range(days)):
            connection.execute("ATTACH ? AS day", (str(day_path(folder, LAST - timedelta(days=ago))),))
            connection.execute(
                "INSERT INTO seen SELECT id, camera, key >> 22, look, stay_ms, cells, plate, speed_mps, heading"
                " FROM day.tracks ORDER BY key"
            )
            connection.execute("DETACH day")
        connection.execute("CREATE INDEX seen_at ON seen (at_ms)")


def vector_figures(name: str, count: int) -> list[Figure]:
    """Taken in by five thousand, as control reads them; held against comparing every one."""
    draw = np.random.default_rng(5)
    town = MadeLooks(max(1, count // 8), draw)
    rows = np.empty((count, town.dimension), np.float32)
    for start in range(0, count, _AT_ONCE):
        rows[start : start + _AT_ONCE] = town.seen(draw.integers(0, town.things, min(_AT_ONCE, count - start)))
    held = FlatVectors(town.dimension)
    began_s = time.perf_counter()
    for start in range(0, count, _AT_ONCE):
        held.append(rows[start : start + _AT_ONCE])
    taken_s = time.perf_counter() - began_s
    sought = town.seen(draw.integers(0, town.things, SOUGHT))
    allowed = np.ones(count, np.bool_)
    held.nearest(sought[0], TOP, allowed)
    times = [_timed(partial(held.nearest, each, TOP, allowed)) for each in sought]
    truth = np.argpartition(-(sought @ rows.T), TOP, axis=1)[:, :TOP]
    found = [held.nearest(each, TOP, allowed)[0] for each in sought]
    recall = [len(np.intersect1d(one, other)) / TOP for one, other in zip(found, truth, strict=True)]
    forgotten = partial(held.keep, np.arange(count // 1000, count))
    goal = 20.0 if count == 1_000_000 else None
    return [
        Figure(key=f"vectors_p95_{name}", value=_share(times, 0.95), unit="ms", goal=goal, bound="at_most"),
        Figure(key=f"vectors_median_{name}", value=_share(times, 0.5), unit="ms"),
        Figure(key=f"vectors_recall_{name}", value=float(np.mean(recall)), unit="share", goal=0.98, bound="at_least"),
        Figure(key=f"vectors_taken_in_{name}", value=taken_s, unit="s"),
        Figure(key=f"vectors_forget_{name}", value=_timed(forgotten), unit="ms"),
    ]


class _PacedClock(ManualClock):
    """Its day is that of the made rows; its seconds are real, since a search ends by them."""

    def monotonic_s(self) -> float:
        return time.perf_counter()


def _view(folder: Path, days: int) -> Path:
    """A folder with only so many of the made days."""
    view = folder / f"view-{days}"
    (view / "days").mkdir(parents=True, exist_ok=True)
    for ago in range(days):
        link, path = (day_path(each, LAST - timedelta(days=ago)) for each in (view, folder))
        if not link.exists():
            os.link(path, link)
    return view


def _zone(draw: random.Random) -> Zone:
    x, y, size = draw.uniform(0.05, 0.75), draw.uniform(0.05, 0.75), draw.uniform(0.05, 0.2)
    return Zone((Point(x, y), Point(x + size, y), Point(x + size, y + size), Point(x, y + size)))


def _camera(camera_id: CameraId) -> Camera:
    view = View(position=Position(-34.6, -58.4), bearing_deg=0, field_of_view_deg=70, range_m=60)
    return Camera(id=camera_id, name=camera_id, place=PlaceKind.AVENUE, group="a", owner="a", view=view, main_url="")


def _timed(act: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    act()
    return (time.perf_counter() - began_s) * 1000


def _share(values: Sequence[float], share: float) -> float:
    return float(np.quantile(values, share))
