"""Puts observations that are over into the files of their days; only the analyst does. What is there stays as it is."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from sereno.analytics.days import schema
from sereno.analytics.days.plates import pairs_of
from sereno.analytics.days.trails import packed
from sereno.analytics.model import GroundMotion, Observation, PlateReading
from sereno.core.geometry import Box
from sereno.core.ids import FactId
from sereno.runtime.database import Database

_GROUND: TypeAdapter[GroundMotion] = TypeAdapter(GroundMotion)
_PLATE: TypeAdapter[tuple[float, Box]] = TypeAdapter(tuple[float, Box])
_OPEN_FILES = 2


class DayWriter:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[date, Database] = {}

    def write(self, rows: Sequence[tuple[Observation, FactId]]) -> None:
        """One transaction a day. An observation that is there already is left alone.

        Raises: AppError exhausted when the disk is full, unavailable when the file does not answer.
        """
        by_day: dict[date, list[tuple[Observation, FactId]]] = defaultdict(list)
        for row in rows:
            by_day[schema.day_of(row[0].first_at)].append(row)
        for day in sorted(by_day):
            with self._database(day).write() as connection:
                _insert(connection, by_day[day])

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def _database(self, day: date) -> Database:
        if day not in self._open:
            while len(self._open) >= _OPEN_FILES:
                self._open.pop(min(self._open)).close()
            path = schema.day_path(self._folder, day)
            if not path.exists():
                create_day(path)
            self._open[day] = Database(path)
        return self._open[day]


def create_day(path: Path) -> None:
    """Made beside and renamed, so that no reader finds it without its tables."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    database = Database(part)
    schema.day_metadata.create_all(database.engine)
    with database.write() as connection:
        connection.execute(insert(schema.about).values(id=1, schema_version=schema.DAY_VERSION))
    database.close()
    part.rename(path)


def read_plate(text: str, kept: str) -> PlateReading:
    confidence, box = _PLATE.validate_json(kept)
    return PlateReading(text, confidence, box)


def read_ground(kept: str) -> GroundMotion:
    return _GROUND.validate_json(kept)


def _insert(connection: Connection, rows: Sequence[tuple[Observation, FactId]]) -> None:
    numbers = _camera_numbers(connection, [observation.camera_id for observation, _ in rows])
    for observation, opened_by in rows:
        key = _free_key(connection, observation)
        if key is None:
            continue
        track = schema.track_row(observation, key, numbers[observation.camera_id])
        connection.execute(insert(schema.tracks), track)
        connection.execute(insert(schema.details), _detail_row(observation, opened_by, key))
        if observation.plate is not None:
            pairs = [{"pair": pair, "key": key} for pair in sorted(pairs_of(observation.plate.text))]
            if pairs:
                connection.execute(insert(schema.plate_pairs), pairs)
        _count(connection, track)


def _free_key(connection: Connection, observation: Observation) -> int | None:
    """None when the observation is there already."""
    t = schema.tracks.c
    if connection.execute(select(t.key).where(t.id == observation.id)).first() is not None:
        return None
    key = schema.key_of(observation.id, observation.first_at)
    while connection.execute(select(t.key).where(t.key == key)).first() is not None:
        key += 1
    return key


def _camera_numbers(connection: Connection, camera_ids: Sequence[str]) -> dict[str, int]:
    c = schema.cameras.c
    known = {row.camera_id: row.number for row in connection.execute(select(c.camera_id, c.number))}
    for camera_id in camera_ids:
        if camera_id not in known:
            last = connection.execute(select(func.coalesce(func.max(c.number), 0))).scalar_one()
            connection.execute(insert(schema.cameras).values(number=last + 1, camera_id=camera_id, n=0))
            known[camera_id] = last + 1
    return known


def _detail_row(observation: Observation, opened_by: FactId, key: int) -> dict[str, object]:
    plate, ground = observation.plate, observation.ground
    return {
        "key": key,
        "opened_by": opened_by,
        "best_score": observation.best_score,
        "plate": None if plate is None else _PLATE.dump_json((plate.confidence, plate.box)).decode(),
        "ground": None if ground is None else _GROUND.dump_json(ground).decode(),
        "trail": packed(observation.trail, observation.first_at),
    }


def _count(connection: Connection, track: dict[str, object]) -> None:
    look, camera = int(str(track["look"])), track["camera"]
    connection.execute(
        schema.cameras.update().where(schema.cameras.c.number == camera).values(n=schema.cameras.c.n + 1)
    )
    connection.execute(
        insert(schema.looks)
        .values(look=look, n=1)
        .on_conflict_do_update(index_elements=["look"], set_={"n": schema.looks.c.n + 1})
    )
