"""Reads a package as a stranger would: every byte must be where its layout says, or it is told.

Knows nothing of the code that seals. Source: PKWARE APPNOTE 6.3.10, and the layout in docs/design/evidence.md.
"""

import struct
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sereno.evidence.verdict import Fault, Finding

DIRECTORY_LIMIT = 64 << 20
_END = struct.Struct("<4sHHHHIIH")
_FAR_END = struct.Struct("<4sQHHIIQQQQ")
_FAR_LOCATOR = struct.Struct("<4sIQI")
_RECORD = struct.Struct("<4sHHHHHHIIIHHHHHII")
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_DATE = 0x0021
_MOST = 0xFFFFFFFF


class BrokenPackageError(Exception):
    """The package cannot be read further."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Where a file's content lies. Units: bytes of the package."""

    name: str
    began: int
    size: int
    crc32: int

    @property
    def ended(self) -> int:
        return self.began + self.size


class PackageReader:
    """The files of a package, in their order.

    Raises: BrokenPackageError when the layout is not exactly as it must be.
    """

    def __init__(self, path: Path) -> None:
        with ExitStack() as opened:
            self._file = opened.enter_context(path.open("rb"))
            self.size = path.stat().st_size
            self.files = self._read_directory()
            opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def read(self, began: int, size: int) -> bytes:
        self._file.seek(began)
        return self._file.read(size)

    def _read_directory(self) -> tuple[StoredFile, ...]:
        began, ended, count = self._read_end()
        content = self.read(began, ended - began)
        files: list[StoredFile] = []
        at, next_header = 0, 0
        while at < len(content):
            stored, at = self._read_record(content, at, began, next_header)
            files.append(stored)
            next_header = stored.ended
        if next_header != began:
            raise _broken("There are bytes between the last file and the directory.", next_header, began)
        if len(files) != count:
            raise _broken(f"The directory holds {len(files)} files and says {count}.", began, self.size)
        return tuple(files)

    def _read_end(self) -> tuple[int, int, int]:
        """Where the directory begins and ends, and how many files it says there are."""
        at = self.size - _END.size
        if at < 0 or self.read(at, 4) != b"PK\5\6":
            raise BrokenPackageError(
                Finding(
                    Fault.NOT_A_PACKAGE,
                    "This is no package of Sereno, or it is cut short: it does not end as one does.",
                    began=max(0, at),
                    ended=self.size,
                )
            )
        _, disk, first_disk, here, count, size, began, comment = _END.unpack(self.read(at, _END.size))
        if (disk, first_disk, here, comment) != (0, 0, count, 0):
            raise _broken("The end record is not as it was written.", at, self.size)
        ended = at
        locator_at = at - _FAR_LOCATOR.size
        if locator_at >= 0 and self.read(locator_at, 4) == b"PK\6\7":
            began, size, count, ended = self._read_far_end(locator_at, (count, size, began))
        if size > DIRECTORY_LIMIT or began + size != ended:
            raise _broken("The directory is not where the end record says.", at, self.size)
        return began, ended, count

    def _read_far_end(self, locator_at: int, short: tuple[int, int, int]) -> tuple[int, int, int, int]:
        """Source: APPNOTE 4.3.14, 4.3.15; for packages above 4 GiB."""
        at = locator_at - _FAR_END.size
        if at < 0 or self.read(locator_at, _FAR_LOCATOR.size) != _FAR_LOCATOR.pack(b"PK\6\7", 0, at, 1):
            raise _broken("The ZIP64 locator is not as it was written.", locator_at, self.size)
        count, size, began = struct.unpack("<QQQ", self.read(at + 32, 24))
        expected = _FAR_END.pack(b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, began)
        if self.read(at, _FAR_END.size) != expected:
            raise _broken("The ZIP64 end record is not as it was written.", at, locator_at)
        if short != (min(count, 0xFFFF), min(size, _MOST), min(began, _MOST)):
            raise _broken("The two end records differ.", at, self.size)
        if began <= _MOST and size <= _MOST and count <= 0xFFFF:
            raise _broken("There is a ZIP64 end record without need.", at, locator_at)
        return began, size, count, at

    def _read_record(self, content: bytes, at: int, base: int, header_at: int) -> tuple[StoredFile, int]:
        """One file, and where the next record begins; its two headers must agree in every bit."""
        span = (base + at, min(base + at + _RECORD.size, self.size))
        if at + _RECORD.size > len(content):
            raise _broken("The directory ends in the middle of a record.", *span)
        record = _RECORD.unpack_from(content, at)
        crc, size, name_size, extra_size = record[7], record[8], record[10], record[11]
        begin = at + _RECORD.size
        name, extra = content[begin : begin + name_size], content[begin + name_size : begin + name_size + extra_size]
        far = header_at > _MOST
        needed = 45 if far else 20
        facts = (crc, size, size, len(name))
        expected = _RECORD.pack(
            b"PK\1\2", needed, needed, 0, 0, 0, _DATE, *facts, len(extra), 0, 0, 0, 0, min(header_at, _MOST)
        )
        if content[at:begin] != expected or extra != (struct.pack("<HHQ", 1, 8, header_at) if far else b""):
            raise _broken("A record of the directory is not as it was written.", *span)
        local = _LOCAL.pack(b"PK\3\4", 20, 0, 0, 0, _DATE, *facts, 0) + name
        if self.read(header_at, len(local)) != local:
            raise _broken("A file's header is not as it was written.", header_at, header_at + len(local))
        if not name.isascii() or header_at + len(local) + size > base:
            raise _broken("A file's name or size is not possible.", *span)
        return StoredFile(name.decode("ascii"), header_at + len(local), size, crc), begin + name_size + extra_size


def _broken(message: str, began: int, ended: int) -> BrokenPackageError:
    return BrokenPackageError(Finding(Fault.LAYOUT_BROKEN, message, began=began, ended=ended))
