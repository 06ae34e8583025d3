"""The words a person would use for clothes and paints of the drawn scenes, by scene and actor; the first is best."""

from sereno.analytics.model import Colour

Words = tuple[Colour, ...]

_BLACK, _GREY, _WHITE = (Colour.BLACK,), (Colour.GREY,), (Colour.WHITE,)
_RED, _BLUE, _GREEN = (Colour.RED,), (Colour.BLUE,), (Colour.GREEN,)
_DARK_GREY, _NAVY = (Colour.GREY, Colour.BLACK), (Colour.BLUE, Colour.BLACK)
_NEIGHBOURS: tuple[tuple[Words, Words], ...] = (
    (_BLUE, _DARK_GREY),
    (_RED, _BLUE),
    (_WHITE, (Colour.BROWN, Colour.GREY)),
    ((Colour.YELLOW, Colour.ORANGE), _NAVY),
    (_GREEN, _DARK_GREY),
    ((Colour.RED, Colour.BROWN, Colour.ORANGE), _BLUE),
    (_BLACK, _BLACK),
    ((Colour.PINK,), _WHITE),
    ((Colour.ORANGE,), _NAVY),
)
"""Upper and lower clothing, in the order of the simulation's neighbours."""

CLOTHES: dict[str, dict[str, tuple[Words, Words]]] = {
    slug: {actor: _NEIGHBOURS[number] for actor, number in actors.items()}
    for slug, actors in {
        "avenida": {"crosser-1": 5, "crosser-2": 3},
        "banco": {"loiterer": 5, "crosser": 7, "passer-1": 2, "passer-2": 4, "passer-3": 0},
        "escuela": {"loiterer": 6, "passer-0": 0, "passer-1": 1, "passer-4": 4, "passer-2": 2, "passer-7": 7},
        "punto-limpio": {"carrier": 3, "crew": 8, "passer": 4},
    }.items()
}
_SILVER = (Colour.GREY, Colour.WHITE)
PAINTS: dict[str, dict[str, Words]] = {
    "acceso-norte": {"car-1": _RED, "car-2": _WHITE, "car-3": _BLUE, "car-4": _SILVER},
    "acceso-sur": {"car-1": _BLUE, "car-2": _WHITE, "wrong-way": _SILVER, "car-4": _WHITE},
    "avenida": {
        "car-1": _SILVER,
        "car-2": _RED,
        "car-3": _WHITE,
        "car-4": _BLUE,
        "car-5": (Colour.YELLOW,),
        "car-6": _DARK_GREY,
        "car-7": _RED,
        "car-8": _BLUE,
    },
}
