"""What control offers as detectors, without loading any."""

from pathlib import Path

import pytest

from sereno.analytics.detectors.names import DETECTORS
from sereno.analytics.detectors.shelf import DetectorChoice, DetectorShelf
from sereno.analytics.model import ObjectKind
from sereno.core.errors import AppError

CARD = f"""
file = "bikes.onnx"
sha256 = "{"0" * 64}"
licence = "Apache-2.0"
[input]
width = 640
height = 384
colour = "rgb"
[output]
layout = "yolov8"
class_count = 80
[classes]
3 = "motorcycle"
0 = "person"
"""


@pytest.fixture
def shelf(tmp_path: Path) -> DetectorShelf:
    """All our files are fetched; the site has ``bikes``, and a card ``torn`` that is none."""
    assets, site = tmp_path / "assets", tmp_path / "models"
    for folder in (assets, site):
        folder.mkdir()
    for spec in DETECTORS:
        (assets / spec.file).touch()
    (site / "bikes.toml").write_text(CARD, encoding="utf-8")
    (site / "bikes.onnx").touch()
    (site / "torn.toml").write_text("file = ", encoding="utf-8")
    return DetectorShelf(assets=assets, site=site, usual="efficientdet-lite0")


def offered(shelf: DetectorShelf, refused: dict[str, str] | None = None) -> dict[str, DetectorChoice]:
    return {choice.name: choice for choice in shelf.choices(refused or {}).choices}


def test_all_detectors_are_offered_with_their_licences(shelf: DetectorShelf) -> None:
    choices = offered(shelf)
    assert {spec.name for spec in DETECTORS} < choices.keys()
    assert choices["yolox-tiny+efficientdet-lite0"].licence == "Apache-2.0"
    own = choices["bikes"]
    assert (own.own, own.licence, own.kinds) == (True, "Apache-2.0", (ObjectKind.MOTORCYCLE, ObjectKind.PERSON))
    assert [name for name, choice in choices.items() if choice.fault] == ["torn"]
    assert choices["torn"].fault == "model_card"
    assert choices["torn"].message


def test_what_is_missing_or_was_refused_says_so(shelf: DetectorShelf) -> None:
    assert offered(shelf, {"bikes": "model_outputs"})["bikes"].fault == "model_outputs"
    (shelf.site / "bikes.onnx").unlink()
    assert offered(shelf, {"bikes": "model_outputs"})["bikes"].fault == "model_missing"
    (shelf.assets / DETECTORS[0].file).unlink()
    choices = offered(shelf)
    faults = {name: choice.fault for name, choice in choices.items() if DETECTORS[0].name in name.split("+")}
    assert set(faults.values()) == {"model_missing"}
    assert len(faults) == 2


@pytest.mark.parametrize(
    "name", ["", "yolox-tiny", "yolox-tiny+efficientdet-lite2", "bikes", "bikes+efficientdet-lite0"]
)
def test_a_name_on_the_shelf_is_taken(shelf: DetectorShelf, name: str) -> None:
    shelf.check(name)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("yolo", "detector_unknown"),
        ("yolox-tiny+", "detector_unknown"),
        ("../bikes", "detector_unknown"),
        ("torn", "model_card"),
    ],
)
def test_a_name_that_is_not_or_cannot_be_is_refused(shelf: DetectorShelf, name: str, code: str) -> None:
    with pytest.raises(AppError) as refused:
        shelf.check(name)
    assert refused.value.code == code
