"""What control does with each fact that a media process tells; in the transaction that moves the intake's cursor."""

from collections.abc import Callable

from sqlalchemy import Connection

from sereno.alerts.events import AlertRaised
from sereno.analytics.events import ObservationClosed, ObservationOpened, ReferenceTaken, ViewChecked
from sereno.analytics.model import ViewFault
from sereno.cameras.devices.events import DeviceClockRead, DeviceEventRaised, DeviceLost
from sereno.cameras.events import StreamLost, StreamOpened
from sereno.core.facts import Fact
from sereno.main.centre import Centre
from sereno.recording.events import DiskChanged, FootageShed, SegmentClosed
from sereno.recording.told import on_disk_changed, on_footage_shed
from sereno.upkeep.judge import ClockReading


def applier(centre: Centre) -> Callable[[Connection, Fact], None]:
    """Idempotent by fact id. A fact that control has no use for is passed over."""
    facts = centre.workplace.facts

    def apply(connection: Connection, fact: Fact) -> None:
        _for_the_proof(centre, connection, fact)
        match fact:
            case StreamOpened() | StreamLost() | FootageShed() | DiskChanged():
                _from_recorder(centre, connection, fact)
            case ObservationOpened() | ObservationClosed():
                centre.alerts.on_observation(connection, fact)
            case DeviceClockRead():
                centre.devices.on_clock_read(connection, facts, fact)
            case DeviceLost():
                centre.devices.on_lost(connection, facts, fact)
            case DeviceEventRaised():
                centre.devices.on_event(connection, facts, fact)
            case AlertRaised():
                if centre.alerts.on_alert_raised(connection, fact):
                    facts.append(connection, fact)

    return apply


def _for_the_proof(centre: Centre, connection: Connection, fact: Fact) -> None:
    """What the daily proof is judged from; others use some of the same facts."""
    match fact:
        case StreamOpened() | StreamLost():
            centre.upkeep.on_stream(connection, fact)
        case SegmentClosed():
            centre.upkeep.on_segment(connection, fact)
        case ViewChecked():
            centre.upkeep.on_view(connection, fact)
            _for_the_ground(centre, connection, fact)
        case ReferenceTaken():
            centre.upkeep.on_reference(connection, fact)
        case DeviceClockRead():
            centre.upkeep.on_clock(connection, fact.id, fact.camera_id, ClockReading(fact.at, fact.offset_s))


def _for_the_ground(centre: Centre, connection: Connection, fact: ViewChecked) -> None:
    """A view that another fault hides says nothing of where it looks."""
    if ViewFault.MOVED in fact.faults:
        centre.grounds.on_view(connection, fact.camera_id, fact.at, None)
    elif fact.figures.shift is not None and fact.reference_at is not None:
        centre.grounds.on_view(connection, fact.camera_id, fact.at, fact.reference_at)


def _from_recorder(
    centre: Centre, connection: Connection, fact: StreamOpened | StreamLost | FootageShed | DiskChanged
) -> None:
    facts = centre.workplace.facts
    match fact:
        case StreamOpened():
            centre.cameras.on_stream_opened(connection, facts, fact)
        case StreamLost():
            centre.cameras.on_stream_lost(connection, facts, fact)
        case FootageShed():
            on_footage_shed(connection, facts, fact)
        case DiskChanged():
            on_disk_changed(connection, facts, fact)
