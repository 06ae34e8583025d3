"""Who may do what: purposes, permissions, passwords, pauses, and which facts a screen sees."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sereno.access.facts_socket import FactRule, Visibility
from sereno.access.guard import access_of
from sereno.access.model import GRANTS, Access, Permission, Person, Purpose, Role, system_access
from sereno.access.passwords import FORGET_AFTER_S, Throttle, check_name, check_password, name_key, pause_s
from sereno.core.clock import ManualClock
from sereno.core.errors import AppError, RetryLaterError
from sereno.core.facts import Fact
from sereno.core.ids import CameraId, FactId, IncidentId, PersonId, is_id, new_id

CLOCK = ManualClock()
OPERATOR = Person(id=PersonId(new_id(CLOCK.now())), name="Ana", role=Role.OPERATOR, camera_groups=frozenset({"centro"}))
CASE = new_id(CLOCK.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Fact):
    camera_id: CameraId


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Fact):
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unruled(Fact):
    pass


def test_a_request_states_its_purpose_and_case() -> None:
    assert access_of(OPERATOR, None, None).purpose is Purpose.MONITORING
    assert access_of(OPERATOR, None, CASE).purpose is Purpose.INCIDENT
    stated = access_of(OPERATOR, "evidence", CASE)
    assert (stated.purpose, stated.case, stated.camera_groups) == (Purpose.EVIDENCE, CASE, OPERATOR.camera_groups)


@pytest.mark.parametrize(("purpose", "case"), [("system", None), ("curiosity", None), ("", None), (None, "../x")])
def test_a_purpose_that_nobody_may_claim_is_refused(purpose: str | None, case: str | None) -> None:
    with pytest.raises(AppError):
        access_of(OPERATOR, purpose, case)


def test_nobody_states_that_he_is_sereno_itself() -> None:
    access = access_of(OPERATOR, None, None)
    with pytest.raises(AppError):
        access.stating(Purpose.SYSTEM, None)
    assert access.stating(Purpose.EVIDENCE, IncidentId(CASE)).case == CASE


def test_every_role_holds_what_its_work_needs_and_no_more() -> None:
    assert GRANTS[Role.ADMINISTRATOR] == frozenset(Permission)
    assert GRANTS[Role.CREW] == {Permission.UNITS_REPORT}
    for role in Role:
        if role is not Role.ADMINISTRATOR:
            assert Permission.PEOPLE_EDIT not in GRANTS[role]
    assert Permission.LIVE_VIEW not in GRANTS[Role.AUDITOR]
    assert system_access("intake").may(Permission.PEOPLE_EDIT)


def test_an_id_is_known_by_its_form() -> None:
    assert is_id(new_id(CLOCK.now()))


@given(st.text(max_size=40))
def test_nothing_else_is_taken_for_an_id(text: str) -> None:
    assert not is_id(text) or len(text) == 26


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("corta", "password_short"),
        ("x" * 201, "password_long"),
        ("aaaaaaaaaaaa", "password_simple"),
        ("soy ANA PÉREZ de verdad", "password_names_person"),
    ],
)
def test_a_poor_password_is_refused_in_words_without_it(password: str, code: str) -> None:
    with pytest.raises(AppError) as refused:
        check_password(password, "ana  pérez")
    assert refused.value.code == code
    assert password not in str(refused.value)


def test_a_good_password_is_taken() -> None:
    assert check_password("tres palabras largas", "Ana Pérez") == "tres palabras largas"


def test_names_that_look_the_same_are_the_same() -> None:
    # full width letters, and an accent written as its own character
    assert name_key("\uff21na  PE\u0301REZ ") == name_key("ana p\u00e9rez")
    assert check_name("  Ana \t Pérez ") == "Ana Pérez"
    for bad in ("", "A", "x" * 81, "Ana\x00B", "Ana\u202eB"):
        with pytest.raises(AppError):
            check_name(bad)


def test_wrong_passwords_cost_a_growing_pause() -> None:
    assert [pause_s(n) for n in (0, 2, 3, 4, 5, 7, 8, 9, 10_000)] == [0, 0, 1, 2, 4, 16, 30, 30, 30]


def test_a_pause_is_for_one_name_from_one_address_and_is_not_lengthened_by_trying() -> None:
    clock = ManualClock()
    throttle = Throttle(clock)
    for _ in range(3):
        throttle.begin("Ana", "10.0.0.9")
    for _ in range(50):
        with pytest.raises(RetryLaterError, match="wait 2 s"):
            throttle.begin("ANA", "10.0.0.9")
    throttle.begin("Ana", "10.0.0.10")
    throttle.begin("Beto", "10.0.0.9")
    clock.advance(1.1)
    throttle.begin("Ana", "10.0.0.9")
    with pytest.raises(RetryLaterError):
        throttle.begin("Ana", "10.0.0.9")


def test_a_right_password_or_a_quarter_of_an_hour_forgets() -> None:
    clock = ManualClock()
    throttle = Throttle(clock)
    for _ in range(3):
        throttle.begin("Ana", "a")
        throttle.begin("Beto", "a")
    throttle.succeeded("ana", "a")
    throttle.begin("Ana", "a")
    clock.advance(FORGET_AFTER_S + 1)
    for _ in range(3):
        throttle.begin("Beto", "a")


def test_the_throttle_remembers_a_bounded_number_of_names() -> None:
    throttle = Throttle(ManualClock())
    for number in range(10_050):
        throttle.begin(f"name {number}", "a")
    assert len(throttle._attempts) == 10_000


def _access(role: Role, *groups: str) -> Access:
    return Access(PersonId("p"), "p", role, Purpose.MONITORING, None, frozenset(groups))


def test_a_screen_gets_the_facts_its_person_may_see() -> None:
    groups = {CameraId("c1"): "centro", CameraId("c2"): "norte"}
    rules = (FactRule(Seen, Permission.ALERTS_VIEW, lambda fact: fact.camera_id), FactRule(Said, Permission.UNITS_VIEW))
    visibility = Visibility(rules, groups.get)
    at, fact_id = CLOCK.now(), FactId("f")
    centro, norte, unknown = (Seen(id=fact_id, at=at, camera_id=CameraId(each)) for each in ("c1", "c2", "c3"))
    said = Said(id=fact_id, at=at, words="x")
    assert [visibility.sees(_access(Role.OPERATOR), fact) for fact in (centro, norte, unknown, said)] == [True] * 4
    some = _access(Role.OPERATOR, "centro")
    assert [visibility.sees(some, fact) for fact in (centro, norte, unknown, said)] == [True, False, False, True]
    crew = _access(Role.CREW)
    assert not any(visibility.sees(crew, fact) for fact in (centro, norte, unknown, said))
    assert not visibility.sees(_access(Role.ADMINISTRATOR), Unruled(id=fact_id, at=at))
