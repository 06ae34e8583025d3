"""When scores of windows become something heard; a stand-in for the model is the loudness itself."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sereno.analytics.model import Happening, HappeningKind
from sereno.analytics.sound.hearing import Hearing, Window, step
from sereno.analytics.sound.watch import SoundWatch
from sereno.analytics.sound.yamnet import RATE_HZ, WINDOW, Wave

START = datetime(2026, 3, 1, tzinfo=UTC)
GUNSHOT, SIREN = HappeningKind.GUNSHOT, HappeningKind.SIREN


def heard(*windows: tuple[float, HappeningKind, float, float]) -> list[Happening]:
    """Each window: second, kind, score, rise in dB."""
    hearing, told = Hearing(), list[Happening]()
    for second, kind, score, rise_db in windows:
        hearing, now = step(hearing, Window(START + timedelta(seconds=second), {kind: score}, rise_db))
        told += now
    return told


@pytest.mark.parametrize(
    ("windows", "times"),
    [
        ([(0, GUNSHOT, 0.35, 20)], 0),
        ([(0, GUNSHOT, 0.35, 20), (0.25, GUNSHOT, 0.4, 20)], 1),
        ([(0, GUNSHOT, 0.9, 20)], 1),
        ([(0, GUNSHOT, 0.9, 3)], 0),
        ([(0, GUNSHOT, 0.35, 20), (5, GUNSHOT, 0.35, 20)], 0),
        ([(0, SIREN, 0.4, 0), (0.25, SIREN, 0.4, 0)], 0),
        ([(0, SIREN, 0.6, 0), (0.25, SIREN, 0.6, 0), (0.5, SIREN, 0.6, 0)], 2),
    ],
    ids=["once weak", "twice weak", "once strong", "not louder than the place", "far apart", "unsure", "siren"],
)
def test_two_windows_or_a_strong_one(windows: list[tuple[float, HappeningKind, float, float]], times: int) -> None:
    assert len(heard(*windows)) == times


def test_what_goes_on_keeps_its_beginning() -> None:
    told = heard(*((n / 4, SIREN, 0.7, 0.0) for n in range(20)))
    assert {one.began for one in told} == {START}
    assert {(one.box, one.by) for one in told} == {(None, ())}


class Loudness:
    """Takes what is loud for a shot."""

    def __init__(self) -> None:
        self.windows = 0

    def scores(self, window: Wave) -> dict[HappeningKind, float]:
        assert window.shape == (WINDOW,)
        self.windows += 1
        return {GUNSHOT: float(np.abs(window).max())}


def blocks(wave: Wave, size: int) -> list[tuple[Wave, datetime]]:
    return [
        (wave[begin : begin + size], START + timedelta(seconds=begin / RATE_HZ)) for begin in range(0, len(wave), size)
    ]


@pytest.mark.parametrize("size", [160, 1024, 40_000])
def test_a_bang_is_heard_at_its_time_in_blocks_of_any_size(size: int) -> None:
    wave = np.random.default_rng(3).normal(0, 0.01, 6 * RATE_HZ).astype(np.float32)
    wave[3 * RATE_HZ : 3 * RATE_HZ + 400] = 0.9
    watch = SoundWatch(Loudness())
    told = [one for block, at in blocks(wave, size) for one in watch.step(block, at)]
    assert {one.kind for one in told} == {GUNSHOT}
    assert timedelta(seconds=2) <= told[0].began - START <= timedelta(seconds=3)


def test_silence_is_not_shown_to_the_model_and_a_gap_is_not_bridged() -> None:
    model = Loudness()
    watch = SoundWatch(model)
    assert watch.step(np.zeros(4 * RATE_HZ, np.float32), START) == ()
    assert model.windows == 0
    half = np.full(WINDOW // 2, 0.02, np.float32)
    watch.step(half, START + timedelta(seconds=60))
    watch.step(half, START + timedelta(seconds=90))
    assert model.windows == 0
