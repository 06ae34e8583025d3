"""Which packets are worth decoding, told from their sizes: a camera that is drawn as a list of sizes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sereno.analytics.gate.decoding import IDLE_S, SizeGate

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FPS = 10
GOP = 20


class Packet(NamedTuple):
    at: datetime
    size: int
    key: bool
    moving: bool


def stream(
    seconds: float, *, visits: bool, begins_s: float = 0.0, growth: float = 3.0, seed: int = 1
) -> Iterator[Packet]:
    """Someone walks through for four seconds of every twenty; ``growth`` is what that does to a packet's size."""
    random = np.random.default_rng(seed)
    for i in range(int(seconds * FPS)):
        moving = visits and (i / FPS) % 20 >= 16
        size = 30_000 if i % GOP == 0 else 900 * random.lognormal(0, 0.06) * (growth if moving else 1)
        yield Packet(START + timedelta(seconds=begins_s + i / FPS), int(size), i % GOP == 0, moving)


def decoded(gate: SizeGate, packets: Iterator[Packet]) -> list[Packet]:
    """What the gate wants; the loop judges every second picture that is decoded."""
    wanted, began = [], None
    for i, packet in enumerate(packets):
        if not gate.step(packet.size, key=packet.key, at=packet.at):
            began = None
            continue
        wanted.append(packet)
        began = (began or packet.at) if packet.moving else None
        if i % 2 == 0 or packet.key:
            believed = began is not None and packet.at - began >= timedelta(seconds=0.5)
            gate.told(packet.at, moving=packet.moving, live_since=began if believed else None)
    return wanted


def taught(growth: float = 3.0) -> SizeGate:
    gate = SizeGate()
    decoded(gate, stream(400, visits=True, growth=growth))
    return gate


def test_a_camera_that_is_not_known_is_decoded_whole() -> None:
    packets = list(stream(60, visits=False))
    assert decoded(SizeGate(), iter(packets)) == packets


def test_a_quiet_camera_that_earned_trust_is_decoded_once_in_five_seconds_and_audited_each_minute() -> None:
    wanted = decoded(taught(), stream(600, visits=False, begins_s=400))
    assert len(wanted) < 0.2 * 600 * FPS
    gaps = [(b.at - a.at).total_seconds() for a, b in pairwise(wanted)]
    assert max(gaps) <= IDLE_S + GOP / FPS
    assert sum(gap < 0.2 for gap in gaps) >= 8 * 5 * FPS, "the audits"


def test_who_comes_while_it_sleeps_wakes_it_within_half_a_second() -> None:
    packets = list(stream(300, visits=True, begins_s=400))
    wanted = set(decoded(taught(), iter(packets)))
    begins = [b.at for a, b in pairwise(packets) if b.moving and not a.moving]
    for begin in begins:
        visit = [p for p in packets if begin + timedelta(seconds=0.5) <= p.at < begin + timedelta(seconds=4)]
        assert set(visit) <= wanted


def test_a_noise_heard_while_it_sleeps_wakes_it_with_the_next_packet() -> None:
    gate = taught()
    packets = list(stream(120, visits=False, begins_s=400))
    asleep = next(p for p in packets if not gate.step(p.size, key=p.key, at=p.at))
    gate.wake(wanted=True)
    following = packets[packets.index(asleep) + 1]
    assert gate.step(following.size, key=following.key, at=following.at)


def test_a_constant_bit_rate_that_hides_movement_never_earns_trust() -> None:
    gate = taught(growth=1.0)
    packets = list(stream(100, visits=True, begins_s=400, growth=1.0))
    assert gate.trust.missed > 0
    assert decoded(gate, iter(packets)) == packets


def test_a_camera_that_begins_to_hide_movement_loses_trust() -> None:
    gate = taught()
    assert gate.trust.earned
    decoded(gate, stream(300, visits=True, begins_s=400, growth=1.0))
    assert not gate.trust.earned


def test_a_noisier_night_is_learned_and_slept_through() -> None:
    gate = taught()
    noisy = [p._replace(size=int(p.size * 1.6)) for p in stream(900, visits=False, begins_s=400)]
    decoded(gate, iter(noisy[: 600 * FPS]))
    assert len(decoded(gate, iter(noisy[600 * FPS :]))) < 0.3 * 300 * FPS


@settings(max_examples=20, deadline=None)
@given(sizes=st.lists(st.tuples(st.integers(0, 10**7), st.booleans(), st.floats(-3, 9)), max_size=60))
def test_no_sequence_of_sizes_and_clocks_breaks_it_or_silences_it(sizes: list[tuple[int, bool, float]]) -> None:
    gate, at = SizeGate(), START
    for size, key, elapsed_s in sizes:
        at += timedelta(seconds=elapsed_s)
        assert gate.step(size, key=key, at=at), "nothing was learned yet"
        gate.told(at, moving=key, live_since=None)
