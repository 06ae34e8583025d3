"""From characters to a plate that some country issues, and from several looks to one answer."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sereno.analytics.plates.reader import collapsed, text_boxes
from sereno.analytics.plates.text import ALPHABET, Characters, plate_text
from sereno.analytics.plates.votes import PlateDesk, PlateVote
from sereno.core.geometry import Box

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BOX = Box(0.4, 0.6, 0.5, 0.65)


def characters(text: str, certainty: float = 0.95) -> Characters:
    table = np.full((len(text), len(ALPHABET)), (1 - certainty) / (len(ALPHABET) - 1), np.float32)
    for row, sign in zip(table, text, strict=True):
        row[ALPHABET.index(sign)] = certainty
    return table


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("AF417KD", "AF417KD"),
        ("AF4I7KD", "AF417KD"),
        ("4F417KD", None),
        ("ABC123", "ABC123"),
        ("A8C1Z3", "ABC123"),
        ("ABC1234", "ABC1234"),
        ("ABC1D23", "ABC1D23"),
        ("ABC10Z3", "ABC1023"),
        ("OIO0O10", "OIO0O10"),
        ("IAF417KD", "AF417KD"),
        ("HOLA", None),
        ("", None),
    ],
)
def test_a_country_pattern_repairs_what_looks_alike(seen: str, meant: str | None) -> None:
    found = plate_text(characters(seen))
    assert (found.text if found else None) == meant


def test_the_second_guess_of_the_recogniser_counts() -> None:
    table = characters("AF417KD")
    table[3] = 0
    table[3, ALPHABET.index("X")], table[3, ALPHABET.index("1")] = 0.6, 0.4
    found = plate_text(table)
    assert found is not None
    assert found.text == "AF417KD"
    assert found.confidence < 0.95


@given(st.text(ALPHABET, max_size=12), st.floats(0.3, 1))
def test_any_text_gives_a_plate_of_a_known_shape_or_none(text: str, certainty: float) -> None:
    found = plate_text(characters(text, certainty))
    if found is not None:
        shape = "".join("L" if sign.isalpha() else "D" for sign in found.text)
        assert shape in {"LLDDDLL", "LLLDDD", "LDDDLLL", "DDDLLL", "LLLDDDD", "LLLDLDD", "LLLLDDD", "LLLLDD"}
        assert 0 < found.confidence <= 1


def test_time_steps_of_the_recogniser_are_merged() -> None:
    steps = np.zeros((8, 37), np.float32)
    for row, (sign, certainty) in enumerate(
        [("", 0.9), ("A", 0.6), ("A", 0.8), ("", 0.9), ("A", 0.7), ("1", 0.9), ("", 0.9), ("Z", 0.1)]
    ):
        steps[row, ALPHABET.index(sign) + 1 if sign else 0] = certainty
    merged = collapsed(steps)
    assert [ALPHABET[i] for i in merged.argmax(axis=1)] == ["A", "A", "1"]
    assert merged[0].max() == pytest.approx(0.8)
    assert collapsed(np.zeros((5, 37), np.float32)).shape == (0, 36)


def test_regions_shaped_like_a_plate_are_boxed_largest_first() -> None:
    likely = np.zeros((160, 320), np.float32)
    likely[100:112, 100:190] = 0.9
    likely[20:26, 30:70] = 0.9
    likely[60:100, 250:258] = 0.9  # upright: a lamp
    boxes = text_boxes(likely)
    assert len(boxes) == 2
    assert boxes[0].left < 100 / 320 < 190 / 320 < boxes[0].right
    assert boxes[0].top < 100 / 160 < 112 / 160 < boxes[0].bottom
    assert text_boxes(np.zeros((32, 32), np.float32)) == []


def desk(*votes: tuple[str, float]) -> PlateDesk:
    result = PlateDesk()
    for i, (text, confidence) in enumerate(votes):
        result = result.after(PlateVote(text, confidence, BOX), START + timedelta(seconds=0.4 * i))
    return result


def test_one_look_is_no_reading_and_two_that_agree_are() -> None:
    assert desk(("AF417KD", 0.9)).reading is None
    reading = desk(("AF417KD", 0.9), ("AF417KD", 0.8)).reading
    assert reading is not None
    assert (reading.text, reading.confidence) == ("AF417KD", 0.85)


def test_each_place_is_won_by_its_own_majority() -> None:
    reading = desk(("AF417KD", 0.9), ("AF417KO", 0.5), ("AE417KD", 0.6), ("AF417", 0.9)).reading
    assert reading is not None
    assert reading.text == "AF417KD"
    assert reading.confidence < 0.6


def test_looks_are_frequent_until_the_answer_is_settled() -> None:
    at = START + timedelta(seconds=60)
    assert PlateDesk().wants(at)
    young, settled = desk(("AF417KD", 0.95)), desk(*[("AF417KD", 0.95)] * 6)
    for one, pause_s, wants in ((young, 0.2, False), (young, 0.3, True), (settled, 1.0, False), (settled, 2.1, True)):
        assert one.looked_at is not None
        assert one.wants(one.looked_at + timedelta(seconds=pause_s)) is wants


def test_a_look_that_reads_nothing_counts_as_a_look_and_votes_are_bounded() -> None:
    blank = PlateDesk().after(None, START)
    assert blank.votes == ()
    assert not blank.wants(START)
    assert len(desk(*[("AF417KD", 0.9)] * 50).votes) == 30
