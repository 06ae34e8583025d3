"""Who may steer, which events are told, and motors that follow the newest order; pure or on a loop without sockets."""

from dataclasses import replace

import pytest

from sereno.access.model import Access, Purpose, Role
from sereno.cameras.devices.event_gate import BURST, EventGate
from sereno.cameras.onvif.model import DeviceEvent, DeviceEventKind
from sereno.cameras.steering.model import Claim, PtzLock, claim
from sereno.core.clock import ManualClock
from sereno.core.ids import CameraId, PersonId

NOW = ManualClock().now()
MOTION = DeviceEvent(
    kind=DeviceEventKind.MOTION, topic="VideoSource/MotionAlarm", device_at=NOW, initial=False, active=True, source="1"
)


def person(role: Role, name: str = "a") -> Access:
    return Access(PersonId(name), name, role, Purpose.MONITORING)


def held_by(access: Access) -> PtzLock:
    return PtzLock(
        camera_id=CameraId("plaza"), person_id=access.person_id, holder=access.name, role=access.role, since=NOW
    )


@pytest.mark.parametrize(
    ("holder", "claimant", "outcome"),
    [
        (None, Role.OPERATOR, Claim.FREE),
        (Role.OPERATOR, Role.OPERATOR, Claim.REFUSED),
        (Role.OPERATOR, Role.SUPERVISOR, Claim.OUTRANKS),
        (Role.SUPERVISOR, Role.POLICE_LIAISON, Claim.OUTRANKS),
        (Role.POLICE_LIAISON, Role.SUPERVISOR, Claim.REFUSED),
        (Role.SUPERVISOR, Role.ADMINISTRATOR, Claim.REFUSED),
        (Role.SUPERVISOR, Role.OPERATOR, Claim.REFUSED),
        (Role.IT, Role.OPERATOR, Claim.OUTRANKS),
    ],
)
def test_rank_decides(holder: Role | None, claimant: Role, outcome: Claim) -> None:
    assert claim(held_by(person(holder, "b")) if holder else None, person(claimant)) is outcome


def test_who_holds_a_camera_keeps_it() -> None:
    assert claim(held_by(person(Role.OPERATOR)), person(Role.OPERATOR)) is Claim.HELD


def test_a_state_is_told_when_it_changes() -> None:
    gate = EventGate()
    repeated = [gate.passes(MOTION, float(second)) for second in range(10)]
    assert repeated == [True, *[False] * 9]
    assert gate.passes(replace(MOTION, active=False), 10.0)
    assert gate.passes(MOTION, 11.0)


def test_how_it_was_before_we_listened_is_told_only_when_it_lasts() -> None:
    assert not EventGate().passes(replace(MOTION, initial=True, active=False), 0.0)
    assert EventGate().passes(replace(MOTION, initial=True), 0.0)


def test_a_flood_is_cut_and_counted() -> None:
    gate = EventGate()
    crossed = replace(MOTION, kind=DeviceEventKind.LINE_CROSSED, active=None)
    told = sum(gate.passes(crossed, 0.0) for _ in range(1_000))
    assert (told, gate.dropped) == (BURST, 1_000 - BURST)
    assert gate.passes(crossed, 2.0)
