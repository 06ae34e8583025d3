"""Which frames are worth a detector."""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.gate import GateState, LookPolicy, shrunk, step, wants_look

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RANDOM = np.random.default_rng(7)


def street(noise: float = 2.0, light: float = 0.0) -> NDArray[np.uint8]:
    columns = np.linspace(60, 180, 160)[None, :] + np.zeros((90, 1))
    grey: NDArray[np.float64] = columns + light + RANDOM.normal(0, noise, columns.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


def run(pictures: list[NDArray[np.uint8]], state: GateState | None = None) -> tuple[GateState | None, list[bool]]:
    moved = []
    for i, picture in enumerate(pictures):
        state, moving = step(state, picture, START + timedelta(seconds=0.2 * i))
        moved.append(moving)
    return state, moved


def test_an_empty_street_is_quiet_after_the_first_picture() -> None:
    _, moved = run([street() for _ in range(50)])
    assert moved == [True] + [False] * 49


def test_a_small_walker_is_seen_at_once_and_at_each_step() -> None:
    state, _ = run([street() for _ in range(10)])
    walkers = []
    for i in range(10):
        picture = street()
        picture[40:48, 20 + 4 * i : 23 + 4 * i] = 20
        walkers.append(picture)
    assert all(run(walkers, state)[1])


def test_a_slow_change_of_light_is_followed() -> None:
    state, _ = run([street() for _ in range(10)])
    assert not any(run([street(light=i) for i in range(40)], state)[1])


def test_a_cloud_that_darkens_everything_at_once_is_no_movement() -> None:
    state, _ = run([street() for _ in range(10)])
    assert not any(run([street(light=-25)] * 3, state)[1])


def test_a_flickering_corner_raises_its_own_threshold() -> None:
    def flicker() -> NDArray[np.uint8]:
        picture = street()
        picture[:16, :16] = RANDOM.integers(90, 130, (16, 16))
        return picture

    state, _ = run([flicker() for _ in range(300)])
    _, moved = run([flicker() for _ in range(50)], state)
    assert sum(moved) <= 5


def test_another_picture_size_begins_anew() -> None:
    state, _ = run([street()])
    _, moving = step(state, np.zeros((45, 80), np.uint8), START)
    assert moving


def test_what_stays_is_looked_at_each_second_and_nothing_each_five() -> None:
    policy = LookPolicy()
    assert wants_look(moving=True, live=False, since_look_s=0.0, policy=policy)
    assert not wants_look(moving=False, live=True, since_look_s=0.8, policy=policy)
    assert wants_look(moving=False, live=True, since_look_s=1.0, policy=policy)
    assert not wants_look(moving=False, live=False, since_look_s=4.9, policy=policy)
    assert wants_look(moving=False, live=False, since_look_s=5.0, policy=policy)


def test_pictures_of_any_size_are_shrunk_to_about_160_cells() -> None:
    for width, height in ((1920, 1080), (640, 360), (768, 576), (160, 90), (100, 60)):
        small = shrunk(np.zeros((height, width), np.uint8))
        assert small.shape[1] <= max(200, 160)
