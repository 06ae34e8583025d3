"""Names of cameras, places and streets as somebody writes them, with a slip here and there. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from sereno.analytics.search.words.lexicon import Token, tokens_of
from sereno.core.geography import Position
from sereno.core.ids import CameraId

LIKE = 0.84
"""One letter wrong in six still is the same name."""
_MOST_TOKENS = 6
_ALONE = 0.93
"""Without a word such as ``cerca de`` before it, a name must be written nearly right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPlace:
    """A place of the town or a street; ``kind`` as the town's plan or the register of cameras has it."""

    name: str
    positions: tuple[Position, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCamera:
    id: CameraId
    name: str
    place: str
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """All that has a name for who asks."""

    cameras: Sequence[NamedCamera] = ()
    places: Sequence[NamedPlace] = ()
    _plain: Mapping[str, tuple[NamedCamera | NamedPlace, ...]] = field(init=False)

    def __post_init__(self) -> None:
        found: dict[str, tuple[NamedCamera | NamedPlace, ...]] = {}
        everything: tuple[NamedCamera | NamedPlace, ...] = (*self.cameras, *self.places)
        for named in everything:
            key = " ".join(token.plain for token in tokens_of(named.name))
            if len(key) >= 3:
                found[key] = (*found.get(key, ()), named)
        object.__setattr__(self, "_plain", found)

    def longest(
        self, tokens: Sequence[Token], at: int, *, introduced: bool
    ) -> tuple[int, tuple[NamedCamera | NamedPlace, ...]] | None:
        """The best name from ``at`` on: how many tokens it takes, and what has that name."""
        best: tuple[float, int, tuple[NamedCamera | NamedPlace, ...]] | None = None
        for count in range(min(_MOST_TOKENS, len(tokens) - at), 0, -1):
            written = " ".join(token.plain for token in tokens[at : at + count])
            for name, named in self._plain.items():
                likeness = _likeness(written, name)
                if likeness >= (LIKE if introduced else _ALONE) and (best is None or likeness > best[0]):
                    best = likeness, count, named
        return None if best is None else (best[1], best[2])

    def cameras_near(self, positions: Sequence[Position], radius_m: float) -> frozenset[CameraId]:
        return frozenset(
            camera.id
            for camera in self.cameras
            if any(camera.position.distance_m(position) <= radius_m for position in positions)
        )


def _likeness(written: str, name: str) -> float:
    if written == name:
        return 1.0
    if abs(len(written) - len(name)) > max(2, len(name) // 5) or min(len(written), len(name)) < 4:
        return 0.0
    return SequenceMatcher(None, written, name, autojunk=False).ratio()
