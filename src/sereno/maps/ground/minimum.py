"""SciPy's robust least squares, as plain arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import least_squares

from sereno.maps.ground.plane import Floats


@dataclass(frozen=True, slots=True)
class Minimum:
    """``normal``: the normal matrix, whose inverse is the covariance of whitened residuals' parameters."""

    at: Floats
    normal: Floats
    cost: float


def minimum(off: Callable[[Floats], Floats], start: Floats, loss: Literal["linear", "soft_l1"]) -> Minimum:
    """``off``: whitened residuals, 1 is a standard error. ``cost`` is their (softened) sum of squares."""
    found = least_squares(off, start, loss=loss, x_scale=np.maximum(np.abs(start), 1e-2), max_nfev=200)
    slopes = np.asarray(found.jac, dtype=np.float64)
    return Minimum(at=found.x, normal=slopes.T @ slopes, cost=2 * float(found.cost))
