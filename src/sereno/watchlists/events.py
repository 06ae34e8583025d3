"""Facts about watchlists."""

from dataclasses import dataclass

from sereno.core.facts import Fact
from sereno.watchlists.model import PlateEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateListChanged(Fact):
    """Proposed, approved or withdrawn; carries the whole entry as it now is."""

    entry: PlateEntry
