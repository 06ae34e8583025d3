"""Many vectors, found by their sketches, held against comparing every one."""

import numpy as np
import pytest
from numpy.typing import NDArray

from sereno.analytics.search.flat import FEW, FlatVectors
from sereno.analytics.search.sketches import Sketches

DIMENSION, MANY, COUNT = 128, FEW + 5_000, 50
Floats = NDArray[np.float32]


def unit(rows: NDArray[np.float64]) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def vectors() -> Floats:
    """Clusters of eight in forty directions, and a little of all others."""
    draw = np.random.default_rng(3)
    things = draw.normal(size=(MANY // 8, 40)) @ draw.normal(size=(40, DIMENSION))
    return unit(things[draw.integers(0, len(things), MANY)] + draw.normal(size=(MANY, DIMENSION)) * 3)


@pytest.fixture
def held(vectors: Floats) -> FlatVectors:
    """Written in parts: some before there were many, some after."""
    held = FlatVectors(DIMENSION)
    for start in range(0, MANY, 4_000):
        held.append(vectors[start : start + 4_000])
    return held


def recall(held: FlatVectors, vectors: Floats, allowed: NDArray[np.bool_]) -> float:
    """``vectors``: all that are held, in order."""
    shares = []
    rows = np.flatnonzero(allowed)
    for sought in vectors[:: MANY // 20]:
        found, likenesses = held.nearest(sought, COUNT, allowed)
        assert (np.diff(likenesses) <= 0).all()
        best = rows[np.argsort(-(vectors[rows] @ sought))[:COUNT]]
        shares.append(len(np.intersect1d(found, best)) / COUNT)
    return float(np.mean(shares))


def test_sketches_miss_next_to_nothing(held: FlatVectors, vectors: Floats) -> None:
    assert recall(held, vectors, np.ones(MANY, np.bool_)) >= 0.98


def test_only_what_is_allowed_is_found_however_little_that_is(held: FlatVectors, vectors: Floats) -> None:
    for allowed in (
        np.arange(MANY) % 10 > 0,
        np.arange(MANY) % 50 == 0,
        np.arange(MANY) == 7,
        np.zeros(MANY, np.bool_),
    ):
        rows, _ = held.nearest(vectors[7], COUNT, allowed)
        assert allowed[rows].all()
        assert len(rows) == min(COUNT, allowed.sum())
    assert recall(held, vectors, np.arange(MANY) % 10 > 0) >= 0.98


def test_what_is_forgotten_is_not_found_and_the_rest_keeps_its_place(held: FlatVectors, vectors: Floats) -> None:
    kept = np.flatnonzero(np.arange(MANY) % 9 != 0)
    held.keep(kept)
    assert len(held) == len(kept) > FEW
    np.testing.assert_allclose(held.row(100), vectors[kept[100]], atol=1e-3)
    assert recall(held, vectors[kept], np.ones(len(kept), np.bool_)) >= 0.98
    held.append(vectors[:4_000])
    both = np.concatenate((vectors[kept], vectors[:4_000]))
    assert recall(held, both, np.ones(len(both), np.bool_)) >= 0.98


def test_few_that_are_left_are_compared_one_and_all_again(held: FlatVectors, vectors: Floats) -> None:
    kept = np.arange(5_000)
    held.keep(kept)
    assert recall(held, vectors[kept], np.ones(len(kept), np.bool_)) == pytest.approx(1, abs=0.01)


def test_sketches_of_several_shelves_move_up_as_one(vectors: Floats) -> None:
    rows = vectors.astype(np.float16)
    sketches = Sketches(rows[:9_000], shelf=2_000)
    gone = np.r_[5:15, 2_000:4_000, 8_999]
    sketches.remove(gone, np.delete(rows[:9_000], gone, axis=0))
    sketches.append(rows[9_000:12_000])
    left = np.delete(vectors[:12_000], gone, axis=0)
    for number in (0, 5, 1_990, 2_500, 6_000, 6_989, len(left) - 1):
        assert number in sketches.likely(left[number], 200)
    assert sorted(sketches.likely(left[0], 20_000)) == list(range(len(left)))
