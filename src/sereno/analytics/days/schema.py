"""The tables of a day's file, and how a row of them stands for an observation.

``tracks`` is narrow, since it is what a search reads along; its key is the instant, so that the newest stand last in
the file and in every index. What only a found row needs stands in ``details``.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, String, Table

from sereno.analytics.days.signature import signature
from sereno.analytics.days.trails import cells
from sereno.analytics.model import Observation
from sereno.core.ids import ObservationId

DAY_VERSION = 1
KEY_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_KEY_BITS = 22
"""Below the milliseconds: as many random bits of the id, so that two of one millisecond have two keys."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LONG_STAY = timedelta(minutes=10)
"""Who is seen longer is looked for apart: a window of time then needs to reach back only so far for all others."""

day_metadata = MetaData()

about = Table(
    "about",
    day_metadata,
    Column("id", Integer, primary_key=True, comment="Always 1."),
    Column("schema_version", Integer, nullable=False),
)
cameras = Table(
    "cameras",
    day_metadata,
    Column("number", Integer, primary_key=True),
    Column("camera_id", String(64), nullable=False, unique=True),
    Column("n", Integer, nullable=False, comment="How many tracks of it the file holds."),
)
tracks = Table(
    "tracks",
    day_metadata,
    Column("key", Integer, primary_key=True, comment="Milliseconds of the first sighting since 2020, then 22 bits."),
    Column("id", String(26), nullable=False, unique=True),
    Column("camera", Integer, nullable=False, comment="Number in cameras."),
    Column("look", Integer, nullable=False, comment="Kind, colours and riders: see days/signature.py."),
    Column("stay_ms", Integer, nullable=False, comment="From the first sighting to the last."),
    Column("cells", Integer, nullable=False, comment="Where its feet were: 8 x 8 cells of the picture, a bit each."),
    Column("plate", String(16), nullable=True),
    Column("speed_mps", Float, nullable=True, comment="At its fastest."),
    Column("heading", Float, nullable=True, comment="Degrees from north, clockwise."),
)
Index("tracks_by_camera", *(tracks.c[name] for name in ("camera", "key", "look", "cells", "stay_ms")))
Index("tracks_by_look", *(tracks.c[name] for name in ("look", "key", "camera")))
Index("tracks_by_speed", tracks.c.speed_mps, sqlite_where=tracks.c.speed_mps.is_not(None))
Index("tracks_by_stay", tracks.c.stay_ms, sqlite_where=tracks.c.stay_ms >= LONG_STAY // timedelta(milliseconds=1))
details = Table(
    "details",
    day_metadata,
    Column("key", Integer, primary_key=True),
    Column("opened_by", String(26), nullable=False, comment="Id of the ObservationOpened fact."),
    Column("best_score", Float, nullable=False, comment="0..1."),
    Column("plate", String, nullable=True, comment="JSON: confidence and box."),
    Column("ground", String, nullable=True, comment="JSON."),
    Column("trail", LargeBinary, nullable=False, comment="12 bytes a point: see days/trails.py."),
)
plate_pairs = Table(
    "plate_pairs",
    day_metadata,
    Column("pair", String(2), primary_key=True, comment="Two neighbouring signs of a plate, confusable ones folded."),
    Column("key", Integer, primary_key=True),
    sqlite_with_rowid=False,
)
looks = Table(
    "looks",
    day_metadata,
    Column("look", Integer, primary_key=True),
    Column("n", Integer, nullable=False, comment="How many tracks of it the file holds."),
)


def day_of(at: datetime) -> date:
    return at.astimezone(UTC).date()


def day_path(folder: Path, day: date) -> Path:
    return folder / "days" / f"{day.isoformat()}.db"


def portraits_path(folder: Path, day: date) -> Path:
    return folder / "days" / f"{day.isoformat()}.portraits.db"


def day_in(path: Path) -> date | None:
    """The day of a day file's name; None for any other file, a day's portraits too."""
    try:
        return date.fromisoformat(path.stem) if path.suffix == ".db" else None
    except ValueError:
        return None


def key_at(at: datetime) -> int:
    """The least key of that millisecond."""
    return (at - KEY_EPOCH) // timedelta(milliseconds=1) << _KEY_BITS


def key_of(observation_id: ObservationId, first_at: datetime) -> int:
    low = 0
    for letter in observation_id[-5:]:
        low = low << 5 | max(0, _ALPHABET.find(letter))
    return key_at(first_at) | low & (1 << _KEY_BITS) - 1


def instant_of(key: int) -> datetime:
    return KEY_EPOCH + timedelta(milliseconds=key >> _KEY_BITS)


def track_row(observation: Observation, key: int, camera: int) -> dict[str, object]:
    ground, plate = observation.ground, observation.plate
    return {
        "key": key,
        "id": observation.id,
        "camera": camera,
        "look": signature(observation.kind, observation.description),
        "stay_ms": max(0, (observation.last_at - observation.first_at) // timedelta(milliseconds=1)),
        "cells": cells(observation.trail),
        "plate": plate.text if plate else None,
        "speed_mps": ground.speed_mps if ground else None,
        "heading": ground.heading if ground else None,
    }
