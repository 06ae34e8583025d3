"""Facts the analyst tells."""

from dataclasses import dataclass

from sereno.analytics.model import Observation
from sereno.core.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationOpened(Fact):
    """A track was confirmed; alerts name this fact as their cause."""

    observation: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationClosed(Fact):
    """The track ended; the row is final."""

    observation: Observation
