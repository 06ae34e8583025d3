"""The recorder's own database: which segments exist, and what it tells control. Only the recorder writes it."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Row

from sereno.cameras.events import StreamLost, StreamOpened
from sereno.core.errors import data_loss
from sereno.core.ids import CameraId, SegmentId
from sereno.core.media_time import TICKS_PER_S, MediaTicks, WallTicks
from sereno.recording.events import DiskChanged, FootageShed, SegmentClosed
from sereno.recording.model import RECORDED_HERE, EndReason, KeyFrame, Segment
from sereno.recording.retention import LOST, Doomed, ShedReason
from sereno.runtime.database import Database
from sereno.runtime.fact_log import FactCodec, FactLog, fact_table

SCHEMA_VERSION = 3
LONGEST_TICKS = 24 * 3_600 * TICKS_PER_S
"""No segment lasts longer: the writer closes one that has no second key frame long before."""
journal_metadata = MetaData()

_segments = Table(
    "segments",
    journal_metadata,
    Column("id", String(26), primary_key=True),
    Column("camera_id", String(64), nullable=False),
    Column("number", Integer, nullable=False, comment="Counts a camera's segments from 1, without gaps."),
    Column("path", String, nullable=False, comment="Relative to the folder of its disk."),
    Column("started_wall", BigInteger, nullable=False, comment="Ticks of 1/90,000 s since 1970."),
    Column("started_media", BigInteger, nullable=False, comment="Ticks of 1/90,000 s on the camera's media time line."),
    Column("duration", BigInteger, nullable=False, comment="Ticks of 1/90,000 s."),
    Column("frames", Integer, nullable=False),
    Column("size", BigInteger, nullable=False, comment="Bytes."),
    Column("sha256", String(64), nullable=False),
    Column("previous_chain", String(64), nullable=False),
    Column("chain", String(64), nullable=False, comment="See recording.chain."),
    Column("codec", String(64), nullable=False, comment="RFC 6381."),
    Column("end_reason", String(32), nullable=False),
    Column("origin", String(16), nullable=False, server_default="live", comment="live, masked, standby or card."),
    Column("camera_offset", BigInteger, nullable=True, comment="Ticks the camera's clock was ahead of ours."),
    Column("chain_version", Integer, nullable=False, server_default="1", comment="Which text is hashed."),
    Column("disk", String(26), nullable=False, server_default="", comment="Empty: the archive's own."),
    Column("key_frames", LargeBinary, nullable=False, comment="Pairs of u64: offset in the file, media ticks."),
    Column("shed_at", String(32), nullable=True, comment="When the footage was deleted; the hash stays for the chain."),
    Column("shed_reason", String(16), nullable=True, comment="By which rule: see recording.retention."),
    UniqueConstraint("camera_id", "number"),
)
Index("segments_by_wall", _segments.c.camera_id, _segments.c.started_wall)
_KEPT = _segments.c.shed_at.is_(None)
Index("segments_kept", _segments.c.camera_id, _segments.c.started_wall, sqlite_where=_KEPT)
Index("segments_on_disk", _segments.c.disk, _segments.c.started_wall, sqlite_where=_KEPT)
_disks = Table(
    "disks",
    journal_metadata,
    Column("id", String(26), primary_key=True, comment="Empty: the archive's own folder."),
    Column("identity", String(26), nullable=False, comment="What sereno-disk.json on the disk says."),
    Column("folder", String, nullable=False, comment="Where it was mounted at the recorder's last start."),
)
_garbage = Table(
    "garbage",
    journal_metadata,
    Column(
        "path",
        String,
        primary_key=True,
        comment="A file whose deletion was decided, DISK: before it; dropped once gone.",
    ),
)
_archive = Table(
    "archive",
    journal_metadata,
    Column("archive_id", String(26), primary_key=True, comment="Equals identity.json on the same disk."),
    Column("schema_version", Integer, nullable=False),
)
_facts = fact_table(journal_metadata)
_PAIR = struct.Struct(">QQ")
_SEGMENT_COLUMNS = tuple(c for c in _segments.c if c.name not in ("key_frames", "shed_at", "shed_reason"))


@dataclass(frozen=True, slots=True)
class KnownDisk:
    id: str
    identity: str
    folder: Path


def garbage_name(disk: str, path: str) -> str:
    return f"{disk}:{path}" if disk else path


def recorder_fact_log() -> FactLog:
    """The recorder's fact log, for the recorder itself and for who tails ``archive/journal.db`` read-only."""
    return FactLog(_facts, FactCodec((SegmentClosed, StreamOpened, StreamLost, FootageShed, DiskChanged)))


