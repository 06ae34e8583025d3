"""The vectors of looks, for hours only: each goes at its own instant, and its bytes are overwritten on the disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, event, func, select
from sqlalchemy.dialects.sqlite import insert

from sereno.analytics.appearance.portrait import AppearanceVector, Portrait, Vector
from sereno.core.ids import CameraId, ObservationId
from sereno.runtime.database import Database

_metadata = MetaData()
_vectors = Table(
    "vectors",
    _metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True, comment="Order of writing; never reused."),
    Column("id", String(26), nullable=False, unique=True, comment="The observation's."),
    Column("camera_id", String(64), nullable=False),
    Column("embedder", String(64), nullable=False),
    Column("made_ms", Integer, nullable=False, comment="Milliseconds since 1970."),
    Column("expires_ms", Integer, nullable=False, index=True, comment="Milliseconds since 1970."),
    Column("body", LargeBinary, nullable=False, comment="float16, of length 1."),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVector:
    seq: int
    observation_id: ObservationId
    camera_id: CameraId
    embedder: str
    made_at: datetime
    expires_at: datetime
    values: Vector


def vectors_path(folder: Path) -> Path:
    return folder / "vectors.db"


class VectorFile:
    """The analyst's side: write and forget. Made when the first vector comes."""

    def __init__(self, folder: Path) -> None:
        self._path = vectors_path(folder)
        self._database: Database | None = None

    def write(self, portraits: Sequence[Portrait]) -> None:
        """Raises: AppError exhausted, unavailable."""
        rows = [_row(portrait, portrait.vector) for portrait in portraits if portrait.vector is not None]
        if not rows:
            return
        with self._opened().write() as connection:
            connection.execute(_vectors.delete().where(_vectors.c.id.in_([row["id"] for row in rows])))
            connection.execute(insert(_vectors), rows)

    def forget(self, now: datetime) -> int:
        """Drop what has expired and overwrite it, in the write-ahead log too; returns how many."""
        if self._database is None and not self._path.exists():
            return 0
        database = self._opened()
        with database.write() as connection:
            gone = connection.execute(_vectors.delete().where(_vectors.c.expires_ms <= _ms(now))).rowcount
        raw = database.engine.raw_connection()  # a checkpoint does not go inside a transaction
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            raw.close()
        return gone

    def close(self) -> None:
        if self._database is not None:
            self._database.close()

    def _opened(self) -> Database:
        if self._database is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._database = Database(self._path)
            event.listen(self._database.engine, "connect", _overwrite_what_goes)
            _metadata.create_all(self._database.engine)
        return self._database


def _overwrite_what_goes(connection: SqliteConnection, _record: object) -> None:
    connection.execute("PRAGMA secure_delete = ON")


def read_vectors(database: Database, after_seq: int, now: datetime, limit: int) -> list[KeptVector]:
    """The next in order of writing that have not expired."""
    v = _vectors.c
    query = select(_vectors).where(v.seq > after_seq, v.expires_ms > _ms(now)).order_by(v.seq).limit(limit)
    with database.read() as connection:
        return [
            KeptVector(
                seq=row.seq,
                observation_id=ObservationId(row.id),
                camera_id=CameraId(row.camera_id),
                embedder=row.embedder,
                made_at=_instant(row.made_ms),
                expires_at=_instant(row.expires_ms),
                values=_values(row.body),
            )
            for row in connection.execute(query)
        ]


def last_seq(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.coalesce(func.max(_vectors.c.seq), 0))).scalar_one())


def _values(body: bytes) -> NDArray[np.float32]:
    return np.frombuffer(body, np.float16).astype(np.float32)


def _row(portrait: Portrait, vector: AppearanceVector) -> dict[str, object]:
    return {
        "id": portrait.observation_id,
        "camera_id": portrait.camera_id,
        "embedder": vector.embedder,
        "made_ms": _ms(vector.made_at),
        "expires_ms": _ms(vector.expires_at),
        "body": vector.values.astype(np.float16).tobytes(),
    }


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _instant(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
