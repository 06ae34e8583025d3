"""Who may search, why, and where: every search states what it is for and is written down with what it found."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import cos, radians, sin
from threading import Lock
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection

from sereno.access.model import Access, Permission, Purpose
from sereno.access.work import Workplace
from sereno.analytics.search.model import Circle, Query
from sereno.cameras.model import Camera
from sereno.cameras.store import all_cameras
from sereno.core.errors import AppError, denied, invalid, not_found
from sereno.core.geography import Position
from sereno.core.ids import CameraId, IncidentId, ObservationId, is_id

SHORTEST_REASON = 4
LONGEST_REASON = 500
ONE_LOOK_S = 600.0
_MOST_LOOKS = 20_000
MOST_IDS = 200
"""Of what was found that one audit row names."""
_QUERY: TypeAdapter[Query] = TypeAdapter(Query)

KnownIncident = Callable[[Connection, Access, IncidentId], object]
"""Raises AppError not_found when this access sees no such incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a search is for: an incident, or a reason in words."""

    purpose: Purpose
    incident_id: str | None = None
    reason: str = ""


@dataclass(slots=True)
class Entry:
    """What the audit row will say of a search, filled in while it runs."""

    detail: dict[str, str] = field(default_factory=dict)

    def found(self, ids: Sequence[ObservationId]) -> None:
        self.detail["found"] = str(len(ids))
        self.detail["ids"] = " ".join(ids[:MOST_IDS])


class SearchDesk:
    def __init__(self, workplace: Workplace, known_incident: KnownIncident) -> None:
        self._workplace = workplace
        self._known_incident = known_incident
        self._looks: dict[tuple[str, str], float] = {}
        self._lock = Lock()

    def admitted(self, access: Access, permission: Permission, stated: Stated) -> Access:
        """The access with what the search states.

        Raises: AppError denied; invalid ``search_without_reason``; not_found for an incident that is none.
        """
        if stated.incident_id is not None and not is_id(stated.incident_id):
            raise invalid("case_unknown", "That is not the id of an incident.")
        incident = None if stated.incident_id is None else IncidentId(stated.incident_id)
        reason = stated.reason.strip()
        if len(reason) > LONGEST_REASON or (incident is None and len(reason) < SHORTEST_REASON):
            raise invalid(
                "search_without_reason",
                "A search says what it is for.",
                f"Name the incident, or write the reason in {SHORTEST_REASON} to {LONGEST_REASON} signs.",
            )
        stating = access.stating(stated.purpose, incident)
        with self._workplace.look(stating, permission) as connection:
            if incident is not None:
                self._known_incident(connection, stating, incident)
        return stating

    @contextmanager
    def written_down(self, access: Access, permission: Permission, act: str, subject: str) -> Iterator[Entry]:
        """The audit row stands before anybody sees what was found; a search that failed is written down too."""
        entry = Entry()
        try:
            yield entry
        except AppError as error:
            entry.detail["failed"] = error.code
            self._write(access, permission, act, subject, entry)
            raise
        self._write(access, permission, act, subject, entry)
        shown = entry.detail.get("ids", "").split()
        with self._lock:
            self._remember([(access.person_id, each) for each in shown], self._workplace.clock.monotonic_s())

    def write_look(self, access: Access, act: str, subject: ObservationId) -> None:
        """Written once in ten minutes; what a search of this person named is part of that search for so long."""
        key = access.person_id, subject
        now_s = self._workplace.clock.monotonic_s()
        with self._lock:
            known = now_s - self._looks.get(key, -ONE_LOOK_S) < ONE_LOOK_S
            self._remember([key], now_s)
        if not known:
            self._write(access, Permission.SEARCH_RUN, act, subject, Entry())

    def cameras(self, access: Access, permission: Permission) -> dict[CameraId, Camera]:
        """Those that exist for this access."""
        with self._workplace.look(access, permission) as connection:
            return {camera.id: camera for camera in all_cameras(connection) if access.sees_group(camera.group)}

    def _remember(self, keys: Sequence[tuple[str, str]], now_s: float) -> None:
        if len(self._looks) > _MOST_LOOKS:
            self._looks.clear()  # the next looks are written again
        self._looks.update((key, now_s) for key in keys)

    def _write(self, access: Access, permission: Permission, act: str, subject: str, entry: Entry) -> None:
        with self._workplace.work(access, permission) as work:
            work.audit(act, subject, **entry.detail)


def scope_of(query: Query, seen: dict[CameraId, Camera]) -> frozenset[CameraId]:
    """The cameras that the query asks, of those that are seen.

    Raises: AppError not_found ``camera_unknown`` for one that does not exist here.
    """
    drawn = [each.camera_id for each in (query.zone, query.line) if each is not None]
    for camera_id in (*query.cameras, *drawn):
        if camera_id not in seen:
            raise not_found("camera_unknown", "There is no such camera.")
    asked = set(query.cameras or seen)
    if drawn:
        asked &= set(drawn)
    if query.near is not None:
        asked &= {camera.id for camera in seen.values() if _covers(camera, query.near)}
    return frozenset(asked)


def query_text(query: Query) -> str:
    """What was asked, without what was left open, for the audit log."""
    kept: dict[str, Any] = _QUERY.dump_python(query, mode="json", exclude_defaults=True)
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def require_allowed(allowed: bool | None, source: str) -> None:
    """Raises: AppError denied where the law is not known to allow it."""
    if allowed is not True:
        raise denied(
            "appearance_search_not_allowed",
            f"Here nobody is searched for by how they look ({source or 'no rule allows it'}).",
            "Search by what was seen: kind, colour, plate, place and time.",
        )


def _covers(camera: Camera, circle: Circle) -> bool:
    """It stands there, or the middle of what it sees lies there."""
    view = camera.view
    if view.position.distance_m(circle.position) <= circle.radius_m:
        return True
    return _middle(camera).distance_m(circle.position) <= circle.radius_m


def _middle(camera: Camera) -> Position:
    view, half_m = camera.view, camera.view.range_m / 2
    bearing = radians(view.bearing_deg)
    return view.position.offset(half_m * sin(bearing), half_m * cos(bearing))
