"""How each camera's analysis does, out of the stats of all analysts: what the screen says beside a camera's stream."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sereno.analytics.stats import AnalystStats, CameraStats
from sereno.cameras.faults import StreamFault, stream_fault
from sereno.core.ids import CameraId

STALE = timedelta(seconds=20)
"""Stats are written every few seconds: older ones are of an analyst that is away."""
AWAY = "analyst_away"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAnalysis:
    """``fault`` is empty when the camera is looked at; else a code, with words where it is a fault of its stream."""

    camera_id: CameraId
    fault: str = ""
    message: str = ""
    advice: str = ""
    frames_read: int = 0
    shed: int = 0
    """Frames that were left out because there was too little time for all cameras."""


def camera_analyses(
    cameras: Iterable[CameraId], told: Iterable[AnalystStats], now: datetime
) -> tuple[CameraAnalysis, ...]:
    """One for each camera, in order. What several analysts tell of a camera that moved, the last one is right about."""
    known: dict[CameraId, CameraStats] = {}
    for stats in sorted(told, key=lambda each: each.at):
        if now - stats.at <= STALE:
            known |= stats.cameras
    return tuple(_analysis(id_, known.get(id_)) for id_ in cameras)


def _analysis(camera_id: CameraId, stats: CameraStats | None) -> CameraAnalysis:
    if stats is None:
        return CameraAnalysis(
            camera_id=camera_id,
            fault=AWAY,
            message="No analyst looks at this camera.",
            advice="Analysts are started again by themselves; the log tells why one ended.",
        )
    words = stream_fault(StreamFault(stats.fault)) if stats.fault in set(StreamFault) else None
    return CameraAnalysis(
        camera_id=camera_id,
        fault=stats.fault,
        message=words.message if words else "",
        advice=words.advice if words else "",
        frames_read=stats.frames_read,
        shed=stats.shed,
    )
