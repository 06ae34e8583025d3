"""People and their sessions: the first administrator, signing in and out, accounts."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from sereno.access import audit, store
from sereno.access.model import Access, Permission, Person, Purpose, Role, system_access
from sereno.access.passwords import Passwords, Throttle, check_name, check_password, name_key
from sereno.access.work import Workplace
from sereno.core.errors import AppError, ErrorKind, conflict, denied, invalid, not_found
from sereno.core.ids import PersonId, new_id

SESSION_HOURS = 12
"""A shift and its handover."""
FIRST_RUN_HOURS = 24
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignedIn:
    """``token`` goes into the cookie and nowhere else."""

    person: Person
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    name: str
    role: Role
    password: str
    camera_groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEdit:
    """What is None stays as it is."""

    role: Role | None = None
    camera_groups: frozenset[str] | None = None
    enabled: bool | None = None
    password: str | None = None


class People:
    """Accounts and sessions. Whose password, role, groups or account is changed is signed out everywhere."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._passwords = Passwords()
        self._throttle = Throttle(workplace.clock)

    def first_run_token(self) -> str | None:
        """The token of a fresh one-time link, for 24 h; None once there is an administrator."""
        at = self._workplace.clock.now()
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        with self._workplace.database.write() as connection:
            if store.enabled_administrators(connection):
                return None
            store.set_first_run(connection, _digest(token), at + timedelta(hours=FIRST_RUN_HOURS))
        return token

    def use_first_run(self, token: str, name: str, password: str, address: str) -> SignedIn:
        """The first administrator, signed in. Raises: AppError denied when the link is used, old or not ours."""
        person = Person(id=self._new_id(), name=check_name(name), role=Role.ADMINISTRATOR)
        check_password(password, name)
        with self._workplace.database.read() as connection:  # before the costly hash
            self._check_first_run(connection, token)
        password_hash = self._passwords.hash(password)
        with self._workplace.database.write() as connection:
            at = self._check_first_run(connection, token)
            store.clear_first_run(connection)
            _insert(connection, person, password_hash, at)
            audit.record(connection, _as(person), at, "person.add", person.id, {"role": person.role, "by": "first run"})
            return self._begin_session(connection, person, address)

    def sign_in(self, name: str, password: str, address: str) -> SignedIn:
        """Raises: RetryLaterError after too many wrong passwords, AppError sign_in_refused."""
        self._throttle.begin(name, address)
        with self._workplace.database.read() as connection:
            account = store.account_named(connection, name_key(name))
        usable = account is not None and account.person.enabled
        right = self._passwords.verify(account.password_hash if account is not None and usable else None, password)
        with self._workplace.database.write() as connection:
            # looked up again: the account may have changed while the hash was made
            current = None if account is None else store.account_of(connection, account.person.id)
            if right and current is not None and current == account:
                self._throttle.succeeded(name, address)
                return self._begin_session(connection, current.person, address)
            self._record_refusal(connection, account, address)
        raise AppError(
            ErrorKind.DENIED,
            "sign_in_refused",
            "Name or password is wrong.",
            "Mind capital letters in the password; an administrator can set a new one.",
        )

    def sign_out(self, token: str) -> None:
        at = self._workplace.clock.now()
        with self._workplace.database.write() as connection:
            person = store.person_of_session(connection, _digest(token), at)
            store.delete_session(connection, _digest(token))
            if person is not None:
                audit.record(connection, _as(person), at, "session.end", person.id, {})

    def person_of(self, token: str) -> Person | None:
        if not token:
            return None
        with self._workplace.database.read() as connection:
            return store.person_of_session(connection, _digest(token), self._workplace.clock.now())

    def change_own_password(self, access: Access, old: str, new: str, address: str) -> SignedIn:
        """Ends every session of the person and begins a new one here."""
        self._throttle.begin(access.name, address)
        with self._workplace.database.read() as connection:
            account = _found(connection, access.person_id)
        if not self._passwords.verify(account.password_hash, old):
            raise denied("old_password_wrong", "The old password is wrong.")
        self._throttle.succeeded(access.name, address)
        password_hash = self._passwords.hash(check_password(new, account.person.name))
        with self._workplace.database.write() as connection:
            at = self._workplace.clock.now()
            if _found(connection, access.person_id) != account:
                raise conflict("person_changed", "The account was changed meanwhile.", "Try again.")
            store.set_password(connection, access.person_id, password_hash)
            store.delete_sessions_of(connection, access.person_id)
            audit.record(connection, access, at, "person.password", access.person_id, {})
            return self._begin_session(connection, account.person, address)

    def find(self, person_id: PersonId) -> Person:
        with self._workplace.database.read() as connection:
            return _found(connection, person_id).person

    def everyone(self, access: Access) -> tuple[Person, ...]:
        with self._workplace.look(access, Permission.PEOPLE_EDIT) as connection:
            return tuple(store.all_people(connection))

    def add(self, access: Access, new: NewPerson) -> Person:
        access.require(Permission.PEOPLE_EDIT)
        person = Person(
            id=self._new_id(), name=check_name(new.name), role=new.role, camera_groups=_groups(new.camera_groups)
        )
        password_hash = self._passwords.hash(check_password(new.password, new.name))
        with self._workplace.work(access, Permission.PEOPLE_EDIT) as work:
            _insert(work.connection, person, password_hash, work.at)
            work.audit("person.add", person.id, name=person.name, role=person.role, groups=_shown(person.camera_groups))
        return person

    def edit(self, access: Access, person_id: PersonId, edit: PersonEdit) -> Person:
        """Raises: AppError conflict when nobody would be left to administer the centre."""
        access.require(Permission.PEOPLE_EDIT)
        with self._workplace.database.read() as connection:
            name = _found(connection, person_id).person.name
        password_hash = None if edit.password is None else self._passwords.hash(check_password(edit.password, name))
        with self._workplace.work(access, Permission.PEOPLE_EDIT) as work:
            before = _found(work.connection, person_id).person
            after = _edited(before, edit)
            store.update_person(work.connection, after)
            if not store.enabled_administrators(work.connection):
                raise conflict("last_administrator", "Somebody must be left who administers the centre.")
            if password_hash is not None:
                store.set_password(work.connection, person_id, password_hash)
            if after != before or password_hash is not None:
                store.delete_sessions_of(work.connection, person_id)
                work.audit(
                    "person.edit",
                    person_id,
                    role=after.role,
                    groups=_shown(after.camera_groups),
                    enabled=str(after.enabled).lower(),
                    password="kept" if password_hash is None else "set",
                )
        return after

    def ensure(self, part: str, new: NewPerson) -> Person:
        """For Sereno's own parts (a demo, a crew gateway): the account as described, made or set right."""
        with self._workplace.database.read() as connection:
            known = store.account_named(connection, name_key(new.name))
        if known is None:
            return self.add(system_access(part), new)
        edit = PersonEdit(role=new.role, camera_groups=new.camera_groups, enabled=True, password=new.password)
        return self.edit(system_access(part), known.person.id, edit)

    def _check_first_run(self, connection: Connection, token: str) -> datetime:
        at = self._workplace.clock.now()
        if store.enabled_administrators(connection) or not store.first_run_open(connection, _digest(token), at):
            raise denied(
                "first_run_closed",
                "This link is used, too old or not from this centre.",
                "While there is no administrator, starting Sereno again prints a new one.",
            )
        return at

    def _begin_session(self, connection: Connection, person: Person, address: str) -> SignedIn:
        at = self._workplace.clock.now()
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        store.insert_session(connection, _digest(token), person.id, at, at + timedelta(hours=SESSION_HOURS))
        audit.record(connection, _as(person), at, "session.begin", person.id, {"address": address})
        return SignedIn(person, token)

    def _record_refusal(self, connection: Connection, account: store.Account | None, address: str) -> None:
        """A name without account is not written down: it may be a password typed into the wrong field."""
        subject = "unknown name" if account is None else account.person.id
        at = self._workplace.clock.now()
        audit.record(connection, system_access("access"), at, "session.refuse", subject, {"address": address})

    def _new_id(self) -> PersonId:
        return PersonId(new_id(self._workplace.clock.now()))


