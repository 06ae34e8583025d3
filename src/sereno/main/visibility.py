"""Who sees facts of which kind on the screen: one table, beside the permissions of the routes that show the same."""

from collections.abc import Callable
from typing import Any

from sereno.access.facts_socket import FactRule, Visibility
from sereno.access.model import Permission
from sereno.alerts.events import AlertChanged, AlertDecided, AlertRaised
from sereno.cameras.devices.events import DeviceChanged, DeviceEventRaised
from sereno.cameras.events import CameraChanged, HealthChanged
from sereno.cameras.steering.events import PtzLockChanged
from sereno.core.ids import CameraId
from sereno.dispatch.events import AssignmentChanged, UnitAssigned, UnitChanged, UnitsMoved
from sereno.evidence.events import ExportChanged, HoldChanged, HoldPlaced
from sereno.incidents.events import IncidentChanged, IncidentClosed, IncidentOpened, TimelineAdded
from sereno.playback.events import BookmarkAdded, BookmarkRemoved
from sereno.recording.events import DiskChanged, FootageShed, StorageForetold
from sereno.runtime.clock_watch import ClockStepped
from sereno.upkeep.events import TicketChanged
from sereno.watchlists.events import PlateListChanged

FACT_RULES: tuple[FactRule[Any], ...] = (
    FactRule(ClockStepped, Permission.CAMERAS_VIEW),
    FactRule(DiskChanged, Permission.CAMERAS_VIEW),
    FactRule(StorageForetold, Permission.CAMERAS_VIEW),
    FactRule(FootageShed, Permission.AUDIT_READ),
    FactRule(CameraChanged, Permission.CAMERAS_VIEW, lambda fact: fact.camera.id),
    FactRule(HealthChanged, Permission.CAMERAS_VIEW, lambda fact: fact.camera_id),
    FactRule(DeviceChanged, Permission.CAMERAS_VIEW, lambda fact: fact.camera_id),
    FactRule(DeviceEventRaised, Permission.CAMERAS_VIEW, lambda fact: fact.camera_id),
    FactRule(PtzLockChanged, Permission.CAMERAS_VIEW, lambda fact: fact.camera_id),
    FactRule(PlateListChanged, Permission.LISTS_VIEW),
    FactRule(AlertRaised, Permission.ALERTS_VIEW, lambda fact: fact.alert.camera_id),
    FactRule(AlertChanged, Permission.ALERTS_VIEW, lambda fact: fact.alert.camera_id),
    FactRule(AlertDecided, Permission.ALERTS_VIEW, lambda fact: fact.alert.camera_id),
    FactRule(IncidentOpened, Permission.INCIDENTS_VIEW, lambda fact: fact.incident.camera_id),
    FactRule(IncidentChanged, Permission.INCIDENTS_VIEW, lambda fact: fact.incident.camera_id),
    FactRule(IncidentClosed, Permission.INCIDENTS_VIEW, lambda fact: fact.incident.camera_id),
    FactRule(TimelineAdded, Permission.INCIDENTS_VIEW, lambda fact: fact.camera_id),
    FactRule(UnitChanged, Permission.UNITS_VIEW),
    FactRule(UnitsMoved, Permission.UNITS_VIEW),
    FactRule(UnitAssigned, Permission.UNITS_VIEW, lambda fact: fact.camera_id),
    FactRule(AssignmentChanged, Permission.UNITS_VIEW, lambda fact: fact.camera_id),
    FactRule(HoldPlaced, Permission.EVIDENCE_VIEW, lambda fact: fact.hold.camera_id),
    FactRule(HoldChanged, Permission.EVIDENCE_VIEW, lambda fact: fact.hold.camera_id),
    FactRule(TicketChanged, Permission.UPKEEP_VIEW, lambda fact: fact.ticket.camera_id),
    FactRule(ExportChanged, Permission.EVIDENCE_VIEW, lambda fact: fact.export.camera_id),
    FactRule(BookmarkAdded, Permission.PLAYBACK_VIEW, lambda fact: fact.bookmark.camera_id),
    FactRule(BookmarkRemoved, Permission.PLAYBACK_VIEW, lambda fact: fact.camera_id),
)
"""A kind that is missing here reaches no screen."""


def visibility(group_of: Callable[[CameraId], str | None]) -> Visibility:
    return Visibility(FACT_RULES, group_of)
