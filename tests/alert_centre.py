"""People, cameras and sessions for the tests of alerts and plate lists."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert

from sereno.access.model import Access, Person, Purpose, Role
from sereno.access.work import Workplace
from sereno.alerts.events import AlertRaised
from sereno.alerts.model import Alert, Measure, RuleKind
from sereno.alerts.service import Alerts
from sereno.analytics.model import ObjectKind, TrailPoint
from sereno.cameras.model import PlaceKind
from sereno.cameras.store import camera_rows
from sereno.core.clock import ManualClock
from sereno.core.facts import Fact
from sereno.core.geometry import Box
from sereno.core.ids import AlertId, CameraId, FactId, ObservationId, PersonId, new_id

BOX = Box(0.1, 0.2, 0.3, 0.4)


def someone(name: str, role: Role, *groups: str) -> Access:
    return Access(PersonId(name), name, role, Purpose.MONITORING, camera_groups=frozenset(groups))


def add_camera(workplace: Workplace, camera_id: str, group: str, place: PlaceKind = PlaceKind.SCHOOL) -> None:
    row = {
        "id": camera_id,
        "name": camera_id,
        "place": place.value,
        "group": group,
        "owner": "",
        "lat": -35.0,
        "lon": -60.0,
        "bearing_deg": 0.0,
        "field_of_view_deg": 90.0,
        "range_m": 40.0,
        "main_url": "rtsp://127.0.0.1/a",
        "sub_url": "",
        "detector": "",
        "tiles": 1,
        "simulated": True,
        "enabled": True,
    }
    with workplace.database.write() as connection:
        connection.execute(insert(camera_rows), row)


def told(workplace: Workplace) -> list[Fact]:
    """Every fact of the centre so far."""
    with workplace.database.read() as connection:
        logged = workplace.facts.read_after(connection, 0)
    return [workplace.facts.codec.decode(one.kind, one.body) for one in logged]


def raised(clock: ManualClock, camera: str = "escuela", **more: object) -> AlertRaised:
    alert = Alert(
        id=AlertId(new_id(clock.now())),
        camera_id=CameraId(camera),
        rule=RuleKind.LOITERING,
        rule_id="permanencia",
        rule_name="Permanencia",
        at=clock.now(),
        since=clock.now() - timedelta(seconds=30),
        priority=3,
        observation_id=ObservationId(new_id(clock.now())),
        object_kind=ObjectKind.PERSON,
        trail=(TrailPoint(clock.now(), BOX),),
        why=(Measure("stayed_s", 30.2, 30.0),),
    )
    cause = FactId(new_id(clock.now()))
    return AlertRaised(
        id=FactId(new_id(clock.now())), at=clock.now(), caused_by=cause, alert=replace(alert, **more)  # type: ignore[arg-type]
    )  # fmt: skip


def take_in(workplace: Workplace, alerts: Alerts, fact: AlertRaised) -> bool:
    with workplace.database.write() as connection:
        fresh = alerts.on_alert_raised(connection, fact)
        if fresh:
            workplace.facts.append(connection, fact)
    return fresh


class Sessions:
    """Who is signed in: the cookie is the person's name."""

    def __init__(self, people: Mapping[str, Person]) -> None:
        self._people = people

    def person_of(self, token: str) -> Person | None:
        return self._people.get(token)


def sessions_of(*some: Access) -> Sessions:
    return Sessions(
        {
            one.name: Person(id=one.person_id, name=one.name, role=one.role, camera_groups=one.camera_groups)
            for one in some
        }
    )
