"""Which frames of a stream are looked at: a few a second, evenly on the mean. Pure."""

_EARLY_S = 0.01


def is_due(at_s: float, due_s: float) -> bool:
    """Whether a frame of this instant is to be looked at."""
    return at_s >= due_s - _EARLY_S


def next_due(at_s: float, due_s: float, period_s: float) -> float:
    """When the next frame is due, so that the mean rate is kept although frames do not fall on the beat."""
    return due_s + period_s if at_s < due_s + period_s else at_s + period_s
