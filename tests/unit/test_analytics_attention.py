"""What each camera is asked for; without its models a centre goes on."""

import logging
from pathlib import Path

import pytest

from sereno.analytics.attention import Attended, Attention
from sereno.analytics.happenings.watch import HappeningWatch
from sereno.analytics.model import HappeningKind
from sereno.analytics.work_note import WorkNote
from sereno.core.ids import CameraId

LEFT, FALLEN, SHOT = HappeningKind.LEFT_OBJECT, HappeningKind.FALLEN, HappeningKind.GUNSHOT


def attended(folder: Path, name: str, *, audio: bool = False) -> Attended:
    slot = WorkNote(folder / "at-work").slot(CameraId(name))
    return Attended(camera_id=CameraId(name), audio=audio, note=slot, happenings=HappeningWatch())


def test_each_camera_is_asked_for_what_its_rules_want(tmp_path: Path) -> None:
    cameras = [attended(tmp_path, "a"), attended(tmp_path, "b")]
    wants = {CameraId("a"): frozenset({LEFT}), CameraId("b"): frozenset[HappeningKind]()}
    Attention(tmp_path, tmp_path / "feed", 1).follow(cameras, lambda id_: wants[id_])
    assert [camera.happenings.wanted for camera in cameras] == [{LEFT}, frozenset()]


def test_a_model_that_is_not_fetched_is_told_once_and_the_rest_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    attention = Attention(tmp_path, tmp_path / "feed", 1)
    cameras = [attended(tmp_path, "a", audio=True)]
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            attention.follow(cameras, lambda _: frozenset({LEFT, FALLEN, SHOT}))
    attention.stop()
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert "sereno assets" in caplog.text
    assert cameras[0].happenings.wanted == {LEFT, FALLEN, SHOT}
