"""How long to wait before a camera is tried again. Pure; for ever, with growing pauses and jitter."""

from sereno.cameras.faults import StreamFault

_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_JITTER = 0.25
_LOCKOUT_PAUSE_S = 10.0
"""After a refused password: cameras lock an account that tries too fast."""


def pause_s(failures: int, code: str, chance: float) -> float:
    """Seconds before the next try, after so many failures in a row (1 or more); ``chance`` is uniform in 0..1."""
    base = _PAUSES_S[min(max(failures, 1), len(_PAUSES_S)) - 1]
    if code == StreamFault.UNAUTHORIZED:
        base = max(base, _LOCKOUT_PAUSE_S)
    return base * (1 + _JITTER * (2 * chance - 1))
