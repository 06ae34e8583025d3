"""The rules that a supervisor of the demo town would draw on its cameras' pictures.

They name areas and directions only; what happens in them is found by the detector. A camera that is not here keeps the
rules of its place.
"""

from sereno.alerts.rule_set import CameraRules, Rule
from sereno.alerts.rules.crowd import Crowd
from sereno.alerts.rules.left_object import LeftObject
from sereno.alerts.rules.line_crossing import Crossing, LineCrossing
from sereno.alerts.rules.loitering import Loitering
from sereno.alerts.rules.plate_on_list import PlateOnList
from sereno.alerts.rules.wrong_way import WrongWay
from sereno.analytics.model import ObjectKind
from sereno.core.geometry import Line, Point, Zone
from sereno.core.ids import CameraId


def _zone(*corners: tuple[float, float]) -> Zone:
    return Zone(tuple(Point(x, y) for x, y in corners))


_DRAWN: dict[str, tuple[Rule, ...]] = {
    "acceso-norte": (PlateOnList(id="patentes", name="Patente buscada"),),
    "acceso-sur": (
        WrongWay(
            id="contramano",
            name="Contramano en el acceso",
            zone=_zone((0.0, 1.0), (0.83, 1.0), (0.745, 0.365), (0.39, 0.35), (0.0, 0.86)),
            way=Line(Point(0.35, 0.97), Point(0.55, 0.39)),
        ),
    ),
    "avenida": (
        LineCrossing(
            id="calzada",
            name="Peatón cruza la avenida",
            line=Line(Point(0.02, 0.66), Point(0.98, 0.612)),
            kinds=frozenset({ObjectKind.PERSON}),
        ),
    ),
    "escuela": (
        Loitering(
            id="puerta",
            name="Permanencia ante la escuela",
            zone=_zone((0.18, 0.81), (0.77, 0.82), (0.69, 0.53), (0.30, 0.53)),
            limit_s=12.0,
        ),
    ),
    "banco": (
        Loitering(
            id="cajeros",
            name="Permanencia en los cajeros",
            zone=_zone((0.14, 0.735), (0.49, 0.68), (0.455, 0.555), (0.165, 0.595)),
            limit_s=12.0,
        ),
        LineCrossing(
            id="entrada",
            name="Entra al banco",
            line=Line(Point(0.585, 0.652), Point(0.805, 0.617)),
            direction=Crossing.RIGHT_TO_LEFT,
            kinds=frozenset({ObjectKind.PERSON}),
        ),
    ),
    "punto-limpio": (
        LeftObject(
            id="bulto",
            name="Bulto abandonado",
            zone=_zone((0.39, 0.765), (0.78, 0.80), (0.735, 0.59), (0.44, 0.57)),
            alone_s=6.0,
        ),
    ),
    "plaza": (
        Crowd(
            id="reunion",
            name="Aglomeración en la plaza",
            zone=_zone((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),
            at_least=8,
            sustain_s=4.0,
        ),
    ),
}


def town_rules() -> tuple[CameraRules, ...]:
    return tuple(CameraRules(camera_id=CameraId(slug), rules=rules) for slug, rules in _DRAWN.items())
