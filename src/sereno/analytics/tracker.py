"""Joins detections into tracks, for a camera looked at a few times a second and not always evenly.

Each step: move every track to the new instant; give it the strong detection that fits best, in a second round also one
that is a little out of reach; let weak detections keep what is still unmatched alive; begin new tracks from strong
detections that nobody wanted.

Source: the idea of using weak detections in a second round is ByteTrack's (Zhang et al., ECCV 2022); enlarging boxes
before comparing them is C-BIoU's (Yang et al., WACV 2023), and is what makes a few frames a second enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from sereno.analytics.camera_motion import Shift
from sereno.analytics.likeness import Likeness, LikenessOf, blended, preferences
from sereno.analytics.model import FAMILIES, Detection, ObjectKind
from sereno.analytics.motion import Motion
from sereno.core.geometry import Box

_FORBIDDEN = 1e3
_OUTSIDE_SHARE = 0.25
_ALONE = 0.1
"""Overlap with others up to which the pixels in a box are its own."""
_MOST_DOUBT = 1.5
"""Of its own sizes: who may be anywhere is not looked for everywhere."""
_BELIEF = 0.1
"""Overlap that a believed track is given over one that is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerSettings:
    """Units: scores 0..1; patience in seconds of the scene, never in frames."""

    strong: float = 0.35
    """From this score on a detection may begin a track."""
    weak: float = 0.15
    """Down to this score a detection may keep a track alive."""
    min_hits: int = 3
    """Detections after which a track is believed."""
    patience_s: float = 3.0
    """How long a believed track waits to be seen again."""
    trial_patience_s: float = 1.2
    """The same for a track that is not believed yet."""
    reach: float = 0.2
    """By how much of its size a box is enlarged on each side before it is compared with another one."""
    far_reach: float = 0.4
    """The same in the second round, for what moved in an unexpected way."""
    min_fit: float = 0.15
    """Least overlap of the enlarged boxes in both rounds."""
    seniority: float = 0.1
    """Overlap that a track of ten detections is given over a new one when both want the same detection."""
    min_weak_fit: float = 0.55
    """The same in the round of the weak detections."""
    sure_s: float = float("inf")
    """Two detections so far apart make a track believed, however few ``min_hits`` lie between them."""
    doubt_reach: float = 0.0
    """In a third round a track's box is enlarged further, by so much of the doubt about its place."""


