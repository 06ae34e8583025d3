"""Every rule there is, the rules of a camera as records, and what each kind of place begins with."""

from dataclasses import dataclass
from itertools import combinations, pairwise
from math import hypot, isfinite
from typing import Annotated, assert_never

from pydantic import ConfigDict, Field, TypeAdapter

from sereno.alerts.rules.crowd import Crowd
from sereno.alerts.rules.dispersal import Dispersal
from sereno.alerts.rules.fallen_person import FallenPerson
from sereno.alerts.rules.left_object import LeftObject
from sereno.alerts.rules.line_crossing import LineCrossing
from sereno.alerts.rules.loitering import Loitering
from sereno.alerts.rules.plate_on_list import PlateOnList
from sereno.alerts.rules.removed_object import RemovedObject
from sereno.alerts.rules.sound import HEARD, Sound
from sereno.alerts.rules.wrong_way import WrongWay
from sereno.cameras.model import PlaceKind
from sereno.core.errors import AppError, invalid
from sereno.core.geometry import Line, Point, Zone
from sereno.core.ids import CameraId

SightingRule = Loitering | LineCrossing | WrongWay | Crowd | PlateOnList
"""What steps over the things in a scene."""
HappeningRule = LeftObject | RemovedObject | FallenPerson | Dispersal | Sound
"""What steps over the happenings of a scene."""
Rule = Annotated[SightingRule | HappeningRule, Field(discriminator="kind")]
RULES: tuple[type[SightingRule | HappeningRule], ...] = (
    Loitering,
    LineCrossing,
    WrongWay,
    Crowd,
    PlateOnList,
    LeftObject,
    RemovedObject,
    FallenPerson,
    Dispersal,
    Sound,
)
"""All of them, in the order in which they look at a scene and stand in the documentation."""