def journal_path(archive_folder: Path) -> Path:
    return archive_folder / "journal.db"


class Journal:
    """Rows of the archive; every write is one durable transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._facts = recorder_fact_log()

    def prepare(self, archive_id: str) -> None:
        """Create what is missing, upgrade what is old.

        Raises: AppError data_loss when the journal is another archive's, or newer.
        """
        journal_metadata.create_all(self.database.engine)
        with self.database.write() as connection:
            row = connection.execute(select(_archive)).one_or_none()
            if row is None:
                connection.execute(insert(_archive), {"archive_id": archive_id, "schema_version": SCHEMA_VERSION})
                return
            if row.archive_id == archive_id and row.schema_version < SCHEMA_VERSION:
                _upgrade(connection, row.schema_version)
        if row.archive_id != archive_id:
            raise data_loss(
                "archive_swapped",
                f"The journal {self.database.path} belongs to another archive than identity.json beside it.",
                "Mount the disk that belongs here, or restore the journal from its own archive.",
            )
        if row.schema_version > SCHEMA_VERSION:
            raise data_loss(
                "journal_newer",
                f"The journal {self.database.path} was written by a newer Sereno (version {row.schema_version}).",
                f"Start the newer Sereno again; this one knows version {SCHEMA_VERSION}.",
            )

    def archive_id(self) -> str:
        with self.database.read() as connection:
            return str(connection.execute(select(_archive.c.archive_id)).scalar_one())

    def close_segment(self, segment: Segment, key_frames: Sequence[KeyFrame], closed: SegmentClosed | None) -> None:
        """The file is durable: remember it, and tell."""
        with self.database.write() as connection:
            row = {column.name: getattr(segment, column.name) for column in _SEGMENT_COLUMNS}
            connection.execute(insert(_segments), {**row, "key_frames": pack_key_frames(key_frames)})
            if closed is not None:
                self._facts.append(connection, closed)

    def tell(self, *facts: StreamOpened | StreamLost | DiskChanged) -> None:
        with self.database.write() as connection:
            self._facts.append(connection, *facts)

    def last_segment(self, camera_id: CameraId) -> Segment | None:
        query = select(*_SEGMENT_COLUMNS).where(_segments.c.camera_id == camera_id)
        with self.database.read() as connection:
            row = connection.execute(query.order_by(_segments.c.number.desc()).limit(1)).one_or_none()
        return None if row is None else _segment(row)

    def last_live(self, camera_id: CameraId) -> Segment | None:
        """The last one that was recorded here: what was taken in later has a media time line of its own."""
        s = _segments.c
        query = select(*_SEGMENT_COLUMNS).where(
            s.camera_id == camera_id, s.origin.in_(RECORDED_HERE), s.end_reason != EndReason.ADOPTED.value
        )
        with self.database.read() as connection:
            row = connection.execute(query.order_by(s.number.desc()).limit(1)).one_or_none()
        return None if row is None else _segment(row)

    def camera_ids(self) -> tuple[CameraId, ...]:
        with self.database.read() as connection:
            rows = connection.execute(select(_segments.c.camera_id).distinct()).scalars()
            return tuple(CameraId(camera_id) for camera_id in rows)

    def segments_of(self, camera_id: CameraId, *, with_shed: bool) -> list[Segment]:
        """All of a camera's segments by number; ``with_shed`` includes those of which only the hash is left."""
        query = select(*_SEGMENT_COLUMNS).where(_segments.c.camera_id == camera_id).order_by(_segments.c.number)
        with self.database.read() as connection:
            rows = connection.execute(query if with_shed else query.where(_segments.c.shed_at.is_(None)))
            return [_segment(row) for row in rows]

    @contextmanager
    def oldest(self, *, camera_id: CameraId | None = None, disk: str | None = None) -> Iterator[Iterator[Segment]]:
        """Segments with footage, oldest first; read from the database only as far as somebody asks."""
        query = select(*_SEGMENT_COLUMNS).where(_KEPT)
        if camera_id is not None:
            query = query.where(_segments.c.camera_id == camera_id)
        if disk is not None:
            query = query.where(_segments.c.disk == disk)
        with self.database.read() as connection:
            rows = connection.execute(query.order_by(_segments.c.started_wall).execution_options(yield_per=100))
            yield (_segment(row) for row in rows)

    def kept(self, camera_id: CameraId) -> tuple[int, int]:
        """How many segments of a camera have footage, and their bytes."""
        query = select(func.count(), func.coalesce(func.sum(_segments.c.size), 0))
        with self.database.read() as connection:
            row = connection.execute(query.where(_KEPT, _segments.c.camera_id == camera_id)).one()
            return int(row[0]), int(row[1])

    def shed(self, doomed: Iterable[Doomed], at: str, *told: FootageShed) -> None:
        """First step of deleting: no reader finds them any more, the files are garbage, and it is told why."""
        with self.database.write() as connection:
            for each in doomed:
                segment = each.segment
                row = update(_segments).where(_segments.c.id == segment.id)
                connection.execute(row.values(shed_at=at, shed_reason=each.reason.value))
                if each.reason not in LOST:  # what is left of those is not deleted, and may come back with its disk
                    connection.execute(insert(_garbage), {"path": garbage_name(segment.disk, segment.path)})
            self._facts.append(connection, *told)

    def segment(self, segment_id: SegmentId) -> Segment | None:
        """None when there is none, or its footage was deleted."""
        with self.database.read() as connection:
            return find_segment(connection, segment_id)

    def knows(self, segment_id: SegmentId) -> bool:
        """Whether it has a row, with footage or without."""
        with self.database.read() as connection:
            return connection.execute(select(_segments.c.id).where(_segments.c.id == segment_id)).first() is not None

    def lost_on(self, disk: str) -> list[Segment]:
        """Segments whose disk broke before they were safe on it."""
        query = select(*_SEGMENT_COLUMNS).where(
            _segments.c.disk == disk, _segments.c.shed_reason == ShedReason.DISK_FAILED.value
        )
        with self.database.read() as connection:
            return [_segment(row) for row in connection.execute(query)]

    def bring_back(self, segment: Segment) -> None:
        """A segment that was lost with its disk is whole after all."""
        with self.database.write() as connection:
            row = update(_segments).where(_segments.c.id == segment.id)
            connection.execute(row.values(shed_at=None, shed_reason=None))

    def move(self, segment: Segment, disk: str, path: str) -> bool:
        """Its file lies on another disk now, the one before is garbage. False when it was shed meanwhile."""
        with self.database.write() as connection:
            row = update(_segments).where(_segments.c.id == segment.id, _KEPT, _segments.c.disk == segment.disk)
            if not connection.execute(row.values(disk=disk, path=path)).rowcount:
                return False
            connection.execute(insert(_garbage), {"path": garbage_name(segment.disk, segment.path)})
            return True

    def disks(self) -> dict[str, KnownDisk]:
        with self.database.read() as connection:
            return find_disks(connection)

    def put_disk(self, disk: KnownDisk) -> None:
        row = {"id": disk.id, "identity": disk.identity, "folder": str(disk.folder)}
        with self.database.write() as connection:
            connection.execute(insert(_disks).prefix_with("OR REPLACE"), row)

    def add_garbage(self, path: str) -> None:
        with self.database.write() as connection:
            connection.execute(insert(_garbage).prefix_with("OR IGNORE"), {"path": path})

    def garbage(self) -> tuple[str, ...]:
        with self.database.read() as connection:
            return tuple(connection.execute(select(_garbage.c.path)).scalars())

    def drop_garbage(self, paths: Iterable[str]) -> None:
        """Last step of deleting: the files are gone."""
        with self.database.write() as connection:
            for path in paths:
                connection.execute(_garbage.delete().where(_garbage.c.path == path))


