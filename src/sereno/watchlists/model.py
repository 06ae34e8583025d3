"""A plate sought by order: who asked, on what legal ground, until when, and who approved."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sereno.core.ids import ListEntryId, PersonId

LONGEST_DAYS = 366
"""An entry that nobody renews dies: wrong records that stay for years are the field's worst harm."""


class ListKind(StrEnum):
    STOLEN = "stolen"
    ALERT = "alert"
    """Sought for another reason that ``legal_basis`` states."""
    ALLOWED = "allowed"
    """Known and welcome, for gates; no rule rings for it by default, and it silences no other list."""


class Likeness(StrEnum):
    """How a reading is like a sought plate, the closest first."""

    EXACT = "exact"
    CONFUSED = "confused"
    """One character stands for another that readers take for it: O/0, I/1, B/8, S/5, Z/2."""
    ONE_OFF = "one_off"
    """Another character is changed, missing or too many."""


class EntryState(StrEnum):
    PROPOSED = "proposed"
    ACTIVE = "active"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateEntry:
    """``plate`` is normalised: A-Z and 0-9 only. The proposer is never the approver."""

    id: ListEntryId
    plate: str
    list: ListKind
    source: str
    """The register or agency that asked."""
    legal_basis: str
    """The order: court, number, date."""
    offence: str
    expires_at: datetime
    proposed_by: PersonId
    proposed_by_name: str
    proposed_at: datetime
    approved_by: PersonId | None = None
    approved_by_name: str = ""
    approved_at: datetime | None = None
    withdrawn_by: PersonId | None = None
    withdrawn_by_name: str = ""
    withdrawn_at: datetime | None = None
    withdrawal_reason: str = ""

    def state(self, at: datetime) -> EntryState:
        if self.withdrawn_at is not None:
            return EntryState.WITHDRAWN
        if at >= self.expires_at:
            return EntryState.EXPIRED
        return EntryState.PROPOSED if self.approved_by is None else EntryState.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtPlate:
    """What the analyst is told of an approved entry: enough to match, nothing about the case."""

    entry_id: ListEntryId
    plate: str
    list: ListKind
    expires_at: datetime
