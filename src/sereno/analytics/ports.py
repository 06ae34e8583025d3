"""What the analyst is given by who wires it."""

from typing import Protocol

from sereno.analytics.model import HappeningKind, Observation, Scene
from sereno.core.facts import Fact
from sereno.core.ids import CameraId, FactId, ObservationId


class OpenObservations(Protocol):
    """The observations that are open on the camera of a scene."""

    def observation(self, observation_id: ObservationId) -> Observation | None:
        """As it now is, with its trail."""
        ...

    def opened_by(self, observation_id: ObservationId) -> FactId | None:
        """Its ``ObservationOpened`` fact: the cause of what is told about it."""
        ...


class SceneRules(Protocol):
    """What looks at scenes: rules and lists. Called from the analyst's one thread."""

    def refresh(self) -> None:
        """About once a second: follow what control wrote."""
        ...

    def reads_plates(self, camera_id: CameraId) -> bool:
        """Whether somebody needs the plates of this camera."""
        ...

    def wants(self, camera_id: CameraId) -> frozenset[HappeningKind]:
        """Which happenings somebody asks for; the camera pays for no other."""
        ...

    def weight(self, camera_id: CameraId) -> float:
        """How much sooner than another camera (1.0) it is looked at when there is too little time for all."""
        ...

    def step(self, scene: Scene, observations: OpenObservations) -> tuple[Fact, ...]:
        """The facts that ``scene`` gives rise to; they are stored at once, with the rows they are about."""
        ...
