"""The best picture of a track, as it is kept beside its row."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.model import ObjectKind
from sereno.core.geometry import Box
from sereno.core.ids import CameraId, ObservationId

Vector = NDArray[np.float32]
"""(d,) float32, of length 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppearanceVector:
    """What makes a track findable on another camera. It must be gone at ``expires_at``.

    Vectors compare, by their dot product (-1..1), only with others of the same ``embedder``.
    """

    embedder: str
    values: Vector
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """The best crop so far; a later one of the same observation replaces it.

    ``at`` is the frame's instant; ``box`` is what was cut, in fractions of the picture; ``width`` and ``height`` are
    pixels of ``jpeg``, at most 256 on the longer side. ``vector`` is None unless appearance search is allowed and
    the crop is good enough; ``plate_jpeg`` is the plate's own crop, where one was read.
    """

    observation_id: ObservationId
    camera_id: CameraId
    kind: ObjectKind
    at: datetime
    box: Box
    jpeg: bytes
    width: int
    height: int
    vector: AppearanceVector | None = None
    plate_jpeg: bytes | None = None
