"""What the analyst did, in a file that is replaced every few seconds for who wants to look."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from sereno.core.ids import CameraId
from sereno.runtime.atomic_file import replace_file


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraStats:
    """Counts since the camera was added; ``fault`` is the code of what keeps it from being looked at now."""

    missed: int = 0
    """Packets that the recorder dropped because the decoder was too slow."""
    slept: int = 0
    """Packets that were too quiet to be decoded when they came."""
    decoded: int = 0
    frames_read: int = 0
    """Frames handed to the analysis, about ``analytics.fps`` a second."""
    shed: int = 0
    """Of those, replaced by a newer one before anyone had time for them, or too old by then."""
    skipped_by_gate: int = 0
    detector_calls: int = 0
    plate_calls: int = 0
    observations: int = 0
    observations_open: int = 0
    alerts: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    """Failures of the stream by error code."""
    fault: str = ""
    lag_mean_ms: float = 0.0
    """From a frame's instant to the end of its analysis, over the last few seconds."""
    lag_max_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalystStats:
    """``busy`` is the share of time, 0..1, in which the analysis had a frame in work, over the last few seconds."""

    at: datetime
    uptime_s: float
    busy: float
    commits: int
    cameras: dict[CameraId, CameraStats]
    detectors: dict[str, str] = field(default_factory=dict)
    """Each that is loaded: ``cpu``, ``cuda``, or the code of the fault that keeps it from the GPU."""


_STATS = TypeAdapter(AnalystStats)


def write_stats(path: Path, stats: AnalystStats) -> None:
    replace_file(path, _STATS.dump_json(stats, indent=1), mode=0o644)


def read_stats(path: Path) -> AnalystStats | None:
    """None while the analyst has written none."""
    try:
        return _STATS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
