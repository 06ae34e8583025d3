"""View checks: drawn streets spoiled in known ways, and one camera's view over an hour."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from scipy import ndimage

from bench.view import Case, cases, cut
from sereno.analytics.decode import Picture, TakenFrame
from sereno.analytics.events import ReferenceTaken, ViewChecked
from sereno.analytics.model import ViewFault
from sereno.analytics.views.check import Luma, fit_for_reference, look, reference_of, small
from sereno.analytics.views.pictures import ViewPictures, read_orders, write_orders
from sereno.analytics.views.watch import ViewWatch
from sereno.core.facts import Fact
from sereno.core.ids import CameraId

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CAMERA = CameraId("plaza")


def street(seed: int = 5, size: tuple[int, int] = (360, 640)) -> Luma:
    """Walls, windows, a road with its marks, and the grain of asphalt and leaves."""
    rng = np.random.default_rng(seed)
    picture = np.full(size, 120.0)
    picture[: size[0] // 3] = 190
    for _ in range(40):
        top, left = rng.integers(0, size[0] - 60), rng.integers(0, size[1] - 80)
        tall, wide = rng.integers(15, 60), rng.integers(12, 80)
        picture[top : top + tall, left : left + wide] = rng.integers(40, 220)
    picture += ndimage.gaussian_filter(rng.normal(0, 40, size), 1.2)
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def with_traffic(picture: Luma) -> Luma:
    busy = picture.copy()
    busy[200:260, 100:200] = 30
    busy[180:250, 400:450] = 230
    return busy


@pytest.mark.parametrize("case", list(cases(with_traffic(street()))), ids=lambda case: case.name)
def test_a_spoiled_view_is_told_and_weather_is_not(case: Case) -> None:
    found = look(small(case.picture), reference_of(small(cut(street())))).faults

    if case.name in {"blur_0_4"}:
        assert found <= {ViewFault.UNSHARP}  # at the edge of what is told
    else:
        assert found == (frozenset() if case.fault is None else {case.fault})


def test_the_turn_of_a_camera_is_measured() -> None:
    turned = look(small(cut(street(), across=0.10)), reference_of(small(cut(street()))))
    assert turned.figures.shift == pytest.approx(0.10, abs=0.01)


@pytest.mark.parametrize("turn", [np.flipud, np.fliplr, lambda picture: picture[::-1, ::-1]])
def test_a_picture_that_was_flipped_in_the_camera_is_told_as_moved(turn: Callable[[Luma], Luma]) -> None:
    flipped = np.ascontiguousarray(turn(street()))
    assert look(small(cut(flipped)), reference_of(small(cut(street())))).faults == {ViewFault.MOVED}


def test_a_plain_wall_is_no_reference_and_is_not_judged_against() -> None:
    wall = np.full((180, 320), 128, np.uint8)
    assert not fit_for_reference(wall)
    assert fit_for_reference(small(street()))
    assert look(small(street()), reference_of(wall)).faults == frozenset()


def taken(picture: Luma, at_s: float) -> TakenFrame:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="gray").reformat(format="yuv420p")
    return TakenFrame(CAMERA, Picture(frame), START + timedelta(seconds=at_s))


def watched(watch: ViewWatch, picture: Luma, seconds: range) -> list[Fact]:
    """A frame every two seconds with a sensor's grain."""
    picture = small(picture)
    rng = np.random.default_rng(seconds.start)
    facts: list[Fact] = []
    for at_s in seconds[::2]:
        grain = np.clip(picture + rng.normal(0, 1.5, picture.shape), 0, 255).astype(np.uint8)
        facts += watch.step(taken(grain, at_s))
    return facts


def test_a_camera_takes_its_reference_and_tells_a_cover_and_its_end(tmp_path: Path) -> None:
    watch = ViewWatch(CAMERA, ViewPictures(tmp_path))
    begun = watched(watch, street(), range(30))
    assert [type(fact) for fact in begun] == [ReferenceTaken]

    covered = watched(watch, np.full((360, 640), 70, np.uint8), range(30, 180))
    assert [fact.faults for fact in covered if isinstance(fact, ViewChecked)] == [(ViewFault.COVERED,)]
    clean = watched(watch, street(), range(180, 900))
    told = [fact for fact in clean if isinstance(fact, ViewChecked)]
    assert [fact.faults for fact in told] == [(), (), ()]
    assert told[0].seen[ViewFault.COVERED] >= 1
    assert told[1].seen == {}
    assert ViewPictures(tmp_path).seen(CAMERA, START, START + timedelta(hours=1)) is not None


def test_after_a_restart_the_stored_reference_still_tells_a_turn(tmp_path: Path) -> None:
    watched(ViewWatch(CAMERA, ViewPictures(tmp_path)), cut(street(size=(500, 900))), range(20))
    again = ViewWatch(CAMERA, ViewPictures(tmp_path))
    facts = watched(again, cut(street(size=(500, 900)), across=0.1), range(60, 160))
    assert [fact.faults for fact in facts if isinstance(fact, ViewChecked)] == [(ViewFault.MOVED,)]


def test_a_new_reference_is_taken_only_when_it_was_ordered(tmp_path: Path) -> None:
    pictures = ViewPictures(tmp_path)
    watch = ViewWatch(CAMERA, pictures)
    watched(watch, street(), range(20))
    first = pictures.reference(CAMERA)
    watched(watch, street(6), range(20, 200))
    assert pictures.reference(CAMERA) == first

    write_orders(tmp_path / "views.json", {CAMERA: START + timedelta(seconds=200)})
    watch.order(read_orders(tmp_path / "views.json").get(CAMERA))
    facts = watched(watch, street(6), range(200, 500))
    assert isinstance(facts[0], ReferenceTaken)
    assert [fact.faults for fact in facts if isinstance(fact, ViewChecked)][-1] == ()


def test_a_picture_that_never_changes_is_frozen(tmp_path: Path) -> None:
    watch = ViewWatch(CAMERA, ViewPictures(tmp_path))
    still = street()
    facts = [fact for at_s in range(0, 300, 5) for fact in watch.step(taken(still, at_s))]
    assert next(fact.faults for fact in facts if isinstance(fact, ViewChecked)) == (ViewFault.FROZEN,)
