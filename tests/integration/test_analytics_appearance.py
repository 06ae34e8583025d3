"""A real street clip through a camera's whole way: crops, words and vectors come beside the rows, and are kept."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from sereno.access.jurisdiction import load_jurisdiction
from sereno.analytics.appearance.album import Album
from sereno.analytics.appearance.portrait import Portrait
from sereno.analytics.appearance.vectors import allowed_hours, vector_maker
from sereno.analytics.camera_watch import CameraWatch
from sereno.analytics.decode import Picture, TakenFrame
from sereno.analytics.detectors.efficientdet import EfficientDetLite
from sereno.analytics.model import ObjectKind, Observation
from sereno.core.ids import CameraId

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
CLIP = ROOT.parent / "shared" / "data" / "video" / "pets09_s2l1_view001.avi"
STREET = CameraId("street")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
FPS = 7


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Observation], list[Portrait]]:
    """All rows as they were last, and all portraits, of 24 seconds."""
    model = ROOT / "cache" / "assets" / "efficientdet-lite0.tflite"
    detector = EfficientDetLite(model, tmp_path_factory.mktemp("models"))
    hours = allowed_hours(load_jurisdiction("ar-pba"), 6)
    watch = CameraWatch(STREET, detector, album=Album(vector_maker(hours, None)))
    rows: dict[str, Observation] = {}
    portraits: list[Portrait] = []
    at = START
    with av.open(str(CLIP)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number >= 170:
                break
            at = START + timedelta(seconds=number / FPS)
            if number % 2 == 0:
                one = watch.look(TakenFrame(STREET, Picture(frame.reformat(format="yuv420p")), at))
                portraits += one.portraits
                rows.update((row.id, row) for row, _ in one.rows)
    ended = watch.close_all(at)
    rows.update((row.id, row) for row, _ in ended.rows)
    return list(rows.values()), [*portraits, *ended.portraits]


def test_every_track_has_a_picture_that_shows_it(seen: tuple[list[Observation], list[Portrait]]) -> None:
    rows, portraits = seen
    assert len(rows) >= 5
    assert {row.id for row in rows if row.closed} <= {portrait.observation_id for portrait in portraits}
    for portrait in portraits:
        with Image.open(io.BytesIO(portrait.jpeg)) as image:
            assert image.size == (portrait.width, portrait.height)
        assert max(portrait.width, portrait.height) <= 256
        assert portrait.at >= START
        row = next(row for row in rows if row.id == portrait.observation_id)
        assert any(point.box.iou(portrait.box) > 0.3 for point in row.trail)


def test_persons_are_told_words_and_made_findable_for_hours(seen: tuple[list[Observation], list[Portrait]]) -> None:
    rows, portraits = seen
    persons = [row for row in rows if row.kind is ObjectKind.PERSON]
    told = [row for row in persons if row.description is not None]
    assert len(told) >= len(persons) / 2
    vectors = [portrait.vector for portrait in portraits if portrait.vector is not None]
    assert len(vectors) >= 5
    for vector in vectors:
        assert vector.expires_at - vector.made_at == timedelta(hours=6)
        assert np.linalg.norm(vector.values) == pytest.approx(1, abs=1e-4)
