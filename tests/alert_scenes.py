"""Drawn scenes for the tests of rules: walkers with a path over time, and what the evaluator makes of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sereno.alerts.evaluate import CameraState, ruled, step
from sereno.alerts.rule_set import Rule
from sereno.alerts.rules.seen import Firing
from sereno.analytics.model import ObjectKind, PlateReading, Scene, Sighting
from sereno.core.geometry import Box, Point, Zone
from sereno.core.ids import CameraId, ObservationId
from sereno.watchlists.matching import NO_PLATES, PlateIndex

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CAMERA = CameraId("escuela")
FPS = 5.0
LEFT_HALF = Zone((Point(0.0, 0.0), Point(0.5, 0.0), Point(0.5, 1.0), Point(0.0, 1.0)))


@dataclass(frozen=True, slots=True)
class Walker:
    """Stands with its foot at ``path(t)``, t in seconds since START; nowhere when that is None."""

    id: str
    path: Callable[[float], Point | None]
    kind: ObjectKind = ObjectKind.PERSON
    height: float = 0.2
    plate: PlateReading | None = None

    def sighting(self, t: float) -> Sighting | None:
        foot = self.path(t)
        if foot is None:
            return None
        half = self.height / 4
        box = Box(foot.x - half, foot.y - self.height, foot.x + half, foot.y)
        id_ = ObservationId(self.id)
        return Sighting(observation_id=id_, kind=self.kind, box=box, score=0.8, plate=self.plate)


def still(x: float, y: float, began: float = 0.0, ended: float = 1e9) -> Callable[[float], Point | None]:
    return lambda t: Point(x, y) if began <= t < ended else None


def along(a: Point, b: Point, began: float, ended: float) -> Callable[[float], Point | None]:
    """From ``a`` to ``b`` at a steady pace; there only between the two instants."""

    def path(t: float) -> Point | None:
        if not began <= t <= ended:
            return None
        part = (t - began) / (ended - began)
        return Point(a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part)

    return path


def scenes(walkers: Iterable[Walker], seconds: float, fps: float = FPS) -> Iterator[Scene]:
    walkers = tuple(walkers)
    for number in range(round(seconds * fps)):
        t = number / fps
        sightings = tuple(one for walker in walkers if (one := walker.sighting(t)) is not None)
        yield Scene(camera_id=CAMERA, at=START + timedelta(seconds=t), sightings=sightings)


def fired(
    rules: Rule | tuple[Rule, ...], frames: Iterable[Scene], plates: PlateIndex = NO_PLATES
) -> tuple[Firing, ...]:
    return run(ruled(rules if isinstance(rules, tuple) else (rules,)), frames, plates)[1]


def run(
    state: CameraState, frames: Iterable[Scene], plates: PlateIndex = NO_PLATES
) -> tuple[CameraState, tuple[Firing, ...]]:
    firings: tuple[Firing, ...] = ()
    for scene in frames:
        state, more = step(state, scene, plates)
        firings += more
    return state, firings


def second(firing: Firing) -> float:
    """When it fired, in seconds since START."""
    return (firing.at - START).total_seconds()
