"""In control: which gaps of a camera its card may fill, and the asking for it."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sereno.cameras.devices.calls import CardSpan
from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.core.ids import CameraId
from sereno.recording.backfill.fetching import FETCH_CARD
from sereno.recording.coverage import Recorded, recorded_in
from sereno.recording.library import Library
from sereno.runtime.local_call import LocalCaller

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(hours=24)
LEAST_GAP = timedelta(seconds=4)
"""A shorter one is less than the way from one key frame to the next."""
PORTION = timedelta(minutes=5)
FETCH_LIMIT_S = 180.0
AGAIN_AFTER_S = 900.0


def gaps_of(recorded: Iterable[Recorded]) -> list[tuple[datetime, datetime]]:
    """Spans between recordings, oldest first; what is open at either end is none."""
    found: list[tuple[datetime, datetime]] = []
    reached: datetime | None = None
    for each in sorted(recorded, key=lambda one: one.began):
        if reached is not None and each.began - reached >= LEAST_GAP:
            found.append((reached, each.began))
        reached = each.ended if reached is None else max(reached, each.ended)
    return found


def portions(began: datetime, ended: datetime) -> list[tuple[datetime, datetime]]:
    """A long gap in parts that are fetched one by one."""
    parts = []
    while began < ended:
        parts.append((began, min(began + PORTION, ended)))
        began += PORTION
    return parts


@dataclass(slots=True)
class GapFiller:
    """``step`` is called by a loop of control. A gap is asked for once a quarter of an hour until it is filled."""

    library: Library
    devices: LocalCaller
    cameras: Callable[[], Sequence[CameraId]]
    """Those that may have a card: they speak ONVIF and are enabled."""
    clock: Clock
    _asked: dict[tuple[CameraId, datetime], float] = field(default_factory=dict)

    def step(self) -> None:
        now, now_s = self.clock.now(), self.clock.monotonic_s()
        self._asked = {key: at_s for key, at_s in self._asked.items() if now_s - at_s < AGAIN_AFTER_S}
        for camera_id in self.cameras():
            for gap in gaps_of(recorded_in(self.library, camera_id, now - LOOK_BACK, now)):
                for part in portions(*gap):
                    if (camera_id, part[0]) not in self._asked:
                        self._asked[camera_id, part[0]] = now_s
                        if not self._ask(CardSpan(camera_id=camera_id, began=part[0], ended=part[1])):
                            return

    def _ask(self, span: CardSpan) -> bool:
        """False when there is no sense in asking on now."""
        try:
            fetched = self.devices.ask(FETCH_CARD, span, FETCH_LIMIT_S)
        except AppError as error:
            log.info("camera=%s gap of %s: its card gives nothing now: %s", span.camera_id, span.began, error)
            return error.code not in ("devices_away", "spool_full")
        log.info("camera=%s gap of %s: %.1f s fetched from its card", span.camera_id, span.began, fetched.seconds)
        return True
