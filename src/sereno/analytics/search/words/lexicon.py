"""The lexicon file, by phrases: a phrase is a tuple of plain words."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sereno.core.errors import data_loss

FILE = Path(__file__).with_name("lexicon.toml")
Phrase = tuple[str, ...]
_TOKEN = re.compile(r"\d{1,2}[:.]\d{2}(?!\d)|\d{1,4}[/]\d{1,2}(?:[/]\d{2,4})?|[\w*?]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Token:
    """``plain``: small, without accents; ``start`` and ``end`` in what was written."""

    plain: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Each table: what a phrase stands for, as it is written in the file."""

    tables: Mapping[str, Mapping[Phrase, str]]
    fillers: frozenset[str]
    negations: frozenset[str]
    partly: frozenset[str]

    def longest(self, table: str, tokens: list[Token], at: int, most: int = 4) -> tuple[int, str] | None:
        """How many tokens from ``at`` on make a phrase of the table, and what it stands for."""
        for count in range(min(most, len(tokens) - at), 0, -1):
            value = self.tables[table].get(tuple(token.plain for token in tokens[at : at + count]))
            if value is not None:
                return count, value
        return None


def plain(text: str) -> str:
    kept = (sign for sign in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(sign))
    return "".join(kept)


def tokens_of(text: str) -> list[Token]:
    return [Token(plain(found.group()), found.start(), found.end()) for found in _TOKEN.finditer(text)]


def load_lexicon(path: Path = FILE) -> Lexicon:
    """Raises: AppError data_loss for a file that is none."""
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        tables = {
            name: {tuple(word.split()): value for value, words in table.items() for word in words}
            for name, table in content.items()
            if isinstance(table, dict)
        }
        return Lexicon(
            tables,
            frozenset(content["fillers"]),
            frozenset(content["negations"]),
            frozenset(content["partly"]),
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, AttributeError) as error:
        raise data_loss("lexicon_unreadable", f"The search's lexicon {path.name} is broken: {error}") from None
