"""A camera that turns: the shift between two small pictures, and tracks that live through it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from sereno.analytics.camera_motion import Shift, camera_shift
from sereno.analytics.camera_watch import CameraWatch
from sereno.analytics.decode import Picture, TakenFrame
from sereno.analytics.model import Detection, ObjectKind
from sereno.analytics.testing import ScriptedDetector
from sereno.analytics.tracker import TrackerSettings, TrackerState, step
from sereno.core.geometry import Box
from sereno.core.ids import CameraId

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CAMERA = CameraId("plaza")
WIDTH, HEIGHT = 160, 90


def _square() -> NDArray[np.float32]:
    """A square with houses, larger than a picture; brightness 0..255."""
    rough = np.random.default_rng(4).normal(size=(180, 320))
    smooth = ndimage.gaussian_filter(rough, 1)
    return np.asarray(128 + 40 * smooth / smooth.std(), np.float32).clip(0, 255)


SQUARE = _square()


def view(left: int, top: int) -> NDArray[np.float32]:
    """What a camera sees that looks at this corner of the square."""
    return SQUARE[top : top + HEIGHT, left : left + WIDTH].copy()


@given(st.integers(-30, 30), st.integers(-16, 16))
def test_a_turn_of_the_camera_is_told_to_the_cell(right: int, down: int) -> None:
    shift = camera_shift(view(70, 45), view(70 + right, 45 + down))
    if abs(right) < 2 and abs(down) < 2:  # so little may change too few cells
        assert shift in (None, Shift(-right / WIDTH, -down / HEIGHT))
    else:
        assert shift == Shift(-right / WIDTH, -down / HEIGHT)


def test_a_walker_a_lamp_and_noise_are_no_turn_of_the_camera() -> None:
    before = view(70, 45)
    walker = before.copy()
    walker[30:60, 40:60] = 250
    assert camera_shift(before, walker) is None
    assert camera_shift(before, before + 60) is None
    noise = np.random.default_rng(1).normal(128, 50, before.shape).astype(np.float32)
    assert camera_shift(before, noise) is None


def test_a_turn_is_told_although_a_bus_passes() -> None:
    turned = view(90, 45)
    turned[40:70, 20:80] = 200
    assert camera_shift(view(70, 45), turned) == Shift(-20 / WIDTH, 0.0)


def walkers(turned: float) -> list[Detection]:
    """Three who stand side by side, as a camera sees them that has turned so far to the left."""
    return [Detection(Box(x + turned, 0.4, x + turned + 0.08, 0.7), ObjectKind.PERSON, 0.8) for x in (0.15, 0.27, 0.39)]


def numbers_by_place(turns: Sequence[float], *, told: bool) -> list[int]:
    """Numbers of the three from left to right, after looks at 5 a second; ``turns``: the camera at each look."""
    state, before = TrackerState(), turns[0]
    for i, turned in enumerate(turns):
        camera = Shift(turned - before, 0.0) if told else None
        at = START + timedelta(seconds=0.2 * i)
        state = step(state, walkers(turned), at, TrackerSettings(), camera).state
        before = turned
    seen = [track for track in state.tracks if track.detection is not None]
    return [track.number for track in sorted(seen, key=lambda track: track.box.centre.x)]


SWEEP = (0.0, 0.0, 0.0, 0.0, 0.12, 0.24, 0.36, 0.36)
"""Each look of the sweep sets everybody where the neighbour was."""


def test_a_sweep_keeps_every_number_when_it_is_told() -> None:
    assert numbers_by_place(SWEEP, told=True) == [1, 2, 3]
    assert numbers_by_place(SWEEP, told=False) != [1, 2, 3]


@given(st.lists(st.floats(-0.3, 0.3), min_size=1, max_size=12))
def test_no_way_of_turning_swaps_or_ends_a_track(turns: list[float]) -> None:
    assert numbers_by_place([0.0, 0.0, 0.0, *turns], told=True) == [1, 2, 3]


def frame(number: int, left: int) -> TakenFrame:
    pixels = np.repeat(view(left, 45).astype(np.uint8)[..., None], 3, axis=2)
    picture = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
    return TakenFrame(CAMERA, Picture(picture), START + timedelta(seconds=number))


@pytest.mark.parametrize("sweep_cells", [0, 20])
def test_a_steered_camera_keeps_its_observations(sweep_cells: int) -> None:
    lefts = [70, 70, 70, 70, *(70 - sweep_cells * (i + 1) for i in range(3))]
    found = [walkers((70 - left) / WIDTH) for left in lefts]
    watch = CameraWatch(CAMERA, ScriptedDetector(found))
    opened = [fact for i, left in enumerate(lefts) for fact in watch.look(frame(i, left)).facts]
    assert len(opened) == watch.open_count == 3
