"""Whether a plate that was read is one that is sought: exact first, then one easily confused character."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sereno.core.errors import invalid
from sereno.watchlists.model import ListKind, SoughtPlate

_CONFUSED = str.maketrans("OIBSZ", "01852")
_PLAIN = re.compile(r"[A-Z0-9]{4,10}")
_PATTERNS = re.compile(
    "|".join(
        (
            r"[A-Z]{3}[0-9]{3}",  # Argentina until 2016, Uruguay and others of that age
            r"[A-Z]{2}[0-9]{3}[A-Z]{2}",  # Argentina, Mercosur
            r"[A-Z]{3}[0-9]{4}",  # Brazil until 2018, Uruguay, Mexico
            r"[A-Z]{3}[0-9][A-Z][0-9]{2}",  # Brazil, Mercosur
            r"[A-Z][0-9]{3}[A-Z]{3}",  # motorcycles of Argentina, Mercosur
        )
    )
)
_URGENCY = {ListKind.STOLEN: 0, ListKind.ALERT: 1, ListKind.ALLOWED: 2}


@dataclass(frozen=True, slots=True)
class PlateMatch:
    """``characters_off`` is 0 for an exact match and 1 for one confused character."""

    plate: SoughtPlate
    characters_off: int


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


@dataclass(frozen=True, slots=True)
class PlateIndex:
    """Sought plates by exact text, and by text with confused characters folded; each look-up is two dict reads."""

    exact: Mapping[str, tuple[SoughtPlate, ...]]
    folded: Mapping[str, tuple[SoughtPlate, ...]]

    @classmethod
    def of(cls, plates: Iterable[SoughtPlate]) -> "PlateIndex":
        exact: dict[str, tuple[SoughtPlate, ...]] = {}
        folded: dict[str, tuple[SoughtPlate, ...]] = {}
        for plate in sorted(plates, key=lambda p: (_URGENCY[p.list], p.entry_id)):
            exact[plate.plate] = (*exact.get(plate.plate, ()), plate)
            key = plate.plate.translate(_CONFUSED)
            folded[key] = (*folded.get(key, ()), plate)
        return cls(exact, folded)

    def match(self, text: str, at: datetime) -> tuple[PlateMatch, ...]:
        """The entries in force at ``at``, most urgent first.

        A reading that is by itself a whole plate of a known pattern is taken at its word and matched exactly only:
        ABC1B23 and ABC1823 are two cars.
        """
        exact = tuple(PlateMatch(plate, 0) for plate in self.exact.get(text, ()) if at < plate.expires_at)
        if exact or _PATTERNS.fullmatch(text):
            return exact
        return tuple(
            PlateMatch(plate, 1)
            for plate in self.folded.get(text.translate(_CONFUSED), ())
            if at < plate.expires_at and sum(a != b for a, b in zip(text, plate.plate, strict=True)) == 1
        )


NO_PLATES = PlateIndex({}, {})
