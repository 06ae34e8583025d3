"""How a camera is as a device, beside its streams."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """Empty ``reason`` means that it answered last time."""

    clock_offset_s: float | None = None
    """The camera's clock minus ours; None before it was read."""
    clock_read_at: datetime | None = None
    clock_wrong: bool = False
    """The offset is above the limit (setting ``devices.clock_limit_s``)."""
    reason: str = ""
    message: str = ""
    advice: str = ""
