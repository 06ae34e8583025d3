"""The table of walls."""

from pydantic import TypeAdapter
from sqlalchemy import Boolean, Column, Connection, Row, String, Table, delete, insert, or_, select, update

from sereno.cameras.walls.model import Wall, WallPage
from sereno.core.ids import PersonId
from sereno.runtime.database import centre_metadata

wall_rows = Table(
    "walls",
    centre_metadata,
    Column("id", String(26), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("owner_id", String(64), nullable=False, index=True),
    Column("owner", String(120), nullable=False, comment="The owner's name when it was saved."),
    Column("shared", Boolean, nullable=False, comment="Everybody sees it; else its owner alone."),
    Column("pages", String, nullable=False, comment="JSON: layout, cells (camera ids), dwell_s of each page."),
)

_PAGES = TypeAdapter(tuple[WallPage, ...])


def walls_for(connection: Connection, person_id: PersonId) -> list[Wall]:
    """A person's own and the shared ones, by name."""
    mine = or_(wall_rows.c.shared, wall_rows.c.owner_id == person_id)
    return [_wall(row) for row in connection.execute(select(wall_rows).where(mine).order_by(wall_rows.c.name))]


def find_wall(connection: Connection, wall_id: str) -> Wall | None:
    row = connection.execute(select(wall_rows).where(wall_rows.c.id == wall_id)).one_or_none()
    return None if row is None else _wall(row)


def count_walls(connection: Connection, person_id: PersonId) -> int:
    return len(connection.execute(select(wall_rows.c.id).where(wall_rows.c.owner_id == person_id)).all())


def insert_wall(connection: Connection, wall: Wall) -> None:
    connection.execute(insert(wall_rows), _columns(wall))


def update_wall(connection: Connection, wall: Wall) -> None:
    connection.execute(update(wall_rows).where(wall_rows.c.id == wall.id).values(_columns(wall)))


def delete_wall(connection: Connection, wall_id: str) -> None:
    connection.execute(delete(wall_rows).where(wall_rows.c.id == wall_id))


def _columns(wall: Wall) -> dict[str, object]:
    return {
        "id": wall.id,
        "name": wall.name,
        "owner_id": wall.owner_id,
        "owner": wall.owner,
        "shared": wall.shared,
        "pages": _PAGES.dump_json(wall.pages).decode(),
    }


def _wall(row: Row[tuple[str, str, str, str, bool, str]]) -> Wall:
    return Wall(
        id=row.id,
        name=row.name,
        owner_id=PersonId(row.owner_id),
        owner=row.owner,
        shared=row.shared,
        pages=_PAGES.validate_json(row.pages),
    )
