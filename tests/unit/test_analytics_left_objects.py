"""Left and removed objects on drawn grey pictures: what has an owner who left rings, and nothing else does."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sereno.analytics.happenings import ground as empty_place
from sereno.analytics.happenings.ground import Ground, Luma
from sereno.analytics.happenings.objects import Objects, step
from sereno.analytics.model import Happening, HappeningKind, ObjectKind, Sighting
from sereno.core.geometry import Box
from sereno.core.ids import ObservationId

START = datetime(2026, 3, 1, tzinfo=UTC)
HEIGHT, WIDTH = 120, 200
PUT_S = 12.0
"""When something is put down, or taken."""
THING = Box(0.50, 0.60, 0.55, 0.68)
TEXTURE = np.random.default_rng(7).integers(90, 120, (HEIGHT, WIDTH)).astype(np.uint8)


def drawn(picture: Luma, box: Box, brightness: int) -> None:
    part = box.within_picture()
    rows = slice(round(part.top * HEIGHT), round(part.bottom * HEIGHT))
    picture[rows, round(part.left * WIDTH) : round(part.right * WIDTH)] = brightness


def walker_at(seconds: float) -> Box | None:
    """Comes from the left, stands beside the thing from 10 to 14 s, and goes out on the right."""
    if seconds < 8:
        return None
    x = 0.38 - 0.12 * (10 - seconds) if seconds < 10 else 0.38 if seconds < 14 else 0.38 + 0.12 * (seconds - 14)
    return Box(x, 0.30, x + 0.10, 0.68) if x < 1 else None


def story(
    *,
    walker: ObjectKind | None = ObjectKind.PERSON,
    thing: tuple[float, float] = (PUT_S, 99),
    brightness: int = 30,
    size: Box = THING,
    seen_until: float = 99,
) -> list[Happening]:
    """What is told over 40 s, five times a second. ``thing``: from when to when it stands there."""
    ground: Ground | None = None
    objects, told = Objects(), list[Happening]()
    for number in range(200):
        seconds = number / 5
        at, picture = START + timedelta(seconds=seconds), TEXTURE.copy()
        if thing[0] <= seconds < thing[1]:
            drawn(picture, size, brightness)
        body = walker_at(seconds) if walker else None
        if body:
            drawn(picture, body, 200)
        seen = (
            (Sighting(observation_id=ObservationId("walker"), kind=walker, box=body, score=0.9),)
            if body and walker and seconds < seen_until
            else ()
        )
        ground = empty_place.step(ground, picture, at, objects.kept(ground.far.shape) if ground else None)
        objects, ground, happenings = step(objects, ground, seen, at)
        told += happenings
    return told


def test_what_somebody_put_down_and_left_is_told_with_its_owner() -> None:
    told = story()
    assert {(one.kind, one.by) for one in told} == {(HappeningKind.LEFT_OBJECT, (ObservationId("walker"),))}
    assert len({one.began for one in told}) == 1
    assert told[0].box is not None
    assert told[0].box.iou(THING) > 0.6
    assert timedelta(seconds=13) < told[0].began - START < timedelta(seconds=17)


def test_what_was_there_and_is_gone_is_removed() -> None:
    assert {one.kind for one in story(thing=(0, PUT_S))} == {HappeningKind.REMOVED_OBJECT}


@pytest.mark.parametrize(
    "nothing",
    [
        pytest.param({"walker": None}, id="nobody brought it"),
        pytest.param({"walker": ObjectKind.CAR}, id="a car was there"),
        pytest.param({"thing": (99, 99)}, id="somebody only stood there"),
        pytest.param({"thing": (PUT_S, 16.0)}, id="taken along again"),
        pytest.param({"size": Box(0.45, 0.25, 0.60, 0.68)}, id="as large as a person"),
        pytest.param({"seen_until": 13.0}, id="the owner was lost, not seen to leave"),
    ],
)
def test_these_are_no_objects(nothing: dict[str, object]) -> None:
    assert story(**nothing) == []  # type: ignore[arg-type]


def test_another_light_is_no_object_and_the_place_is_learned_anew() -> None:
    ground: Ground | None = None
    for number in range(100):
        picture = TEXTURE.copy()
        if number > 60:
            picture[:, : WIDTH // 2] += 60
        ground = empty_place.step(ground, picture, START + timedelta(seconds=number / 5))
    assert ground is not None
    assert not ground.still_s.any()
    assert abs(float(ground.far[:, :50].mean()) - float(TEXTURE[:, :50].mean()) - 60) < 5


def test_a_camera_that_was_away_is_learned_anew() -> None:
    ground = empty_place.step(None, TEXTURE, START)
    ground = empty_place.step(ground, TEXTURE, START + timedelta(seconds=7))
    assert ground.learned
    assert not empty_place.step(ground, TEXTURE, START + timedelta(seconds=100)).learned
