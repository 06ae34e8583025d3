"""Analysts are told which cameras stand near an incident, as long as it is open."""

from pathlib import Path

import pytest

from sereno.access.model import Role
from sereno.alerts.service import Alerts
from sereno.analytics.priorities import read_priorities
from sereno.core.clock import SystemClock
from sereno.core.geography import Position
from sereno.core.ids import CameraId
from sereno.incidents.kinds import KINDS
from sereno.incidents.model import Channel
from sereno.incidents.priorities import FACTOR, Priorities
from sereno.incidents.service import Incidents, Opening
from sereno.main.facts import CENTRE_FACTS
from sereno.maps.addresses import Addresses
from sereno.maps.street_graph import StreetGraph
from tests.alert_centre import add_camera, someone
from tests.centre import open_workplace

pytestmark = pytest.mark.integration

ANA = someone("Ana", Role.OPERATOR)
CAMERAS = Position(-35.0, -60.0)


def test_analysts_are_told_as_long_as_it_is_open(tmp_path: Path) -> None:
    told = tmp_path / "priorities.json"
    assert read_priorities(told) == {}
    with open_workplace(tmp_path, SystemClock(), *CENTRE_FACTS) as workplace:
        add_camera(workplace, "escuela", "norte")
        incidents = Incidents(workplace, Alerts(workplace), Addresses(StreetGraph((), ())))
        priorities = Priorities(workplace, told)
        priorities.publish()
        assert read_priorities(told) == {}
        far, near = (
            incidents.open(ANA, Opening(channel=Channel.CALL, kind=KINDS[0].code, position=CAMERAS.offset(east_m, 0)))
            for east_m in (5_000, 50)
        )
        priorities.publish()
        assert read_priorities(told) == {CameraId("escuela"): FACTOR}
        incidents.close(ANA, near.id, "resolved", "")
        priorities.publish()
        assert read_priorities(told) == {}
        assert far.position != near.position
