"""Words into a query: each word is a part of it, a filler, or told as not understood. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sereno.analytics.model import Colour, ObjectKind
from sereno.analytics.search.model import Heading, Query, UnderstoodWords, UnknownWords
from sereno.analytics.search.words.lexicon import Lexicon, Token, tokens_of
from sereno.analytics.search.words.names import Names
from sereno.analytics.search.words.places import PlacesSaid, read_place
from sereno.analytics.search.words.times import When, number_at, read_time

LONGEST_WORDS = 500
_FULL_PLATE = re.compile(r"[a-z]{2}\d{3}[a-z]{2}|[a-z]{3}\d{3}|[a-z]{3}\d[a-z]\d{2}|[a-z]\d{3}[a-z]{3}")
_PLATE_SIGNS = re.compile(r"[a-z0-9*?]{2,10}")
_TWO_WHEELS = {ObjectKind.MOTORCYCLE, ObjectKind.BICYCLE}
_MORE = ("mas", "more", "over")
_THAN = ("de", "than")
_KMH = 3.6

Reading = tuple[int, str, str]
"""How many tokens, the field of the query, what they were taken for."""


@dataclass(frozen=True, slots=True)
class ReadWords:
    query: Query
    understood: tuple[UnderstoodWords, ...]
    not_understood: tuple[UnknownWords, ...]


@dataclass(slots=True)
class _Said:
    """What was read so far. ``noun``: what a colour belongs to."""

    words: Lexicon
    names: Names
    tokens: list[Token]
    when: When
    places: PlacesSaid = field(default_factory=PlacesSaid)
    kinds: list[ObjectKind] = field(default_factory=list)
    colours: dict[str, list[Colour]] = field(default_factory=dict)
    early: list[Colour] = field(default_factory=list)
    """Colours that stand before their noun, as in English."""
    noun: str = ""
    noun_ends: int = -1
    """The token after the last noun and its colours."""
    others: dict[str, object] = field(default_factory=dict)

    def query(self) -> Query:
        kinds = list(dict.fromkeys(self.kinds))
        if not kinds and ({"upper", "lower"} & self.colours.keys()):
            kinds = [ObjectKind.PERSON]
        if "riders_least" in self.others and _TWO_WHEELS & set(kinds):
            kinds = [kind for kind in kinds if kind is not ObjectKind.PERSON]
        if self.early:
            self.colours.setdefault("colours", []).extend(self.early)
        colours = {name: tuple(dict.fromkeys(values)) for name, values in self.colours.items()}
        base = Query(kinds=tuple(kinds))
        changes = {**colours, **self.others, **self.places.changes(), **self.when.put_into(base)}
        return replace(base, **changes)  # type: ignore[arg-type]  # each reading names a field and gives its type


def read_words(text: str, now: datetime, zone: ZoneInfo, names: Names, words: Lexicon) -> ReadWords:
    """``now`` is what today and yesterday are counted from, on the clock of ``zone``."""
    tokens = tokens_of(text[:LONGEST_WORDS])
    said = _Said(words, names, tokens, When(now, zone))
    understood: list[UnderstoodWords] = []
    unknown: list[UnknownWords] = []
    at, negated = 0, False
    while at < len(tokens):
        found = None if negated else next((r for r in (rule(said, at) for rule in _RULES) if r is not None), None)
        if found is not None:
            count, name, meaning = found
            start, end = tokens[at].start, tokens[at + count - 1].end
            understood.append(UnderstoodWords(text=text[start:end], start=start, end=end, field=name, meaning=meaning))
            if tokens[at].plain in words.partly:
                unknown.append(UnknownWords(text=text[start:end], start=start, end=end))
            at += count
            continue
        word = tokens[at]
        negates = word.plain in words.negations
        if negates or word.plain not in words.fillers:
            unknown.append(UnknownWords(text=text[word.start : word.end], start=word.start, end=word.end))
            negated = negates
        at += 1
    return ReadWords(said.query(), tuple(understood), tuple(unknown))


def _riders(said: _Said, at: int) -> Reading | None:
    """``con dos personas`` where something on two wheels is sought."""
    found = said.words.longest("riders", said.tokens, at)
    if found is not None:
        return _ridden(said, found[0], int(found[1]))
    first = at + 1 if said.tokens[at].plain in ("con", "com", "with") else at
    number, place = number_at(said.words, said.tokens, first)
    if number is None or place >= len(said.tokens):
        return None
    word = said.tokens[place].plain
    kind = said.words.longest("kinds", said.tokens, place)
    if word not in ("ocupantes", "pasajeros", "riders", "arriba") and (kind is None or kind[1] != "person"):
        return None
    if not any(_kind_words(said, other) & _TWO_WHEELS for other in range(len(said.tokens))):
        return None
    return _ridden(said, place + (kind[0] if kind else 1) - at, number)


def _ridden(said: _Said, count: int, number: int) -> Reading:
    said.others["riders_least"] = number
    if number == 1:
        said.others["riders_most"] = 1
    return count, "riders_least", str(number)


def _plate(said: _Said, at: int) -> Reading | None:
    tokens, words = said.tokens, said.words
    place, marks = at, None
    named = words.longest("plate_words", tokens, place)
    if named is not None and named[1] == "any":
        place, marks = place + named[0], ("", "")
        while place < len(tokens) and tokens[place].plain in ("que", "that"):
            place += 1
        named = words.longest("plate_words", tokens, place) if place < len(tokens) else None
    if (named is not None and named[1] in ("ends", "begins")) or (named is not None and marks is not None):
        place += named[0]
        marks = {"ends": ("", "$"), "begins": ("^", "")}.get(named[1], ("", ""))
    if marks is None:
        if not _FULL_PLATE.fullmatch(tokens[at].plain):
            return None
        marks = ("^", "$")
    taken = _plate_signs(said, place)
    if taken is None:
        return None
    count, signs = taken
    said.others["plate"] = signs if "*" in signs or "?" in signs else f"{marks[0]}{signs}{marks[1]}"
    return place + count - at, "plate", str(said.others["plate"])


def _plate_signs(said: _Said, at: int) -> tuple[int, str] | None:
    """Signs that may be written in groups, ``AB 123 CD``; a group is short and has a figure, or is two or three letters
    that are no word of the search."""
    signs, place = "", at
    while place < len(said.tokens) and len(signs) < 7:
        part = said.tokens[place].plain
        is_word = part in said.words.fillers or _is_word(said, place)
        if not _PLATE_SIGNS.fullmatch(part) or (is_word and not any(c.isdigit() for c in part)):
            break
        if not any(c.isdigit() or c in "*?" for c in part) and len(part) > 3:
            break
        signs, place = signs + part, place + 1
    return (place - at, signs.upper()) if len(signs) >= 2 else None


def _speed(said: _Said, at: int) -> Reading | None:
    """``a más de 60 km/h``."""
    found = _more_than(said, at)
    if found is None:
        return None
    number, place = found
    units = [token.plain for token in said.tokens[place : place + 2]]
    count = 2 if units == ["km", "h"] else int(units[:1] in (["kmh"], ["kilometros"], ["km"]))
    if not count:
        return None
    said.others["speed_least_mps"] = number / _KMH
    return place + count - at, "speed_least_mps", f"{number / _KMH:.1f}"


def _stay(said: _Said, at: int) -> Reading | None:
    """``más de 10 minutos``."""
    found = _more_than(said, at)
    unit = said.words.longest("units", said.tokens, found[1]) if found is not None else None
    if found is None or unit is None:
        return None
    said.others["stay_least_s"] = float(found[0] * int(unit[1]))
    return found[1] + unit[0] - at, "stay_least_s", str(said.others["stay_least_s"])


def _more_than(said: _Said, at: int) -> tuple[int, int] | None:
    plain = [token.plain for token in said.tokens[at : at + 3]]
    skipped = 1 if plain[:1] in (["a"], ["por"], ["durante"]) else 0
    if len(plain) < skipped + 2 or plain[skipped] not in _MORE or plain[skipped + 1] not in _THAN:
        return None
    number, place = number_at(said.words, said.tokens, at + skipped + 2)
    return None if number is None else (number, place)


def _heading(said: _Said, at: int) -> Reading | None:
    found = said.words.longest("headings", said.tokens, at)
    if found is None:
        return None
    said.others["heading"] = Heading(degrees=float(found[1]))
    return found[0], "heading", found[1]


def _when(said: _Said, at: int) -> Reading | None:
    return read_time(said.when, said.words, said.tokens, at)


def _place(said: _Said, at: int) -> Reading | None:
    return read_place(said.places, said.words, said.names, said.tokens, at)


def _garment(said: _Said, at: int) -> Reading | None:
    found = said.words.longest("garments", said.tokens, at)
    if found is None:
        return None
    return _noun(said, found[1], at, found[0], "kinds", "person")


def _kind(said: _Said, at: int) -> Reading | None:
    found = said.words.longest("kinds", said.tokens, at)
    if found is None:
        return None
    kinds = [ObjectKind(value) for value in found[1].split()]
    said.kinds += kinds
    noun = "colours" if kinds[0] in (ObjectKind.PERSON, ObjectKind.DOG, ObjectKind.BICYCLE) else "body"
    return _noun(said, noun, at, found[0], "kinds", found[1])


def _noun(said: _Said, noun: str, at: int, count: int, name: str, meaning: str) -> Reading:
    said.noun, said.noun_ends = noun, at + count
    if said.early:
        said.colours.setdefault(noun, []).extend(said.early)
        said.early = []
    return count, name, meaning


def _colour(said: _Said, at: int) -> Reading | None:
    found = said.words.longest("colours", said.tokens, at)
    if found is None:
        return None
    values = [Colour(value) for value in found[1].split()]
    after = at + found[0]
    noun_follows = after < len(said.tokens) and (
        said.words.longest("garments", said.tokens, after) or said.words.longest("kinds", said.tokens, after)
    )
    if (noun_follows and said.noun_ends != at) or not said.noun:
        said.early += values
        return found[0], "colours", found[1]
    said.colours.setdefault(said.noun, []).extend(values)
    said.noun_ends = after
    return found[0], said.noun, found[1]


def _kind_words(said: _Said, at: int) -> set[ObjectKind]:
    found = said.words.longest("kinds", said.tokens, at)
    return {ObjectKind(value) for value in found[1].split()} if found is not None else set()


def _is_word(said: _Said, at: int) -> bool:
    return any(said.words.longest(table, said.tokens, at) for table in ("kinds", "colours", "garments", "near", "days"))


_RULES: tuple[Callable[[_Said, int], Reading | None], ...] = (
    _riders,
    _plate,
    _speed,
    _stay,
    _heading,
    _when,
    _place,
    _garment,
    _kind,
    _colour,
)
"""Tried in this order at every word."""
