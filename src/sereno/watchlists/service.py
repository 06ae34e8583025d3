"""Plate lists: one person proposes with a legal ground, another approves, anybody of them withdraws."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sereno.access.model import Access, Permission
from sereno.access.work import Work, Workplace
from sereno.core.errors import conflict, denied, invalid, not_found
from sereno.core.ids import FactId, ListEntryId, new_id
from sereno.watchlists import store
from sereno.watchlists.events import PlateListChanged
from sereno.watchlists.matching import normalised
from sereno.watchlists.model import LONGEST_DAYS, EntryState, ListKind, PlateEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """``plate`` as a person writes it."""

    plate: str
    list: ListKind
    source: str
    legal_basis: str
    offence: str
    expires_at: datetime


class PlateLists:
    """``published`` is called after each committed change of what is sought, so that the analyst learns of it."""

    def __init__(self, workplace: Workplace, published: Callable[[], None]) -> None:
        self._workplace = workplace
        self._published = published

    def entries(self, access: Access) -> tuple[PlateEntry, ...]:
        with self._workplace.look(access, Permission.LISTS_VIEW) as connection:
            return tuple(store.all_entries(connection))

    def propose(self, access: Access, proposal: Proposal) -> PlateEntry:
        """Raises: AppError invalid for a text that is no plate, an empty ground or an expiry out of bounds."""
        with self._workplace.work(access, Permission.LISTS_PROPOSE) as work:
            entry = PlateEntry(
                id=ListEntryId(new_id(work.at)),
                plate=normalised(proposal.plate),
                list=proposal.list,
                source=_stated("source", proposal.source, 200),
                legal_basis=_stated("legal_basis", proposal.legal_basis, 500),
                offence=_stated("offence", proposal.offence, 200),
                expires_at=_expiry(proposal.expires_at, work.at),
                proposed_by=access.person_id,
                proposed_by_name=access.name,
                proposed_at=work.at,
            )
            fact_id = _tell(work, entry, None)
            store.insert_entry(work.connection, entry, fact_id)
            work.audit("list.propose", entry.id, plate=entry.plate, list=entry.list, legal_basis=entry.legal_basis)
        return entry

    def approve(self, access: Access, entry_id: ListEntryId) -> PlateEntry:
        """Raises: AppError denied for the proposer; conflict for an entry that does not wait for approval."""
        with self._workplace.work(access, Permission.LISTS_APPROVE) as work:
            entry, last_fact = _found(work, entry_id)
            if entry.proposed_by == access.person_id:
                raise denied(
                    "approver_is_proposer",
                    "Who proposed an entry does not approve it.",
                    "Ask another person who may approve.",
                )
            _require(entry, work.at, EntryState.PROPOSED)
            entry = replace(entry, approved_by=access.person_id, approved_by_name=access.name, approved_at=work.at)
            store.update_entry(work.connection, entry, _tell(work, entry, last_fact))
            work.audit("list.approve", entry.id, plate=entry.plate)
        self._published()
        return entry

    def withdraw(self, access: Access, entry_id: ListEntryId, reason: str) -> PlateEntry:
        """The entry matches nothing any more. Raises: AppError conflict when it was withdrawn before."""
        with self._workplace.work(access, Permission.LISTS_PROPOSE) as work:
            entry, last_fact = _found(work, entry_id)
            _require(entry, work.at, EntryState.PROPOSED, EntryState.ACTIVE, EntryState.EXPIRED)
            entry = replace(
                entry,
                withdrawn_by=access.person_id,
                withdrawn_by_name=access.name,
                withdrawn_at=work.at,
                withdrawal_reason=_stated("reason", reason, 500),
            )
            store.update_entry(work.connection, entry, _tell(work, entry, last_fact))
            work.audit("list.withdraw", entry.id, plate=entry.plate, reason=entry.withdrawal_reason)
        self._published()
        return entry


def _tell(work: Work, entry: PlateEntry, caused_by: FactId | None) -> FactId:
    fact = PlateListChanged(id=work.fact_id(), at=work.at, caused_by=caused_by, entry=entry)
    work.tell(fact)
    return fact.id


def _found(work: Work, entry_id: ListEntryId) -> tuple[PlateEntry, FactId]:
    found = store.entry_of(work.connection, entry_id)
    if found is None:
        raise not_found("list_entry_unknown", "There is no such entry.")
    return found


def _require(entry: PlateEntry, at: datetime, *states: EntryState) -> None:
    if (state := entry.state(at)) not in states:
        raise conflict("list_entry_state", f"The entry for {entry.plate} is {state}.", "Propose a new one if needed.")


def _stated(what: str, text: str, longest: int) -> str:
    text = text.strip()
    if not text or len(text) > longest or not text.isprintable():
        raise invalid("list_text", f"{what} needs 1 to {longest} printable characters.")
    return text


def _expiry(expires_at: datetime, at: datetime) -> datetime:
    if expires_at.tzinfo is None:
        raise invalid("list_expiry", "expires_at needs a time zone.")
    if not timedelta(0) < expires_at - at <= timedelta(days=LONGEST_DAYS):
        raise invalid(
            "list_expiry",
            f"An entry ends after now and within {LONGEST_DAYS} days.",
            "Renew it with a new proposal if the order still stands.",
        )
    return expires_at.astimezone(UTC)
