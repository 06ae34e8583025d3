"""Which cameras an open incident makes more important."""

from datetime import UTC, datetime

from sereno.core.geography import Position
from sereno.core.ids import CameraId, IncidentId
from sereno.incidents.model import Channel, Incident, IncidentState
from sereno.incidents.priorities import FACTOR, NEAR_M, factors

HERE = Position(-34.6, -58.4)
AT, NEAR, FAR = CameraId("at"), CameraId("near"), CameraId("far")
POSITIONS = {AT: HERE, NEAR: HERE.offset(NEAR_M - 5, 0), FAR: HERE.offset(0, NEAR_M + 5)}


def incident(camera_id: CameraId | None = None) -> Incident:
    return Incident(
        id=IncidentId("one"),
        number="2026-000001",
        kind="robbery",
        channel=Channel.CALL,
        priority=2,
        state=IncidentState.OPEN,
        position=HERE,
        address="",
        opened_at=datetime(2026, 3, 1, tzinfo=UTC),
        opened_by_name="",
        camera_id=camera_id,
    )


def test_cameras_around_an_incident_count_more() -> None:
    assert factors(POSITIONS, [incident()]) == {AT: FACTOR, NEAR: FACTOR}


def test_the_camera_that_reported_it_counts_more_wherever_it_stands() -> None:
    assert FAR in factors(POSITIONS, [incident(FAR)])


def test_two_incidents_at_one_place_count_once_and_none_count_nothing() -> None:
    assert set(factors(POSITIONS, [incident(), incident()]).values()) == {FACTOR}
    assert factors(POSITIONS, []) == {}
