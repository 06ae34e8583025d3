"""A fact: something that happened, when, and which fact caused it."""

from dataclasses import dataclass
from datetime import datetime

from sereno.core.ids import FactId


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Base of every fact. ``caused_by`` walks back from a sent unit to the observation that began it."""

    id: FactId
    at: datetime
    caused_by: FactId | None = None
