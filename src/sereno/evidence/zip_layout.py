"""The one way in which a package is laid out: stored entries, back to back, no extra byte anywhere.

Everything between the entries follows from their names, sizes and CRCs. A verifier can thus demand it bit by bit.
Source: PKWARE APPNOTE 6.3.10; ZIP64 is used only where a number does not fit.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

_DATE = 0x0021  # 1980-01-01: the instants that matter are in the manifest
_LIMIT = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Entry:
    """``name`` is ASCII; ``size`` is below 4 GiB."""

    name: str
    size: int
    crc32: int


def local_header(entry: Entry) -> bytes:
    return struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 0, 0, _DATE, *_facts(entry), 0) + entry.name.encode("ascii")


def entry_span(entry: Entry) -> int:
    """Bytes that an entry takes, its header included."""
    return 30 + len(entry.name) + entry.size


def directory(entries: Sequence[Entry]) -> bytes:
    """All that comes after the last entry."""
    records, offset = bytearray(), 0
    for entry in entries:
        records += _directory_record(entry, offset)
        offset += entry_span(entry)
    end = bytearray()
    count, size = len(entries), len(records)
    if offset > _LIMIT or size > _LIMIT or count > 0xFFFF:
        end += struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
        end += struct.pack("<4sIQI", b"PK\6\7", 0, offset + size, 1)
    short = min(count, 0xFFFF)
    end += struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, short, short, min(size, _LIMIT), min(offset, _LIMIT), 0)
    return bytes(records + end)


def _facts(entry: Entry) -> tuple[int, int, int, int]:
    return entry.crc32, entry.size, entry.size, len(entry.name)


def _directory_record(entry: Entry, offset: int) -> bytes:
    far = offset > _LIMIT
    extra = struct.pack("<HHQ", 1, 8, offset) if far else b""
    needed = 45 if far else 20
    record = struct.pack("<4sHHHHHHIIIH", b"PK\1\2", needed, needed, 0, 0, 0, _DATE, *_facts(entry))
    record += struct.pack("<HHHHII", len(extra), 0, 0, 0, 0, min(offset, _LIMIT))
    return record + entry.name.encode("ascii") + extra
