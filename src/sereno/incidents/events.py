"""Facts about incidents; each carries the whole incident as it now is."""

from dataclasses import dataclass

from sereno.core.facts import Fact
from sereno.core.ids import IncidentId
from sereno.incidents.model import Incident, TimelineEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpened(Fact):
    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChanged(Fact):
    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClosed(Fact):
    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineAdded(Fact):
    incident_id: IncidentId
    entry: TimelineEntry