_UPGRADES = {
    1: (
        "ALTER TABLE segments ADD COLUMN origin VARCHAR(16) NOT NULL DEFAULT 'live'",
        "ALTER TABLE segments ADD COLUMN camera_offset BIGINT",
        "ALTER TABLE segments ADD COLUMN chain_version INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE segments ADD COLUMN disk VARCHAR(26) NOT NULL DEFAULT ''",
    ),
    2: (
        "ALTER TABLE segments ADD COLUMN shed_reason VARCHAR(16)",
        "CREATE INDEX IF NOT EXISTS segments_kept ON segments (camera_id, started_wall) WHERE shed_at IS NULL",
        "CREATE INDEX IF NOT EXISTS segments_on_disk ON segments (disk, started_wall) WHERE shed_at IS NULL",
    ),
}
"""What makes the next version out of each; tables that are new have been made before."""


def _upgrade(connection: Connection, version: int) -> None:
    for known in range(version, SCHEMA_VERSION):
        for statement in _UPGRADES[known]:
            connection.exec_driver_sql(statement)
    connection.execute(update(_archive).values(schema_version=SCHEMA_VERSION))


def find_segments(
    connection: Connection, camera_id: CameraId, began: WallTicks, ended: WallTicks, limit: int | None = None
) -> list[Segment]:
    """Segments with footage that overlap the span, by number."""
    s = _segments.c
    query = select(*_SEGMENT_COLUMNS).where(
        s.camera_id == camera_id, s.shed_at.is_(None), s.started_wall < ended, s.started_wall + s.duration > began
    )
    query = query.where(s.started_wall > began - LONGEST_TICKS)  # else every segment before it is looked at
    return [_segment(row) for row in connection.execute(query.order_by(s.number).limit(limit))]


