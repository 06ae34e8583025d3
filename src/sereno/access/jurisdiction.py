"""What the law where a site stands asks of it: one data file per jurisdiction, every value with its source.

Settings may be stricter than a jurisdiction, never laxer. What no source tells is ``unknown``, and says so.
"""

import tomllib
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from sereno.core.errors import data_loss, invalid

FOLDER = Path(__file__).parent / "jurisdictions"
Value = TypeVar("Value", float, bool)


class Certainty(StrEnum):
    VERIFIED = "verified"
    """Read in the official text."""
    SECONDARY = "secondary"
    """Read in a source about the official text."""
    MEMORY = "memory"
    """To be checked before anybody relies on it."""
    POLICY = "policy"
    """A choice or a draft, not law."""
    UNKNOWN = "unknown"
    """No source tells; ``value`` is None."""


@dataclass(frozen=True, kw_only=True)  # no slots: a frozen generic with slots cannot be made in Python 3.11
class Rule(Generic[Value]):
    """One value and where it comes from."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    value: Value | None = None
    source: str = ""
    date: str = ""
    """Of the source: year, month or day, as far as it is known."""
    certainty: Certainty = Certainty.UNKNOWN
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jurisdiction:
    """Every rule that the product obeys. A rule that a file leaves out is unknown."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    title: str
    country: str = ""
    """ISO 3166 code, EU for the Union; empty where none is meant."""
    retention_floor_days: Rule[float] = field(default_factory=Rule[float])
    """Footage is kept so long at least."""
    retention_ceiling_days: Rule[float] = field(default_factory=Rule[float])
    """Footage without a hold goes when it is older."""
    availability_share: Rule[float] = field(default_factory=Rule[float])
    """Share of each day, 0 to 1, that a camera must be recorded."""
    repair_urgent_hours: Rule[float] = field(default_factory=Rule[float])
    """A camera that gives no picture must be repaired within it."""
    repair_hours: Rule[float] = field(default_factory=Rule[float])
    """Any other fault must be repaired within it."""
    handover_hours: Rule[float] = field(default_factory=Rule[float])
    """Footage that an authority asks for must be handed over within it."""
    handover_warning_hours: Rule[float] = field(default_factory=Rule[float])
    """First warning of the handover clock."""
    handover_last_warning_hours: Rule[float] = field(default_factory=Rule[float])
    subject_access_days: Rule[float] = field(default_factory=Rule[float])
    """A person must be told what is kept about them within it."""
    rectification_business_days: Rule[float] = field(default_factory=Rule[float])
    complaint_business_days: Rule[float] = field(default_factory=Rule[float])
    audio_allowed: Rule[bool] = field(default_factory=Rule[bool])
    """Audio is recorded only where this is known to be true."""
    masks_burned_in: Rule[bool] = field(default_factory=Rule[bool])
    """Privacy masks must be part of the recorded picture, not only of the screen's."""
    appearance_search: Rule[bool] = field(default_factory=Rule[bool])
    """Persons and vehicles are made findable by how they look only where this is known to be true."""
    appearance_search_hours: Rule[float] = field(default_factory=Rule[float])
    """What makes them findable is gone after it."""
    face_matching: Rule[bool] = field(default_factory=Rule[bool])
    """Faces are compared with a watch-list only where this is known to be true, and then only under a warrant."""

    def rules(self) -> dict[str, Rule[float] | Rule[bool]]:
        """Every rule by its name."""
        own = ("name", "title", "country")
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name not in own}


NO_LAW = Jurisdiction(name="none", title="")
"""Nothing is known of any rule."""


def jurisdiction_names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_jurisdiction(name: str) -> Jurisdiction:
    """The rules of ``name``: its own file over those of the file that it extends.

    Raises: AppError invalid with the nearest name; AppError data_loss for a file that is none.
    """
    names = jurisdiction_names()
    if name not in names:
        near = get_close_matches(name, names, n=1, cutoff=0.0)[0]
        raise invalid(
            "jurisdiction_unknown",
            f"There is no jurisdiction {name!r}; known are {', '.join(names)}.",
            f"Did you mean {near}? Set site.jurisdiction.",
        )
    try:
        jurisdiction = TypeAdapter(Jurisdiction).validate_python({**_table(name), "name": name})
    except (ValidationError, tomllib.TOMLDecodeError, KeyError) as error:
        raise data_loss("jurisdiction_unreadable", f"The jurisdiction file {name}.toml is broken: {error}") from None
    for key, rule in jurisdiction.rules().items():
        if (rule.value is None) != (rule.certainty is Certainty.UNKNOWN) or (
            rule.value is not None and not rule.source
        ):
            raise data_loss("jurisdiction_unreadable", f"{name}.toml: {key} needs a value with source and certainty.")
    return jurisdiction


def _table(name: str) -> dict[str, Any]:
    table = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    base = table.pop("extends", None)
    return table if base is None else {**_table(base), **table}
