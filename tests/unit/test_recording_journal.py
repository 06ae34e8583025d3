"""The journal's own schema: what an older Sereno wrote is upgraded, what a newer one wrote is refused."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from sereno.core.errors import AppError
from sereno.core.ids import CameraId, SegmentId
from sereno.core.media_time import MediaTicks, WallTicks
from sereno.recording.chain import chain_value, chained, first_break
from sereno.recording.journal import SCHEMA_VERSION, Journal
from sereno.recording.model import GENESIS, Segment
from sereno.runtime.database import Database

ARCHIVE = "0" * 26
CAMERA = CameraId("plaza")
VERSION_1 = """
CREATE TABLE archive (archive_id VARCHAR(26) NOT NULL PRIMARY KEY, schema_version INTEGER NOT NULL);
CREATE TABLE segments (
    id VARCHAR(26) NOT NULL PRIMARY KEY, camera_id VARCHAR(64) NOT NULL, number INTEGER NOT NULL, path VARCHAR NOT NULL,
    started_wall BIGINT NOT NULL, started_media BIGINT NOT NULL, duration BIGINT NOT NULL, frames INTEGER NOT NULL,
    size BIGINT NOT NULL, sha256 VARCHAR(64) NOT NULL, previous_chain VARCHAR(64) NOT NULL, chain VARCHAR(64) NOT NULL,
    codec VARCHAR(64) NOT NULL, end_reason VARCHAR(32) NOT NULL, key_frames BLOB NOT NULL, shed_at VARCHAR(32),
    UNIQUE (camera_id, number));
"""


def segment(number: int) -> Segment:
    return Segment(
        id=SegmentId(f"{number:026d}"),
        camera_id=CAMERA,
        number=number,
        path=f"plaza/{number:08d}.mp4",
        started_wall=WallTicks(153_000_000_000_000 + number * 5_400_000),
        started_media=MediaTicks(number * 5_400_000),
        duration=MediaTicks(5_400_000),
        frames=900,
        size=1_000_000 + number,
        sha256=f"{number:064x}",
        previous_chain="",
        chain="",
        codec="avc1.64001f",
        end_reason="rotated",
    )


@contextmanager
def opened(path: Path) -> Iterator[Journal]:
    with closing(Database(path)) as database:
        yield Journal(database)


def write_version_1(path: Path) -> Segment:
    """A journal as the first version made it, with one segment chained as it did."""
    old = replace(segment(1), previous_chain=GENESIS, chain_version=1)
    old = replace(old, chain=chain_value(old))
    with opened(path) as journal, journal.database.write() as connection:
        for statement in VERSION_1.split(";")[:-1]:
            connection.execute(text(statement))
        connection.execute(text("INSERT INTO archive VALUES (:id, 1)"), {"id": ARCHIVE})
        names = [column[1] for column in connection.execute(text("PRAGMA table_info(segments)"))][:-2]
        columns = ", ".join(f":{name}" for name in names)
        row = {name: getattr(old, name) for name in names}
        connection.execute(text(f"INSERT INTO segments VALUES ({columns}, x'', NULL)"), row)  # noqa: S608 our own names
    return old


def test_a_journal_of_version_1_is_upgraded_and_its_chain_still_follows(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    old = write_version_1(path)
    for _ in range(2):
        with opened(path) as journal:
            journal.prepare(ARCHIVE)
    with opened(path) as journal:
        journal.close_segment(chained(segment(2), old.chain), (), None)
        rows = journal.segments_of(CAMERA, with_shed=True)
        with journal.database.read() as connection:
            version = connection.execute(text("SELECT schema_version FROM archive")).scalar_one()
    assert rows[0] == old
    assert [row.chain_version for row in rows] == [1, 2]
    assert first_break(rows) is None
    assert version == SCHEMA_VERSION


def test_an_upgraded_journal_has_the_tables_of_a_new_one(tmp_path: Path) -> None:
    write_version_1(tmp_path / "old.db")
    shapes = []
    for name in ("old.db", "new.db"):
        with opened(tmp_path / name) as journal:
            journal.prepare(ARCHIVE)
            with journal.database.read() as connection:
                tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars()
                columns = text('SELECT name, type, "notnull" FROM pragma_table_info(:table)')
                shapes.append({t: {tuple(c) for c in connection.execute(columns, {"table": t})} for t in tables})
    assert shapes[0] == shapes[1]


def test_a_newer_journal_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "journal.db") as journal:
        journal.prepare(ARCHIVE)
        with journal.database.write() as connection:
            connection.execute(text("UPDATE archive SET schema_version = 99"))
        with pytest.raises(AppError, match="newer Sereno"):
            journal.prepare(ARCHIVE)
