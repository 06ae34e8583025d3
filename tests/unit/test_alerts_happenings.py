"""Rules over happenings: when each rings, once, and what the analyst is asked for."""

from dataclasses import replace
from datetime import timedelta

from sereno.alerts.evaluate import Evaluator, ruled, step
from sereno.alerts.model import Alert, RuleKind
from sereno.alerts.rule_set import Rule
from sereno.alerts.rules.dispersal import Dispersal
from sereno.alerts.rules.fallen_person import FallenPerson
from sereno.alerts.rules.left_object import LeftObject
from sereno.alerts.rules.loitering import Loitering
from sereno.alerts.rules.removed_object import RemovedObject
from sereno.alerts.rules.sound import Sound
from sereno.alerts.watch import Watch, WatchedCamera
from sereno.analytics.model import Happening, HappeningKind, Scene
from sereno.cameras.model import PlaceKind
from sereno.core.geometry import Box, Point, Zone
from sereno.core.ids import ObservationId
from tests.alert_scenes import CAMERA, START

SQUARE = Zone((Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)))
LEFT_HALF = Zone((Point(0, 0), Point(0.5, 0), Point(0.5, 1), Point(0, 1)))
PLACE = Box(0.2, 0.6, 0.25, 0.7)
OWNER = ObservationId("owner")


def rang(rule: Rule, happening: Happening, until_s: int = 60, every_s: int = 2) -> list[int]:
    """The seconds at which ``rule`` rings while ``happening`` goes on."""
    state, seconds = ruled((rule,)), list[int]()
    for second in range(0, until_s, every_s):
        scene = Scene(camera_id=CAMERA, at=START + timedelta(seconds=second), sightings=(), happenings=(happening,))
        state, firings = step(state, scene)
        seconds += [second] * len(firings)
    return seconds


def going_on(kind: HappeningKind, score: float = 0.9, count: int | None = None, box: Box | None = PLACE) -> Happening:
    return Happening(kind=kind, began=START, score=score, box=box, count=count, by=(OWNER,))


def test_a_left_object_rings_once_when_it_was_alone_for_long_enough() -> None:
    rule = LeftObject(id="o", name="Bulto", zone=LEFT_HALF, alone_s=10)
    assert rang(rule, going_on(HappeningKind.LEFT_OBJECT), until_s=400) == [10]
    assert rang(rule, going_on(HappeningKind.REMOVED_OBJECT)) == []
    elsewhere = going_on(HappeningKind.LEFT_OBJECT, box=Box(0.7, 0.6, 0.8, 0.7))
    assert rang(rule, elsewhere) == []


def test_what_is_gone_and_who_lies_ring_by_their_own_limits() -> None:
    removed = RemovedObject(id="r", name="Falta", zone=SQUARE, gone_s=4)
    assert rang(removed, going_on(HappeningKind.REMOVED_OBJECT)) == [4]
    fallen = FallenPerson(id="f", name="Caída", zone=SQUARE, lying_s=6)
    assert rang(fallen, going_on(HappeningKind.FALLEN)) == [6]


def test_a_flight_needs_its_number_and_a_sound_its_score() -> None:
    dispersal = Dispersal(id="x", name="Corrida", at_least=4)
    assert rang(dispersal, going_on(HappeningKind.DISPERSAL, count=3)) == []
    assert rang(dispersal, going_on(HappeningKind.DISPERSAL, count=5)) == [0]
    sound = Sound(id="s", name="Disparo", sounds=frozenset({HappeningKind.GUNSHOT}), score=0.6)
    assert rang(sound, going_on(HappeningKind.GUNSHOT, score=0.7, box=None)) == [0]
    assert rang(sound, going_on(HappeningKind.GUNSHOT, score=0.5, box=None)) == []
    assert rang(sound, going_on(HappeningKind.SIREN, box=None)) == []


def test_two_things_at_two_places_ring_twice_and_at_one_place_once() -> None:
    rule = LeftObject(id="o", name="Bulto", zone=SQUARE, alone_s=2)
    first = going_on(HappeningKind.LEFT_OBJECT)
    far = replace(first, began=START + timedelta(seconds=1), box=Box(0.8, 0.6, 0.85, 0.7))
    near = replace(first, began=START + timedelta(seconds=1), box=Box(0.22, 0.6, 0.27, 0.7))
    for other, expected in ((far, 2), (near, 1)):
        scene = Scene(camera_id=CAMERA, at=START + timedelta(seconds=5), sightings=(), happenings=(first, other))
        assert len(step(ruled((rule,)), scene)[1]) == expected


def evaluator(*rules: Rule) -> Evaluator:
    camera = WatchedCamera(camera_id=CAMERA, place=PlaceKind.BANK, rules=rules, reads_plates=False)
    return Evaluator(Watch(cameras=(camera,)))


def test_the_analyst_is_asked_only_for_what_rules_step_over() -> None:
    assert evaluator(Loitering(id="l", name="P", zone=SQUARE)).wants(CAMERA) == frozenset()
    both = evaluator(LeftObject(id="o", name="B", zone=SQUARE), Sound(id="s", name="D"))
    sounds = {HappeningKind.GUNSHOT, HappeningKind.GLASS, HappeningKind.SCREAM}
    assert both.wants(CAMERA) == {HappeningKind.LEFT_OBJECT, *sounds}


def alert_about(happening: Happening, rule: Rule) -> Alert:
    scene = Scene(camera_id=CAMERA, at=START + timedelta(seconds=9), sightings=(), happenings=(happening,))
    (alert,) = evaluator(rule).step(scene, lambda _: None)
    return alert


def test_an_alert_says_what_went_on_where_and_who_has_part() -> None:
    alert = alert_about(going_on(HappeningKind.LEFT_OBJECT), LeftObject(id="o", name="B", zone=SQUARE, alone_s=5))
    assert (alert.rule, alert.happening, alert.priority) == (RuleKind.LEFT_OBJECT, HappeningKind.LEFT_OBJECT, 2)
    assert (alert.observation_id, alert.object_kind) == (OWNER, None)
    assert [point.box for point in alert.trail] == [PLACE]
    assert [(m.name, m.value, m.limit) for m in alert.why] == [("alone_s", 9, 5)]


def test_an_alert_of_a_sound_has_no_place_and_nobody() -> None:
    heard = Happening(kind=HappeningKind.GUNSHOT, began=START, score=0.8)
    alert = alert_about(heard, Sound(id="s", name="D"))
    assert (alert.happening, alert.trail, alert.observation_id) == (HappeningKind.GUNSHOT, (), None)
