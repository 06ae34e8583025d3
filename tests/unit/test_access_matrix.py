"""The authorization matrix names every route, and a route without a guard stops it."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from fastapi.staticfiles import StaticFiles

from sereno.access.guard import Guard, public
from sereno.access.matrix import Gate, gates, matrix_markdown
from sereno.access.model import Access, Permission, Person, Role
from sereno.core.errors import AppError


class NoSessions:
    def person_of(self, token: str) -> Person | None:
        return None


def town_api(guard: Guard) -> APIRouter:
    routes = APIRouter(prefix="/town")

    @routes.get("", dependencies=[Depends(public)])
    def see_town() -> str:
        return "town"

    @routes.post("/lamps")
    def add_lamp(access: Annotated[Access, Depends(guard.needs(Permission.CAMERAS_EDIT))]) -> str:
        return access.name

    @routes.websocket("/lamps")
    async def follow_lamps(websocket: WebSocket, access: Annotated[Access, Depends(guard.signed_in())]) -> None:
        await websocket.accept()

    return routes


def an_app() -> FastAPI:
    app = FastAPI(openapi_url=None)
    inner = APIRouter(prefix="/api")
    inner.include_router(town_api(Guard(NoSessions())))
    app.include_router(inner)
    return app


def test_every_route_is_named_with_what_it_needs() -> None:
    assert gates(an_app()) == [
        Gate("/api/town", "GET", "everybody"),
        Gate("/api/town/lamps", "POST", "cameras.edit"),
        Gate("/api/town/lamps", "WS", "signed in"),
    ]


def test_the_matrix_has_a_column_for_each_role() -> None:
    lines = matrix_markdown(an_app()).splitlines()
    assert lines[0] == f"| route | needs | {' | '.join(Role)} |"
    assert lines[3].count("✓") == 2  # administrator and IT edit cameras
    assert lines[4].count("✓") == len(Role)


def test_a_route_without_a_guard_is_named() -> None:
    app = an_app()

    @app.get("/api/open")
    def forgotten() -> str:
        return ""

    @app.websocket("/api/open-socket")
    async def forgotten_too(websocket: WebSocket) -> None:
        await websocket.accept()

    with pytest.raises(AppError, match=r"GET /api/open, WS /api/open-socket"):
        gates(app)


def test_the_consoles_files_are_open_only_when_said_so() -> None:
    app = an_app()
    app.mount("/console", StaticFiles(directory="."))
    with pytest.raises(AppError, match="/console"):
        gates(app)
    assert Gate("/console", "GET", "everybody") in gates(app, files=("/console",))
