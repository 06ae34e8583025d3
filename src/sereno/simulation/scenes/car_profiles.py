"""The cars of the demo town as side profiles, each a common kind and no maker's model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """A car seen from its left side: x from tail to nose in metres from the middle, heights above the road.

    ``roof`` and ``belt`` are corners (x, z) of the upper outline and of the line below the windows.
    """

    length: float
    width: float
    roof: tuple[tuple[float, float], ...]
    belt: tuple[tuple[float, float], ...]
    cabin: tuple[float, float, float, float]
    """x of the rear window's foot and head, and of the windscreen's head and foot."""
    axles: tuple[float, float]
    wheel_radius: float
    pillars: tuple[float, ...]
    """x of the pillars between the side windows."""


HATCHBACK = Profile(
    length=3.95,
    width=1.72,
    roof=(
        (-1.97, 0.92),
        (-1.9, 1.02),
        (-1.42, 1.44),
        (-0.7, 1.5),
        (0.1, 1.47),
        (0.98, 1.0),
        (1.75, 0.86),
        (1.97, 0.72),
    ),
    belt=((-1.97, 0.86), (-1.0, 0.94), (0.9, 0.9), (1.97, 0.66)),
    cabin=(-1.86, -1.45, 0.12, 0.98),
    axles=(-1.2, 1.25),
    wheel_radius=0.31,
    pillars=(-0.42, -1.15),
)
SEDAN = Profile(
    length=4.45,
    width=1.76,
    roof=(
        (-2.22, 0.9),
        (-2.16, 0.98),
        (-1.62, 1.03),
        (-1.0, 1.4),
        (-0.3, 1.46),
        (0.2, 1.43),
        (1.05, 0.98),
        (1.98, 0.85),
        (2.22, 0.72),
    ),
    belt=((-2.22, 0.84), (-1.6, 0.98), (1.0, 0.92), (2.22, 0.66)),
    cabin=(-1.6, -1.02, 0.22, 1.05),
    axles=(-1.32, 1.38),
    wheel_radius=0.32,
    pillars=(-0.28, -1.0),
)
PICKUP = Profile(
    length=5.1,
    width=1.86,
    roof=(
        (-2.55, 1.04),
        (-2.53, 1.12),
        (-0.82, 1.14),
        (-0.72, 1.7),
        (-0.2, 1.77),
        (0.45, 1.74),
        (1.25, 1.18),
        (2.35, 1.06),
        (2.55, 0.94),
    ),
    belt=((-2.55, 1.0), (-0.8, 1.1), (1.2, 1.12), (2.55, 0.88)),
    cabin=(-0.8, -0.7, 0.47, 1.25),
    axles=(-1.62, 1.6),
    wheel_radius=0.4,
    pillars=(-0.1,),
)
VAN = Profile(
    length=4.7,
    width=1.84,
    roof=((-2.34, 1.0), (-2.32, 1.75), (-2.1, 1.9), (-0.5, 1.94), (0.75, 1.86), (1.6, 1.18), (2.2, 1.0), (2.35, 0.86)),
    belt=((-2.34, 0.98), (-1.0, 1.12), (1.5, 1.1), (2.35, 0.8)),
    cabin=(-2.33, -2.28, 0.8, 1.6),
    axles=(-1.45, 1.45),
    wheel_radius=0.34,
    pillars=(0.0, -1.1),
)
PROFILES = (HATCHBACK, SEDAN, PICKUP, VAN)
