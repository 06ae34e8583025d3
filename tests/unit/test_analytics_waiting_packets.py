"""What waits undecoded is bounded, and always enough for the decoder to go on."""

from sereno.analytics.waiting_packets import MAX_BYTES, MAX_TICKS, Due, EveryPacket, WaitingPackets
from sereno.cameras.local_feed.wire import Sample
from sereno.core.media_time import MediaTicks, WallTicks, wall_instant

STEP = 6_000


def sample(number: int, *, key: bool = False, size: int = 100, missed: int = 0) -> Sample:
    return Sample(bytes(size), key, MediaTicks(number * STEP), WallTicks(number * STEP), missed)


def fed(waiting: WaitingPackets, *samples: Sample, wanted: bool) -> list[Due]:
    return [waiting.take(each, wanted=wanted) for each in samples]


def numbers(due: Due) -> list[int]:
    return [each.media // STEP for each in due.samples]


def test_what_is_wanted_is_decoded_at_once_from_the_first_key_frame() -> None:
    dues = fed(WaitingPackets(), sample(0), sample(1, key=True), sample(2), sample(3, key=True), wanted=True)
    assert [numbers(due) for due in dues] == [[], [1], [2], [3]]
    assert not dues[2].anew
    assert not dues[3].anew


def test_a_quiet_group_is_never_decoded_and_the_one_that_wakes_is_decoded_whole() -> None:
    waiting = WaitingPackets()
    quiet = fed(waiting, *(sample(n, key=n % 5 == 0) for n in range(12)), wanted=False)
    assert all(not due.samples for due in quiet)
    due = waiting.take(sample(12), wanted=True)
    assert numbers(due) == [10, 11, 12]
    assert due.anew


def test_a_pause_within_a_group_goes_on_where_the_decoder_stands() -> None:
    waiting = WaitingPackets()
    fed(waiting, sample(0, key=True), sample(1), wanted=True)
    fed(waiting, sample(2), sample(3), wanted=False)
    due = waiting.take(sample(4), wanted=True)
    assert numbers(due) == [2, 3, 4]
    assert not due.anew


def test_where_key_frames_are_rare_what_waits_is_decoded_before_it_is_too_much() -> None:
    waiting = WaitingPackets()
    long = fed(waiting, *(sample(n, key=n == 0) for n in range(3 * MAX_TICKS // STEP)), wanted=False)
    decoded = [number for due in long for number in numbers(due)]
    assert decoded == list(range(len(decoded)))
    assert len(decoded) >= 2 * MAX_TICKS // STEP
    heavy = fed(WaitingPackets(), sample(0, key=True), sample(1, size=MAX_BYTES), wanted=False)
    assert numbers(heavy[1]) == [0, 1]


def test_after_a_loss_nothing_decodes_before_the_next_key_frame() -> None:
    waiting = WaitingPackets()
    dues = fed(waiting, sample(0, key=True), sample(3, missed=2), sample(4), sample(5, key=True), wanted=True)
    assert [numbers(due) for due in dues] == [[0], [], [], [5]]
    assert dues[3].anew
    dues = fed(waiting, sample(9, key=True, missed=3), sample(10), wanted=True)
    assert [due.anew for due in dues] == [True, False]


def test_the_plain_gate_wants_everything() -> None:
    assert EveryPacket().step(0, key=False, at=wall_instant(0))
