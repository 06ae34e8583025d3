"""Who may call a route: every route asks the guard for its ``Access`` or says that it is public.

    def incidents_api(incidents: Incidents, guard: Guard) -> APIRouter:
        routes = APIRouter(prefix="/incidents")

        @routes.get("")
        def list_incidents(
            access: Annotated[Access, Depends(guard.needs(Permission.INCIDENTS_VIEW))],
        ) -> list[Incident]: ...

The marks stay in the route's dependencies, where ``access.matrix`` finds them.
"""

from dataclasses import dataclass
from typing import Protocol

from starlette.requests import HTTPConnection

from sereno.access.model import Access, Permission, Person, Purpose
from sereno.core.errors import AppError, ErrorKind, invalid
from sereno.core.ids import IncidentId, is_id

SESSION_COOKIE = "sereno_session"
PURPOSE_HEADER = "X-Sereno-Purpose"
CASE_HEADER = "X-Sereno-Case"


class SessionLookup(Protocol):
    def person_of(self, token: str) -> Person | None:
        """Whose session it is, while it lasts."""
        ...


@dataclass(frozen=True, slots=True)
class Needs:
    """A dependency of a route: yields the ``Access`` of who asks. ``permission`` None means signed in, no more.

    Raises: AppError not_signed_in (401), permission_missing (403), purpose_unknown and case_unknown (400).
    """

    permission: Permission | None
    _sessions: SessionLookup

    def __call__(self, connection: HTTPConnection) -> Access:
        person = self._sessions.person_of(connection.cookies.get(SESSION_COOKIE, ""))
        if person is None:
            raise not_signed_in()
        access = access_of(person, connection.headers.get(PURPOSE_HEADER), connection.headers.get(CASE_HEADER))
        if self.permission is not None:
            access.require(self.permission)
        return access


def public() -> None:
    """The mark of a route that anybody may call: ``dependencies=[Depends(public)]``."""


class Guard:
    """Given to each package's ``api``; ``Depends(guard.needs(Permission.X))`` yields an ``Access``."""

    def __init__(self, sessions: SessionLookup) -> None:
        self._sessions = sessions

    def needs(self, permission: Permission) -> Needs:
        return Needs(permission, self._sessions)

    def signed_in(self) -> Needs:
        """For routes that every person of the centre may call."""
        return Needs(None, self._sessions)


def not_signed_in() -> AppError:
    return AppError(ErrorKind.DENIED, "not_signed_in", "Nobody is signed in here.", "Sign in; a session lasts a shift.")


def access_of(person: Person, purpose: str | None, case: str | None) -> Access:
    """The access that a request's headers claim. Without a purpose it is a case's work, or else monitoring.

    The purpose ``system`` cannot be claimed from outside.
    """
    if case is not None and not is_id(case):
        raise invalid("case_unknown", f"{CASE_HEADER} is not the id of an incident.")
    stated = Purpose.MONITORING if case is None else Purpose.INCIDENT
    if purpose is not None:
        claimable = [each for each in Purpose if each is not Purpose.SYSTEM]
        if purpose not in claimable:
            raise invalid("purpose_unknown", f"{PURPOSE_HEADER} is none of {', '.join(claimable)}.")
        stated = Purpose(purpose)
    incident = None if case is None else IncidentId(case)
    return Access(person.id, person.name, person.role, stated, incident, person.camera_groups)
