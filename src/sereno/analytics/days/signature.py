"""What kind of thing it was and how it looked, as one small number that an index can sort by. Pure.

Bits, from the highest: kind 4, upper 4, lower 4, body 4, riders 3; 0 is unknown. The numbers stand in files that are
kept for weeks: a new word goes to the end of its row.
"""

from sereno.analytics.model import Colour, Description, ObjectKind

KINDS = (
    ObjectKind.PERSON,
    ObjectKind.BICYCLE,
    ObjectKind.CAR,
    ObjectKind.MOTORCYCLE,
    ObjectKind.BUS,
    ObjectKind.TRUCK,
    ObjectKind.DOG,
    ObjectKind.BACKPACK,
    ObjectKind.HANDBAG,
    ObjectKind.SUITCASE,
)
COLOURS = (
    Colour.BLACK,
    Colour.GREY,
    Colour.WHITE,
    Colour.RED,
    Colour.ORANGE,
    Colour.YELLOW,
    Colour.GREEN,
    Colour.BLUE,
    Colour.PURPLE,
    Colour.PINK,
    Colour.BROWN,
)
MOST_RIDERS = 7
"""More are kept as so many."""
_KIND = {kind: number for number, kind in enumerate(KINDS, start=1)}
_COLOUR: dict[Colour | None, int] = {None: 0, **{colour: number for number, colour in enumerate(COLOURS, start=1)}}


def signature(kind: ObjectKind, description: Description | None) -> int:
    look = description or Description()
    riders = min(look.riders or 0, MOST_RIDERS)
    return (
        _KIND[kind] << 15
        | _COLOUR[look.upper] << 11
        | _COLOUR[look.lower] << 7
        | _COLOUR[look.body] << 3
        | max(riders, 0)
    )


def kind_of(number: int) -> ObjectKind:
    return KINDS[(number >> 15) - 1]


def description_of(number: int) -> Description | None:
    """None when nothing is known of the look."""
    if not number & 0x7FFF:
        return None
    return Description(
        upper=_colour(number >> 11),
        lower=_colour(number >> 7),
        body=_colour(number >> 3),
        riders=(number & 7) or None,
    )


def _colour(bits: int) -> Colour | None:
    number = bits & 15
    return COLOURS[number - 1] if number else None