def read_audit(
    workplace: Workplace, access: Access, limit: int, *, after: int | None = None, before: int | None = None
) -> list[audit.AuditRow]:
    """Rows after a number, or newest first those before one; that somebody read them is itself a row."""
    with workplace.work(access, Permission.AUDIT_READ) as work:
        if after is None:
            rows = audit.last_rows(work.connection, limit, before)[::-1]
        else:
            rows = list(audit.read_rows(work.connection, after, limit))
        work.audit("audit.read", "audit", first=str(rows[0].number if rows else 0), rows=str(len(rows)))
    return rows


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _as(person: Person) -> Access:
    return Access(person.id, person.name, person.role, Purpose.MONITORING, None, person.camera_groups)


def _found(connection: Connection, person_id: str) -> store.Account:
    account = store.account_of(connection, person_id)
    if account is None:
        raise not_found("person_unknown", "There is no such person.")
    return account


def _insert(connection: Connection, person: Person, password_hash: str, at: datetime) -> None:
    try:
        store.insert_person(connection, person, name_key(person.name), password_hash, at)
    except IntegrityError:
        raise conflict("person_exists", f"There is already somebody called {person.name}.") from None


def _edited(person: Person, edit: PersonEdit) -> Person:
    return replace(
        person,
        role=person.role if edit.role is None else edit.role,
        camera_groups=person.camera_groups if edit.camera_groups is None else _groups(edit.camera_groups),
        enabled=person.enabled if edit.enabled is None else edit.enabled,
    )


def _groups(names: frozenset[str]) -> frozenset[str]:
    if any(not name.strip() for name in names):  # dropped, an only blank group would come to mean every group
        raise invalid("camera_group_blank", "A camera group has a name.")
    return frozenset(name.strip() for name in names)


def _shown(groups: frozenset[str]) -> str:
    return ", ".join(sorted(groups)) or "every group"
