"""What every detector must do: run on the fake and on every real one."""

from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from sereno.analytics.detectors.catalogue import YOLOX_TINY, DetectorPool, ModelFolders
from sereno.analytics.detectors.efficientdet import EfficientDetLite, Runtime
from sereno.analytics.detectors.joined import JoinedDetector
from sereno.analytics.detectors.port import Detector, Found, Frame
from sereno.analytics.detectors.sessions import Device, cuda_offered
from sereno.analytics.detectors.tiled import TiledDetector
from sereno.analytics.model import FAMILIES, Detection, ObjectKind
from sereno.analytics.testing import ScriptedDetector
from sereno.core.errors import AppError, ErrorKind
from sereno.core.geometry import Box

ASSETS = Path(__file__).parents[2] / "cache" / "assets"
PLAZA = ASSETS / "people.webm"
LITE0 = "efficientdet-lite0"

SCORE_TOLERANCE, BOX_TOLERANCE = 0.08, 0.85
"""Between back ends: eight bits a layer on LiteRT, floats elsewhere (TF32 on a GPU)."""
SURE = 0.35
"""Score from which a detection begins a track."""


@dataclass(frozen=True)
class Real:
    """A detector on a back end; ``absent`` says why it cannot run here."""

    name: str
    tiles: int = 1
    runtime: Runtime = Runtime.LITERT
    device: Device = Device.CPU

    @property
    def id(self) -> str:
        return f"{self.name}x{self.tiles}-{self.runtime}-{self.device}"

    def made(self, cache: Path) -> Detector:
        if self.device is Device.CUDA and not cuda_offered():
            pytest.skip("ONNX Runtime offers no CUDA on this machine")
        if self.name.startswith("efficientdet"):
            shipped = need(ASSETS / f"{self.name}.tflite")
            made = EfficientDetLite(shipped, cache, runtime=self.runtime, device=self.device)
            return TiledDetector(made, self.tiles) if self.tiles > 1 else made
        need(ASSETS / YOLOX_TINY.file)
        return DetectorPool(ModelFolders(assets=ASSETS, cache=cache), threads=1, device=self.device).get(self.name)


REAL = (
    Real(LITE0),
    Real(LITE0, tiles=2),
    Real(LITE0, runtime=Runtime.ONNX),
    Real(LITE0, runtime=Runtime.ONNX, device=Device.CUDA),
    Real("efficientdet-lite1"),
    Real("efficientdet-lite2", tiles=2),
    Real("yolox-tiny", runtime=Runtime.ONNX),
    Real("yolox-tiny", runtime=Runtime.ONNX, device=Device.CUDA),
    Real("yolox-tiny+efficientdet-lite0"),
)


def need(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path.name} is not fetched: make assets")
    return path


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


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
    scope="module",
    params=["fake", *(pytest.param(real, marks=pytest.mark.integration, id=real.id) for real in REAL)],
)
def detector(request: pytest.FixtureRequest, cache: Path) -> Detector:
    return fake() if request.param == "fake" else request.param.made(cache)


def pool_of(assets: Path) -> DetectorPool:
    return DetectorPool(ModelFolders(assets=assets, cache=assets / "models"), threads=1)


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
    frames = [pictures()[2], *pictures()[2:], pictures()[0]]
    assert detector.batch >= 1
    assert detector.detect_batch(()) == ()
    together = detector.detect_batch(frames)
    alone = tuple(detector.detect(frame) for frame in frames)
    if detector.batch == 1:
        assert together == alone
    else:  # a GPU chooses other sums for other sizes
        for here, there in zip(together, alone, strict=True):
            assert_alike(here, there)
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
@pytest.mark.parametrize(
    ("real", "least"),
    [
        (Real(LITE0), 7),
        (Real(LITE0, runtime=Runtime.ONNX), 7),
        (Real("efficientdet-lite2", tiles=2), 24),
        (Real("yolox-tiny", runtime=Runtime.ONNX), 24),
        (Real("yolox-tiny+efficientdet-lite0"), 24),
    ],
    ids=lambda each: each.id if isinstance(each, Real) else str(each),
)
def test_walkers_of_a_real_plaza_are_found(cache: Path, plaza: Frame, real: Real, least: int) -> None:
    found = real.made(cache).detect(plaza)
    assert sum(d.kind is ObjectKind.PERSON and d.score >= 0.3 for d in found) >= least


@pytest.mark.integration
@pytest.mark.parametrize(
    ("real", "other"),
    [
        (Real(LITE0), Real(LITE0, runtime=Runtime.ONNX)),
        (Real("efficientdet-lite2"), Real("efficientdet-lite2", runtime=Runtime.ONNX)),
        (Real(LITE0), Real(LITE0, runtime=Runtime.ONNX, device=Device.CUDA)),
        (Real("yolox-tiny", runtime=Runtime.ONNX), Real("yolox-tiny", runtime=Runtime.ONNX, device=Device.CUDA)),
    ],
    ids=lambda real: real.id,
)
def test_what_one_back_end_is_sure_of_the_other_sees_within_the_tolerance(
    cache: Path, plaza: Frame, real: Real, other: Real
) -> None:
    one, two = real.made(cache).detect(plaza), other.made(cache).detect(plaza)
    assert any(d.score >= SURE for d in one)
    assert_alike(one, two)


def assert_alike(one: Found, two: Found) -> None:
    for here, there in ((one, two), (two, one)):
        for d in (d for d in here if d.score >= SURE):
            twin = max((t for t in there if FAMILIES[t.kind] == FAMILIES[d.kind]), key=lambda t: t.box.iou(d.box))
            assert twin.box.iou(d.box) >= BOX_TOLERANCE
            assert abs(twin.score - d.score) <= SCORE_TOLERANCE


def test_joined_detectors_share_the_families_out() -> None:
    person = Detection(Box(0.1, 0.1, 0.2, 0.4), ObjectKind.PERSON, 0.5)
    car = Detection(Box(0.5, 0.5, 0.9, 0.9), ObjectKind.CAR, 0.6)
    first, second = ScriptedDetector([[person]]), ScriptedDetector([[replace(person, score=0.9), car]])
    first.kinds = frozenset({ObjectKind.PERSON})
    joined = JoinedDetector((first, second))
    assert joined.detect(pictures()[0]) == (car, person)
    assert joined.kinds == frozenset(ObjectKind)


def test_an_unknown_name_is_refused_with_the_list_and_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    empty = pool_of(tmp_path)
    for name in ("yolo-everything", "", "../../etc/passwd", "yolo+efficientdet-lite0"):
        with pytest.raises(AppError) as unknown:
            pool_of(tmp_path).get(name)
        assert (unknown.value.kind, unknown.value.code) == (ErrorKind.INVALID, "detector_unknown")
        assert "efficientdet-lite0" in unknown.value.advice
    for name in ("efficientdet-lite0", "yolox-tiny"):
        with pytest.raises(AppError) as missing:
            empty.get(name)
        assert (missing.value.kind, missing.value.code) == (ErrorKind.NOT_FOUND, "model_missing")


@pytest.mark.parametrize("content", [b"", b"no model", b"\0\0\0\0TFL3" + b"\xff" * 200])
def test_a_broken_model_is_told_as_broken(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "efficientdet-lite0.tflite").write_bytes(content)
    with pytest.raises(AppError) as broken:
        pool_of(tmp_path).get("efficientdet-lite0")
    assert (broken.value.kind, broken.value.code) == (ErrorKind.DATA_LOSS, "model_broken")
