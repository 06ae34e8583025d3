"""When a standby recorder takes cameras over, and when it gives them back. Pure.

A camera is taken when its recorder is silent for ``DEAD_AFTER_S``, or says that it cannot write. It is given back when
its recorder has recorded it steadily again, so that the two overlap and no second is lost between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sereno.cameras.model import StreamState
from sereno.cameras.roster import RosterCamera
from sereno.core.ids import CameraId

DEAD_AFTER_S = 4.0
"""Four questions without an answer. With a second to tell the recorder and two to connect, that is well inside ten."""
STEADY_S = 5.0
PATIENCE_S = 30.0
"""A recorder that answers so long keeps its cameras, whatever they do: what is wrong then is not the recorder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a recorder says of itself: whose archive it writes, its cameras, and how each is."""

    archive_id: str
    cameras: tuple[RosterCamera, ...]
    states: Mapping[CameraId, StreamState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What a standby knows of one recorder. Units: monotonic seconds.

    ``taken`` holds the cameras that the standby records now, with the instant since which their own recorder records
    them again, None while it does not.
    """

    heard_s: float
    """The last answer; the standby's own start before the first one."""
    answering_since_s: float | None = None
    archive_id: str = ""
    cameras: tuple[RosterCamera, ...] = ()
    taken: Mapping[CameraId, float | None] = field(default_factory=dict)

    @property
    def duties(self) -> tuple[RosterCamera, ...]:
        return tuple(camera for camera in self.cameras if camera.id in self.taken)


def step(guard: Guard, now_s: float, answer: Answer | None) -> Guard:
    """The guard after a question that was answered, or was not."""
    if answer is None:
        if now_s - guard.heard_s < DEAD_AFTER_S:
            return guard
        taken = {camera.id: None for camera in guard.cameras}
        return replace(guard, answering_since_s=None, taken=taken)
    since_s = now_s if guard.answering_since_s is None else guard.answering_since_s
    taken_now: dict[CameraId, float | None] = {}
    for camera in answer.cameras:
        state = answer.states.get(camera.id, StreamState.CONNECTING)
        if camera.id in guard.taken:
            steady_s = _steady(guard.taken[camera.id], now_s, recording=state is StreamState.RECORDING)
            if not _given_back(camera, steady_s, now_s, since_s, state):
                taken_now[camera.id] = steady_s
        elif state is StreamState.PAUSED:
            taken_now[camera.id] = None
    return Guard(
        heard_s=now_s,
        answering_since_s=since_s,
        archive_id=answer.archive_id,
        cameras=answer.cameras,
        taken=taken_now,
    )


def _steady(since_s: float | None, now_s: float, *, recording: bool) -> float | None:
    if not recording:
        return None
    return now_s if since_s is None else since_s


def _given_back(
    camera: RosterCamera, steady_s: float | None, now_s: float, answering_since_s: float, state: StreamState
) -> bool:
    if state is StreamState.PAUSED:
        return False
    if camera.one_session:  # its recorder cannot have it while we do
        return True
    if steady_s is not None and now_s - steady_s >= STEADY_S:
        return True
    return now_s - answering_since_s >= PATIENCE_S
