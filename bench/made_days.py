"""Day files as a town of a hundred cameras fills them, made fast: in columns, written without the analyst.

Half are persons, two fifths vehicles, colours as streets have them; a third of the vehicles have a plate that was read.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.days.plates import pairs_of
from sereno.analytics.days.schema import day_path, key_at
from sereno.analytics.days.signature import COLOURS, KINDS
from sereno.analytics.days.trails import cells, packed
from sereno.analytics.days.writer import create_day
from sereno.analytics.model import ObjectKind, TrailPoint
from sereno.core.geometry import Box
from sereno.core.ids import CameraId, new_id

CAMERAS = tuple(CameraId(f"camera-{number:03}") for number in range(100))
ROWS_A_DAY = 333_334
_TRAILS = 400
_POINTS = 24
_KIND_SHARES = {
    ObjectKind.PERSON: 0.5,
    ObjectKind.CAR: 0.26,
    ObjectKind.MOTORCYCLE: 0.09,
    ObjectKind.TRUCK: 0.05,
    ObjectKind.BUS: 0.02,
    ObjectKind.BICYCLE: 0.05,
    ObjectKind.DOG: 0.03,
}
_COLOUR_SHARES = (0.22, 0.20, 0.20, 0.08, 0.02, 0.02, 0.04, 0.13, 0.02, 0.02, 0.05)
_HOUR_SHARES = (1, 1, 1, 1, 1, 2, 4, 7, 8, 7, 6, 6, 7, 6, 5, 5, 6, 7, 8, 7, 5, 4, 3, 2)
_LETTERS, _FIGURES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
_INSERTS = {
    "tracks": "INSERT INTO tracks VALUES (?,?,?,?,?,?,?,?,?)",
    "details": "INSERT INTO details VALUES (?,'',0.8,?,NULL,?)",
    "pairs": "INSERT INTO plate_pairs VALUES (?,?)",
}


@dataclass(frozen=True, slots=True)
class DayColumns:
    """One day, sorted by ``keys``; every column has as many rows."""

    keys: Sequence[int]
    ids: Sequence[str]
    cameras: NDArray[np.int64]
    looks: NDArray[np.int64]
    stays_ms: NDArray[np.int64]
    trails: NDArray[np.int64]
    plates: Sequence[str | None]
    speeds: Sequence[float | None]
    headings: Sequence[float | None]


def made_day(day: date, rows: int, seed: int) -> DayColumns:
    draw = np.random.default_rng(seed)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    hours = draw.choice(24, rows, p=np.array(_HOUR_SHARES) / sum(_HOUR_SHARES))
    after_ms = np.sort(hours * 3_600_000 + draw.integers(0, 3_600_000, rows))
    keys = key_at(midnight) + (after_ms << 22) + draw.integers(0, 1 << 22, rows)
    kinds = draw.choice([KINDS.index(kind) + 1 for kind in _KIND_SHARES], rows, p=list(_KIND_SHARES.values()))
    looks = _looks(draw, kinds)
    vehicles = np.isin(kinds, [KINDS.index(kind) + 1 for kind in (ObjectKind.CAR, ObjectKind.TRUCK, ObjectKind.BUS)])
    plated, moving = vehicles & (draw.random(rows) < 0.33), draw.random(rows) < 0.6
    stays = np.where(draw.random(rows) < 0.01, draw.exponential(1_500, rows) + 600, draw.exponential(15, rows) + 1)
    speeds = np.where(vehicles, draw.normal(9, 4, rows), draw.normal(1.4, 0.4, rows)).clip(0, 40)
    stem = new_id(midnight)[:16]
    return DayColumns(
        keys=keys.tolist(),
        ids=[f"{stem}{number:010d}" for number in range(rows)],
        cameras=draw.integers(1, len(CAMERAS) + 1, rows),
        looks=looks,
        stays_ms=(stays * 1000).astype(np.int64),
        trails=draw.integers(0, _TRAILS, rows),
        plates=[_plate(draw) if has else None for has in plated],
        speeds=[float(v) if has else None for v, has in zip(speeds, moving, strict=True)],
        headings=[float(v) if has else None for v, has in zip(draw.uniform(0, 360, rows), moving, strict=True)],
    )


def write_day(folder: Path, day: date, made: DayColumns) -> None:
    path = day_path(folder, day)
    create_day(path)
    trails = made_trails()
    touched = [cells(trail) for trail in trails]
    began = trails[0][0].at
    bodies = [packed(trail, began) for trail in trails]
    box = '[0.9,{"left":0.1,"top":0.1,"right":0.2,"bottom":0.2}]'
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {setting}")
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        connection.execute("BEGIN")
        rows = zip(
            made.keys,
            made.ids,
            made.cameras.tolist(),
            made.looks.tolist(),
            made.stays_ms.tolist(),
            (touched[number] for number in made.trails.tolist()),
            made.plates,
            made.speeds,
            made.headings,
            strict=True,
        )
        connection.executemany(_INSERTS["tracks"], rows)
        plated = (None if plate is None else box for plate in made.plates)
        bodied = (bodies[number] for number in made.trails.tolist())
        connection.executemany(_INSERTS["details"], zip(made.keys, plated, bodied, strict=True))
        pairs = sorted(
            (pair, key) for key, plate in zip(made.keys, made.plates, strict=True) if plate for pair in pairs_of(plate)
        )
        connection.executemany(_INSERTS["pairs"], pairs)
        counts = np.bincount(made.cameras, minlength=len(CAMERAS) + 1)
        cameras = [(number, camera, int(counts[number])) for number, camera in enumerate(CAMERAS, start=1)]
        connection.executemany("INSERT INTO cameras VALUES (?,?,?)", cameras)
        looks = zip(*(column.tolist() for column in np.unique(made.looks, return_counts=True)), strict=True)
        connection.executemany("INSERT INTO looks VALUES (?,?)", looks)
        connection.execute("COMMIT")
        for _, sql in indexes:
            connection.execute(sql)
        connection.execute("PRAGMA journal_mode = WAL")


def made_trails() -> list[tuple[TrailPoint, ...]]:
    """Straight walks over a part of the picture; the same every time."""
    draw = np.random.default_rng(3)
    began = datetime(2026, 1, 1, tzinfo=UTC)
    found = []
    for start, step in zip(draw.uniform(0.05, 0.95, (_TRAILS, 2)), draw.normal(0, 0.25, (_TRAILS, 2)), strict=True):
        points = []
        for number in range(_POINTS):
            x, y = np.clip(start + step * number / (_POINTS - 1), 0.02, 0.98).tolist()
            points.append(TrailPoint(began + timedelta(seconds=0.5 * number), Box(x - 0.02, y - 0.1, x + 0.02, y)))
        found.append(tuple(points))
    return found


def _looks(draw: np.random.Generator, kinds: NDArray[np.int64]) -> NDArray[np.int64]:
    rows = len(kinds)
    colours = [draw.choice(len(COLOURS), rows, p=_COLOUR_SHARES) + 1 for _ in range(2)]
    told = draw.random(rows) < 0.85
    person = kinds == KINDS.index(ObjectKind.PERSON) + 1
    wheels = np.isin(kinds, [KINDS.index(kind) + 1 for kind in (ObjectKind.MOTORCYCLE, ObjectKind.BICYCLE)])
    riders = np.where(wheels, draw.choice(3, rows, p=(0.1, 0.75, 0.15)), 0)
    look = np.where(person, colours[0] << 11 | colours[1] << 7, colours[0] << 3)
    return kinds << 15 | np.where(told, look, 0) | riders


def _plate(draw: np.random.Generator) -> str:
    """Of Argentina: AB123CD."""
    numbers = draw.integers(0, 260, 7).tolist()
    letters = [_LETTERS[number % 26] for number in numbers]
    figures = [_FIGURES[number % 10] for number in numbers]
    return "".join((*letters[:2], *figures[2:5], *letters[5:]))
