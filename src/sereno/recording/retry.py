"""How long to wait before a camera is tried again. Pure; for ever, with growing pauses and jitter."""

from sereno.cameras.faults import StreamFault

_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_JITTER = 0.25
_LOCKOUT_PAUSES_S = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""After a refused password: cameras lock an account that is tried some five times in half an hour."""


def pause_s(failures: int, code: str, chance: float) -> float:
    """Seconds before the next try, after so many failures in a row (1 or more); ``chance`` is uniform in 0..1."""
    pauses = _LOCKOUT_PAUSES_S if code == StreamFault.UNAUTHORIZED else _PAUSES_S
    base = pauses[min(max(failures, 1), len(pauses)) - 1]
    return base * (1 + _JITTER * (2 * chance - 1))
