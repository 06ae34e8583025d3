"""Tables of people, sessions and the first-run link."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from sereno.access.model import Person, Role
from sereno.core.ids import PersonId
from sereno.runtime.database import centre_metadata

people_rows = Table(
    "people",
    centre_metadata,
    Column("id", String(26), primary_key=True),
    Column("name", String(80), nullable=False, comment="As it is shown."),
    Column("name_key", String(200), nullable=False, unique=True, comment="Case-folded; two people never share it."),
    Column("role", String(32), nullable=False),
    Column("camera_groups", String, nullable=False, comment="JSON list; empty means every group."),
    Column("enabled", Boolean, nullable=False),
    Column("password_hash", String(200), nullable=False, comment="Argon2id in PHC form."),
    Column("created_at", String(32), nullable=False, comment="ISO 8601, UTC."),
)

session_rows = Table(
    "sessions",
    centre_metadata,
    Column("token_hash", String(64), primary_key=True, comment="SHA-256 of the cookie; the cookie is not kept."),
    Column("person_id", String(26), ForeignKey("people.id"), nullable=False, index=True),
    Column("began_at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("expires_at", String(32), nullable=False, comment="ISO 8601, UTC."),
)

first_run_rows = Table(
    "first_run",
    centre_metadata,
    Column("number", Integer, primary_key=True, comment="Always 1: a new link replaces the one before."),
    Column("token_hash", String(64), nullable=False, comment="SHA-256 of the token in the link."),
    Column("expires_at", String(32), nullable=False, comment="ISO 8601, UTC."),
)


@dataclass(frozen=True, slots=True)
class Account:
    person: Person
    password_hash: str


def insert_person(connection: Connection, person: Person, key: str, password_hash: str, at: datetime) -> None:
    connection.execute(
        insert(people_rows),
        {
            "id": person.id,
            "name": person.name,
            "name_key": key,
            "role": person.role.value,
            "camera_groups": json.dumps(sorted(person.camera_groups)),
            "enabled": person.enabled,
            "password_hash": password_hash,
            "created_at": at.isoformat(),
        },
    )


def update_person(connection: Connection, person: Person) -> None:
    connection.execute(
        update(people_rows)
        .where(people_rows.c.id == person.id)
        .values(
            role=person.role.value,
            camera_groups=json.dumps(sorted(person.camera_groups)),
            enabled=person.enabled,
        )
    )


def set_password(connection: Connection, person_id: PersonId, password_hash: str) -> None:
    connection.execute(update(people_rows).where(people_rows.c.id == person_id).values(password_hash=password_hash))


def all_people(connection: Connection) -> list[Person]:
    return [_account(row).person for row in connection.execute(select(people_rows).order_by(people_rows.c.name_key))]


def account_named(connection: Connection, key: str) -> Account | None:
    row = connection.execute(select(people_rows).where(people_rows.c.name_key == key)).one_or_none()
    return None if row is None else _account(row)


def account_of(connection: Connection, person_id: str) -> Account | None:
    row = connection.execute(select(people_rows).where(people_rows.c.id == person_id)).one_or_none()
    return None if row is None else _account(row)


def enabled_administrators(connection: Connection) -> int:
    query = select(func.count()).where(people_rows.c.role == Role.ADMINISTRATOR.value, people_rows.c.enabled)
    return connection.execute(query).scalar_one()


def insert_session(connection: Connection, token_hash: str, person_id: PersonId, at: datetime, until: datetime) -> None:
    connection.execute(delete(session_rows).where(session_rows.c.expires_at <= at.isoformat()))
    row = {
        "token_hash": token_hash,
        "person_id": person_id,
        "began_at": at.isoformat(),
        "expires_at": until.isoformat(),
    }
    connection.execute(insert(session_rows), row)


def person_of_session(connection: Connection, token_hash: str, at: datetime) -> Person | None:
    """Whose session it is; none when it has expired or the person is disabled."""
    row = connection.execute(
        select(people_rows, session_rows.c.expires_at)
        .join(session_rows, session_rows.c.person_id == people_rows.c.id)
        .where(session_rows.c.token_hash == token_hash, people_rows.c.enabled)
    ).one_or_none()
    if row is None or row.expires_at <= at.isoformat():
        return None
    return _account(row).person


def delete_session(connection: Connection, token_hash: str) -> None:
    connection.execute(delete(session_rows).where(session_rows.c.token_hash == token_hash))


def delete_sessions_of(connection: Connection, person_id: PersonId) -> int:
    return connection.execute(delete(session_rows).where(session_rows.c.person_id == person_id)).rowcount


def set_first_run(connection: Connection, token_hash: str, until: datetime) -> None:
    clear_first_run(connection)
    connection.execute(insert(first_run_rows), {"number": 1, "token_hash": token_hash, "expires_at": until.isoformat()})


def first_run_open(connection: Connection, token_hash: str, at: datetime) -> bool:
    row = connection.execute(select(first_run_rows)).one_or_none()
    return row is not None and row.token_hash == token_hash and row.expires_at > at.isoformat()


def clear_first_run(connection: Connection) -> None:
    connection.execute(delete(first_run_rows))


def _account(row: Row[Any]) -> Account:
    person = Person(
        id=PersonId(row.id),
        name=row.name,
        role=Role(row.role),
        camera_groups=frozenset(json.loads(row.camera_groups)),
        enabled=row.enabled,
    )
    return Account(person, row.password_hash)
