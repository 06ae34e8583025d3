"""Routes of signing in, accounts and the audit log."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import SecretStr

from sereno.access.audit import AuditRow
from sereno.access.guard import SESSION_COOKIE, Guard, public
from sereno.access.model import GRANTS, Access, Permission, Person, Role
from sereno.access.service import SESSION_HOURS, NewPerson, People, PersonEdit, SignedIn, read_audit
from sereno.access.work import Workplace
from sereno.core.ids import PersonId
from sereno.runtime.http import Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every screen of this centre knows about it."""

    name: str
    timezone: str
    language: str
    media_port: int
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    person: Person
    permissions: tuple[Permission, ...]
    site: Site


class FirstRunBody(Body):
    token: SecretStr
    name: str
    password: SecretStr


class SignInBody(Body):
    name: str
    password: SecretStr


class PasswordBody(Body):
    old: SecretStr
    new: SecretStr


class NewPersonBody(Body):
    name: str
    role: Role
    password: SecretStr
    camera_groups: frozenset[str] = frozenset()


class PersonEditBody(Body):
    role: Role | None = None
    camera_groups: frozenset[str] | None = None
    enabled: bool | None = None
    password: SecretStr | None = None


def access_api(people: People, workplace: Workplace, site: Site, guard: Guard) -> APIRouter:
    routes = APIRouter()
    routes.include_router(_session_routes(people, site, guard))
    routes.include_router(_people_routes(people, guard))
    routes.include_router(_audit_routes(workplace, guard))
    return routes


def _session_routes(people: People, site: Site, guard: Guard) -> APIRouter:
    routes = APIRouter()

    @routes.post("/first-run", dependencies=[Depends(public)])
    def use_first_run(body: FirstRunBody, request: Request, response: Response) -> Session:
        token, password = body.token.get_secret_value(), body.password.get_secret_value()
        signed_in = people.use_first_run(token, body.name, password, _address(request))
        return _with_cookie(signed_in, site, request, response)

    @routes.post("/session", dependencies=[Depends(public)])
    def sign_in(body: SignInBody, request: Request, response: Response) -> Session:
        signed_in = people.sign_in(body.name, body.password.get_secret_value(), _address(request))
        return _with_cookie(signed_in, site, request, response)

    @routes.get("/session")
    def see_session(access: Annotated[Access, Depends(guard.signed_in())]) -> Session:
        return _session(people.find(access.person_id), site)

    @routes.delete("/session", status_code=204, dependencies=[Depends(public)])
    def sign_out(request: Request, response: Response) -> None:
        people.sign_out(request.cookies.get(SESSION_COOKIE, ""))
        response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict", secure=_secure(request))

    @routes.post("/session/password")
    def change_password(
        body: PasswordBody,
        access: Annotated[Access, Depends(guard.signed_in())],
        request: Request,
        response: Response,
    ) -> Session:
        old, new = body.old.get_secret_value(), body.new.get_secret_value()
        signed_in = people.change_own_password(access, old, new, _address(request))
        return _with_cookie(signed_in, site, request, response)

    return routes


def _people_routes(people: People, guard: Guard) -> APIRouter:
    routes = APIRouter(prefix="/people")
    editor = Depends(guard.needs(Permission.PEOPLE_EDIT))

    @routes.get("")
    def list_people(access: Annotated[Access, editor]) -> tuple[Person, ...]:
        return people.everyone(access)

    @routes.post("", status_code=201)
    def add_person(body: NewPersonBody, access: Annotated[Access, editor]) -> Person:
        password = body.password.get_secret_value()
        new = NewPerson(name=body.name, role=body.role, password=password, camera_groups=body.camera_groups)
        return people.add(access, new)

    @routes.patch("/{person_id}")
    def edit_person(person_id: str, body: PersonEditBody, access: Annotated[Access, editor]) -> Person:
        password = None if body.password is None else body.password.get_secret_value()
        edit = PersonEdit(role=body.role, camera_groups=body.camera_groups, enabled=body.enabled, password=password)
        return people.edit(access, PersonId(person_id), edit)

    return routes


def _audit_routes(workplace: Workplace, guard: Guard) -> APIRouter:
    routes = APIRouter()

    @routes.get("/audit")
    def see_audit(
        access: Annotated[Access, Depends(guard.needs(Permission.AUDIT_READ))],
        after: Annotated[int | None, Query(ge=0)] = None,
        before: Annotated[int | None, Query(ge=1)] = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
    ) -> list[AuditRow]:
        return read_audit(workplace, access, limit, after=after, before=before)

    return routes


def _with_cookie(signed_in: SignedIn, site: Site, request: Request, response: Response) -> Session:
    response.set_cookie(
        SESSION_COOKIE,
        signed_in.token,
        max_age=SESSION_HOURS * 3600,
        httponly=True,
        samesite="strict",
        secure=_secure(request),
    )
    return _session(signed_in.person, site)


def _session(person: Person, site: Site) -> Session:
    return Session(person=person, permissions=tuple(sorted(GRANTS[person.role])), site=site)


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""