def find_segment(connection: Connection, segment_id: SegmentId) -> Segment | None:
    query = select(*_SEGMENT_COLUMNS).where(_segments.c.id == segment_id, _segments.c.shed_at.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else _segment(row)


def find_disks(connection: Connection) -> dict[str, KnownDisk]:
    rows = connection.execute(select(_disks))
    return {row.id: KnownDisk(row.id, row.identity, Path(row.folder)) for row in rows}


def find_key_frames(connection: Connection, segment_id: SegmentId) -> tuple[KeyFrame, ...]:
    packed = connection.execute(select(_segments.c.key_frames).where(_segments.c.id == segment_id)).scalar_one_or_none()
    return () if packed is None else unpack_key_frames(packed)


def find_oldest(connection: Connection, camera_id: CameraId | None) -> Segment | None:
    query = select(*_SEGMENT_COLUMNS).where(_segments.c.shed_at.is_(None))
    if camera_id is not None:
        query = query.where(_segments.c.camera_id == camera_id)
    row = connection.execute(query.order_by(_segments.c.started_wall).limit(1)).one_or_none()
    return None if row is None else _segment(row)


def find_last_begun(connection: Connection, camera_id: CameraId, until: WallTicks) -> Segment | None:
    """The latest segment with footage that began at or before an instant."""
    s = _segments.c
    query = select(*_SEGMENT_COLUMNS).where(s.camera_id == camera_id, s.shed_at.is_(None), s.started_wall <= until)
    row = connection.execute(query.order_by(s.started_wall.desc()).limit(1)).one_or_none()
    return None if row is None else _segment(row)


def find_last_number(connection: Connection, camera_id: CameraId) -> int:
    """0 when the camera has no segment; with those of which only the hash is left."""
    query = select(func.coalesce(func.max(_segments.c.number), 0)).where(_segments.c.camera_id == camera_id)
    return int(connection.execute(query).scalar_one())


def count_segments(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(_segments)).scalar_one()


def pack_key_frames(key_frames: Iterable[KeyFrame]) -> bytes:
    return b"".join(_PAIR.pack(key.offset, key.media) for key in key_frames)


def unpack_key_frames(packed: bytes) -> tuple[KeyFrame, ...]:
    return tuple(KeyFrame(offset, MediaTicks(media)) for offset, media in _PAIR.iter_unpack(packed))


def _segment(row: Row[tuple[object, ...]]) -> Segment:
    return Segment(**row._mapping)
