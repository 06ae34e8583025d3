"""When what the model says of the last windows is something that goes on: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sereno.analytics.model import Happening, HappeningKind

_LEAST = {
    HappeningKind.GUNSHOT: 0.3,
    HappeningKind.GLASS: 0.4,
    HappeningKind.SCREAM: 0.4,
    HappeningKind.SIREN: 0.5,
}
"""Score from which a window counts. Sound that lasts can wait for a surer one."""
_STRONG = 0.8
"""One window with it is enough; else two in a row."""
_IMPULSES = frozenset({HappeningKind.GUNSHOT, HappeningKind.GLASS})
_LEAST_RISE_DB = 6.0
"""How far above the usual loudness of the place the loudest moment of an impulse lies."""
_ENDS_S = 2.0


@dataclass(frozen=True, slots=True)
class Window:
    """``rise_db``: its loudest moment against the usual loudness of the place."""

    at: datetime
    scores: Mapping[HappeningKind, float]
    rise_db: float


@dataclass(frozen=True, slots=True)
class _Heard:
    began: datetime
    last_at: datetime
    score: float
    windows: int = 1


@dataclass(frozen=True, slots=True)
class Hearing:
    heard: Mapping[HappeningKind, _Heard] = field(default_factory=dict)


def step(hearing: Hearing, window: Window) -> tuple[Hearing, tuple[Happening, ...]]:
    """What is remembered after a window, and what is heard in it."""
    ends = timedelta(seconds=_ENDS_S)
    kept = {kind: heard for kind, heard in hearing.heard.items() if window.at - heard.last_at <= ends}
    told: list[Happening] = []
    for kind, score in window.scores.items():
        if score < _LEAST[kind] or (kind in _IMPULSES and window.rise_db < _LEAST_RISE_DB):
            continue
        before = kept.get(kind)
        now = (
            replace(before, last_at=window.at, score=max(before.score, score), windows=before.windows + 1)
            if before
            else _Heard(window.at, window.at, score)
        )
        kept[kind] = now
        if now.windows >= 2 or score >= _STRONG:
            told.append(Happening(kind=kind, began=now.began, score=now.score))
    return Hearing(kept), tuple(told)