MOST_RULES = 32
"""Rules of one camera."""
_LONGEST_S = 86_400.0
_WHOLE_PICTURE = Zone((Point(0.0, 0.0), Point(1.0, 0.0), Point(1.0, 1.0), Point(0.0, 1.0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRules:
    camera_id: CameraId
    rules: tuple[Rule, ...]

    @property
    def reads_plates(self) -> bool:
        return any(isinstance(rule, PlateOnList) for rule in self.rules)


RULES_ADAPTER: TypeAdapter[tuple[Rule, ...]] = TypeAdapter(tuple[Rule, ...], config=ConfigDict(extra="forbid"))

_LOITERING = Loitering(id="permanencia", name="Permanencia", zone=_WHOLE_PICTURE, limit_s=60.0)
_CROWD = Crowd(id="aglomeracion", name="Aglomeración", zone=_WHOLE_PICTURE)
_PLATES = PlateOnList(id="patentes", name="Patente en lista")
_LEFT = LeftObject(id="objeto", name="Objeto abandonado", zone=_WHOLE_PICTURE)
_FALLEN = FallenPerson(id="caida", name="Persona caída", zone=_WHOLE_PICTURE)

PLACE_RULES: dict[PlaceKind, tuple[Rule, ...]] = {
    PlaceKind.CITY_ACCESS: (_PLATES,),
    PlaceKind.AVENUE: (),
    PlaceKind.TRAFFIC_LIGHT: (),
    PlaceKind.PLAZA: (_CROWD, _LEFT, _FALLEN),
    PlaceKind.COMMERCIAL: (_CROWD,),
    PlaceKind.BANK: (_LOITERING,),
    PlaceKind.SCHOOL: (_LOITERING, _CROWD),
    PlaceKind.WASTE_POINT: (_LOITERING, _LEFT),
    PlaceKind.PRIVATE: (),
}
"""What a camera has until somebody draws for it. Line crossing and wrong way need a line, so no place begins with them;
a private camera begins with nothing, until its owner's consent says more."""


def rules_of_place(camera_id: CameraId, place: PlaceKind) -> CameraRules:
    return CameraRules(camera_id=camera_id, rules=PLACE_RULES[place])


def checked(rules: CameraRules) -> CameraRules:
    """The same rules. Raises: AppError invalid, naming the rule and what is wrong with it."""
    if len(rules.rules) > MOST_RULES:
        raise invalid("rules_too_many", f"A camera has at most {MOST_RULES} rules; these are {len(rules.rules)}.")
    ids = [rule.id for rule in rules.rules]
    for rule in rules.rules:
        if ids.count(rule.id) > 1:
            raise invalid("rule_id_twice", f"Two rules have the id {rule.id!r}.", "Give each rule an id of its own.")
        _check(rule)
    return rules


def _check(rule: Rule) -> None:
    if not (1 <= len(rule.id) <= 64 and rule.name.strip() and len(rule.name) <= 100):
        raise _fault(rule, "rule_name", "needs an id of 1 to 64 and a name of 1 to 100 characters")
    if isinstance(rule, SightingRule) and not rule.kinds:
        raise _fault(rule, "rule_kinds", "counts nothing", "Name at least one kind of thing.")
    _check_span(rule, "quiet_s", rule.quiet_s, least=0.0)
    _check_own(rule)


def _check_own(rule: Rule) -> None:
    match rule:
        case Loitering():
            _check_zone(rule, rule.zone)
            _check_span(rule, "limit_s", rule.limit_s)
            _check_span(rule, "away_s", rule.away_s)
        case LineCrossing():
            _check_line(rule, rule.line)
            _check_fraction(rule, "margin", rule.margin, most=0.2)
        case WrongWay():
            _check_zone(rule, rule.zone)
            _check_line(rule, rule.way)
            _check_fraction(rule, "travel", rule.travel, most=1.0)
            if not 0 < rule.tolerance_deg <= 90:
                raise _fault(rule, "rule_limit", f"tolerance_deg is {rule.tolerance_deg:g}: it lies in 0..90 degrees")
        case Crowd():
            _check_zone(rule, rule.zone)
            _check_span(rule, "sustain_s", rule.sustain_s)
            _check_span(rule, "memory_s", rule.memory_s)
            _check_people(rule, rule.at_least)
        case PlateOnList():
            _check_fraction(rule, "confidence", rule.confidence, most=1.0)
            if not rule.lists:
                raise _fault(rule, "rule_lists", "names no list")
        case _:
            _check_happening(rule)


def _check_happening(rule: HappeningRule) -> None:
    match rule:
        case LeftObject():
            _check_zone(rule, rule.zone)
            _check_span(rule, "alone_s", rule.alone_s)
        case RemovedObject():
            _check_zone(rule, rule.zone)
            _check_span(rule, "gone_s", rule.gone_s)
        case FallenPerson():
            _check_zone(rule, rule.zone)
            _check_span(rule, "lying_s", rule.lying_s)
        case Dispersal():
            _check_people(rule, rule.at_least)
        case Sound():
            _check_fraction(rule, "score", rule.score, most=1.0)
            if not rule.sounds or rule.sounds - HEARD:
                raise _fault(rule, "rule_sounds", "names no sound, or something that is not heard")
        case _:
            assert_never(rule)


def _check_people(rule: Rule, at_least: int) -> None:
    if not 2 <= at_least <= 1000:
        raise _fault(rule, "rule_limit", f"at_least is {at_least}: a crowd has 2 to 1000 persons")


def _check_span(rule: Rule, what: str, seconds: float, least: float = 1e-3) -> None:
    if not (isfinite(seconds) and least <= seconds <= _LONGEST_S):
        raise _fault(rule, "rule_limit", f"{what} is {seconds:g}: it is more than 0 and at most {_LONGEST_S:g} seconds")


def _check_fraction(rule: Rule, what: str, value: float, most: float) -> None:
    if not (isfinite(value) and 0 < value <= most):
        raise _fault(rule, "rule_limit", f"{what} is {value:g}: it is more than 0 and at most {most:g}")


def _check_zone(rule: Rule, zone: Zone) -> None:
    if not 3 <= len(zone.corners) <= 32:
        raise _fault(rule, "rule_zone", f"has a zone of {len(zone.corners)} corners", "Draw 3 to 32 corners.")
    _check_points(rule, zone.corners)
    edges = [Line(a, b) for a, b in pairwise((*zone.corners, zone.corners[0]))]
    if any(a.side(b.start) * a.side(b.end) < 0 and a.crossed_by(b.start, b.end) for a, b in combinations(edges, 2)):
        raise _fault(rule, "rule_zone", "has a zone whose sides cross", "Draw the corners around the area in order.")
    doubled = sum(edge.start.x * edge.end.y - edge.end.x * edge.start.y for edge in edges)
    if abs(doubled) / 2 < 1e-4:
        raise _fault(rule, "rule_zone", "has a zone without area", "Draw it larger.")


def _check_line(rule: Rule, line: Line) -> None:
    _check_points(rule, (line.start, line.end))
    if hypot(line.end.x - line.start.x, line.end.y - line.start.y) < 0.02:
        raise _fault(rule, "rule_line", "has a line that is too short", "Draw it longer.")


def _check_points(rule: Rule, points: tuple[Point, ...]) -> None:
    if not all(0 <= point.x <= 1 and 0 <= point.y <= 1 for point in points):
        raise _fault(rule, "rule_outside", "is drawn outside the picture", "Coordinates are fractions, 0 to 1.")


def _fault(rule: Rule, code: str, what: str, advice: str = "") -> AppError:
    return invalid(code, f"The rule {rule.name!r} {what}.", advice)
