"""Calibration learned from people: boxes of standing persons give the horizon and the scale.

A box's height grows in proportion to how far its foot is below the horizon; a random-sample fit of that line finds the
horizon among boxes that are wrong, and the pose is fitted to what agrees with it. Source: Hoiem, Efros, Hebert, Putting
Objects in Perspective, IJCV 80, 2008. Where the camera stands and looks on the map comes from the register.
"""

from collections.abc import Sequence
from math import atan, degrees, radians, tan

import numpy as np

from sereno.core.errors import invalid
from sereno.core.geometry import Box, Point
from sereno.maps.ground.plane import Floats
from sereno.maps.ground.pose import Evidence, Pose, PoseErrors, PoseFit, Stature, fit_pose

LEAST_PERSONS = 8
LEAST_BOXES = 40
MOST_BOXES = 600
BOXES_A_PERSON = 12
LEAST_SPAN = 0.12
"""Of the picture's height, between the feet that stand highest and lowest."""
UNSURE_SCALE = 0.35
"""Standard error of the camera's height, as a share; above, it was not learned."""
_EDGE = 0.01
_SLIM, _WIDE = 0.2, 0.62
"""Width over height of a standing person's box in pixels; beside these it sits, rides, carries or is two."""
_AGREE = 0.25
_DRAWS = 400
UNKNOWN_POSE = PoseErrors(height=0.7, tilt_deg=20.0, focal=0.5)
"""Where a camera stands and looks is known from the map; how high, how steep and how wide is not."""


def fit_heights(
    tracks: Sequence[Sequence[Box]], start: Pose, width: int, height: int, errors: PoseErrors = UNKNOWN_POSE
) -> PoseFit:
    """``tracks``: boxes of persons, a sequence each. ``errors``: how far ``start`` can be believed.

    Raises: AppError invalid when too little was seen, or it does not determine the ground.
    """
    aspect = height / width
    statures = chosen(tracks, aspect)
    feet = np.array([s.foot.y for s in statures])
    if len(statures) < LEAST_BOXES:
        raise _too_little(f"Only {len(statures)} boxes of standing persons, whole on the picture, were seen.")
    if np.ptp(feet) < LEAST_SPAN:
        raise _too_little("All persons walked at about the same distance.")
    tall = np.array([s.foot.y - s.head.y for s in statures])
    growth, horizon_y, agreeing = _horizon(feet, tall)
    if growth <= 0 or agreeing.mean() < 0.4:
        raise _too_little("The boxes do not grow towards the lower edge as they do on flat ground.")
    kept = tuple(s for s, agrees in zip(statures, agreeing, strict=True) if agrees)
    focal = 0.5 / tan(radians(start.field_of_view_deg) / 2)
    aim = degrees(atan((0.5 - horizon_y) * aspect / focal))
    found = fit_pose(start, errors, width, height, Evidence(statures=kept), aim=aim)
    if found.height_error > UNSURE_SCALE or found.rms > 3:
        raise _too_little("What was seen fits many ways in which the camera could stand.")
    return found


def chosen(tracks: Sequence[Sequence[Box]], aspect: float) -> tuple[Stature, ...]:
    """Standing persons whole on the picture, at most ``BOXES_A_PERSON`` of each, who together weigh as one.

    Raises: AppError invalid with fewer than ``LEAST_PERSONS``.
    """
    persons = [[box for box in track if _stands(box, aspect)] for track in tracks]
    persons = [boxes[:: max(1, -(-len(boxes) // BOXES_A_PERSON))] for boxes in persons if boxes]
    if len(persons) < LEAST_PERSONS:
        raise _too_little(f"Only {len(persons)} persons walked by, standing and whole on the picture.")
    every = max(1, -(-sum(map(len, persons)) // MOST_BOXES))
    return tuple(
        Stature(box.foot, Point(box.centre.x, box.top), weight=min(1.0, 1.0 / len(boxes)))
        for boxes in persons[::every]
        for box in boxes
    )


def _stands(box: Box, aspect: float) -> bool:
    whole = box.left > _EDGE and box.top > _EDGE and box.right < 1 - _EDGE and box.bottom < 1 - _EDGE
    if not whole or box.height < 0.04:
        return False
    return _SLIM <= box.width / (box.height * aspect) <= _WIDE


def _horizon(feet: Floats, tall: Floats) -> tuple[float, float, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Growth of boxes downwards, where they would be nothing, and which agree. Seeded: same in, same out."""
    draw = np.random.default_rng(7)
    best = np.zeros(len(feet), dtype=np.bool_)
    for _ in range(_DRAWS):
        a, b = draw.choice(len(feet), 2, replace=False)
        if abs(feet[a] - feet[b]) < LEAST_SPAN / 4:
            continue
        growth = (tall[a] - tall[b]) / (feet[a] - feet[b])
        expected = tall[a] + growth * (feet - feet[a])
        agree = np.abs(tall - expected) < _AGREE * tall
        if growth > 0 and agree.sum() > best.sum():
            best = agree
    if best.sum() < 3:
        return 0.0, 0.0, best
    growth, level = np.polyfit(feet[best], tall[best], 1, w=1 / tall[best])
    return float(growth), float(-level / growth) if growth else 0.0, best


def _too_little(why: str) -> Exception:
    return invalid(
        "ground_not_learned",
        f"The ground cannot be learned from the people who passed: {why}",
        "Wait until more people have walked by, near and far, or pick points on the map.",
    )
