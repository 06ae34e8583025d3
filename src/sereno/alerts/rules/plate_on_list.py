"""Plate on a list: a vehicle carries a plate that is sought by order."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from sereno.alerts.model import Measure, RuleKind
from sereno.alerts.rules.seen import Firing, Seen
from sereno.analytics.model import VEHICLES, ObjectKind
from sereno.core.geometry import Zone
from sereno.core.ids import ListEntryId
from sereno.watchlists.matching import PlateMatch
from sereno.watchlists.model import Likeness, ListKind


@dataclass(frozen=True, slots=True)
class Read:
    """The entries that a subject already rang for; a better reading may name another one."""

    rung: frozenset[ListEntryId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateOnList:
    """A vehicle's plate, voted over its track, is on a list in force. One alert per subject and entry.

    It matches as closely as ``tolerance`` asks, and the alert says how many characters are off. With long lists
    ``one_off`` rings for strangers: among a million plates every second reading has a neighbour.
    It suggests to verify the vehicle and its papers; it proves nothing.

    Units: ``confidence`` 0..1, as the reader votes it.

    Fails: dirty, bent or cloned plates; readings of far or slanted plates.
    """

    id: str
    name: str
    lists: frozenset[ListKind] = frozenset({ListKind.STOLEN, ListKind.ALERT})
    """Lists that ring."""
    confidence: float = 0.6
    """Confidence of the reading from which it counts."""
    tolerance: Likeness = Likeness.CONFUSED
    """How far a reading may be from the listed plate: `exact`, `confused` (O/0, I/1, B/8, S/5, Z/2) or `one_off`."""
    kinds: frozenset[ObjectKind] = VEHICLES
    """What counts."""
    quiet_s: float = 60.0
    """Seconds without a second alert for the same entry on this camera."""
    kind: Literal[RuleKind.PLATE_ON_LIST] = RuleKind.PLATE_ON_LIST
    quiet_radius: ClassVar[float] = 2.0

    @property
    def region(self) -> Zone | None:
        return None

    def _rings_for(self, match: PlateMatch) -> bool:
        close = tuple(Likeness).index(match.likeness) <= tuple(Likeness).index(self.tolerance)
        return close and match.plate.list in self.lists

    def step(self, read: Read | None, seen: Seen) -> tuple[Read | None, Firing | None]:
        """What was rung for after ``seen``, and what it fires."""
        plate = seen.sighting.plate
        match = next((match for match in seen.matches if self._rings_for(match)), None)
        if plate is None or match is None or plate.confidence < self.confidence:
            return read, None
        entry_id = match.plate.entry_id
        rung = read.rung if read else frozenset()
        if entry_id in rung:
            return read, None
        why = (
            Measure("confidence", plate.confidence, self.confidence),
            Measure("characters_off", match.characters_off, 1),
        )
        firing = Firing(rule_id=self.id, seen=seen, since=seen.at, why=why, match=match)
        return Read(rung | {entry_id}), firing
