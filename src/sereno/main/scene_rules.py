"""The analyst's rules: what control wrote in the watch file, evaluated on every scene."""

import logging
from pathlib import Path

from sereno.alerts.evaluate import Evaluator
from sereno.alerts.events import AlertRaised
from sereno.alerts.watch import Watch, read_watch
from sereno.analytics.model import HappeningKind, Scene
from sereno.analytics.ports import OpenObservations
from sereno.core.clock import Clock
from sereno.core.facts import Fact
from sereno.core.ids import CameraId, FactId, new_id

log = logging.getLogger(__name__)


class WatchRules:
    """``SceneRules`` of the watch file; a file that cannot be read leaves the rules as they were."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._evaluator = Evaluator(Watch())
        self._stamp: tuple[int, int] | None = None

    def refresh(self) -> None:
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
            if stamp == self._stamp:
                return
            watch = read_watch(self._path)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            log.error("%s cannot be read (%s): going on with the rules before", self._path, type(error).__name__)
            return
        self._stamp = stamp
        self._evaluator.replace_watch(watch)

    def reads_plates(self, camera_id: CameraId) -> bool:
        return self._evaluator.reads_plates(camera_id)

    def wants(self, camera_id: CameraId) -> frozenset[HappeningKind]:
        return self._evaluator.wants(camera_id)

    def weight(self, camera_id: CameraId) -> float:
        return 2.0 if self._evaluator.reads_plates(camera_id) else 1.0  # a car passes a reader in seconds

    def step(self, scene: Scene, observations: OpenObservations) -> tuple[Fact, ...]:
        alerts = self._evaluator.step(scene, observations.observation)
        if not alerts:
            return ()
        fired_at = self._clock.now()
        return tuple(
            AlertRaised(
                id=FactId(new_id(fired_at)),
                at=fired_at,
                caused_by=observations.opened_by(alert.observation_id) if alert.observation_id else None,
                alert=alert,
            )
            for alert in alerts
        )
