"""What a tracked thing looks like: it settles disputes between pairs that motion allows, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sereno.analytics.camera_motion import Shift
from sereno.analytics.detectors.port import Frame
from sereno.analytics.likeness import Likeness, blended, likeness_in
from sereno.analytics.model import Detection, ObjectKind
from sereno.analytics.tracker import TrackerSettings, TrackerState, step
from sereno.core.geometry import Box

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RED, BLUE = (180, 30, 30), (30, 40, 170)


def person(x: float, y: float = 0.5) -> Box:
    return Box(x - 0.05, y - 0.2, x + 0.05, y + 0.2)


def picture(*dressed: tuple[Box, tuple[int, int, int]]) -> Frame:
    """A grey place of 160 x 90; who is named first is hidden by who comes after."""
    pixels = np.full((90, 160, 3), 120, np.uint8)
    for box, colour in dressed:
        pixels[int(box.top * 90) : int(box.bottom * 90), int(box.left * 160) : int(box.right * 160)] = colour
    return pixels


def meeting(*, looked_at: bool) -> dict[str, int]:
    """Two walk towards each other, one hides the other for 0.4 s, and both turn back. Whose number is whose?"""
    state = TrackerState()
    ways = [0.2 + 0.03 * i for i in range(9)]
    for i, x in enumerate([*ways, *[0.47] * 2, *reversed(ways)]):
        boxes = [person(x), person(1 - x)]
        frame = picture((boxes[0], RED), (boxes[1], BLUE))
        seen = boxes if abs(1 - 2 * x) > 0.09 else boxes[1:]
        found = [Detection(box, ObjectKind.PERSON, 0.8) for box in seen]
        likeness = likeness_in(frame) if looked_at else None
        at = START + timedelta(seconds=0.2 * i)
        state = step(state, found, at, TrackerSettings(), None, likeness).state
    return {"red" if track.box.centre.x < 0.5 else "blue": track.number for track in state.tracks}


def test_who_turns_back_after_hiding_another_is_told_by_colour() -> None:
    assert meeting(looked_at=True) == {"red": 1, "blue": 2}
    assert meeting(looked_at=False) != {"red": 1, "blue": 2}


def test_a_look_is_near_to_itself_in_other_light_and_far_from_another_coat() -> None:
    red = likeness_in(picture((person(0.5), RED)))(person(0.5))
    darker = likeness_in(picture((person(0.5), (165, 25, 25))))(person(0.5))
    blue = likeness_in(picture((person(0.5), BLUE)))(person(0.5))
    assert float(red @ darker) > float(red @ blue) + 0.3


def test_trousers_and_coat_are_not_mixed_up() -> None:
    upper, lower = Box(0.45, 0.3, 0.55, 0.5), Box(0.45, 0.5, 0.55, 0.7)
    one = likeness_in(picture((upper, RED), (lower, BLUE)))(person(0.5))
    other = likeness_in(picture((upper, BLUE), (lower, RED)))(person(0.5))
    assert float(one @ other) < 0.7


sides = st.floats(-0.5, 1.5)


@given(sides, sides, st.floats(0.001, 1), st.floats(0.001, 1))
def test_any_box_has_a_look_of_length_one(left: float, top: float, width: float, height: float) -> None:
    look = likeness_in(picture())(Box(left, top, left + width, top + height))
    assert np.isclose(np.linalg.norm(look), 1.0)
    assert np.isclose(np.linalg.norm(blended(look, np.roll(look, 1))), 1.0)


@given(st.lists(st.lists(st.floats(0.1, 0.9), max_size=4), max_size=8))
def test_a_look_never_joins_what_motion_keeps_apart(rows: list[list[float]]) -> None:
    """A look that is exactly as alike as usual to everybody decides nothing; without a picture nothing is kept."""
    alike = np.zeros(56)
    alike[0] = 1.0
    plain, looked = TrackerState(), TrackerState()
    for i, places in enumerate(rows):
        found = [Detection(person(x), ObjectKind.PERSON, 0.8) for x in places]
        at = START + timedelta(seconds=0.2 * i)
        plain = step(plain, found, at, TrackerSettings()).state
        # each box is as far from what is known as strangers usually are
        looked = step(looked, found, at, TrackerSettings(), Shift(0.0, 0.0), lambda _: alike).state
        looked = replace(looked, tracks=tuple(replace(t, likeness=_usual(alike)) for t in looked.tracks))
    assert looked == plain
    assert all(track.likeness is None for track in plain.tracks)


def _usual(look: Likeness) -> Likeness:
    known = look * 0.9
    known[1] = np.sqrt(1 - 0.9**2)
    return known
