"""A plate, or what somebody remembers of one. Pure."""

import re
from dataclasses import dataclass

from sereno.analytics.days.plates import folded, pairs_of
from sereno.core.errors import invalid

LONGEST = 16
LEAST_SIGNS = 2
_SKIPPED = re.compile(r"[\s\-.·]")
_WRITTEN = re.compile(r"\^?[A-Z0-9*?]+\$?")
_REGEX = {"*": ".*", "?": "."}


@dataclass(frozen=True, slots=True)
class PlatePattern:
    """``pairs``: neighbouring signs, folded, that every plate which fits must have; there may be none."""

    exact: re.Pattern[str]
    alike: re.Pattern[str]
    pairs: tuple[str, ...]

    def fits(self, plate: str) -> bool:
        """With confusable signs taken for one another."""
        return self.alike.fullmatch(folded(plate)) is not None

    def fits_exactly(self, plate: str) -> bool:
        return self.exact.fullmatch(plate.upper()) is not None


def plate_pattern(text: str) -> PlatePattern:
    """Raises: AppError invalid ``plate_pattern``, ``plate_too_vague``."""
    plain = _SKIPPED.sub("", text).upper()
    if len(plain) > LONGEST or not _WRITTEN.fullmatch(plain):
        raise invalid(
            "plate_pattern",
            "A plate is looked for by letters and figures, * for any signs, ? for one, ^ and $ for its ends.",
            f"Write {LONGEST} signs at most, such as AB*47.",
        )
    signs = plain.strip("^$")
    if sum(sign.isalnum() for sign in signs) < LEAST_SIGNS:
        raise invalid(
            "plate_too_vague",
            f"Fewer than {LEAST_SIGNS} letters or figures would find nearly every plate.",
            "Say at least two signs of it.",
        )
    if not any(mark in plain for mark in "*?^$"):
        signs = f"*{signs}*"
    elif not any(mark in plain for mark in "*?"):
        signs = f"{'' if plain.startswith('^') else '*'}{signs}{'' if plain.endswith('$') else '*'}"
    else:
        signs = re.sub(r"\*+", "*", signs)
    pairs = {pair for part in re.split(r"[*?]", signs) for pair in pairs_of(part)}
    return PlatePattern(_compiled(signs), _compiled(folded(signs)), tuple(sorted(pairs)))


def _compiled(signs: str) -> re.Pattern[str]:
    return re.compile("".join(_REGEX.get(sign, sign) for sign in signs))
