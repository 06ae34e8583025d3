"""The people of the demo town: a few bodies, dressed in many ways."""

from pathlib import Path

import numpy as np

from sereno.simulation.assets import (
    BODY_MESH,
    BODY_WEIGHTS,
    FEMALE_AFRICAN,
    FEMALE_ASIAN,
    FEMALE_CAUCASIAN,
    MALE_AFRICAN,
    MALE_ASIAN,
    MALE_CAUCASIAN,
    MALE_HEAVY,
)
from sereno.simulation.scenes.body import BaseMesh, load_base, load_target, shaped
from sereno.simulation.scenes.mesh import Points
from sereno.simulation.scenes.person import Clothes, Figure, Thinning, dressed
from sereno.simulation.scenes.stage import thinned

_LIGHT, _TAN, _BROWN, _DARK = (214, 166, 138), (186, 138, 106), (150, 106, 78), (98, 66, 48)
_SHAPES = {
    "man": (MALE_CAUCASIAN,),
    "heavy_man": (MALE_CAUCASIAN, MALE_HEAVY),
    "dark_man": (MALE_AFRICAN,),
    "tan_man": (MALE_ASIAN,),
    "woman": (FEMALE_CAUCASIAN,),
    "dark_woman": (FEMALE_AFRICAN,),
    "tan_woman": (FEMALE_ASIAN,),
}


_KEPT_SHARE = 0.35
"""Triangles that are left of the base mesh; people are some 200 pixels high."""


class Crowd:
    """Makes figures out of the fetched body; ``figure`` is a function of its arguments alone."""

    def __init__(self, assets: Path) -> None:
        self._assets = assets
        self._base: BaseMesh = load_base(assets / BODY_MESH.name, assets / BODY_WEIGHTS.name)
        self._moves: dict[str, Points] = {}
        plain = shaped(self._base, self._shape("man"), 1.75)
        self._thinning = Thinning(*thinned(plain.points, plain.faces, _KEPT_SHARE))

    def figure(self, shape: str, height_m: float, clothes: Clothes, seed: int) -> Figure:
        return dressed(shaped(self._base, self._shape(shape), height_m), clothes, seed, self._thinning)

    def _shape(self, name: str) -> Points:
        if name not in self._moves:
            moves = np.zeros_like(self._base.points)
            for target in _SHAPES[name]:
                moves += load_target(self._assets / target.name, len(moves))
            self._moves[name] = moves
        return self._moves[name]


NEIGHBOURS: tuple[tuple[str, float, Clothes], ...] = (
    ("man", 1.78, Clothes(top=(64, 84, 132), legs=(52, 54, 62), skin=_LIGHT)),
    ("woman", 1.66, Clothes(top=(168, 52, 52), legs=(42, 48, 84), skin=_LIGHT, hair=(74, 48, 28), long_hair=True)),
    (
        "tan_man",
        1.74,
        Clothes(top=(226, 226, 220), legs=(112, 98, 78), skin=_TAN, long_sleeves=False, backpack=(40, 40, 44)),
    ),
    ("dark_man", 1.82, Clothes(top=(224, 178, 60), legs=(38, 42, 58), skin=_DARK, hair=(20, 18, 18))),
    ("tan_woman", 1.62, Clothes(top=(84, 128, 96), legs=(60, 60, 66), skin=_TAN, hair=(26, 22, 22), long_hair=True)),
    ("heavy_man", 1.75, Clothes(top=(166, 70, 44), legs=(48, 58, 88), skin=_LIGHT, hair=(70, 62, 56))),
    ("man", 1.80, Clothes(top=(40, 42, 46), legs=(34, 36, 42), skin=_BROWN, hair=(24, 22, 22), shoes=(220, 220, 216))),
    (
        "dark_woman",
        1.70,
        Clothes(top=(214, 122, 148), legs=(236, 232, 224), skin=_BROWN, hair=(22, 18, 18), long_sleeves=False),
    ),
    ("tan_man", 1.70, Clothes(top=(236, 122, 40), legs=(44, 52, 74), skin=_TAN, shorts=False)),
)
"""Shape, height in metres and clothes; the last wears the orange of the municipal crews."""
