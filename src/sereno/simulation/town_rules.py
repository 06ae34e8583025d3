"""The rules that a supervisor of the demo town would draw on its cameras' pictures.

They name areas and directions only; what happens in them is found by the detector. A camera that is not here keeps the
rules of its place.
"""

from sereno.alerts.rule_set import CameraRules, Rule
from sereno.alerts.rules.crowd import Crowd
from sereno.alerts.rules.line_crossing import Crossing, LineCrossing
from sereno.alerts.rules.loitering import Loitering
from sereno.alerts.rules.plate_on_list import PlateOnList
from sereno.alerts.rules.wrong_way import WrongWay
from sereno.analytics.model import BAGS, ObjectKind
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
            zone=_zone((0.03, 0.99), (0.78, 0.99), (0.67, 0.31), (0.47, 0.30)),
            way=Line(Point(0.37, 0.95), Point(0.56, 0.33)),
        ),
    ),
    "avenida": (
        LineCrossing(
            id="calzada",
            name="Peatón cruza la avenida",
            line=Line(Point(0.08, 0.625), Point(0.96, 0.588)),
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
            zone=_zone((0.17, 0.72), (0.49, 0.67), (0.46, 0.55), (0.19, 0.58)),
            limit_s=12.0,
        ),
        LineCrossing(
            id="entrada",
            name="Entra al banco",
            line=Line(Point(0.58, 0.64), Point(0.78, 0.605)),
            direction=Crossing.RIGHT_TO_LEFT,
            kinds=frozenset({ObjectKind.PERSON}),
        ),
    ),
    "punto-limpio": (
        Loitering(
            id="bulto",
            name="Bulto abandonado",
            zone=_zone((0.42, 0.73), (0.74, 0.74), (0.70, 0.57), (0.45, 0.56)),
            limit_s=12.0,
            kinds=BAGS,
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
