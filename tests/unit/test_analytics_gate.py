"""What moves, and which pictures are worth a detector."""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.gate import looks
from sereno.analytics.gate.looks import Expected, LookPolicy, LookState, Reason
from sereno.analytics.gate.motion import GateState, Movement, covered, shrunk, step
from sereno.core.geometry import Box, Point

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RANDOM = np.random.default_rng(7)


def street(noise: float = 2.0, light: float = 0.0) -> NDArray[np.uint8]:
    columns = np.linspace(60, 180, 160)[None, :] + np.zeros((90, 1))
    grey: NDArray[np.float64] = columns + light + RANDOM.normal(0, noise, columns.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


def run(pictures: list[NDArray[np.uint8]], state: GateState | None = None) -> tuple[GateState | None, list[bool]]:
    moved = []
    for i, picture in enumerate(pictures):
        state, movement = step(state, picture, START + timedelta(seconds=0.2 * i))
        moved.append(movement.any)
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
    _, movement = step(state, np.zeros((45, 80), np.uint8), START)
    assert movement.sudden


def walker(left: int, top: int = 40) -> NDArray[np.uint8]:
    picture = street()
    picture[top : top + 12, left : left + 5] = 20
    return picture


def box(left: int, top: int = 40) -> Box:
    return Box(left / 160, top / 90, (left + 5) / 160, (top + 12) / 90)


class Watched:
    """Looks at drawn pictures five times a second, as the camera's gate does; a look finds what is in ``tracked``."""

    def __init__(self, policy: LookPolicy | None = None) -> None:
        self.policy = policy or LookPolicy()
        self.state: GateState | None = None
        self.last: LookState | None = None
        self.steps = 0

    def see(self, picture: NDArray[np.uint8], tracked: tuple[Expected, ...] = ()) -> Reason | None:
        self.state, movement = step(self.state, picture, START + timedelta(seconds=0.2 * self.steps))
        self.steps += 1
        why = looks.reason(self.last, self.state, movement, tracked, self.policy)
        if why is not None:
            self.last = looks.after(self.last, self.state, movement, tracked, self.policy)
        return why

    def see_empty(self, times: int) -> "list[Reason | None]":
        return [self.see(street()) for _ in range(times)]


def test_an_empty_street_is_looked_at_once_in_five_seconds() -> None:
    assert [why for why in Watched().see_empty(100) if why] == [Reason.FIRST, *[Reason.IDLE] * 3]


def test_who_appears_is_looked_at_in_the_next_picture() -> None:
    watched = Watched()
    watched.see_empty(12)
    assert watched.see(walker(60)) is Reason.NEW


def test_who_goes_where_the_tracker_expects_him_is_looked_at_once_a_second() -> None:
    watched = Watched()
    watched.see_empty(12)
    reasons = [watched.see(walker(20 + i), (Expected(box(20 + i), 0.1, believed=True),)) for i in range(51)]
    assert set(reasons) == {Reason.LIVE, None}
    assert 9 <= len([why for why in reasons if why]) <= 11


def test_a_second_person_away_from_the_first_is_new() -> None:
    watched = Watched()
    watched.see_empty(12)
    for i in range(10):
        watched.see(walker(20 + i), (Expected(box(20 + i), 0.1, believed=True),))
    both = walker(30)
    both[10:22, 120:125] = 20
    assert watched.see(both, (Expected(box(30), 0.1, believed=True),)) is Reason.NEW


def test_where_things_are_slow_something_new_waits_for_its_turn_and_where_they_are_fast_it_does_not() -> None:
    def gaps(pace: float) -> set[int]:
        watched = Watched(LookPolicy(fruitless_s=(0.0, 0.0)))
        watched.see_empty(60)
        thing = Expected(box(140), 0.1, believed=True, pace=pace)
        asked = [i for i in range(40) if watched.see(walker(20 + 2 * i), (thing,)) is Reason.NEW]
        return set(map(int, np.diff(asked)))

    assert gaps(4.0) == {1}
    assert gaps(0.5) == {3}


def test_what_is_not_believed_doubted_or_meets_another_is_looked_at_sooner() -> None:
    def after_a_look(*tracked: Expected) -> list[Reason | None]:
        watched = Watched()
        return [watched.see(street(noise=0), tracked) for _ in range(4)]

    apart = Expected(box(100), 0.1, believed=True)
    assert after_a_look(apart) == [Reason.FIRST, None, None, None]
    assert after_a_look(Expected(box(20), 0.1, believed=False), apart)[1] is Reason.TRIAL
    assert after_a_look(Expected(box(20), 0.1, believed=False, found=False), apart)[1:] == [None] * 3
    assert after_a_look(Expected(box(20), 0.5, believed=True), apart)[1] is Reason.DOUBT
    assert after_a_look(Expected(box(98), 0.1, believed=True), apart) == [Reason.FIRST, None, Reason.CROWD, None]


def test_movement_that_is_nothing_is_asked_about_ever_less_often_but_never_forgotten() -> None:
    watched = Watched()
    watched.see_empty(12)
    asked = [i for i in range(100) if watched.see(walker(60 + 3 * (i % 2))) is Reason.NEW]
    gaps = np.diff(asked)
    assert asked[0] == 0
    assert gaps[0] <= 3
    assert gaps[0] < gaps.max() <= 17, "at most 3.2 s"
    assert len(asked) < 30


def test_a_camera_that_reads_plates_looks_at_each_movement() -> None:
    watched = Watched(LookPolicy(each_movement=True))
    watched.see_empty(12)
    assert all(watched.see(walker(20 + 2 * i), (Expected(box(20 + 2 * i), 0.1, believed=True),)) for i in range(20))


def test_a_lamp_switched_on_wakes_it_once_and_does_not_blind_it() -> None:
    watched = Watched()
    watched.see_empty(12)
    lamp = np.linspace(0, 60, 160)[None, :].astype(np.uint8)
    lit = [watched.see(street() + lamp) for _ in range(20)]
    assert [why for why in lit if why] == [Reason.LIGHT]
    person = walker(60) + lamp
    assert watched.see(person) is Reason.NEW


def test_movement_in_a_masked_corner_does_not_count() -> None:
    corner = covered([[Point(0.3, 0.3), Point(0.5, 0.3), Point(0.5, 0.7), Point(0.3, 0.7)]], (90, 160))
    assert corner[45, 64]
    assert not corner[45, 100]
    state, _ = step(None, street(), START)

    def movement(picture: NDArray[np.uint8]) -> Movement:
        return step(state, picture, START + timedelta(seconds=0.2), corner)[1]

    assert not movement(walker(60)).any
    assert movement(walker(100)).any


def test_pictures_of_any_size_are_shrunk_to_about_160_cells() -> None:
    for width, height in ((1920, 1080), (640, 360), (768, 576), (160, 90), (100, 60)):
        small = shrunk(np.zeros((height, width), np.uint8))
        assert small.shape[1] <= max(200, 160)
