"""What every detector must do: run on the fake and on every real one."""

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from sereno.analytics.detectors.catalogue import DETECTORS, DetectorPool
from sereno.analytics.detectors.port import Detector, Frame
from sereno.analytics.model import FAMILIES, Detection, ObjectKind
from sereno.analytics.testing import ScriptedDetector
from sereno.core.errors import AppError, ErrorKind
from sereno.core.geometry import Box

ASSETS = Path(__file__).parents[2] / "cache" / "assets"
PLAZA = ASSETS / "people.webm"
REAL = [(spec.name, tiles) for spec in DETECTORS for tiles in (1, 2)]

Make = Callable[[], Detector]


def need(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path.name} is not fetched: make assets")
    return path


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> DetectorPool:
    return DetectorPool(ASSETS, tmp_path_factory.mktemp("models"), threads=1)


@pytest.fixture(scope="module")
def plaza() -> Frame:
    """A frame of a plaza with about thirty walkers, all small."""
    with av.open(str(need(PLAZA))) as container:
        return np.asarray(next(container.decode(video=0)).to_ndarray(format="rgb24"), np.uint8)


def fake() -> Detector:
    return ScriptedDetector(
        [[Detection(Box(0.1, 0.1, 0.2, 0.4), ObjectKind.PERSON, 0.9), Detection(Box(0, 0, 1, 1), ObjectKind.CAR, 0.3)]]
    )


@pytest.fixture(
    params=["fake", *(pytest.param(row, marks=pytest.mark.integration, id=f"{row[0]}x{row[1]}") for row in REAL)]
)
def detector(request: pytest.FixtureRequest) -> Iterator[Detector]:
    if request.param == "fake":
        yield fake()
        return
    name, tiles = request.param
    need(ASSETS / f"{name}.tflite")
    pool: DetectorPool = request.getfixturevalue("pool")
    yield pool.get(name, tiles)


def pictures() -> list[Frame]:
    rng = np.random.default_rng(5)
    sizes = ((360, 640), (720, 1280), (576, 704), (640, 360), (7, 5), (1, 1))
    return [rng.integers(0, 255, (h, w, 3), np.uint8) for h, w in sizes]


def test_boxes_lie_in_the_picture_best_first(detector: Detector) -> None:
    for frame in pictures():
        found = detector.detect(frame)
        assert all(a.score >= b.score for a, b in pairwise(found))
        for d in found:
            assert 0 <= d.box.left < d.box.right <= 1
            assert 0 <= d.box.top < d.box.bottom <= 1
            assert 0 < d.score <= 1


def test_one_thing_has_one_box_in_its_family(detector: Detector) -> None:
    for frame in pictures()[:3]:
        for a, b in combinations(detector.detect(frame), 2):
            assert FAMILIES[a.kind] != FAMILIES[b.kind] or a.box.iou(b.box) <= 0.51


def test_the_same_picture_gives_the_same_answer_and_is_left_alone(detector: Detector) -> None:
    frame = pictures()[0]
    before = frame.copy()
    assert detector.detect(frame) == detector.detect(frame)
    np.testing.assert_array_equal(frame, before)


def test_many_frames_at_once_give_what_each_gives_alone(detector: Detector) -> None:
    frames = [frame for _ in range(2) for frame in pictures()]
    assert detector.batch >= 1
    assert detector.detect_batch(()) == ()
    together = detector.detect_batch(frames)
    assert together == tuple(detector.detect(frame) for frame in frames)
    assert {d.kind for found in together for d in found} <= detector.kinds


def test_a_view_of_another_picture_is_as_good_as_a_copy(detector: Detector) -> None:
    big = pictures()[1]
    view = big[100:460, 200:840]
    assert detector.detect(view) == detector.detect(np.ascontiguousarray(view))


def test_the_wanted_size_keeps_the_shape_and_never_enlarges(detector: Detector) -> None:
    for width, height in ((1920, 1080), (640, 360), (352, 288), (10, 1000), (1, 1)):
        wide, high = detector.frame_size(width, height)
        assert 1 <= wide <= width
        assert 1 <= high <= height
        assert abs(wide / width - high / height) <= 1.01 / min(width, height)


@pytest.mark.integration
@pytest.mark.parametrize(("name", "tiles", "least"), [("efficientdet-lite0", 1, 7), ("efficientdet-lite2", 2, 24)])
def test_walkers_of_a_real_plaza_are_found(pool: DetectorPool, plaza: Frame, name: str, tiles: int, least: int) -> None:
    found = pool.get(name, tiles).detect(plaza)
    assert sum(d.kind is ObjectKind.PERSON and d.score >= 0.3 for d in found) >= least


def test_an_unknown_name_is_refused_with_the_list_and_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    empty = DetectorPool(tmp_path, tmp_path, threads=1)
    with pytest.raises(AppError) as unknown:
        empty.get("yolo-everything")
    assert (unknown.value.kind, unknown.value.code) == (ErrorKind.INVALID, "detector_unknown")
    assert "efficientdet-lite0" in unknown.value.advice
    with pytest.raises(AppError) as missing:
        empty.get("efficientdet-lite0")
    assert (missing.value.kind, missing.value.code) == (ErrorKind.NOT_FOUND, "model_missing")


@pytest.mark.parametrize("content", [b"", b"no model", b"\0\0\0\0TFL3" + b"\xff" * 200])
def test_a_broken_model_is_told_as_broken(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "efficientdet-lite0.tflite").write_bytes(content)
    with pytest.raises(AppError) as broken:
        DetectorPool(tmp_path, tmp_path / "models", threads=1).get("efficientdet-lite0")
    assert (broken.value.kind, broken.value.code) == (ErrorKind.DATA_LOSS, "model_broken")
