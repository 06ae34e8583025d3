"""One camera's gate at work: the state of movement and looks, over time."""

from collections.abc import Sequence
from datetime import datetime

from sereno.analytics.camera_motion import Shift, camera_shift
from sereno.analytics.gate import looks, motion
from sereno.analytics.gate.looks import Expected, LookPolicy, LookState, Reason
from sereno.analytics.gate.motion import Areas, Cells, GateState, Luma, Movement
from sereno.analytics.tracker import Track, TrackerState


class MotionGate:
    """Asked with each picture; told of each look."""

    def __init__(self, policy: LookPolicy, ignored: Areas = ()) -> None:
        """``ignored``: areas in which movement does not count."""
        self._policy = policy
        self._areas = ignored
        self._cells: Cells | None = None
        self._state: GateState | None = None
        self._looks: LookState | None = None
        self._movement: Movement | None = None

    @property
    def moving(self) -> bool:
        """Whether something moved in the last picture."""
        return self._movement is not None and self._movement.any

    def asks(self, luma: Luma, at: datetime, known: TrackerState) -> Reason | None:
        """Why this picture, of any size, is worth a detector; None when it is not. ``known``: after the last look."""
        small = motion.shrunk(luma)
        self._state, self._movement = motion.step(self._state, small, at, self._ignored(small.shape))
        elapsed_s = 0.0 if known.at is None else max(0.0, (at - known.at).total_seconds())
        expected = [_expected(track, elapsed_s) for track in known.tracks]
        return looks.reason(self._looks, self._state, self._movement, expected, self._policy)

    def camera_shift(self) -> Shift | None:
        """By how much the whole picture moved from the last look to the last picture, if it did."""
        if self._state is None or self._looks is None or self._looks.picture.shape != self._state.seen.shape:
            return None
        return camera_shift(self._looks.picture, self._state.seen)

    def looked(self, tracks: Sequence[Track]) -> None:
        """The last picture went to a detector, and these are the tracks after it."""
        if self._state is not None and self._movement is not None:
            found = [_expected(track, 0.0) for track in tracks]
            self._looks = looks.after(self._looks, self._state, self._movement, found, self._policy)

    def forget(self) -> None:
        """Begin anew: the camera was away, or its clock was set back."""
        self._state = self._looks = self._movement = None

    def _ignored(self, shape: tuple[int, ...]) -> Cells | None:
        if not self._areas:
            return None
        if self._cells is None or self._cells.shape != shape:
            self._cells = motion.covered(self._areas, (shape[0], shape[1]))
        return self._cells


def _expected(track: Track, elapsed_s: float) -> Expected:
    moved = track.motion.after(elapsed_s)
    return Expected(moved.box, moved.doubt, track.believed, track.detection is not None, moved.pace)
