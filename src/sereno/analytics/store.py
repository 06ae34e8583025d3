"""The analyst's own database: what is open, and the facts that others follow. Only the analyst writes it.

What is over is settled: moved into the file of its day (``days/``), which is where search reads and age deletes. A
crash between the two leaves it in both for a moment, and the next settling takes it away here.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import Boolean, Column, Float, Index, Integer, MetaData, String, Table, select
from sqlalchemy.dialects.sqlite import insert

from sereno.analytics.appearance.portrait import Portrait
from sereno.analytics.days.keeping import drop_days
from sereno.analytics.days.portraits import write_portraits
from sereno.analytics.days.vectors import VectorFile
from sereno.analytics.days.writer import DayWriter
from sereno.analytics.model import Observation
from sereno.core.errors import conflict
from sereno.core.facts import Fact
from sereno.core.ids import CameraId, FactId, ObservationId
from sereno.runtime.database import Database
from sereno.runtime.fact_log import FactCodec, FactLog, fact_table

SCHEMA_VERSION = 1
SETTLED_AT_ONCE = 500
_MOST_UNSETTLED = 2_000
analyst_metadata = MetaData()

_observations = Table(
    "observations",
    analyst_metadata,
    Column("id", String(26), primary_key=True),
    Column("opened_by", String(26), nullable=False, comment="Id of the ObservationOpened fact."),
    Column("camera_id", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("first_at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("last_at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("best_score", Float, nullable=False, comment="0..1."),
    Column("plate", String(16), nullable=True),
    Column("closed", Boolean, nullable=False, index=True),
    Column("body", String, nullable=False, comment="The whole observation as JSON; boxes in fractions of the picture."),
)
Index("observations_by_time", _observations.c.camera_id, _observations.c.first_at)
_about = Table(
    "about",
    analyst_metadata,
    Column("id", Integer, primary_key=True, comment="Always 1."),
    Column("schema_version", Integer, nullable=False),
)
_facts = fact_table(analyst_metadata)
_OBSERVATION = TypeAdapter(Observation)


def analyst_fact_log(types: Iterable[type[Fact]]) -> FactLog:
    """The analyst's fact log, for the analyst itself and for who tails ``analyst.db`` read-only."""
    return FactLog(_facts, FactCodec(types))


class AnalystStore:
    """Rows and facts of one batch are kept together or not at all."""

    def __init__(self, path: Path, facts: FactLog) -> None:
        """Raises: AppError conflict when a newer program wrote the database."""
        if not path.exists():
            _create(path)
        self._database = Database(path)
        self._folder = path.parent
        self._days = DayWriter(path.parent)
        self._vectors = VectorFile(path.parent)
        self._facts = facts
        with self._database.read() as connection:
            version = connection.execute(select(_about.c.schema_version)).scalar_one()
        if version > SCHEMA_VERSION:
            self._database.close()
            raise conflict(
                "database_newer",
                f"{path} was written by a newer Sereno (schema {version}, this one knows {SCHEMA_VERSION}).",
                "Start the newer program, or name another home folder.",
            )

    def save(self, rows: Sequence[tuple[Observation, FactId]], facts: Sequence[Fact]) -> None:
        """One transaction. Each row comes with the fact that opened it; a later row of an observation replaces it."""
        with self._database.write() as connection:
            for observation, opened_by in rows:
                values = _values(observation, opened_by)
                connection.execute(
                    insert(_observations).values(values).on_conflict_do_update(index_elements=["id"], set_=values)
                )
            self._facts.append(connection, *facts)

    def unclosed(self) -> list[tuple[Observation, FactId]]:
        """Observations that a crash left open, with the facts that opened them."""
        o = _observations.c
        with self._database.read() as connection:
            rows = connection.execute(select(o.body, o.opened_by).where(o.closed.is_(False)).order_by(o.id))
            return [(_OBSERVATION.validate_json(row.body), FactId(row.opened_by)) for row in rows]

    def find(self, observation_id: ObservationId) -> Observation | None:
        """One that is open, or not settled yet."""
        with self._database.read() as connection:
            body = connection.execute(
                select(_observations.c.body).where(_observations.c.id == observation_id)
            ).scalar_one_or_none()
        return None if body is None else _OBSERVATION.validate_json(body)

    def keep_portraits(self, portraits: Sequence[Portrait]) -> None:
        """A later one of an observation replaces the earlier, with its vector.

        Raises: AppError exhausted, unavailable.
        """
        write_portraits(self._folder, portraits)
        self._vectors.write(portraits)

    def settle(self, limit: int = SETTLED_AT_ONCE) -> int:
        """Move what is over into the files of its days; returns how many, ``limit`` when there may be more.

        Raises: AppError exhausted, unavailable: then all of it is still here.
        """
        o = _observations.c
        with self._database.read() as connection:
            rows = connection.execute(select(o.id, o.body, o.opened_by).where(o.closed).limit(limit)).all()
        if not rows:
            return 0
        self._days.write([(_OBSERVATION.validate_json(row.body), FactId(row.opened_by)) for row in rows])
        with self._database.write() as connection:
            connection.execute(_observations.delete().where(o.id.in_([row.id for row in rows])))
        return len(rows)

    def forget(self, now: datetime, kept_since: datetime) -> list[date]:
        """Drop expired vectors, and the files of days that were over before ``kept_since``; returns these days."""
        self._vectors.forget(now)
        return drop_days(self._folder, kept_since)

    def forget_facts(self, followed: int, before: datetime) -> int:
        """Drop facts up to number ``followed`` that are older than ``before``; returns how many."""
        with self._database.write() as connection:
            return self._facts.drop_followed(connection, followed, before)

    def close(self) -> None:
        self._vectors.close()
        self._days.close()
        self._database.close()


def read_unsettled(
    database: Database, cameras: Collection[CameraId], began: datetime, ended: datetime
) -> list[Observation]:
    """What is open, or not settled yet, of ``cameras`` and seen at any instant from ``began`` to before ``ended``.

    ``database`` is opened read-only; of very many (a disk was full for long) only the newest.
    """
    o = _observations.c
    query = (
        select(o.body)
        .where(o.first_at < ended.isoformat(), o.last_at >= began.isoformat(), o.camera_id.in_(list(cameras)))
        .order_by(o.id.desc())
        .limit(_MOST_UNSETTLED)
    )
    with database.read() as connection:
        return [_OBSERVATION.validate_json(body) for body in connection.execute(query).scalars()]


def _create(path: Path) -> None:
    """Made beside and renamed, so that who waits for the file never finds it without its tables."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    database = Database(part)
    analyst_metadata.create_all(database.engine)
    with database.write() as connection:
        connection.execute(_about.insert().values(id=1, schema_version=SCHEMA_VERSION))
    database.close()  # the last connection takes the write-ahead log into the file
    part.rename(path)


def _values(observation: Observation, opened_by: FactId) -> dict[str, object]:
    return {
        "id": observation.id,
        "opened_by": opened_by,
        "camera_id": observation.camera_id,
        "kind": observation.kind.value,
        "first_at": observation.first_at.isoformat(),
        "last_at": observation.last_at.isoformat(),
        "best_score": observation.best_score,
        "plate": observation.plate.text if observation.plate else None,
        "closed": observation.closed,
        "body": _OBSERVATION.dump_json(observation).decode(),
    }
