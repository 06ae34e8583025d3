"""Who may be made findable by looks, and for how long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from sereno.access.jurisdiction import NO_LAW, Certainty, Rule, load_jurisdiction
from sereno.analytics.appearance.crops import Crop
from sereno.analytics.appearance.vectors import allowed_hours, vector_maker, vectors_at_start
from sereno.analytics.model import ObjectKind
from sereno.core.geometry import Box
from sereno.runtime.settings import AnalyticsSettings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALLOWED = replace(NO_LAW, appearance_search=Rule(value=True, source="test", certainty=Certainty.POLICY))


def crop(height: int = 120, quality: float = 0.5) -> Crop:
    pixels = np.random.default_rng(3).integers(0, 255, (height, height // 2, 3)).astype(np.uint8)
    return Crop(pixels, Box(0.1, 0.1, 0.2, 0.5), Box(0, 0, 1, 1), NOW, quality)


def test_what_no_law_is_known_to_allow_is_off() -> None:
    assert allowed_hours(NO_LAW, 24) == 0
    assert allowed_hours(load_jurisdiction("eu-strict"), 24) == 0
    assert allowed_hours(load_jurisdiction("mx"), 24) == 0


def test_settings_are_stricter_than_the_law_and_never_laxer() -> None:
    law = load_jurisdiction("ar-pba")
    assert allowed_hours(law, 6) == 6
    assert allowed_hours(law, 1000) == law.appearance_search_hours.value
    assert allowed_hours(law, 0) == 0
    assert allowed_hours(law, -1) == 0
    assert allowed_hours(ALLOWED, 48) == 48


def test_nothing_is_made_for_no_hours() -> None:
    assert vector_maker(0, None) is None


@pytest.mark.parametrize("kind", [ObjectKind.PERSON, ObjectKind.CAR])
def test_a_vector_says_when_it_must_be_gone(kind: ObjectKind) -> None:
    maker = vector_maker(6, None)
    assert maker is not None
    vector = maker.vector(kind, crop(), NOW)
    assert vector is not None
    assert (vector.made_at, vector.expires_at) == (NOW, NOW + timedelta(hours=6))
    assert np.linalg.norm(vector.values) == pytest.approx(1, abs=1e-5)


def test_a_poor_crop_and_a_dog_get_none() -> None:
    maker = vector_maker(6, None)
    assert maker is not None
    assert maker.vector(ObjectKind.PERSON, crop(height=30), NOW) is None
    assert maker.vector(ObjectKind.PERSON, crop(quality=0.01), NOW) is None
    assert maker.vector(ObjectKind.DOG, crop(), NOW) is None


def test_a_site_model_that_is_missing_makes_no_vectors_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = AnalyticsSettings(embedder_sha256="0" * 64)
    assert vectors_at_start(6, tmp_path, settings) is None
    assert "no looks are compared" in caplog.text
    assert vectors_at_start(6, tmp_path, AnalyticsSettings()) is not None
    assert vectors_at_start(0, tmp_path, settings) is None
