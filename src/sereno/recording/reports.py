"""What the recorder reports of its streams: facts only when something changed, written by one thread."""

import logging
from collections import deque
from threading import Lock

from sereno.cameras.events import StreamLost, StreamOpened
from sereno.cameras.model import StreamState
from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.core.ids import CameraId, FactId, new_id
from sereno.recording.journal import Journal
from sereno.recording.live import Opening

log = logging.getLogger(__name__)


class Reports:
    """Cameras' threads say what is; ``flush`` writes what changed. A full disk keeps facts waiting, in order."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._said: dict[CameraId, tuple[StreamState, tuple[object, ...]]] = {}
        self._waiting: deque[StreamOpened | StreamLost] = deque()
        self._lock = Lock()

    def opened(self, camera_id: CameraId, opening: Opening, fps: float) -> None:
        if self._changed(camera_id, StreamState.RECORDING, (opening.codec, opening.width, opening.height)):
            at = self._clock.now()
            fact_id = FactId(new_id(at))
            self._add(
                StreamOpened(
                    id=fact_id,
                    at=at,
                    camera_id=camera_id,
                    codec=opening.codec,
                    width=opening.width,
                    height=opening.height,
                    fps=round(fps, 2),
                )
            )
            log.info(
                "camera=%s recording codec=%s size=%dx%d fps=%.2f",
                *(camera_id, opening.codec, opening.width, opening.height, fps),
            )

    def lost(self, camera_id: CameraId, fault: AppError, *, paused: bool = False) -> None:
        if self._changed(camera_id, StreamState.PAUSED if paused else StreamState.LOST, (fault.code,)):
            at = self._clock.now()
            fact_id = FactId(new_id(at))
            self._add(
                StreamLost(
                    id=fact_id,
                    at=at,
                    camera_id=camera_id,
                    reason=fault.code,
                    message=fault.message,
                    advice=fault.advice,
                    paused=paused,
                )
            )
            log.warning("camera=%s %s %s (%s)", camera_id, "paused:" if paused else "lost:", fault, fault.code)

    def forget(self, camera_id: CameraId) -> None:
        """The camera left the roster; when it comes back, its state is told anew."""
        with self._lock:
            self._said.pop(camera_id, None)

    def states(self) -> dict[CameraId, StreamState]:
        """How each camera is, as far as it has shown."""
        with self._lock:
            return {camera_id: state for camera_id, (state, _) in self._said.items()}

    def flush(self) -> None:
        with self._lock:
            facts = tuple(self._waiting)
        if not facts:
            return
        try:
            self._journal.tell(*facts)
        except AppError as failure:
            log.warning("%d facts wait: %s (%s)", len(facts), failure, failure.code)
            return
        with self._lock:
            for _ in facts:
                self._waiting.popleft()

    def _changed(self, camera_id: CameraId, state: StreamState, detail: tuple[object, ...]) -> bool:
        with self._lock:
            before, now = self._said.get(camera_id), (state, detail)
            self._said[camera_id] = now
        return before != now

    def _add(self, fact: StreamOpened | StreamLost) -> None:
        with self._lock:
            self._waiting.append(fact)
