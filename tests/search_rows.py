"""Observations for tests of the store and of search: many, varied, the same for the same seed."""

import random
from datetime import datetime, timedelta

from sereno.analytics.days.signature import COLOURS
from sereno.analytics.model import (
    VEHICLES,
    Description,
    GroundMotion,
    ObjectKind,
    Observation,
    PlateReading,
    TrailPoint,
)
from sereno.core.geometry import Box
from sereno.core.ids import CameraId, FactId, ObservationId, new_id

CAMERAS = tuple(CameraId(f"camera-{number}") for number in range(5))
_SIGNS = "ABO0I1S5Z2"
_WHEELS = (ObjectKind.BICYCLE, ObjectKind.MOTORCYCLE)


def some_observations(began: datetime, hours: float, count: int, seed: int = 1) -> list[Observation]:
    """Evenly over so many hours; one in fifty stays for more than ten minutes."""
    draw = random.Random(seed)
    step = timedelta(hours=hours / count)
    return [_observation(draw, began + step * number) for number in range(count)]


def opened(observations: list[Observation]) -> list[tuple[Observation, FactId]]:
    return [(seen, FactId(new_id(seen.first_at))) for seen in observations]


def _observation(draw: random.Random, at: datetime) -> Observation:
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    kind = draw.choice((ObjectKind.PERSON, ObjectKind.CAR, ObjectKind.MOTORCYCLE, ObjectKind.TRUCK, ObjectKind.DOG))
    stay_s = draw.uniform(600, 9000) if draw.random() < 0.02 else draw.uniform(1, 60)
    last_at = at + timedelta(milliseconds=int(stay_s * 1000))
    ground = None
    if draw.random() < 0.4:
        ground = GroundMotion(
            latitude=-34.6,
            longitude=-58.4,
            error_m=2.0,
            speed_mps=round(draw.uniform(0, 30), 2),
            speed_error_mps=0.5,
            heading=draw.choice((None, round(draw.uniform(0, 360), 1))),
        )
    return Observation(
        id=ObservationId(new_id(at)),
        camera_id=draw.choice(CAMERAS),
        kind=kind,
        first_at=at,
        last_at=last_at,
        best_score=0.5,
        trail=_trail(draw, at, last_at),
        plate=_plate(draw) if kind in VEHICLES and draw.random() < 0.5 else None,
        description=_description(draw, kind) if draw.random() < 0.8 else None,
        ground=ground,
        closed=True,
    )


def _trail(draw: random.Random, at: datetime, last_at: datetime) -> tuple[TrailPoint, ...]:
    """A straight walk, in steps that the store keeps exactly."""
    points = draw.randint(1, 12)
    start, end = ([draw.uniform(0.0, 1.05) for _ in range(2)] for _ in range(2))
    places = [number / max(1, points - 1) for number in range(points)]
    return tuple(
        TrailPoint(
            at + timedelta(milliseconds=int((last_at - at).total_seconds() * 1000 * place)),
            _box(start[0] + (end[0] - start[0]) * place, start[1] + (end[1] - start[1]) * place),
        )
        for place in places
    )


def _box(x: float, y: float) -> Box:
    left, bottom = round(x * 1000) / 1024, round(y * 1000) / 1024
    return Box(left - 32 / 1024, bottom - 128 / 1024, left + 32 / 1024, bottom)


def _plate(draw: random.Random) -> PlateReading:
    return PlateReading("".join(draw.choice(_SIGNS) for _ in range(7)), 0.9, Box(0.25, 0.25, 0.5, 0.5))


def _description(draw: random.Random, kind: ObjectKind) -> Description | None:
    colours = [draw.choice((None, *COLOURS)) for _ in range(2)]
    if kind is ObjectKind.PERSON:
        look = Description(upper=colours[0], lower=colours[1])
    else:
        look = Description(body=colours[0], riders=draw.choice((None, 1, 2, 3)) if kind in _WHEELS else None)
    return look if look != Description() else None
