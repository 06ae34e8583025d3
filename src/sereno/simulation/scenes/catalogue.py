"""Every clip of the demo town, in the order of the wall."""

from dataclasses import dataclass

from sereno.runtime.assets import Asset
from sereno.simulation.assets import PLAZA_CLIP, TERMINAL_CLIP
from sereno.simulation.scenes.scene import SceneMaker
from sereno.simulation.scenes.town.acceso_norte import acceso_norte
from sereno.simulation.scenes.town.acceso_sur import acceso_sur
from sereno.simulation.scenes.town.avenida import avenida
from sereno.simulation.scenes.town.banco import banco
from sereno.simulation.scenes.town.escuela import escuela
from sereno.simulation.scenes.town.punto_limpio import punto_limpio


@dataclass(frozen=True, slots=True)
class Footage:
    """A camera that shows a clip of a real place."""

    asset: Asset
    title: str
    fade: bool


DRAWN: dict[str, SceneMaker] = {
    "acceso-norte": acceso_norte,
    "acceso-sur": acceso_sur,
    "avenida": avenida,
    "escuela": escuela,
    "banco": banco,
    "punto-limpio": punto_limpio,
}
FILMED: dict[str, Footage] = {
    "plaza": Footage(PLAZA_CLIP, "PLAZA", fade=True),
    "terminal": Footage(TERMINAL_CLIP, "TERMINAL", fade=False),
}
SLUGS = (*DRAWN, *FILMED)
"""The slug of a clip is the id of its camera."""
