"""Routes of saved walls."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.cameras.walls.model import Wall, WallPage
from sereno.cameras.walls.service import NewWall, Walls
from sereno.runtime.http import Body


class WallBody(Body):
    name: str
    pages: tuple[WallPage, ...]
    shared: bool = False

    def new(self) -> NewWall:
        return NewWall(name=self.name, pages=self.pages, shared=self.shared)


def walls_api(walls: Walls, guard: Guard) -> APIRouter:
    routes = APIRouter(prefix="/walls", tags=["cameras"])
    viewer = Depends(guard.needs(Permission.LIVE_VIEW))

    @routes.get("")
    def list_walls(access: Annotated[Access, viewer]) -> tuple[Wall, ...]:
        return walls.list(access)

    @routes.post("", status_code=201)
    def save_wall(body: WallBody, access: Annotated[Access, viewer]) -> Wall:
        return walls.save(access, body.new())

    @routes.put("/{wall_id}")
    def replace_wall(wall_id: str, body: WallBody, access: Annotated[Access, viewer]) -> Wall:
        return walls.replace(access, wall_id, body.new())

    @routes.delete("/{wall_id}", status_code=204)
    def delete_wall(wall_id: str, access: Annotated[Access, viewer]) -> None:
        walls.delete(access, wall_id)

    return routes
