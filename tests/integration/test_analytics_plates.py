"""The plate reader on real photographs. Plates are compared, never printed."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from av import VideoFrame
from PIL import Image

from sereno.analytics.assets import PP_OCR_V4_DETECTION, PP_OCR_V4_RECOGNITION
from sereno.analytics.decode import Picture
from sereno.analytics.detectors.port import Frame
from sereno.analytics.model import Detection, ObjectKind
from sereno.analytics.plates.models import plate_models
from sereno.analytics.plates.reader import PlateModels, PlateReader
from sereno.analytics.plates.watch import PlateWatch
from sereno.analytics.tracker import TrackerSettings, TrackerState, step
from sereno.core.errors import AppError, ErrorKind
from sereno.core.geometry import Box

START = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "cache" / "assets"
PHOTOS = ROOT.parent / "shared" / "data" / "plates"


@pytest.fixture(scope="module")
def reader() -> PlateReader:
    files = ASSETS / PP_OCR_V4_DETECTION.name, ASSETS / PP_OCR_V4_RECOGNITION.name
    if not all(file.exists() for file in files):
        pytest.skip("the plate reader is not fetched: make assets")
    return PlateReader(plate_models(ASSETS), "AR")


def photograph(path: Path) -> Frame:
    return np.asarray(Image.open(path).convert("RGB"), np.uint8)


def labels(folder: str) -> list[dict[str, str]]:
    path = PHOTOS / folder / "labels.csv"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_brazilian_cars_are_read(reader: PlateReader) -> None:
    rows = labels("br")
    right = 0
    for row in rows:
        x, y, w, h = (int(row[key]) for key in ("x", "y", "w", "h"))
        photo = photograph(PHOTOS / "br" / row["file"])
        near = photo[max(0, y - 2 * h) : y + 3 * h, max(0, x - w // 2) : x + w * 3 // 2]
        found = reader.read(np.ascontiguousarray(near))
        right += found is not None and found.plate.text == row["plate"]
    assert right >= 0.9 * len(rows)


def test_argentine_plates_are_read(reader: PlateReader) -> None:
    """Tight grey crops of a few dozen pixels, half of them at night."""
    rows = labels("ar_crops")
    right = 0
    for row in rows:
        found = reader.read_plate(photograph(PHOTOS / "ar_crops" / row["file"]))
        right += found is not None and found.plate.text == row["plate"]
    assert right >= 0.87 * len(rows)


def test_a_picture_without_a_plate_reads_nothing(reader: PlateReader) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (200, 300, 3), np.uint8)
    for frame in (np.zeros((200, 300, 3), np.uint8), noise, np.zeros((1, 1, 3), np.uint8)):
        assert reader.read(frame) is None


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AppError) as missing:
        PlateReader(PlateModels(detection=tmp_path / "a.onnx", recognition=tmp_path / "b.onnx"))
    assert (missing.value.kind, missing.value.code) == (ErrorKind.NOT_FOUND, "model_missing")


def test_a_track_gets_its_plate_its_crop_and_the_next_look_is_near_it(reader: PlateReader) -> None:
    """The same photograph twice, as a vehicle that stands."""
    row = labels("br")[0]
    photo = photograph(PHOTOS / "br" / row["file"])
    height, width = photo.shape[:2]
    picture = Picture(VideoFrame.from_ndarray(photo[: height // 2 * 2, : width // 2 * 2], format="rgb24"))
    x, y, w, h = (int(row[key]) for key in ("x", "y", "w", "h"))
    vehicle = Box((x - w) / width, (y - 3 * h) / height, (x + 2 * w) / width, (y + 4 * h) / height)
    (track,) = step(TrackerState(), [Detection(vehicle, ObjectKind.CAR, 0.9)], START, TrackerSettings()).state.tracks
    watch = PlateWatch(reader)
    first = watch.look(picture, [track], START)
    assert first == (1, None)
    assert watch.crop(1) is None
    assert watch.look(picture, [track], START + timedelta(seconds=0.1)) is None
    second = watch.look(picture, [track], START + timedelta(seconds=1))
    assert second is not None
    assert second[1] is not None
    assert second[1].text == row["plate"]
    assert second[1].approach is None
    crop = watch.crop(1)
    assert crop is not None
    assert Image.open(io.BytesIO(crop.jpeg)).width >= w
    watch.forget(1)
    assert watch.crop(1) is None
