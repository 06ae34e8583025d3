"""Frames of several cameras before one detector: each camera's gate first, then the detector once for all that ask.

While something is done for a camera its note says so (``work_note``); a look that fails costs frames, and no process.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Protocol, TypeVar

from sereno.analytics.camera_watch import Asked, CameraWatch, Seen
from sereno.analytics.decode import TakenFrame
from sereno.analytics.detectors.port import Detector, Found
from sereno.analytics.work_note import Slot, Work
from sereno.core.errors import AppError

log = logging.getLogger(__name__)


class AtWork(Protocol):
    """One camera; ``fault`` is of its last look."""

    watch: CameraWatch
    note: Slot
    fault: AppError | None


Camera = TypeVar("Camera", bound=AtWork)
Step = TypeVar("Step")


def looks(
    detector: Detector, taken: Sequence[tuple[Camera, TakenFrame]]
) -> Iterator[tuple[Camera, TakenFrame, Seen | None]]:
    """What each frame brought; None where the look failed. All cameras have this detector."""
    asked: list[tuple[Camera, Asked]] = []
    for camera, frame in taken:
        step = _tried(camera, partial(camera.watch.ask, frame))
        if isinstance(step, Asked):
            asked.append((camera, step))
        else:
            yield camera, frame, step
    for (camera, one), found in zip(asked, _found(detector, asked), strict=True):
        seen = _tried(camera, partial(camera.watch.answer, one, found)) if found is not None else None
        yield camera, one.frame, seen


def _found(detector: Detector, asked: Sequence[tuple[Camera, Asked]]) -> Sequence[Found | None]:
    if not asked:
        return ()
    try:
        with ExitStack() as notes:
            for camera, _ in asked:
                notes.enter_context(camera.note.at(Work.LOOKING))
            return detector.detect_batch([one.small for _, one in asked])
    except AppError as error:
        for camera, _ in asked:
            _tell(camera, error)
        return [None] * len(asked)


def _tried(camera: AtWork, act: Callable[[], Step]) -> Step | None:
    try:
        with camera.note.at(Work.LOOKING):
            return act()
    except AppError as error:
        _tell(camera, error)
        return None


def _tell(camera: AtWork, error: AppError) -> None:
    if camera.fault is None or camera.fault.code != error.code:
        log.error("camera=%s cannot be looked at: %s (%s)", camera.watch.camera_id, error, error.code)
    camera.fault = error
