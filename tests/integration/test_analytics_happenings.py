"""Happenings on real pictures and real sound, with the real models."""

import numpy as np
import pytest
from PIL import Image

from bench.event_clips import ASSETS, DATA, LEFT_BAG, SQUARE, pictures, watcher
from bench.event_sounds import shots
from bench.mot import read_sequence
from sereno.analytics.happenings.fallen import lies
from sereno.analytics.happenings.pose import RtmPose
from sereno.analytics.model import HappeningKind
from sereno.core.geometry import Box

pytestmark = pytest.mark.integration

BAG = Box(0.60, 0.72, 0.74, 0.94)
"""Where it stands in the clip."""


def test_the_bag_that_somebody_leaves_at_a_corner_is_told_once_with_its_owner() -> None:
    told = watcher(frozenset({HappeningKind.LEFT_OBJECT}))(
        (at_s - 4, picture) for at_s, picture in pictures(LEFT_BAG) if 4 <= at_s <= 28
    )
    happenings = [happening for scene in told for happening in scene.happenings]
    assert {one.kind for one in happenings} == {HappeningKind.LEFT_OBJECT}
    assert len({one.began for one in happenings}) == 1
    assert happenings[0].by
    assert happenings[0].box
    assert happenings[0].box.iou(BAG) > 0.1


def test_walkers_stand_and_the_same_walkers_laid_down_lie() -> None:
    model = RtmPose(ASSETS / "rtmpose-s-halpe26.onnx")
    truth = read_sequence(DATA / "mot" / "PETS09-S2L1").truth
    upright: list[bool] = []
    laid: list[bool] = []
    for number, (_, picture) in enumerate(pictures(SQUARE, SQUARE.fps), start=1):
        if number > 181:
            break
        if number % 60 != 1:
            continue
        height, width = picture.shape[:2]
        for _, box, _ in truth[number]:
            part = Box(
                box.left - 0.3 * box.width,
                box.top - 0.1 * box.height,
                box.right + 0.3 * box.width,
                box.bottom + 0.1 * box.height,
            )
            if part.left < 0 or part.right > 1 or part.bottom > 1:
                continue
            crop = picture[
                int(part.top * height) : int(part.bottom * height), int(part.left * width) : int(part.right * width)
            ]
            upright.append(lies(model.pose(np.ascontiguousarray(crop))))
            turned = np.asarray(Image.fromarray(crop).rotate(90, expand=True), np.uint8)
            laid.append(lies(model.pose(turned)))
    assert len(laid) >= 8
    assert not any(upright)
    assert sum(laid) >= 0.6 * len(laid)


def test_some_far_shots_are_heard_and_nothing_else_is_taken_for_one() -> None:
    there, elsewhere = shots()["ours"]
    assert there >= 3
    assert elsewhere == 0
