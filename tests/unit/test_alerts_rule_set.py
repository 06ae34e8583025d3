"""What may be drawn on a camera's picture, and the file that takes it to the analyst."""

from dataclasses import replace
from datetime import timedelta
from math import inf, nan
from pathlib import Path

import pytest
from pydantic import ValidationError

from sereno.alerts.model import RuleKind
from sereno.alerts.priority import priority_of
from sereno.alerts.rule_set import MOST_RULES, PLACE_RULES, RULES, RULES_ADAPTER, CameraRules, Rule, checked
from sereno.alerts.rules.crowd import Crowd
from sereno.alerts.rules.dispersal import Dispersal
from sereno.alerts.rules.fallen_person import FallenPerson
from sereno.alerts.rules.left_object import LeftObject
from sereno.alerts.rules.line_crossing import LineCrossing
from sereno.alerts.rules.loitering import Loitering
from sereno.alerts.rules.plate_on_list import PlateOnList
from sereno.alerts.rules.removed_object import RemovedObject
from sereno.alerts.rules.sound import Sound
from sereno.alerts.rules.wrong_way import WrongWay
from sereno.alerts.watch import Watch, WatchedCamera, read_watch, write_watch
from sereno.analytics.model import HappeningKind
from sereno.cameras.model import PlaceKind
from sereno.core.errors import AppError, ErrorKind
from sereno.core.geometry import Line, Point, Zone
from sereno.core.ids import CameraId, ListEntryId
from sereno.watchlists.model import ListKind, SoughtPlate
from tests.alert_scenes import CAMERA, START

SQUARE = Zone((Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)))
ACROSS = Line(Point(0.1, 0.5), Point(0.9, 0.5))
LOITERING = Loitering(id="l", name="Permanencia", zone=SQUARE)
LINE = LineCrossing(id="d", name="Puerta", line=ACROSS)
WAY = WrongWay(id="w", name="Contramano", zone=SQUARE, way=ACROSS)
CROWD = Crowd(id="c", name="Aglomeración", zone=SQUARE)
PLATES = PlateOnList(id="p", name="Patentes")
LEFT = LeftObject(id="o", name="Bulto", zone=SQUARE)
REMOVED = RemovedObject(id="r", name="Faltante", zone=SQUARE)
FALLEN = FallenPerson(id="f", name="Caída", zone=SQUARE)
DISPERSAL = Dispersal(id="x", name="Estampida")
SOUND = Sound(id="s", name="Disparo")
ONE_OF_EACH: tuple[Rule, ...] = (LOITERING, LINE, WAY, CROWD, PLATES, LEFT, REMOVED, FALLEN, DISPERSAL, SOUND)


def rules(*some: Rule) -> CameraRules:
    return CameraRules(camera_id=CAMERA, rules=some)


def test_good_rules_pass() -> None:
    assert checked(rules(*ONE_OF_EACH)).rules == ONE_OF_EACH
    for place in PlaceKind:
        checked(rules(*PLACE_RULES[place]))


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (replace(LOITERING, zone=Zone((Point(0, 0), Point(1, 1)))), "rule_zone"),
        (replace(LOITERING, zone=Zone(tuple(Point(n / 40, n % 2) for n in range(33)))), "rule_zone"),
        (replace(LOITERING, zone=Zone((Point(0, 0), Point(1, 1), Point(1, 0), Point(0, 1)))), "rule_zone"),
        (replace(LOITERING, zone=Zone((Point(0, 0), Point(0.5, 0.5), Point(1, 1)))), "rule_zone"),
        (replace(LOITERING, zone=Zone((Point(-0.1, 0), Point(1, 0), Point(1, 1)))), "rule_outside"),
        (replace(LOITERING, zone=Zone((Point(nan, 0), Point(1, 0), Point(1, 1)))), "rule_outside"),
        (replace(LOITERING, limit_s=0), "rule_limit"),
        (replace(LOITERING, limit_s=nan), "rule_limit"),
        (replace(LOITERING, limit_s=inf), "rule_limit"),
        (replace(LOITERING, quiet_s=-1), "rule_limit"),
        (replace(LOITERING, kinds=frozenset()), "rule_kinds"),
        (replace(LOITERING, name="  "), "rule_name"),
        (replace(LOITERING, id=""), "rule_name"),
        (replace(LINE, line=Line(Point(0.5, 0.5), Point(0.5, 0.51))), "rule_line"),
        (replace(LINE, line=Line(Point(0.5, 0.5), Point(0.5, 1.5))), "rule_outside"),
        (replace(LINE, margin=0), "rule_limit"),
        (replace(WAY, tolerance_deg=120), "rule_limit"),
        (replace(WAY, travel=0), "rule_limit"),
        (replace(CROWD, at_least=1), "rule_limit"),
        (replace(PLATES, confidence=1.5), "rule_limit"),
        (replace(PLATES, lists=frozenset()), "rule_lists"),
        (replace(LEFT, alone_s=0), "rule_limit"),
        (replace(REMOVED, gone_s=nan), "rule_limit"),
        (replace(FALLEN, zone=Zone((Point(0, 0), Point(1, 1)))), "rule_zone"),
        (replace(DISPERSAL, at_least=1), "rule_limit"),
        (replace(SOUND, sounds=frozenset()), "rule_sounds"),
        (replace(SOUND, sounds=frozenset({HappeningKind.FALLEN})), "rule_sounds"),
    ],
)
def test_a_bad_rule_is_refused_by_name(rule: Rule, code: str) -> None:
    with pytest.raises(AppError, match=rule.name.strip() or "rule") as refused:
        checked(rules(rule))
    assert (refused.value.kind, refused.value.code) == (ErrorKind.INVALID, code)


def test_ids_are_unique_and_rules_few() -> None:
    with pytest.raises(AppError, match="Two rules have the id 'l'"):
        checked(rules(LOITERING, LOITERING))
    with pytest.raises(AppError, match="at most 32"):
        checked(rules(*(replace(LOITERING, id=str(n)) for n in range(MOST_RULES + 1))))


def test_every_kind_is_in_the_list_and_survives_json() -> None:
    assert {type(rule) for rule in ONE_OF_EACH} == set(RULES)
    assert {rule.kind for rule in ONE_OF_EACH} == set(RuleKind)
    assert RULES_ADAPTER.validate_json(RULES_ADAPTER.dump_json(ONE_OF_EACH)) == ONE_OF_EACH


@pytest.mark.parametrize(
    "text",
    [
        '[{"kind": "telepathy", "id": "a", "name": "b"}]',
        '[{"kind": "plate_on_list", "id": "a", "name": "b", "x": 1}]',
        "{}",
    ],
)
def test_unknown_kinds_and_fields_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        RULES_ADAPTER.validate_json(text)


def test_the_watch_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "watch.json"
    assert read_watch(path) == Watch()
    camera = WatchedCamera(camera_id=CameraId("banco"), place=PlaceKind.BANK, rules=ONE_OF_EACH, reads_plates=True)
    entry = SoughtPlate(
        entry_id=ListEntryId("e"), plate="AF417KD", list=ListKind.STOLEN, expires_at=START + timedelta(days=1)
    )
    watch = Watch(cameras=(camera,), plates=(entry,))
    write_watch(path, watch)
    assert read_watch(path) == watch


def test_every_alert_has_a_priority() -> None:
    priorities = {priority_of(rule, place) for rule in RuleKind for place in PlaceKind}
    assert priorities <= {1, 2, 3, 4, 5}
    assert priority_of(RuleKind.PLATE_ON_LIST, PlaceKind.CITY_ACCESS, ListKind.STOLEN) == 1
