"""One suite for every embedder: shapes, lengths, and that it tells two strangers from two looks at one thing."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from sereno.analytics.appearance.embedder import Embedder
from sereno.analytics.appearance.onnx_embedder import OnnxEmbedder
from sereno.analytics.appearance.stripes import ColourStripes
from sereno.analytics.detectors.port import Frame
from sereno.core.errors import AppError

OSNET = Path(__file__).parents[3] / "shared" / "data" / "weights" / "osnet_x0_25_msmt17.onnx"
FACTORIES: dict[str, Callable[[], Embedder]] = {
    "colour stripes": ColourStripes,
    "onnx": lambda: OnnxEmbedder(OSNET, sha256(OSNET.read_bytes()).hexdigest()),
}


@pytest.fixture(scope="module", params=FACTORIES)
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return FACTORIES[request.param]()


def dressed(top: tuple[int, int, int], legs: tuple[int, int, int], seed: int, height: int = 128) -> Frame:
    noise = np.random.default_rng(seed).normal(0, 6, (height, height // 2, 3))
    pixels = np.zeros((height, height // 2, 3))
    pixels[: height // 2], pixels[height // 2 :] = top, legs
    pixels[: height // 6] = (150, 120, 100)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def test_vectors_have_length_one_and_the_size_that_is_told(embedder: Embedder) -> None:
    crops = [dressed((200, 30, 30), (30, 30, 60), n, height) for n, height in ((1, 128), (2, 60), (3, 301))]
    vectors = embedder.embed(crops)
    assert vectors.shape == (3, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert embedder.embed(()).shape == (0, embedder.dimension)


def test_one_crop_alone_and_among_others_gives_the_same(embedder: Embedder) -> None:
    crops = [dressed((200, 30, 30), (30, 30, 60), 1), dressed((240, 240, 235), (20, 20, 20), 2)]
    assert embedder.embed(crops)[1] == pytest.approx(embedder.embed(crops[1:])[0], abs=1e-5)
    assert embedder.embed(crops[:1])[0] == pytest.approx(embedder.embed(crops[:1])[0], abs=0)


def test_the_same_clothes_are_nearer_than_others(embedder: Embedder) -> None:
    red, red_again = dressed((190, 30, 30), (30, 30, 70), 1), dressed((170, 34, 30), (34, 30, 66), 2)
    other = dressed((60, 140, 70), (220, 215, 205), 3)
    a, b, c = embedder.embed([red, red_again, other])
    assert a @ b > a @ c
    assert a @ b > b @ c


def test_a_crop_of_one_pixel_is_borne(embedder: Embedder) -> None:
    vector = embedder.embed([np.zeros((1, 1, 3), np.uint8)])
    assert np.isfinite(vector).all()


def test_a_file_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AppError) as caught:
        OnnxEmbedder(OSNET, "0" * 64)
    assert caught.value.code == "model_hash_differs"
    with pytest.raises(AppError) as caught:
        OnnxEmbedder(tmp_path / "none.onnx", "0" * 64)
    assert caught.value.code == "model_missing"
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(OSNET.read_bytes()[:5000])
    with pytest.raises(AppError) as caught:
        OnnxEmbedder(broken, sha256(broken.read_bytes()).hexdigest())
    assert caught.value.code == "model_unusable"


def test_a_model_of_another_kind_is_refused() -> None:
    detector = Path(__file__).parents[2] / "cache" / "assets" / "yolox-tiny-humanart.onnx"
    if not detector.exists():
        pytest.skip("the models were not fetched")
    with pytest.raises(AppError) as caught:
        OnnxEmbedder(detector, sha256(detector.read_bytes()).hexdigest())
    assert caught.value.code == "model_unusable"