SPARSE = TrackerSettings(sure_s=0.35, doubt_reach=0.3, min_fit=0.1, min_weak_fit=0.35)
"""For a camera that is looked at when there is something to see: about once a second, not each frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """``seen_at`` is the last instant it was detected; ``detection`` is what was detected at the last step, if any."""

    number: int
    motion: Motion
    began_at: datetime
    seen_at: datetime
    hits: int
    best_score: float
    votes: tuple[tuple[ObjectKind, float], ...]
    detection: Detection | None
    believed: bool = False
    likeness: Likeness | None = field(default=None, compare=False, repr=False)
    """What it looked like while it stood alone, if anybody looked."""

    @property
    def box(self) -> Box:
        """The smoothed box."""
        return self.motion.box

    @property
    def kind(self) -> ObjectKind:
        """What it was taken for most, weighted by score."""
        return max(self.votes, key=lambda vote: vote[1])[0]


@dataclass(frozen=True, slots=True)
class TrackerState:
    at: datetime | None = None
    tracks: tuple[Track, ...] = ()
    next_number: int = 1


@dataclass(frozen=True, slots=True)
class TrackerStep:
    """``ended`` are tracks that were given up at this step."""

    state: TrackerState
    ended: tuple[Track, ...]


def step(
    state: TrackerState,
    detections: Sequence[Detection],
    at: datetime,
    settings: TrackerSettings,
    camera: Shift | None = None,
    likeness: LikenessOf | None = None,
) -> TrackerStep:
    """The tracks after the frame of ``at``, in which ``detections`` were found. ``at`` never goes back.

    ``camera``: by how much the whole picture moved since the step before, where that is known. ``likeness``: of a box
    in this picture; it decides where motion allows several pairs.
    """
    elapsed_s = 0.0 if state.at is None else max(0.0, (at - state.at).total_seconds())
    moved = [_moved(track, elapsed_s, camera) for track in state.tracks]
    strong = [d for d in detections if d.score >= settings.strong]
    weak = [d for d in detections if settings.weak <= d.score < settings.strong]

    seen: dict[int, Detection] = {}
    fresh = _give(strong, moved, seen, _Round(settings.reach, settings.min_fit, settings.seniority, likeness=likeness))
    far = _Round(settings.far_reach, settings.min_fit, settings.seniority, likeness=likeness)
    fresh = _give(fresh, moved, seen, far)
    if settings.doubt_reach > 0:
        third = _Round(settings.far_reach, settings.min_fit, settings.seniority, doubt_reach=settings.doubt_reach)
        fresh = _give(fresh, moved, seen, third)
    _give(weak, moved, seen, _Round(settings.reach / 2, settings.min_weak_fit, settings.seniority, believed_only=True))
    born = [_born(state.next_number + i, d, at, settings) for i, d in enumerate(fresh)]
    kept: list[Track] = []
    ended: list[Track] = []
    for i, track in enumerate(moved):
        if i in seen:
            track = _seen(track, seen[i], at, settings)  # noqa: PLW2901
        (ended if _over(track, at, settings) else kept).append(track)
    tracks = (*kept, *born) if likeness is None else _looked_at((*kept, *born), likeness)
    return TrackerStep(TrackerState(at, tracks, state.next_number + len(born)), tuple(ended))


@dataclass(frozen=True, slots=True)
class _Round:
    """How detections are given to tracks; ``reach`` and ``min_fit`` as in the settings."""

    reach: float
    min_fit: float
    seniority: float
    believed_only: bool = False
    likeness: LikenessOf | None = None
    doubt_reach: float = 0.0

    def of(self, track: Track) -> float:
        """The reach for this track."""
        return self.reach + self.doubt_reach * min(_MOST_DOUBT, track.motion.doubt)


def _give(
    detections: Sequence[Detection], tracks: Sequence[Track], seen: dict[int, Detection], how: _Round
) -> list[Detection]:
    """Gives detections to tracks that are not in ``seen`` yet and enters them; returns those that nobody took."""
    free = [i for i, track in enumerate(tracks) if i not in seen and (track.believed or not how.believed_only)]
    pairs = _matches([tracks[i] for i in free], detections, how)
    seen |= {free[i]: detections[j] for i, j in pairs}
    taken = {j for _, j in pairs}
    return [detection for j, detection in enumerate(detections) if j not in taken]


def _moved(track: Track, elapsed_s: float, camera: Shift | None) -> Track:
    motion = track.motion.after(elapsed_s)
    return replace(track, motion=motion if camera is None else motion.shifted(camera.x, camera.y), detection=None)


def _looked_at(tracks: Sequence[Track], likeness: LikenessOf) -> tuple[Track, ...]:
    """Learn what was detected looks like, where nobody else is in the box."""
    return tuple(
        replace(track, likeness=blended(track.likeness, likeness(track.detection.box)))
        if track.detection is not None
        and not any(other is not track and other.box.iou(track.box) > _ALONE for other in tracks)
        else track
        for track in tracks
    )


def _born(number: int, detection: Detection, at: datetime, settings: TrackerSettings) -> Track:
    return Track(
        number=number,
        motion=Motion.at_rest(detection.box),
        began_at=at,
        seen_at=at,
        hits=1,
        best_score=detection.score,
        votes=((detection.kind, detection.score),),
        detection=detection,
        believed=settings.min_hits <= 1,
    )


def _seen(track: Track, detection: Detection, at: datetime, settings: TrackerSettings) -> Track:
    votes = dict(track.votes)
    votes[detection.kind] = votes.get(detection.kind, 0.0) + detection.score
    return replace(
        track,
        motion=track.motion.seen(detection.box),
        seen_at=at,
        hits=track.hits + 1,
        best_score=max(track.best_score, detection.score),
        votes=tuple(votes.items()),
        detection=detection,
        believed=track.believed or _convinces(track, at, settings),
    )


def _convinces(track: Track, at: datetime, settings: TrackerSettings) -> bool:
    """Whether one more detection, at this instant, makes the track believed."""
    return track.hits + 1 >= settings.min_hits or (at - track.began_at).total_seconds() >= settings.sure_s


def _over(track: Track, at: datetime, settings: TrackerSettings) -> bool:
    unseen_s = (at - track.seen_at).total_seconds()
    if unseen_s > (settings.patience_s if track.believed else settings.trial_patience_s):
        return True
    return track.detection is None and _share_inside(track.box) < _OUTSIDE_SHARE


def _share_inside(box: Box) -> float:
    inside = box.within_picture()
    if inside.width <= 0 or inside.height <= 0:
        return 0.0
    return inside.area / box.area


def _matches(tracks: Sequence[Track], detections: Sequence[Detection], how: _Round) -> list[tuple[int, int]]:
    """Pairs (track, detection) of one family that make the sum of fits largest, each fit large enough."""
    if not tracks or not detections:
        return []
    reaches = [how.of(track) for track in tracks]
    fits = _fits(_array([t.box for t in tracks], reaches), _array([d.box for d in detections], [how.reach]))
    families = np.array([FAMILIES[d.kind] for d in detections])
    own = np.array([FAMILIES[t.kind] for t in tracks])
    favour = np.array([(_BELIEF if t.believed else 0.0) + how.seniority * min(1.0, t.hits / 10) for t in tracks])
    usable = (fits >= how.min_fit) & (own[:, None] == families[None, :])
    worth = fits + favour[:, None]
    if (look := how.likeness) is not None:
        worth += preferences(worth, usable, [t.likeness for t in tracks], lambda j: look(detections[j].box))
    costs = np.where(usable, -worth, _FORBIDDEN)
    rows, columns = linear_sum_assignment(costs)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if usable[i, j]]


def _array(boxes: Sequence[Box], reaches: Sequence[float]) -> NDArray[np.float64]:
    """(N, 4) left, top, right, bottom, enlarged by one reach a box, or one for all."""
    table = np.array([(b.left, b.top, b.right, b.bottom) for b in boxes])
    margin = np.array(reaches)[:, None] * (table[:, 2:] - table[:, :2])
    table[:, :2] -= margin
    table[:, 2:] += margin
    return table


def _fits(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, M) intersection over union."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0.0), axis=2)
    areas_a, areas_b = np.prod(a[:, 2:] - a[:, :2], axis=1), np.prod(b[:, 2:] - b[:, :2], axis=1)
    union = areas_a[:, None] + areas_b[None, :] - shared
    fits: NDArray[np.float64] = shared / np.maximum(union, 1e-12)
    return fits
