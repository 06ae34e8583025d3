"""Plane geometry in picture coordinates: x to the right, y down, both 0..1 of the picture's width and height."""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned box; Units: fractions of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(0.0, self.width) * max(0.0, self.height)

    @property
    def centre(self) -> Point:
        return Point((self.left + self.right) / 2, (self.top + self.bottom) / 2)

    @property
    def foot(self) -> Point:
        """Where the thing stands: the middle of the lower edge."""
        return Point((self.left + self.right) / 2, self.bottom)

    def within_picture(self) -> "Box":
        """The part inside the picture; empty or inverted when it lies outside."""
        return Box(max(self.left, 0.0), max(self.top, 0.0), min(self.right, 1.0), min(self.bottom, 1.0))

    def iou(self, other: "Box") -> float:
        """Intersection over union, 0..1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.area + other.area - shared)


@dataclass(frozen=True, slots=True)
class Zone:
    """A simple polygon; the last corner joins the first."""

    corners: tuple[Point, ...]

    def contains(self, point: Point) -> bool:
        """Even-odd rule."""
        inside = False
        for a, b in pairwise((*self.corners, self.corners[0])):
            if (a.y > point.y) != (b.y > point.y) and point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x:
                inside = not inside
        return inside


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn line from ``start`` to ``end``; its left side is the one on the left hand of who walks along it."""

    start: Point
    end: Point

    def side(self, point: Point) -> float:
        """Positive on the right of the walk from start to end, in picture coordinates (y down)."""
        dx, dy = self.end.x - self.start.x, self.end.y - self.start.y
        return dx * (point.y - self.start.y) - dy * (point.x - self.start.x)

    def crossed_by(self, before: Point, after: Point) -> bool:
        """Whether the step from ``before`` to ``after`` passes through the line."""
        step = Line(before, after)
        return self.side(before) * self.side(after) < 0 and step.side(self.start) * step.side(self.end) <= 0
