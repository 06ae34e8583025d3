"""From a recogniser's time steps to a plate that some country issues, and from several looks to one answer."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sereno.analytics.model import Approach
from sereno.analytics.plates.fusion import Look, PlateText, calibrated, decided, merged
from sereno.analytics.plates.lattice import Steps, hypotheses
from sereno.analytics.plates.lines import Line, plate_places, strip, text_lines, whole_plate_strip
from sereno.analytics.plates.patterns import ALPHABET, LONGEST, PATTERNS, SHORTEST, is_whole_plate, shape_prior
from sereno.analytics.plates.votes import PlateDesk, PlateVote
from sereno.core.geometry import Box

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BOX = Box(0.4, 0.6, 0.5, 0.65)
CAR = Box(0.3, 0.3, 0.6, 0.7)


def steps(text: str, certainty: float = 0.95) -> Steps:
    """Each sign at one step, one step without a sign between two."""
    table = np.full((2 * len(text) + 1, len(ALPHABET) + 1), (1 - certainty) / len(ALPHABET))
    table[::2] = 0.002 / len(ALPHABET)
    table[::2, 0] = 0.998
    for row, sign in enumerate(text):
        table[2 * row + 1, ALPHABET.index(sign) + 1] = certainty
    return table


def look(text: str, country: str = "AR", certainty: float = 0.95) -> Look:
    return Look(hypotheses(steps(text, certainty), tuple(shape_prior(country))))


def plate(text: str, country: str = "AR", certainty: float = 0.95) -> PlateText | None:
    return decided(look(text, country, certainty), shape_prior(country))


@pytest.mark.parametrize(
    ("seen", "country", "meant"),
    [
        ("AF417KD", "AR", "AF417KD"),
        ("AF4I7KD", "AR", "AF417KD"),
        ("ABC123", "AR", "ABC123"),
        ("A8C1Z3", "AR", "ABC123"),
        ("ABC1234", "AR", "ABC1234"),
        ("ABC1D23", "BR", "ABC1D23"),
        ("ABC10Z3", "BR", "ABC1023"),
        ("OIO0O10", "BR", "OIO0O10"),
        ("IAF417KD", "AR", "AF417KD"),
        ("BBCC12", "CL", "BBCC12"),
        ("ABC12D", "CO", "ABC12D"),
        ("A1B234", "PE", "A1B234"),
        ("1234BCD", "AR", "1234BCD"),
        ("8XYZ12", "US", "8XYZ12"),
    ],
)
def test_the_countries_patterns_decide_what_looks_alike(seen: str, country: str, meant: str) -> None:
    found = plate(seen, country)
    assert found is not None
    assert found.text == meant


def test_a_site_expects_its_own_country_and_still_reads_the_others() -> None:
    prior = shape_prior("AR")
    assert sum(prior.values()) == pytest.approx(1)
    assert sum(shape_prior("").values()) == pytest.approx(1)
    assert prior["LLDDDLL"] > shape_prior("BR")["LLDDDLL"] > shape_prior("BR")["XXXXX"]
    for pattern in (p for p in PATTERNS if p.share >= 0.3):
        text = "".join({"L": "K", "D": "4"}[kind] for kind in pattern.shape)
        found = plate(text, "AR", certainty=0.998)
        assert found is not None
        assert found.text == text


def test_the_second_guess_of_the_recogniser_counts() -> None:
    table = steps("AF417KD")
    table[7] = 0.001
    table[7, ALPHABET.index("X") + 1], table[7, ALPHABET.index("1") + 1] = 0.6, 0.35
    prior = shape_prior("AR")
    found, sure = decided(Look(hypotheses(table, tuple(prior))), prior), plate("AF417KD")
    assert found is not None
    assert sure is not None
    assert found.text == "AF417KD"
    assert found.confidence < sure.confidence


@settings(max_examples=20)
@given(st.text(ALPHABET, max_size=10), st.floats(0.3, 1))
def test_any_text_gives_a_plate_of_a_possible_shape(text: str, certainty: float) -> None:
    found = plate(text, certainty=certainty)
    assert found is not None
    assert is_whole_plate(found.text) or SHORTEST <= len(found.text) <= LONGEST
    assert 0 <= found.confidence <= 1


def test_each_place_has_its_own_probabilities_and_a_hidden_one_is_open() -> None:
    prior = shape_prior("AR")
    best = hypotheses(steps("AF417KD"), tuple(prior))[0]
    assert best.shape == "LLDDDLL"
    assert best.places.sum(axis=1) == pytest.approx(np.ones(7), abs=1e-3)
    cut = next(h for h in hypotheses(steps("F417KD"), ("LLDDDLL",)))
    assert cut.places[0].max() < 0.6
    assert "".join(ALPHABET[i] for i in cut.places[1:].argmax(axis=1)) == "F417KD"
    assert hypotheses(np.zeros((0, 37)), tuple(prior)) == ()


def test_a_sure_look_overrules_a_doubtful_one_and_a_partial_one_adds_to_it() -> None:
    prior = shape_prior("AR")
    doubtful, sure, partial = look("AE417KD", certainty=0.5), look("AF417KD"), look("417KD")
    assert decided(merged((doubtful, sure), 0.5), prior) == decided(merged((sure, doubtful), 0.5), prior)
    together = decided(merged((doubtful, sure, partial), 0.5), prior)
    assert together is not None
    assert together.text == "AF417KD"
    assert decided(merged((), 0.5), prior) is None
    assert merged((Look(()), sure), 0.5) is sure


def test_confidence_grows_with_certainty() -> None:
    values = [calibrated(certainty) for certainty in (0, 0.1, 0.5, 0.9, 1)]
    assert values == sorted(values)
    assert 0 <= values[0] < values[-1] <= 1


def test_regions_shaped_like_a_plate_are_boxed_largest_first() -> None:
    likely = np.zeros((160, 320), np.float32)
    likely[100:112, 100:190] = 0.9
    likely[20:26, 30:70] = 0.9
    likely[60:100, 250:258] = 0.9  # upright: a lamp
    lines = text_lines(likely)
    assert len(lines) == 2
    assert lines[0].box.left < 100 / 320 < 190 / 320 < lines[0].box.right
    assert lines[0].box.top < 100 / 160 < 112 / 160 < lines[0].box.bottom
    assert abs(lines[0].tilt) < 1
    assert text_lines(np.zeros((32, 32), np.float32)) == []


def test_a_line_that_runs_down_is_turned_upright() -> None:
    likely = np.zeros((160, 320), np.float32)
    for x in range(100, 200):
        y = 60 + (x - 100) // 8
        likely[y : y + 14, x] = 0.9
    (line,) = text_lines(likely)
    assert 4 < line.tilt < 10
    picture = np.repeat((likely * 255).astype(np.uint8)[:, :, None], 3, axis=2)
    level, flat = (strip(picture, plate_places([one])[0]) for one in (line, Line(line.box)))
    assert np.ptp(level[:, 5:-5].mean(axis=2).argmax(axis=0)) < np.ptp(flat[:, 5:-5].mean(axis=2).argmax(axis=0))


def test_two_lines_of_a_motorcycle_become_one() -> None:
    upper, lower = Line(Box(0.4, 0.5, 0.6, 0.56)), Line(Box(0.41, 0.58, 0.6, 0.64))
    apart = Line(Box(0.4, 0.8, 0.6, 0.86))
    places = plate_places([lower, upper, apart])
    assert places[0].lines == (upper, lower)
    assert len(places) == 4
    assert places[0].box == Box(0.4, 0.5, 0.6, 0.64)
    picture = np.zeros((100, 100, 3), np.uint8)
    assert strip(picture, places[0]).shape[1] > strip(picture, places[1]).shape[1]
    square, long = np.zeros((60, 80, 3), np.uint8), np.zeros((50, 150, 3), np.uint8)
    assert whole_plate_strip(square).shape[1] > 2 * square.shape[1] * 0.9
    assert whole_plate_strip(long) is long


def desk(*votes: tuple[str, float], vehicles: tuple[Box, ...] = ()) -> PlateDesk:
    result, prior = PlateDesk(), shape_prior("AR")
    for i, (text, certainty) in enumerate(votes):
        seen = look(text, certainty=certainty)
        own = decided(seen, prior)
        assert own is not None
        vehicle = vehicles[i] if vehicles else CAR
        result = result.after(PlateVote(own, seen, BOX, vehicle), START + timedelta(seconds=0.4 * i), prior)
    return result


def test_one_look_is_no_reading_and_two_that_agree_are() -> None:
    assert desk(("AF417KD", 0.9)).reading is None
    reading = desk(("AF417KD", 0.9), ("AF417KD", 0.8)).reading
    assert reading is not None
    assert reading.text == "AF417KD"


def test_looks_of_different_lengths_and_signs_are_fused_place_by_place() -> None:
    reading = desk(("AF417KD", 0.9), ("AF417KO", 0.5), ("AE417KD", 0.6), ("AF417", 0.9), ("AF417KD", 0.9)).reading
    assert reading is not None
    assert reading.text == "AF417KD"


def test_looks_are_frequent_until_the_answer_is_settled() -> None:
    at = START + timedelta(seconds=60)
    assert PlateDesk().wants(at)
    young, settled = desk(("AF417KD", 0.95)), desk(*[("AF417KD", 0.95)] * 6)
    for one, pause_s, wants in ((young, 0.2, False), (young, 0.3, True), (settled, 1.0, False), (settled, 2.1, True)):
        assert one.looked_at is not None
        assert one.wants(one.looked_at + timedelta(seconds=pause_s)) is wants


def test_a_look_that_reads_nothing_counts_as_a_look_and_votes_are_bounded() -> None:
    blank = PlateDesk().after(None, START, shape_prior("AR"))
    assert blank.votes == ()
    assert not blank.wants(START)
    assert len(desk(*[("AF417KD", 0.9)] * 25).votes) == 20


def test_the_vehicles_growth_says_whether_it_comes_or_goes() -> None:
    near, far = Box(0.2, 0.2, 0.6, 0.6), Box(0.3, 0.3, 0.5, 0.5)
    for vehicles, approach in (((far, near), Approach.COMING), ((near, far), Approach.GOING), ((near, near), None)):
        reading = desk(("AF417KD", 0.9), ("AF417KD", 0.9), vehicles=vehicles).reading
        assert reading is not None
        assert reading.approach is approach


def test_the_plate_is_expected_where_it_was_on_its_vehicle() -> None:
    seen = desk(("AF417KD", 0.9))
    moved = seen.expected(Box(0.4, 0.3, 0.7, 0.7))
    assert moved is not None
    assert moved.left == pytest.approx(0.5)
    assert moved.right == pytest.approx(0.6)
    assert PlateDesk().expected(CAR) is None
