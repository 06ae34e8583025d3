"""Sound beside its pictures: one time line, gaps stay gaps, absurd clocks do no harm."""

from hypothesis import given
from hypothesis import strategies as st

from sereno.cameras.rtsp.media import SenderClock, Sound
from sereno.cameras.rtsp.sound_format import SoundCodec, SoundFormat
from sereno.core.media_time import TICKS_PER_S, MediaTicks
from sereno.recording.sound import ABSURD_TICKS, GROUP_TICKS, PictureLine, SoundGroup, SoundLine
from sereno.recording.sound_track import MAX_UNITS

G711 = SoundFormat(SoundCodec.ULAW, 8_000, 1, codec_string="ulaw")
BEGAN = MediaTicks(50 * TICKS_PER_S)
TICKS = 1_800
"""Of 160 samples."""


def unit(number: int, first: int = 777) -> Sound:
    return Sound(1, first + number * 160, 160, number.to_bytes(4, "big"))


def now(number: int, late: int = 0) -> PictureLine:
    """The moment in which unit ``number`` ends; the pictures' RTP time is media time plus 1,000."""
    return PictureLine(MediaTicks(BEGAN + (number + 1) * TICKS + late), -1_000)


def clocks(shift: int) -> tuple[SenderClock, SenderClock]:
    """Reports that place sound so far after where arrival does."""
    return SenderClock(0, 9_000_000, BEGAN + 1_000), SenderClock(1, 9_000_000 + shift, 777)


def spans(groups: list[SoundGroup]) -> list[tuple[int, int]]:
    return [(group.began - BEGAN, sum(each.duration for each in group.units)) for group in groups]


def test_units_are_grouped_by_length() -> None:
    line = SoundLine(G711, BEGAN)
    groups = [group for number in range(25) for group in line.take(unit(number), now(number), None)]
    assert spans(groups) == [(0, GROUP_TICKS), (GROUP_TICKS, GROUP_TICKS)]
    assert spans(line.flush()) == [(2 * GROUP_TICKS, 5 * TICKS)]
    assert line.flush() == []


def test_a_gap_stays_a_gap() -> None:
    line = SoundLine(G711, BEGAN)
    groups = [group for number in (0, 1, 5, 6) for group in line.take(unit(number), now(number), None)]
    assert spans([*groups, *line.flush()]) == [(0, 2 * TICKS), (5 * TICKS, 2 * TICKS)]


def test_late_arrivals_do_not_move_sound() -> None:
    line = SoundLine(G711, BEGAN)
    groups = [group for n in range(20) for group in line.take(unit(n), now(n, late=n % 7 * 5_000), None)]
    assert spans([*groups, *line.flush()]) == [(0, GROUP_TICKS), (GROUP_TICKS, GROUP_TICKS)]


def test_sender_reports_place_sound_and_pictures_on_one_line() -> None:
    line = SoundLine(G711, BEGAN)
    groups = line.take(unit(0), now(0), None)
    for number in range(1, 12):
        groups += line.take(unit(number), now(number), clocks(9_000))
    assert spans([*groups, *line.flush()]) == [(0, TICKS), (TICKS + 9_000, GROUP_TICKS), (11 * TICKS + 9_000, TICKS)]


def test_reports_that_contradict_the_arrival_are_not_believed() -> None:
    line = SoundLine(G711, BEGAN)
    groups = [group for number in range(10) for group in line.take(unit(number), now(number), clocks(ABSURD_TICKS * 9))]
    assert spans(groups) == [(0, GROUP_TICKS)]


def test_a_jump_of_the_sounds_clock_costs_a_gap_and_no_more() -> None:
    line = SoundLine(G711, BEGAN)
    groups = [group for number in range(5) for group in line.take(unit(number), now(number), None)]
    groups += [group for n in range(5, 10) for group in line.take(unit(n, first=2**31), now(n), None)]
    assert sum(length for _, length in spans([*groups, *line.flush()])) == 10 * TICKS


def test_sound_from_before_the_run_is_left_out() -> None:
    line = SoundLine(G711, BEGAN)
    assert line.take(unit(0), now(-2), None) == []
    assert line.flush() == []


@given(
    st.lists(
        st.tuples(st.integers(-(2**40), 2**40), st.integers(-5, 10_000), st.integers(0, 2**40), st.booleans()),
        max_size=40,
    )
)
def test_no_time_stamp_makes_sound_overlap(units: list[tuple[int, int, int, bool]]) -> None:
    line = SoundLine(G711, BEGAN)
    groups = []
    for timestamp, duration, arrived, told in units:
        pictures = PictureLine(MediaTicks(BEGAN + arrived), 0)
        heard = (SenderClock(0, arrived, 0), SenderClock(1, 0, timestamp)) if told else None
        groups += line.take(Sound(1, timestamp, duration, b"x"), pictures, heard)
    ended: int = BEGAN
    for group in [*groups, *line.flush()]:
        assert group.began >= ended
        assert 0 < len(group.units) <= MAX_UNITS
        ended = group.began + sum(each.duration for each in group.units)
