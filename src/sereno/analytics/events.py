"""Facts the analyst tells."""

from dataclasses import dataclass
from datetime import datetime

from sereno.analytics.model import Observation, ViewFault, ViewFigures
from sereno.core.facts import Fact
from sereno.core.ids import CameraId


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationOpened(Fact):
    """A track was confirmed; alerts name this fact as their cause."""

    observation: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationClosed(Fact):
    """The track ended; the row is final."""

    observation: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewChecked(Fact):
    """How a camera's view was from ``began`` to ``at``; told when its faults change, and every five minutes."""

    camera_id: CameraId
    began: datetime
    looks: int
    seen: dict[ViewFault, int]
    """In how many of the looks each fault was."""
    faults: tuple[ViewFault, ...]
    """What is wrong now, seen twice in a row."""
    figures: ViewFigures
    """Of the last look."""
    reference_at: datetime | None
    """When the reference picture was taken that it was compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceTaken(Fact):
    """The analyst has a new reference picture of this camera, of ``at``."""

    camera_id: CameraId
