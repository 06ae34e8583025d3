"""Identifiers: 26 characters that sort by the instant they were made."""

import secrets
from datetime import UTC, datetime
from typing import NewType

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 80

FactId = NewType("FactId", str)
SiteId = NewType("SiteId", str)
PersonId = NewType("PersonId", str)
CameraId = NewType("CameraId", str)
SegmentId = NewType("SegmentId", str)
ObservationId = NewType("ObservationId", str)
ListEntryId = NewType("ListEntryId", str)
AlertId = NewType("AlertId", str)
IncidentId = NewType("IncidentId", str)
UnitId = NewType("UnitId", str)
AssignmentId = NewType("AssignmentId", str)
HoldId = NewType("HoldId", str)
ExportId = NewType("ExportId", str)
BookmarkId = NewType("BookmarkId", str)


def new_id(at: datetime) -> str:
    """A fresh id: 48 bits of milliseconds, then 80 random bits, in Crockford's base 32.

    Source: github.com/ulid/spec (the layout; ours is lower case).
    """
    return _written(int(at.timestamp() * 1000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS))


def first_id(at: datetime) -> str:
    """The least id of that millisecond: whatever was made earlier sorts before it."""
    return _written(int(at.timestamp() * 1000) << _RANDOM_BITS)


def _written(value: int) -> str:
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))


def is_id(text: str) -> bool:
    """Whether ``text`` has the form of an id, for what comes from outside."""
    return len(text) == 26 and set(text) <= set(_ALPHABET)


def made_at(text: str) -> datetime:
    """The instant of an id, to the millisecond."""
    value = 0
    for letter in text[:10]:
        value = value << 5 | _ALPHABET.index(letter)
    return datetime.fromtimestamp(value / 1000, UTC)
