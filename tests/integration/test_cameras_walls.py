"""Saved walls: one's own, shared ones, and what of them each person may see."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sereno.access.audit import last_rows
from sereno.access.model import Access, Role, system_access
from sereno.access.work import Workplace
from sereno.cameras.events import CameraChanged, HealthChanged
from sereno.cameras.model import Camera, PlaceKind, View
from sereno.cameras.service import Cameras
from sereno.cameras.walls.model import WallPage
from sereno.cameras.walls.service import NewWall, Walls
from sereno.core.clock import SystemClock
from sereno.core.errors import AppError, ErrorKind
from sereno.core.geography import Position
from sereno.core.ids import CameraId
from tests.centre import access_as, open_workplace

pytestmark = pytest.mark.integration

PAGES = (WallPage(layout=4, cells=("plaza", "", "school")), WallPage(layout=1, cells=("school",), dwell_s=30))


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[Workplace]:
    with open_workplace(tmp_path, SystemClock(), CameraChanged, HealthChanged) as workplace:
        cameras = Cameras(workplace, tmp_path / "roster.json")
        cameras.enrol(system_access("test"), [camera("plaza", "centre"), camera("school", "north")])
        yield workplace


def camera(name: str, group: str) -> Camera:
    view = View(position=Position(-34.6, -58.4), bearing_deg=0, field_of_view_deg=70, range_m=60)
    return Camera(
        id=CameraId(name),
        name=name,
        place=PlaceKind.PLAZA,
        group=group,
        owner="",
        view=view,
        main_url="rtsp://127.0.0.1/a",
    )


def cells(walls: Walls, access: Access) -> list[tuple[str, ...]]:
    return [page.cells for wall in walls.list(access) for page in wall.pages]


def test_one_sees_their_own_and_the_shared_and_of_those_only_their_cameras(workplace: Workplace) -> None:
    walls = Walls(workplace)
    supervisor = access_as(Role.SUPERVISOR, workplace.clock)
    operator = access_as(Role.OPERATOR, workplace.clock, "north")
    saved = walls.save(supervisor, NewWall(name=" Centro ", pages=PAGES, shared=True))
    walls.save(supervisor, NewWall(name="Mío", pages=PAGES))
    assert saved.name == "Centro"
    assert [wall.name for wall in walls.list(supervisor)] == ["Centro", "Mío"]
    assert cells(walls, operator) == [("", "", "school"), ("school",)]
    with workplace.database.read() as connection:
        acts = [row.act for row in last_rows(connection, 10)]
    assert acts.count("wall.save") == 1


def test_who_may_change_what(workplace: Workplace) -> None:
    walls = Walls(workplace)
    supervisor, operator = (access_as(role, workplace.clock) for role in (Role.SUPERVISOR, Role.OPERATOR))
    shared = walls.save(supervisor, NewWall(name="Centro", pages=PAGES, shared=True))
    private = walls.save(supervisor, NewWall(name="Mío", pages=PAGES))
    mine = walls.save(operator, NewWall(name="Noche", pages=PAGES[:1]))
    for act, kind in (
        (lambda: walls.save(operator, NewWall(name="Todos", pages=PAGES, shared=True)), ErrorKind.DENIED),
        (lambda: walls.delete(operator, shared.id), ErrorKind.DENIED),
        (lambda: walls.replace(operator, private.id, NewWall(name="x", pages=PAGES)), ErrorKind.NOT_FOUND),
        (lambda: walls.save(operator, NewWall(name="x", pages=(WallPage(layout=5, cells=()),))), ErrorKind.INVALID),
        (lambda: walls.save(operator, NewWall(name="x", pages=())), ErrorKind.INVALID),
    ):
        with pytest.raises(AppError) as refused:
            act()
        assert refused.value.kind is kind
    walls.replace(operator, mine.id, NewWall(name="Madrugada", pages=PAGES))
    assert [wall.name for wall in walls.list(operator)] == ["Centro", "Madrugada"]
    walls.delete(operator, mine.id)
    assert [wall.name for wall in walls.list(operator)] == ["Centro"]
