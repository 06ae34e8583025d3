"""Whether a plate that was read is one that is sought: exact, with one easily confused character, or one error away."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.plates.patterns import is_whole_plate
from sereno.core.errors import invalid
from sereno.core.ids import ListEntryId
from sereno.watchlists import plate_codes
from sereno.watchlists.model import Likeness, ListKind, SoughtPlate

_ALIKE = frozenset(frozenset(pair) for pair in ("O0", "I1", "B8", "S5", "Z2"))
_PLAIN = re.compile(r"[A-Z0-9]{4,10}")
_URGENCY = (ListKind.STOLEN, ListKind.ALERT, ListKind.ALLOWED)
"""Most urgent first."""
_CLOSENESS = tuple(Likeness)


@dataclass(frozen=True, slots=True)
class PlateMatch:
    plate: SoughtPlate
    likeness: Likeness

    @property
    def characters_off(self) -> int:
        return 0 if self.likeness is Likeness.EXACT else 1


def normalised(text: str) -> str:
    """The plate as lists hold it: upper case, without spaces, dashes and accents.

    Raises: AppError invalid when that leaves anything but 4 to 10 letters and digits.
    """
    folded = unicodedata.normalize("NFKD", text).upper()
    plain = "".join(c for c in folded if not unicodedata.combining(c) and c not in " -.·•\t")
    if not _PLAIN.fullmatch(plain):
        raise invalid(
            "plate_text", f"{text[:40]!r} is not a plate.", "Write 4 to 10 letters and digits, such as AF417KD."
        )
    return plain


@dataclass(frozen=True, slots=True, eq=False)
class PlateIndex:
    """Sought plates in columns, and their parts, by which a reading finds those that are at most one error away.

    Shapes: ``parts`` and ``rows`` (m,), as ``plate_codes.all_parts`` gives them; the others (n,).
    """

    codes: NDArray[np.uint64]
    parts: NDArray[np.uint64]
    rows: NDArray[np.uint32]
    entry_ids: NDArray[np.str_]
    urgencies: NDArray[np.uint8]
    """Places in ``_URGENCY``."""
    expiries: NDArray[np.float64]
    """Seconds since 1970, UTC."""

    @classmethod
    def of(cls, plates: Iterable[SoughtPlate]) -> "PlateIndex":
        listed = list(plates)
        codes = plate_codes.coded([plate.plate for plate in listed])
        return cls(
            codes,
            *plate_codes.all_parts(codes),
            np.array([plate.entry_id for plate in listed], np.str_),
            np.array([_URGENCY.index(plate.list) for plate in listed], np.uint8),
            np.array([plate.expires_at.timestamp() for plate in listed], np.float64),
        )

    def match(self, text: str, at: datetime) -> tuple[PlateMatch, ...]:
        """The entries in force at ``at`` that ``text`` reads like, the closest first, then the most urgent.

        A reading that is by itself a whole plate of a known pattern is taken at its word: ABC1B23 and ABC1823 are two
        cars, and one is never merely confused with the other.
        """
        whole, now_s = is_whole_plate(text), at.timestamp()
        found = [
            PlateMatch(self._plate(row, plate), likeness)
            for row in self._sharing(text)
            if now_s < self.expiries[row]
            and (likeness := _likeness(text, plate := plate_codes.text(int(self.codes[row])), whole)) is not None
        ]
        return tuple(sorted(found, key=_rank))

    def _sharing(self, text: str) -> set[int]:
        """Rows whose plate has a part in common with ``text``."""
        if not len(self.parts):
            return set()
        parts = plate_codes.parts(text)
        first = np.searchsorted(self.parts, parts)
        shared = self.parts[np.minimum(first, len(self.parts) - 1)] == parts
        last = np.searchsorted(self.parts, parts[shared], "right")
        spans = zip(first[shared].tolist(), last.tolist(), strict=True)
        return {row for begin, end in spans for row in self.rows[begin:end].tolist()}

    def _plate(self, row: int, plate: str) -> SoughtPlate:
        return SoughtPlate(
            entry_id=ListEntryId(str(self.entry_ids[row])),
            plate=plate,
            list=_URGENCY[self.urgencies[row]],
            expires_at=datetime.fromtimestamp(float(self.expiries[row]), UTC),
        )


def _rank(match: PlateMatch) -> tuple[int, int, str]:
    return _CLOSENESS.index(match.likeness), _URGENCY.index(match.plate.list), match.plate.entry_id


def _likeness(text: str, plate: str, whole: bool) -> Likeness | None:
    """None when they are more than one error apart."""
    if text == plate:
        return Likeness.EXACT
    if len(text) != len(plate):
        short, long = sorted((text, plate), key=len)
        inside = any(long[:place] + long[place + 1 :] == short for place in range(len(long)))
        return Likeness.ONE_OFF if inside else None
    differing = [frozenset(pair) for pair in zip(text, plate, strict=True) if pair[0] != pair[1]]
    if len(differing) > 1:
        return None
    return Likeness.CONFUSED if not whole and differing[0] in _ALIKE else Likeness.ONE_OFF


NO_PLATES = PlateIndex.of(())
