"""The best crop of a track: which look wins, how often it is cut, and that nothing piles up."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import av
import numpy as np
import pytest
from PIL import Image

from sereno.analytics.appearance import crops
from sereno.analytics.appearance.album import Album
from sereno.analytics.appearance.riders import RiderVotes, riders_of
from sereno.analytics.camera_watch import CHECKPOINT_S, CameraWatch
from sereno.analytics.decode import Picture, TakenFrame
from sereno.analytics.model import Colour, Detection, ObjectKind, Observation
from sereno.analytics.motion import Motion
from sereno.analytics.testing import ScriptedDetector
from sereno.analytics.tracker import Track
from sereno.core.geometry import Box
from sereno.core.ids import CameraId

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PLAZA = CameraId("plaza")
STREET = np.random.default_rng(7).integers(120, 170, (360, 640, 3)).astype(np.uint8)
STREET[:80] = (150, 180, 220)
RED, BLUE = (190, 30, 30), (30, 50, 170)


def picture(box: Box, top: tuple[int, int, int] = RED, legs: tuple[int, int, int] = BLUE) -> Picture:
    """A street with somebody in ``box``, upper half in one colour, lower half in the other."""
    pixels = STREET.copy()
    left, right, middle = int(box.left * 640), int(box.right * 640), int((box.top + box.height / 2) * 360)
    pixels[int(box.top * 360) : middle, left:right] = top
    pixels[middle : int(box.bottom * 360), left:right] = legs
    return Picture(av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p"))


def track(box: Box, kind: ObjectKind = ObjectKind.PERSON, score: float = 0.8, number: int = 1) -> Track:
    return Track(
        number=number,
        motion=Motion.at_rest(box),
        began_at=START,
        seen_at=START,
        hits=5,
        best_score=score,
        votes=((kind, 1.0),),
        detection=Detection(box, kind, score),
        believed=True,
    )


def moving(box: Box, kind: ObjectKind, speed: float, number: int) -> Track:
    still = track(box, kind, number=number)
    return replace(still, motion=replace(still.motion, x=replace(still.motion.x, speed=speed)))


NEAR, FAR = Box(0.4, 0.3, 0.55, 0.9), Box(0.4, 0.4, 0.44, 0.55)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ((NEAR, 0.8, ()), (FAR, 0.8, ())),
        ((NEAR, 0.8, ()), (NEAR, 0.4, ())),
        ((NEAR, 0.8, ()), (Box(0.0, 0.3, 0.15, 0.9), 0.8, ())),
        ((NEAR, 0.8, ()), (NEAR, 0.8, (Box(0.45, 0.35, 0.6, 0.95),))),
        ((NEAR, 0.8, (Box(0.45, 0.2, 0.6, 0.8),)), (NEAR, 0.8, (Box(0.45, 0.35, 0.6, 0.95),))),
    ],
    ids=["size", "score", "cut by the edge", "overlapped", "hidden is worse than hiding"],
)
def test_what_makes_a_look_better(
    better: tuple[Box, float, tuple[Box, ...]], worse: tuple[Box, float, tuple[Box, ...]]
) -> None:
    assert crops.standing(*better, (640, 360)) > 1.1 * crops.standing(*worse, (640, 360))


def test_a_blurred_look_is_worth_less() -> None:
    luma = np.random.default_rng(1).integers(0, 255, (60, 30)).astype(np.uint8)
    blurred = np.full_like(luma, 128)
    assert crops.sharpness(luma) == 1.0
    assert crops.sharpness(blurred) < 0.5


def test_the_better_look_replaces_the_one_held_and_is_handed_out_once() -> None:
    watch = CameraWatch(PLAZA, ScriptedDetector([[Detection(FAR, ObjectKind.PERSON, 0.8)]]))
    observation = _first_row(watch, FAR)
    album = Album()
    album.look(picture(FAR), [track(FAR)], START)
    far = album.portrait(1, observation, START)
    album.look(picture(NEAR), [track(NEAR)], START + timedelta(seconds=1))
    album.look(picture(FAR), [track(FAR)], START + timedelta(seconds=2))
    near = album.portrait(1, observation, START + timedelta(seconds=3))
    assert far is not None
    assert near is not None
    assert near.at == START + timedelta(seconds=1)
    assert (near.observation_id, near.camera_id, near.kind) == (observation.id, PLAZA, ObjectKind.PERSON)
    with Image.open(io.BytesIO(near.jpeg)) as image:
        assert image.size == (near.width, near.height)
    assert max(near.width, near.height) <= crops.LONGER_SIDE
    assert near.box.left <= NEAR.left < NEAR.right <= near.box.right
    assert near.vector is None
    assert album.portrait(1, observation, START + timedelta(seconds=9)) is None
    with_plate = album.portrait(1, observation, START + timedelta(seconds=10), plate_jpeg=b"plate")
    assert with_plate is not None
    assert (with_plate.plate_jpeg, with_plate.at) == (b"plate", near.at)


def _first_row(watch: CameraWatch, box: Box) -> Observation:
    for i in range(4):
        watch.look(TakenFrame(PLAZA, picture(box), START + timedelta(seconds=1.1 * i)))
    return watch.rows()[0][0]


def test_a_large_crop_is_shrunk_and_a_track_costs_one_crop() -> None:
    album = Album()
    for i in range(50):
        album.look(picture(NEAR), [track(NEAR)], START + timedelta(seconds=0.1 * i))
    assert len(album) == 1
    album.forget(1)
    assert len(album) == 0
    tall = np.zeros((700, 300, 3), np.uint8)
    assert crops.shrunk(tall).shape == (256, 110, 3)
    assert crops.shrunk(tall[:200, :100]).shape == (200, 100, 3)


def test_clothes_are_told_and_a_night_picture_tells_none() -> None:
    album = Album()
    told = album.look(picture(NEAR), [track(NEAR)], START)[1]
    assert (told.upper, told.lower) == (Colour.RED, Colour.BLUE)
    grey = Picture(picture(NEAR).frame.reformat(format="gray"))
    told = Album().look(grey, [track(NEAR)], START)[1]
    assert (told.upper, told.lower) == (None, None)
    told = Album().look(picture(FAR), [track(FAR)], START)[1]
    assert told.upper in (None, Colour.RED)
    tiny = Box(0.4, 0.4, 0.42, 0.46)
    told = Album().look(picture(tiny), [track(tiny)], START)[1]
    assert (told.upper, told.lower) == (None, None)


def test_a_watch_hands_out_pictures_with_the_rows_of_a_checkpoint_and_of_the_end() -> None:
    steps = int((CHECKPOINT_S + 6) / 0.5)
    boxes = [Box(0.3, 0.3, 0.36 + 0.005 * i, 0.4 + 0.012 * i) for i in range(steps)]
    watch = CameraWatch(PLAZA, ScriptedDetector([[Detection(b, ObjectKind.PERSON, 0.8)] for b in boxes]))
    seen = [
        watch.look(TakenFrame(PLAZA, picture(box), START + timedelta(seconds=0.5 * i))) for i, box in enumerate(boxes)
    ]
    seen.append(watch.close_all(START + timedelta(seconds=0.5 * steps)))
    handed = [portrait for one in seen for portrait in one.portraits]
    closed = seen[-1].rows[0][0]
    assert len(handed) == 2
    assert {portrait.observation_id for portrait in handed} == {closed.id}
    assert handed[0].height < handed[1].height
    assert handed[1] in seen[-1].portraits
    assert closed.closed
    assert closed.description is not None
    assert closed.description.upper is Colour.RED


def test_riders_are_those_on_it_who_move_with_it() -> None:
    bike = moving(Box(0.4, 0.6, 0.5, 0.8), ObjectKind.MOTORCYCLE, 0.1, 1)
    driver = moving(Box(0.42, 0.45, 0.47, 0.75), ObjectKind.PERSON, 0.1, 2)
    passenger = moving(Box(0.44, 0.44, 0.49, 0.74), ObjectKind.PERSON, 0.11, 3)
    walker = moving(Box(0.43, 0.4, 0.48, 0.75), ObjectKind.PERSON, -0.3, 4)
    beside = moving(Box(0.6, 0.4, 0.65, 0.8), ObjectKind.PERSON, 0.1, 5)
    assert riders_of(bike, (bike, driver, passenger, walker, beside)) == 2
    parked = moving(bike.box, ObjectKind.MOTORCYCLE, 0.0, 1)
    assert riders_of(parked, (parked, driver)) == 0
    votes = RiderVotes()
    for count in (1, 0, 2, 2, 0):
        votes.add(count)
    assert votes.told == 2
    assert RiderVotes().told is None
