"""Plate lists on a real database: who proposes, who approves, and when the analyst falls silent."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sereno.access.model import Role
from sereno.access.work import Workplace
from sereno.alerts.publishing import WatchPublisher
from sereno.alerts.service import Alerts
from sereno.alerts.watch import read_watch
from sereno.cameras.model import PlaceKind
from sereno.core.clock import ManualClock
from sereno.core.errors import AppError
from sereno.core.ids import ListEntryId
from sereno.main.facts import CENTRE_FACTS
from sereno.watchlists.events import PlateListChanged
from sereno.watchlists.model import EntryState, ListKind, PlateEntry
from sereno.watchlists.service import PlateLists, Proposal
from tests.alert_centre import add_camera, raised, someone, take_in, told
from tests.centre import open_workplace

pytestmark = pytest.mark.integration

ANA = someone("Ana", Role.OPERATOR)
SOFIA = someone("Sofía", Role.SUPERVISOR)
LUIS = someone("Luis", Role.POLICE_LIAISON)
ROOT = someone("Root", Role.ADMINISTRATOR)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def workplace(tmp_path: Path, clock: ManualClock) -> Iterator[Workplace]:
    with open_workplace(tmp_path, clock, *CENTRE_FACTS) as workplace:
        add_camera(workplace, "acceso", "sur", PlaceKind.CITY_ACCESS)
        yield workplace


@pytest.fixture
def alerts(workplace: Workplace) -> Alerts:
    return Alerts(workplace)


def proposal(clock: ManualClock, plate: str = "af 417-kd", days: float = 30) -> Proposal:
    return Proposal(
        plate=plate,
        list=ListKind.STOLEN,
        source="Registro provincial",
        legal_basis="Juzgado 3, oficio 112/2026",
        offence="Robo de automotor",
        expires_at=clock.now() + timedelta(days=days),
    )


@pytest.fixture
def publisher(workplace: Workplace, tmp_path: Path) -> WatchPublisher:
    return WatchPublisher(workplace, tmp_path / "watch.json")


@pytest.fixture
def lists(workplace: Workplace, publisher: WatchPublisher) -> PlateLists:
    return PlateLists(workplace, publisher.publish)


def on_watch(tmp_path: Path) -> list[str]:
    return [plate.plate for plate in read_watch(tmp_path / "watch.json").plates]


class TestPlateLists:
    def test_it_is_sought_once_another_person_approved(
        self, lists: PlateLists, publisher: WatchPublisher, clock: ManualClock, tmp_path: Path, workplace: Workplace
    ) -> None:
        publisher.publish()
        entry = lists.propose(LUIS, proposal(clock))
        assert (entry.plate, entry.state(clock.now())) == ("AF417KD", EntryState.PROPOSED)
        assert on_watch(tmp_path) == []
        lists.approve(SOFIA, entry.id)
        assert on_watch(tmp_path) == ["AF417KD"]
        (active,) = lists.entries(ANA)
        assert (active.approved_by_name, active.state(clock.now())) == ("Sofía", EntryState.ACTIVE)
        proposed, approved = told(workplace)
        assert isinstance(approved, PlateListChanged)
        assert (approved.caused_by, approved.entry) == (proposed.id, active)

    def test_who_proposed_does_not_approve(self, lists: PlateLists, clock: ManualClock) -> None:
        for person in (SOFIA, ROOT):
            own = lists.propose(person, proposal(clock))
            with pytest.raises(AppError) as refused:
                lists.approve(person, own.id)
            assert refused.value.code == "approver_is_proposer"
        with pytest.raises(AppError, match=r"does not hold lists\.approve"):
            lists.approve(LUIS, lists.propose(SOFIA, proposal(clock)).id)
        with pytest.raises(AppError, match=r"does not hold lists\.propose"):
            lists.propose(ANA, proposal(clock))

    def test_a_withdrawn_entry_is_gone_for_good(self, lists: PlateLists, clock: ManualClock, tmp_path: Path) -> None:
        entry = lists.propose(LUIS, proposal(clock))
        lists.approve(SOFIA, entry.id)
        gone = lists.withdraw(LUIS, entry.id, "El auto apareció")
        assert (gone.state(clock.now()), gone.withdrawal_reason) == (EntryState.WITHDRAWN, "El auto apareció")
        assert on_watch(tmp_path) == []
        with pytest.raises(AppError, match="AF417KD is withdrawn"):
            lists.approve(SOFIA, entry.id)
        with pytest.raises(AppError, match="AF417KD is withdrawn"):
            lists.withdraw(SOFIA, entry.id, "otra vez")

    def test_an_expired_entry_is_neither_sought_nor_approved(
        self, lists: PlateLists, publisher: WatchPublisher, clock: ManualClock, tmp_path: Path
    ) -> None:
        entries = [lists.propose(LUIS, proposal(clock, days=1)) for _ in range(2)]
        lists.approve(SOFIA, entries[0].id)
        clock.advance(86_400)
        publisher.publish()
        assert on_watch(tmp_path) == []
        with pytest.raises(AppError, match="is expired"):
            lists.approve(SOFIA, entries[1].id)

    def test_an_alert_for_an_entry_no_longer_in_force_is_told_to_nobody(
        self, lists: PlateLists, workplace: Workplace, alerts: Alerts, clock: ManualClock
    ) -> None:
        def passes(entry: PlateEntry | None) -> bool:
            entry_id = entry.id if entry else ListEntryId("unknown")
            return take_in(workplace, alerts, raised(clock, "acceso", list_entry_id=entry_id))

        entry = lists.propose(LUIS, proposal(clock))
        assert not passes(None)
        assert not passes(entry)
        lists.approve(SOFIA, entry.id)
        assert passes(entry)
        lists.withdraw(SOFIA, entry.id, "error de carga")
        assert not passes(entry)

    @pytest.mark.parametrize(
        ("broken", "code"),
        [
            ({"plate": "¡robado!"}, "plate_text"),
            ({"legal_basis": "  "}, "list_text"),
            ({"source": "x" * 201}, "list_text"),
            ({"offence": "robo\nde auto"}, "list_text"),
            ({"expires_at": ManualClock().wall}, "list_expiry"),
            ({"expires_at": ManualClock().wall + timedelta(days=400)}, "list_expiry"),
        ],
    )
    def test_an_entry_without_ground_or_end_is_refused(
        self, lists: PlateLists, clock: ManualClock, broken: dict[str, object], code: str
    ) -> None:
        with pytest.raises(AppError) as refused:
            lists.propose(LUIS, replace(proposal(clock), **broken))  # type: ignore[arg-type]
        assert refused.value.code == code
