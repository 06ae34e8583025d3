"""What is open on one camera: each believed track as an observation that grows until the track ends. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from sereno.analytics.ground.motion import faster
from sereno.analytics.model import Description, GroundMotion, Observation, PlateReading, Sighting, TrailPoint
from sereno.analytics.tracker import Track
from sereno.core.ids import FactId

TRAIL_LIMIT = 256
_FIRST_GAP_S = 0.15


@dataclass(frozen=True, slots=True)
class Trail:
    """Evenly thinned: when full, every second point goes and the least gap doubles."""

    points: tuple[TrailPoint, ...] = ()
    gap_s: float = _FIRST_GAP_S

    def grown(self, point: TrailPoint) -> "Trail":
        if self.points and (point.at - self.points[-1].at).total_seconds() < self.gap_s:
            return self
        points, gap_s = (*self.points, point), self.gap_s
        if len(points) > TRAIL_LIMIT - 1:  # room for the last sighting
            points, gap_s = points[::2], gap_s * 2
        return Trail(points, gap_s)


@dataclass(frozen=True, slots=True)
class OpenObservation:
    """``opened_by`` is the ``ObservationOpened`` fact, which alerts name as their cause."""

    observation: Observation
    opened_by: FactId
    trail: Trail
    last: TrailPoint
    plate: PlateReading | None = None
    description: Description | None = None
    ground: GroundMotion | None = None
    """Now; on the row is ``fastest``."""
    fastest: GroundMotion | None = None

    @classmethod
    def of(cls, opened: Observation, opened_by: FactId) -> "OpenObservation":
        """``opened`` has one trail point."""
        return cls(opened, opened_by, Trail(opened.trail), opened.trail[-1], opened.plate)

    def seen(self, track: Track, at: datetime) -> "OpenObservation":
        last = TrailPoint(at, track.box)
        base = replace(
            self.observation,
            kind=track.kind,
            last_at=max(at, self.observation.last_at),
            best_score=track.best_score,
        )
        return replace(self, observation=base, trail=self.trail.grown(last), last=last)

    def read(self, plate: PlateReading | None) -> "OpenObservation":
        return replace(self, plate=plate)

    def described(self, description: Description) -> "OpenObservation":
        return replace(self, description=None if description == Description() else description)

    def on_ground(self, motion: GroundMotion | None) -> "OpenObservation":
        return replace(self, ground=motion, fastest=faster(self.fastest, motion))

    def sighting(self, track: Track) -> Sighting:
        score = track.detection.score if track.detection else 0.0
        return Sighting(
            observation_id=self.observation.id,
            kind=track.kind,
            box=track.box,
            score=score,
            plate=self.plate,
            ground=self.ground,
        )

    def row(self, *, closed: bool = False) -> Observation:
        """The whole observation as it now is."""
        points = self.trail.points if self.trail.points[-1] == self.last else (*self.trail.points, self.last)
        return replace(
            self.observation,
            trail=points,
            plate=self.plate,
            description=self.description,
            ground=self.fastest,
            closed=closed,
        )
