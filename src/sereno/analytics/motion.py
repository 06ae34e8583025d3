"""Where a box will be: constant velocity, with the doubt that grows while nothing is seen."""

from dataclasses import dataclass, replace
from math import hypot, sqrt

from sereno.core.geometry import Box

_POSITION_NOISE = 0.1
"""Standard deviation of a detected centre, in sizes of the box."""
_JERK = 0.4
"""How much a velocity may change in a second, in sizes per second (standard deviation)."""
_FIRST_SPEED = 3.0
"""Standard deviation of a speed that is not known yet, in sizes per second."""
_SIZE_GAIN = 0.5
"""Share of a newly seen size that is believed."""


@dataclass(frozen=True, slots=True)
class _Axis:
    """A Kalman filter for one coordinate: position, speed per second, and their covariance."""

    position: float
    speed: float
    pp: float
    ps: float
    ss: float

    def after(self, seconds: float, size: float) -> "_Axis":
        change = (_JERK * size) ** 2 * seconds
        ps = self.ps + seconds * self.ss
        return _Axis(
            self.position + seconds * self.speed,
            self.speed,
            self.pp + seconds * (self.ps + ps) + change * seconds**2 / 3,
            ps + change * seconds / 2,
            self.ss + change,
        )

    def seen(self, position: float, size: float) -> "_Axis":
        total = self.pp + (_POSITION_NOISE * size) ** 2
        gain, speed_gain, off = self.pp / total, self.ps / total, position - self.position
        return _Axis(
            self.position + gain * off,
            self.speed + speed_gain * off,
            (1 - gain) * self.pp,
            (1 - gain) * self.ps,
            self.ss - speed_gain * self.ps,
        )


@dataclass(frozen=True, slots=True)
class Motion:
    """A moving box. Units: fractions of the picture, and fractions per second."""

    x: _Axis
    y: _Axis
    width: float
    height: float

    @classmethod
    def at_rest(cls, box: Box) -> "Motion":
        wide, high = _sizes(box.width, box.height)
        centre = box.centre
        return cls(_fresh(centre.x, wide), _fresh(centre.y, high), box.width, box.height)

    @property
    def box(self) -> Box:
        x, y = self.x.position, self.y.position
        return Box(x - self.width / 2, y - self.height / 2, x + self.width / 2, y + self.height / 2)

    @property
    def doubt(self) -> float:
        """Standard deviation of where it is, in its own sizes; the larger one of the two directions."""
        wide, high = _sizes(self.width, self.height)
        return sqrt(max(self.x.pp / wide**2, self.y.pp / high**2))

    @property
    def pace(self) -> float:
        """Its speed, in its own sizes a second."""
        wide, high = _sizes(self.width, self.height)
        return hypot(self.x.speed / wide, self.y.speed / high)

    def after(self, seconds: float) -> "Motion":
        wide, high = _sizes(self.width, self.height)
        return replace(self, x=self.x.after(seconds, wide), y=self.y.after(seconds, high))

    def shifted(self, x: float, y: float) -> "Motion":
        """The same seen by a camera that turned away: its speed is that in the scene, so it stays."""
        return replace(
            self,
            x=replace(self.x, position=self.x.position + x),
            y=replace(self.y, position=self.y.position + y),
        )

    def seen(self, box: Box) -> "Motion":
        wide, high = _sizes(box.width, box.height)
        centre = box.centre
        return Motion(
            self.x.seen(centre.x, wide),
            self.y.seen(centre.y, high),
            self.width + _SIZE_GAIN * (box.width - self.width),
            self.height + _SIZE_GAIN * (box.height - self.height),
        )


def _sizes(width: float, height: float) -> tuple[float, float]:
    """What noise and speed are measured in: a walker is narrow but moves by his height."""
    return max(width, height / 2), max(height, width / 2)


def _fresh(position: float, size: float) -> _Axis:
    return _Axis(position, 0.0, (_POSITION_NOISE * size) ** 2, 0.0, (_FIRST_SPEED * size) ** 2)
