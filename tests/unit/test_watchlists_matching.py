"""Which readings are a sought plate, and which only look like one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sereno.core.errors import AppError
from sereno.core.ids import ListEntryId
from sereno.watchlists import plate_codes
from sereno.watchlists.matching import PlateIndex, normalised
from sereno.watchlists.model import Likeness, ListKind, SoughtPlate

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
plates = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=4, max_size=8)


def sought(plate: str, list_: ListKind = ListKind.STOLEN, days: float = 1, entry: str = "") -> SoughtPlate:
    return SoughtPlate(
        entry_id=ListEntryId(entry or plate), plate=plate, list=list_, expires_at=NOW + timedelta(days=days)
    )


def found(index: PlateIndex, text: str) -> list[tuple[str, Likeness]]:
    return [(match.plate.entry_id, match.likeness) for match in index.match(text, NOW)]


def one_edit_apart(a: str, b: str) -> bool:
    """By the definition: one sign changed, left out or put in."""
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) == 1
    short, long = sorted((a, b), key=len)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


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
        ("AF417KD", [("AF417KD", Likeness.EXACT)]),
        ("AF4I7KD", [("AF417KD", Likeness.CONFUSED)]),
        ("AF4I7K0", []),
        ("AF417KE", [("AF417KD", Likeness.ONE_OFF)]),
        ("AF417K", [("AF417KD", Likeness.ONE_OFF)]),
        ("AF417KDD", [("AF417KD", Likeness.ONE_OFF)]),
    ],
    ids=["exact", "one confused", "two off", "another letter", "shorter", "longer"],
)
def test_a_reading_of_one_sought_plate(text: str, expected: list[tuple[str, Likeness]]) -> None:
    assert found(PlateIndex.of([sought("AF417KD")]), text) == expected


def test_a_whole_plate_of_a_known_pattern_is_taken_at_its_word() -> None:
    index = PlateIndex.of([sought("ABC1B23")])
    assert found(index, "ABC1823") == [("ABC1B23", Likeness.ONE_OFF)]
    assert found(index, "A8C1B23") == [("ABC1B23", Likeness.CONFUSED)]


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


def test_the_closest_comes_first() -> None:
    index = PlateIndex.of([sought("AF41", ListKind.ALLOWED), sought("AF4I"), sought("AF4X", ListKind.ALERT)])
    assert [likeness for _, likeness in found(index, "AF41")] == [*Likeness]


@given(st.sets(plates, max_size=20), plates, st.data())
def test_whatever_is_at_most_one_error_away_is_found_and_nothing_else(
    listed: set[str], text: str, data: st.DataObject
) -> None:
    place, sign = data.draw(st.integers(0, len(text))), data.draw(st.sampled_from("A0O"))
    listed |= {
        text[:place] + sign + text[place:],
        text[:place] + sign + text[place + 1 :],
        text[:place] + text[place + 1 :],
    }
    index = PlateIndex.of(sought(plate) for plate in listed)
    assert {entry for entry, _ in found(index, text)} == {p for p in listed if p == text or one_edit_apart(p, text)}


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=10))
def test_a_code_says_the_plate(plate: str) -> None:
    assert plate_codes.text(plate_codes.code(plate)) == plate
