"""Which readings are a sought plate, and which only look like one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sereno.core.errors import AppError
from sereno.core.ids import ListEntryId
from sereno.watchlists.matching import PlateIndex, normalised
from sereno.watchlists.model import ListKind, SoughtPlate

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
plates = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=4, max_size=8)


def sought(plate: str, list_: ListKind = ListKind.STOLEN, days: float = 1, entry: str = "") -> SoughtPlate:
    return SoughtPlate(
        entry_id=ListEntryId(entry or plate), plate=plate, list=list_, expires_at=NOW + timedelta(days=days)
    )


def found(index: PlateIndex, text: str) -> list[tuple[str, int]]:
    return [(match.plate.entry_id, match.characters_off) for match in index.match(text, NOW)]


@pytest.mark.parametrize(
    ("written", "plate"),
    [("AF 417 KD", "AF417KD"), ("af-417-kd", "AF417KD"), ("abc·1b23", "ABC1B23"), ("ÁB1234", "AB1234")],
)
def test_a_plate_is_kept_without_ornament(written: str, plate: str) -> None:
    assert normalised(written) == plate


@pytest.mark.parametrize(
    "text", ["", "AB1", "ABCDEFGHIJK", "AF417KD; DROP TABLE", "\u0410\u04121234", "AF417🚗", "\x00\x00\x00\x00"]
)
def test_what_is_no_plate_is_refused(text: str) -> None:
    with pytest.raises(AppError, match="is not a plate"):
        normalised(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AF417KD", [("AF417KD", 0)]),
        ("AF4I7KD", [("AF417KD", 1)]),
        ("AF4I7K0", []),
        ("AF417KE", []),
        ("AF417K", []),
        ("AF417KDD", []),
    ],
    ids=["exact", "one confused", "two off", "another letter", "shorter", "longer"],
)
def test_a_reading_of_one_sought_plate(text: str, expected: list[tuple[str, int]]) -> None:
    assert found(PlateIndex.of([sought("AF417KD")]), text) == expected


def test_a_whole_plate_of_a_known_pattern_is_taken_at_its_word() -> None:
    index = PlateIndex.of([sought("ABC1B23")])
    assert found(index, "ABC1823") == []
    assert found(index, "A8C1B23") == [("ABC1B23", 1)]


def test_the_most_urgent_list_comes_first_and_an_allowed_plate_silences_none() -> None:
    index = PlateIndex.of(
        [
            sought("AF417KD", ListKind.ALLOWED, entry="a"),
            sought("AF417KD", ListKind.ALERT, entry="b"),
            sought("AF417KD", ListKind.STOLEN, entry="c"),
            sought("AF417KD", ListKind.STOLEN, days=-1, entry="expired"),
        ]
    )
    assert [entry for entry, _ in found(index, "AF417KD")] == ["c", "b", "a"]


@given(st.sets(plates, max_size=20), plates)
def test_a_match_is_never_more_than_one_confusable_character_away(listed: set[str], text: str) -> None:
    alike = [set("O0"), set("I1"), set("B8"), set("S5"), set("Z2")]
    index = PlateIndex.of(sought(plate) for plate in listed)
    matches = found(index, text)
    assert (text in listed) == ((text, 0) in matches)
    for plate, off in matches:
        differing = [{a, b} for a, b in zip(text, plate, strict=True) if a != b]
        assert len(differing) == off <= 1
        assert all(pair in alike for pair in differing)
