"""Where: cameras by name, places and streets of the town, kinds of place. Pure."""

from dataclasses import dataclass, field

from sereno.analytics.search.model import Circle
from sereno.analytics.search.words.lexicon import Lexicon, Token
from sereno.analytics.search.words.names import NamedCamera, NamedPlace, Names
from sereno.core.ids import CameraId

STREET = "street"
AT_STREET_M = 60.0
_INTRODUCING = ("camara", "calle", "camera")
_ARTICLES = ("el", "la", "los", "las", "un", "una", "o", "a", "the", *_INTRODUCING)
_IN_A_PLACE_M = 120.0
Named = tuple[NamedCamera | NamedPlace, ...]


@dataclass(slots=True)
class PlacesSaid:
    """``somewhere``: cameras at any of the places that were named; ``streets``: those along each street."""

    somewhere: set[CameraId] = field(default_factory=set)
    streets: list[frozenset[CameraId]] = field(default_factory=list)
    empty: Circle | None = None
    """A place that is known, with no camera near it: nothing can be found there."""

    def changes(self) -> dict[str, object]:
        """The fields of the query that change."""
        along = frozenset(self.somewhere)
        for street in self.streets:
            along = (along & street) or (along | street) if along else street
        if along:
            return {"cameras": tuple(sorted(along))}
        return {} if self.empty is None else {"near": self.empty}


def read_place(
    said: PlacesSaid, words: Lexicon, names: Names, tokens: list[Token], at: int
) -> tuple[int, str, str] | None:
    """How many tokens name a place here, with the word before it that says how near; ``said`` takes it."""
    near = words.longest("near", tokens, at)
    place, radius_m = (at + near[0], float(near[1])) if near is not None else (at, _IN_A_PLACE_M)
    introduced = near is not None
    found = _named_at(words, names, tokens, place, introduced)
    if found is not None:
        place, (count, things) = found
        for thing in things:
            _take(said, names, thing, radius_m)
        return place + count - at, "cameras", things[0].name
    while place < len(tokens) and tokens[place].plain in _ARTICLES:
        place += 1
    kind = words.longest("place_kinds", tokens, place)
    cameras = _of_kind(names, kind[1], radius_m) if kind is not None else frozenset()
    if kind is None or not cameras:
        return None
    said.somewhere |= cameras
    return place + kind[0] - at, "cameras", kind[1]


def _named_at(
    words: Lexicon, names: Names, tokens: list[Token], at: int, introduced: bool
) -> tuple[int, tuple[int, Named]] | None:
    """Where the name begins, and the name: with its article (``Los Aromos``) or behind it (``el Hospital``)."""
    place = at
    while place < len(tokens):
        is_article = tokens[place].plain in _ARTICLES
        if not is_article and _is_other(words, tokens, place):
            return None
        found = names.longest(tokens, place, introduced=introduced)
        if found is not None:
            return place, found
        if not is_article:
            return None
        introduced = introduced or tokens[place].plain in _INTRODUCING
        place += 1
    return None


def _is_other(words: Lexicon, tokens: list[Token], at: int) -> bool:
    return tokens[at].plain in words.fillers or any(
        words.longest(table, tokens, at) for table in ("kinds", "colours", "garments", "units")
    )


def _take(said: PlacesSaid, names: Names, thing: NamedCamera | NamedPlace, radius_m: float) -> None:
    if isinstance(thing, NamedCamera):
        said.somewhere.add(thing.id)
        return
    if thing.kind == STREET:
        along = names.cameras_near(thing.positions, AT_STREET_M)
        if along:
            said.streets.append(along)
    else:
        along = names.cameras_near(thing.positions, radius_m)
        said.somewhere |= along
    if not along:
        said.empty = Circle(position=thing.positions[0], radius_m=radius_m)


def _of_kind(names: Names, kind: str, radius_m: float) -> frozenset[CameraId]:
    """Cameras that watch such a place, and those near one that the town's plan names."""
    positions = [position for place in names.places if place.kind == kind for position in place.positions]
    return names.cameras_near(positions, radius_m) | {camera.id for camera in names.cameras if camera.place == kind}
