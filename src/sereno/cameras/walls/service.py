"""Walls: everybody saves their own; who may share makes one for the whole room."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from sereno.access.model import Access, Permission
from sereno.access.work import Work, Workplace
from sereno.cameras.store import all_cameras
from sereno.cameras.walls import store
from sereno.cameras.walls.model import Wall, WallPage, checked, seen_by
from sereno.core.errors import exhausted, not_found
from sereno.core.ids import CameraId, new_id

MAX_WALLS = 100
"""Of one person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWall:
    name: str
    pages: tuple[WallPage, ...]
    shared: bool = False


class Walls:
    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace

    def list(self, access: Access) -> tuple[Wall, ...]:
        """The person's own and the shared ones; cells of cameras that they do not see are empty."""
        with self._workplace.look(access, Permission.LIVE_VIEW) as connection:
            groups = _groups(connection)
            return tuple(seen_by(wall, access, groups) for wall in store.walls_for(connection, access.person_id))

    def save(self, access: Access, new: NewWall) -> Wall:
        """Raises: AppError invalid, denied, or exhausted when the person has too many."""
        name = checked(new.name, new.pages)
        with self._workplace.work(access, _needed(shared=new.shared)) as work:
            if store.count_walls(work.connection, access.person_id) >= MAX_WALLS:
                raise exhausted("walls_many", f"You have {MAX_WALLS} walls already.", "Delete one first.")
            wall = Wall(
                id=new_id(work.at),
                name=name,
                owner_id=access.person_id,
                owner=access.name,
                shared=new.shared,
                pages=new.pages,
            )
            store.insert_wall(work.connection, wall)
            _audit(work, "wall.save", wall)
            return seen_by(wall, access, _groups(work.connection))

    def replace(self, access: Access, wall_id: str, new: NewWall) -> Wall:
        """Raises: AppError invalid, denied, or not_found for one that is another person's alone."""
        name = checked(new.name, new.pages)
        with self._workplace.work(access, Permission.LIVE_VIEW) as work:
            before = _found(work, wall_id)
            access.require(_needed(shared=before.shared or new.shared))
            wall = replace(before, name=name, shared=new.shared, pages=new.pages)
            store.update_wall(work.connection, wall)
            _audit(work, "wall.save", wall)
            return seen_by(wall, access, _groups(work.connection))

    def delete(self, access: Access, wall_id: str) -> None:
        """Raises: AppError denied, not_found."""
        with self._workplace.work(access, Permission.LIVE_VIEW) as work:
            wall = _found(work, wall_id)
            access.require(_needed(shared=wall.shared))
            store.delete_wall(work.connection, wall_id)
            _audit(work, "wall.delete", wall)


def _needed(*, shared: bool) -> Permission:
    return Permission.WALLS_SHARE if shared else Permission.LIVE_VIEW


def _found(work: Work, wall_id: str) -> Wall:
    wall = store.find_wall(work.connection, wall_id)
    if wall is None or not (wall.shared or wall.owner_id == work.access.person_id):
        raise not_found("wall_unknown", "There is no such wall.")
    return wall


def _groups(connection: Connection) -> dict[CameraId, str]:
    return {camera.id: camera.group for camera in all_cameras(connection)}


def _audit(work: Work, act: str, wall: Wall) -> None:
    """Shared ones only: how one person arranges their own screen is nobody's business."""
    if wall.shared:
        work.audit(act, wall.id, name=wall.name)
