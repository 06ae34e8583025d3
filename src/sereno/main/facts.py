"""Every kind of fact there is, by the log it may stand in."""

from sereno.alerts.events import AlertChanged, AlertDecided, AlertRaised
from sereno.analytics.events import ObservationClosed, ObservationOpened, ReferenceTaken, ViewChecked
from sereno.cameras.devices.events import DeviceChanged, DeviceClockRead, DeviceEventRaised, DeviceLost
from sereno.cameras.events import CameraChanged, HealthChanged, StreamLost, StreamOpened
from sereno.cameras.steering.events import PtzLockChanged
from sereno.core.facts import Fact
from sereno.dispatch.events import AssignmentChanged, UnitAssigned, UnitChanged, UnitsMoved
from sereno.evidence.events import ExportChanged, HoldChanged, HoldPlaced
from sereno.incidents.events import IncidentChanged, IncidentClosed, IncidentOpened, TimelineAdded
from sereno.playback.events import BookmarkAdded, BookmarkRemoved
from sereno.recording.events import DiskChanged, FootageShed, SegmentClosed, StorageForetold
from sereno.runtime.clock_watch import ClockStepped
from sereno.upkeep.events import TicketChanged
from sereno.watchlists.events import PlateListChanged

RECORDER_FACTS: tuple[type[Fact], ...] = (StreamOpened, StreamLost, SegmentClosed, FootageShed, DiskChanged)
ANALYST_FACTS: tuple[type[Fact], ...] = (
    ObservationOpened,
    ObservationClosed,
    AlertRaised,
    ViewChecked,
    ReferenceTaken,
)
DEVICES_FACTS: tuple[type[Fact], ...] = (DeviceClockRead, DeviceEventRaised, DeviceLost)
CENTRE_FACTS: tuple[type[Fact], ...] = (
    CameraChanged,
    HealthChanged,
    DeviceChanged,
    DeviceEventRaised,
    PtzLockChanged,
    AlertRaised,
    AlertChanged,
    AlertDecided,
    PlateListChanged,
    IncidentOpened,
    IncidentChanged,
    IncidentClosed,
    TimelineAdded,
    UnitChanged,
    UnitsMoved,
    UnitAssigned,
    AssignmentChanged,
    HoldPlaced,
    HoldChanged,
    ExportChanged,
    BookmarkAdded,
    BookmarkRemoved,
    TicketChanged,
    ClockStepped,
    FootageShed,
    DiskChanged,
    StorageForetold,
)
