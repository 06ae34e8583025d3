"""The demo's rules are good rules, for cameras that the town has."""

from sereno.alerts.model import RuleKind
from sereno.alerts.rule_set import checked
from sereno.simulation.town import build_town
from sereno.simulation.town_rules import town_rules


def test_every_drawn_rule_passes_the_checks_that_a_person_meets() -> None:
    for rules in town_rules():
        checked(rules)


NOT_DRAWN = {RuleKind.REMOVED_OBJECT, RuleKind.FALLEN_PERSON, RuleKind.DISPERSAL, RuleKind.SOUND}
"""No scene of the town shows these."""


def test_they_are_for_cameras_of_the_town_and_use_every_kind_that_its_scenes_show() -> None:
    cameras = {camera.id for camera in build_town("127.0.0.1", 8554).cameras}
    assert {rules.camera_id for rules in town_rules()} <= cameras
    assert {rule.kind for rules in town_rules() for rule in rules.rules} == set(RuleKind) - NOT_DRAWN
