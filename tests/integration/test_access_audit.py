"""Whoever edits the audit log with a database tool is found."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from sereno.access import audit
from sereno.access.audit import audit_rows
from sereno.access.model import Permission, Role
from sereno.access.work import Workplace
from sereno.core.clock import ManualClock
from sereno.core.errors import AppError
from sereno.runtime.database import Database
from tests.centre import access_as, open_workplace

pytestmark = pytest.mark.integration

CLOCK = ManualClock()


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[Workplace]:
    with open_workplace(tmp_path, CLOCK) as opened:
        operator = access_as(Role.OPERATOR, CLOCK)
        for number in range(10):
            with opened.work(operator, Permission.ALERTS_DECIDE) as work:
                work.audit("alert.decide", f"alert {number}", outcome="real", note="ñandú ' \" \\")
        yield opened


def fault_of(workplace: Workplace) -> audit.AuditFault | None:
    return audit.verify_database(workplace.database).fault


def test_an_untouched_log_is_sound_also_when_read_only(workplace: Workplace) -> None:
    database = Database(workplace.database.path, read_only=True)
    report = audit.verify_database(database)
    database.close()
    assert (report.rows, report.fault) == (10, None)


@pytest.mark.parametrize(
    "column", ["at", "person_id", "person_name", "role", "purpose", "act", "subject", "detail", "chain"]
)
def test_an_edited_row_is_found(workplace: Workplace, column: str) -> None:
    with workplace.database.write() as connection:
        connection.execute(update(audit_rows).where(audit_rows.c.number == 4).values({column: "otra cosa"}))
    fault = fault_of(workplace)
    assert fault is not None
    assert fault.number == 4


def test_a_removed_row_is_found(workplace: Workplace) -> None:
    with workplace.database.write() as connection:
        connection.execute(delete(audit_rows).where(audit_rows.c.number == 4))
    fault = fault_of(workplace)
    assert fault is not None
    assert fault == audit.AuditFault(4, "Row 4 is missing: the next one is 5.")


def test_a_removed_row_is_found_when_the_others_are_numbered_anew(workplace: Workplace) -> None:
    with workplace.database.write() as connection:
        connection.execute(delete(audit_rows).where(audit_rows.c.number == 4))
        for number in range(5, 11):
            connection.execute(update(audit_rows).where(audit_rows.c.number == number).values(number=number - 1))
    fault = fault_of(workplace)
    assert fault is not None
    assert fault.number == 4


def test_reordered_rows_are_found(workplace: Workplace) -> None:
    with workplace.database.write() as connection:
        for old, new in ((4, 99), (5, 4), (99, 5)):
            connection.execute(update(audit_rows).where(audit_rows.c.number == old).values(number=new))
    fault = fault_of(workplace)
    assert fault is not None
    assert fault.number == 4


def test_a_put_in_row_is_found(workplace: Workplace) -> None:
    with workplace.database.write() as connection:
        row = connection.execute(select(audit_rows).where(audit_rows.c.number == 10)).one()
        connection.execute(insert(audit_rows), {**row._mapping, "number": 11})
    fault = fault_of(workplace)
    assert fault is not None
    assert fault.number == 11


def test_rows_missing_at_the_end_are_found_against_a_checkpoint_kept_elsewhere(workplace: Workplace) -> None:
    checkpoint = audit.verify_database(workplace.database).checkpoint
    with workplace.work(access_as(Role.OPERATOR, CLOCK), Permission.ALERTS_DECIDE) as work:
        work.audit("alert.decide", "another")
    assert audit.verify_database(workplace.database, checkpoint).fault is None
    with workplace.database.write() as connection:
        connection.execute(delete(audit_rows).where(audit_rows.c.number >= 9))
    assert fault_of(workplace) is None
    fault = audit.verify_database(workplace.database, checkpoint).fault
    assert fault is not None
    assert fault.number == 8


def test_work_that_fails_leaves_no_row_and_denied_work_does_not_begin(workplace: Workplace) -> None:
    operator = access_as(Role.OPERATOR, CLOCK)

    def fail() -> None:
        with workplace.work(operator, Permission.ALERTS_DECIDE) as work:
            work.audit("alert.decide", "never")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with (
        pytest.raises(AppError, match=r"people\.edit"),
        workplace.work(operator, Permission.PEOPLE_EDIT),
    ):
        pytest.fail("it began")
    assert audit.verify_database(workplace.database).rows == 10
