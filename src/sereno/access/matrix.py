"""The authorization matrix: which role may call which route, read from the routes themselves."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute, RouteContext, iter_route_contexts

from sereno.access.guard import Needs, public
from sereno.access.model import GRANTS, Permission, Role
from sereno.core.errors import AppError, ErrorKind

EVERYBODY = "everybody"
SIGNED_IN = "signed in"


@dataclass(frozen=True, slots=True, order=True)
class Gate:
    """One method of one route. ``needs`` is a permission, ``signed in`` or ``everybody``."""

    path: str
    method: str
    needs: str

    def opens_for(self, role: Role) -> bool:
        return self.needs in (EVERYBODY, SIGNED_IN) or Permission(self.needs) in GRANTS[role]


def gates(app: FastAPI, files: Collection[str] = ()) -> list[Gate]:
    """Every route of the app. ``files`` are paths of mounts and plain routes that serve the console's own files.

    Raises: AppError internal, naming each route that asks the guard for nothing.
    """
    found = sorted(gate for route in iter_route_contexts(app.routes) for gate in _gates_of(route, files))
    open_ones = [f"{gate.method} {gate.path}" for gate in found if not gate.needs]
    if open_ones:
        raise AppError(ErrorKind.INTERNAL, "route_unguarded", f"Routes without a guard: {', '.join(open_ones)}.")
    return found


def matrix_page(app: FastAPI, files: Collection[str] = ()) -> str:
    """The whole page for ``docs/generated``."""
    return (
        f"# Who may call what\n\nRead from the routes and from `access.model.GRANTS`.\n\n{matrix_markdown(app, files)}"
    )


def matrix_markdown(app: FastAPI, files: Collection[str] = ()) -> str:
    """A table of routes by roles, for ``docs/``."""
    head = ["route", "needs", *Role]
    rows = [
        [f"`{gate.method} {gate.path}`", gate.needs, *("✓" if gate.opens_for(role) else "" for role in Role)]
        for gate in gates(app, files)
    ]
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _gates_of(route: RouteContext, files: Collection[str]) -> Iterator[Gate]:
    path = route.path or "/"
    if isinstance(route.original_route, APIRoute):
        for method in sorted(route.methods or ()):
            yield Gate(path, method, _needs(route.dependant))
    elif isinstance(route.original_route, APIWebSocketRoute):
        yield Gate(path, "WS", _needs(route.dependant))
    else:
        yield Gate(path, "GET", EVERYBODY if path in files else "")


def _needs(dependant: Dependant) -> str:
    """The strictest mark among a route's dependencies; empty when there is none."""
    marks = {_mark(each) for each in _all(dependant)} - {""}
    for mark in (*(permission.value for permission in Permission), SIGNED_IN, EVERYBODY):
        if mark in marks:
            return mark
    return ""


def _mark(dependant: Dependant) -> str:
    if isinstance(dependant.call, Needs):
        return SIGNED_IN if dependant.call.permission is None else dependant.call.permission.value
    return EVERYBODY if dependant.call is public else ""


def _all(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for inner in dependant.dependencies:
        yield from _all(inner)
