"""Line crossing: someone or something passes over a drawn line."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import hypot
from typing import ClassVar, Literal

from sereno.alerts.model import Measure, RuleKind
from sereno.alerts.rules.seen import Firing, Seen
from sereno.analytics.model import VEHICLES, ObjectKind
from sereno.core.geometry import Line, Point


class Crossing(StrEnum):
    """Seen by who walks along the line from its start to its end."""

    LEFT_TO_RIGHT = "left_to_right"
    RIGHT_TO_LEFT = "right_to_left"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a subject was last clearly on one side of the line."""

    point: Point
    at: datetime
    rung: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCrossing:
    """The foot of a subject passes over a drawn line in the watched direction. One alert per subject.

    A side counts only beyond ``margin``, so that trembling on the line is no crossing; the way between two clear
    sides must pass between the line's ends, so that walking around them is none either.

    Units: ``margin`` in fractions of the picture.

    Fails: a foot hidden behind a car or a wall is guessed from the visible box; a track that first appears beyond
    the line never crossed it.
    """

    id: str
    name: str
    line: Line
    """What feet pass over."""
    direction: Crossing = Crossing.BOTH
    """Which way rings: left_to_right, right_to_left or both."""
    margin: float = 0.015
    """Distance from the line, in fractions of the picture, from which a side counts."""
    kinds: frozenset[ObjectKind] = frozenset({ObjectKind.PERSON, ObjectKind.BICYCLE}) | VEHICLES
    """What counts."""
    quiet_s: float = 8.0
    """Seconds without a second alert at the same place."""
    kind: Literal[RuleKind.LINE_CROSSING] = RuleKind.LINE_CROSSING
    quiet_radius: ClassVar[float] = 0.1

    @property
    def region(self) -> Line:
        return self.line

    def step(self, standing: Standing | None, seen: Seen) -> tuple[Standing | None, Firing | None]:
        """Where the subject now stands, and what it fires."""
        beyond = self._right_of_line(seen.foot)
        if abs(beyond) < self.margin:
            return standing, None
        now = Standing(seen.foot, seen.at, rung=standing is not None and standing.rung)
        if standing is None or standing.rung or not self.line.crossed_by(standing.point, seen.foot):
            return now, None
        way = Crossing.LEFT_TO_RIGHT if beyond > 0 else Crossing.RIGHT_TO_LEFT
        if self.direction not in (way, Crossing.BOTH):
            return now, None
        why = (Measure("beyond_line", abs(beyond), self.margin),)
        return replace(now, rung=True), Firing(rule_id=self.id, seen=seen, since=standing.at, why=why)

    def _right_of_line(self, point: Point) -> float:
        """Signed distance in fractions of the picture, positive on the right."""
        length = hypot(self.line.end.x - self.line.start.x, self.line.end.y - self.line.start.y)
        return self.line.side(point) / length
