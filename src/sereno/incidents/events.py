"""Facts about incidents; each carries the whole incident as it now is."""

from dataclasses import dataclass

from sereno.core.facts import Fact
from sereno.core.ids import CameraId, IncidentId
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
    """``camera_id`` is the incident's: who may not see that camera does not see the entry."""

    incident_id: IncidentId
    entry: TimelineEntry
    camera_id: CameraId | None = None
