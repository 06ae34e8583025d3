"""A camera's whole way from scenes to alerts."""

from dataclasses import replace
from datetime import timedelta

from sereno.alerts.evaluate import Evaluator, ruled
from sereno.alerts.model import Alert, RuleKind
from sereno.alerts.rules.crowd import Crowd
from sereno.alerts.rules.line_crossing import LineCrossing
from sereno.alerts.rules.loitering import Loitering
from sereno.alerts.rules.plate_on_list import PlateOnList
from sereno.alerts.rules.seen import Seen
from sereno.alerts.rules.wrong_way import WrongWay
from sereno.alerts.succession import Succession
from sereno.alerts.watch import Watch, WatchedCamera
from sereno.analytics.model import ObjectKind, Observation, PlateReading, Scene, TrailPoint
from sereno.cameras.model import PlaceKind
from sereno.core.geometry import Box, Line, Point, Zone
from sereno.core.ids import CameraId, ListEntryId, ObservationId
from sereno.watchlists.model import ListKind, SoughtPlate
from tests.alert_scenes import CAMERA, START, Walker, along, run, scenes, second, still

WHOLE = Zone((Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)))
PAVEMENT = Zone((Point(0, 0), Point(0.3, 0), Point(0.3, 1), Point(0, 1)))
LOITERING = Loitering(id="l", name="Permanencia", zone=PAVEMENT, limit_s=20)
STREET = (
    LOITERING,
    LineCrossing(id="d", name="Puerta", line=Line(Point(0.5, 0.6), Point(0.5, 0.95))),
    WrongWay(id="w", name="Contramano", zone=WHOLE, way=Line(Point(0.1, 0.5), Point(0.9, 0.5))),
    Crowd(id="c", name="Aglomeración", zone=WHOLE, at_least=4, sustain_s=10),
    PlateOnList(id="p", name="Patentes"),
)
ENTRY = SoughtPlate(
    entry_id=ListEntryId("entry"), plate="AF417KD", list=ListKind.STOLEN, expires_at=START + timedelta(hours=1)
)
BOX = Box(0.4, 0.5, 0.5, 0.55)


def watching(*rules: Loitering | LineCrossing | WrongWay | Crowd | PlateOnList) -> Watch:
    camera = WatchedCamera(camera_id=CAMERA, place=PlaceKind.SCHOOL, rules=rules, reads_plates=True)
    return Watch(cameras=(camera,), plates=(ENTRY,))


def nothing_known(_id: ObservationId) -> Observation | None:
    return None


def test_five_minutes_of_a_street() -> None:
    """The golden list: what happens, and what rings for it."""
    sought = PlateReading("AF4I7KD", 0.8, BOX)
    street = [
        Walker("passer-by", along(Point(0.05, 0.8), Point(0.95, 0.8), 5, 25)),
        Walker("loiterer", still(0.1, 0.7, 30, 110)),
        Walker("right way", along(Point(0.05, 0.4), Point(0.95, 0.4), 40, 46), ObjectKind.CAR),
        Walker("wrong way", along(Point(0.95, 0.5), Point(0.05, 0.5), 60, 66), ObjectKind.CAR),
        Walker("stolen", along(Point(0.05, 0.4), Point(0.95, 0.4), 130, 138), ObjectKind.CAR, plate=sought),
        *(Walker(f"friend {n}", still(0.4 + n / 10, 0.55, 150 + 4 * n, 250)) for n in range(5)),
        Walker("dog", along(Point(0.95, 0.8), Point(0.05, 0.8), 260, 280), ObjectKind.DOG),
    ]
    evaluator = Evaluator(watching(*STREET))
    alerts = [alert for scene in scenes(street, 300) for alert in evaluator.step(scene, nothing_known)]
    golden = [
        (RuleKind.LINE_CROSSING, "passer-by", 15.4, 3),
        (RuleKind.LOITERING, "loiterer", 50.0, 3),
        (RuleKind.WRONG_WAY, "wrong way", 60.8, 1),
        (RuleKind.PLATE_ON_LIST, "stolen", 130.0, 1),
        (RuleKind.CROWD, "friend 2", 172.0, 2),
    ]
    assert [(a.rule, a.observation_id, round((a.at - START).total_seconds(), 1), a.priority) for a in alerts] == golden


def test_the_alert_carries_its_trail_its_reasons_and_its_region() -> None:
    trail = tuple(TrailPoint(START + timedelta(seconds=n), BOX) for n in range(20))
    known = Observation(
        id=ObservationId("a"),
        camera_id=CAMERA,
        kind=ObjectKind.PERSON,
        first_at=START,
        last_at=START,
        best_score=0.9,
        trail=trail,
    )
    evaluator = Evaluator(watching(LOITERING))
    frames = scenes([Walker("a", still(0.1, 0.7))], 60)
    (alert,) = [alert for scene in frames for alert in evaluator.step(scene, {known.id: known}.get)]
    assert alert.trail == trail
    assert (alert.region, alert.rule_id, alert.rule_name) == (PAVEMENT, "l", "Permanencia")
    assert alert.object_kind is ObjectKind.PERSON
    assert (alert.since, alert.at) == (START, START + timedelta(seconds=20))
    assert alert.plate is None


def test_a_plate_alert_says_which_entry_and_what_was_read() -> None:
    reading = PlateReading("AF4I7KD", 0.8, BOX)
    car = Walker("car", still(0.5, 0.5), ObjectKind.CAR, plate=reading)
    evaluator = Evaluator(watching(*STREET))
    (alert,) = [alert for scene in scenes([car], 5) for alert in evaluator.step(scene, nothing_known)]
    assert (alert.plate, alert.list_entry_id, alert.region) == (reading, "entry", None)
    assert [(m.name, m.value) for m in alert.why] == [("confidence", 0.8), ("characters_off", 1)]


def test_a_withdrawn_entry_is_silent_as_soon_as_the_watch_is_replaced() -> None:
    car = Walker("car", still(0.5, 0.5, began=2), ObjectKind.CAR, plate=PlateReading("AF417KD", 0.9, BOX))
    evaluator = Evaluator(watching(*STREET))
    alerts: list[Alert] = []
    for number, scene in enumerate(scenes([car], 5)):
        if number == 9:
            evaluator.replace_watch(replace(watching(*STREET), plates=()))
        alerts += evaluator.step(scene, nothing_known)
    assert alerts == []


def test_rules_that_did_not_change_keep_what_they_remember() -> None:
    evaluator = Evaluator(watching(LOITERING))
    alerts: list[Alert] = []
    for number, scene in enumerate(scenes([Walker("a", still(0.1, 0.7))], 30)):
        if number == 50:
            evaluator.replace_watch(watching(LOITERING, *STREET[1:]))
        alerts += evaluator.step(scene, nothing_known)
    assert [alert.at for alert in alerts] == [START + timedelta(seconds=20)]


def test_an_edited_rule_begins_anew() -> None:
    evaluator = Evaluator(watching(LOITERING))
    alerts: list[Alert] = []
    for number, scene in enumerate(scenes([Walker("a", still(0.1, 0.7))], 30)):
        if number == 50:
            evaluator.replace_watch(watching(replace(LOITERING, limit_s=15)))
        alerts += evaluator.step(scene, nothing_known)
    assert [alert.at for alert in alerts] == [START + timedelta(seconds=25)]


def test_a_camera_without_rules_and_an_unknown_one_raise_nothing() -> None:
    evaluator = Evaluator(watching())
    scene = next(iter(scenes([Walker("a", still(0.1, 0.7))], 1)))
    assert evaluator.step(scene, nothing_known) == ()
    assert evaluator.step(replace(scene, camera_id=CameraId("nobody")), nothing_known) == ()
    assert not evaluator.reads_plates(CameraId("nobody"))


def shifted(frames: list[Scene], from_s: float, by_s: float) -> list[Scene]:
    return [
        replace(scene, at=scene.at + timedelta(seconds=by_s)) if (scene.at - START).total_seconds() >= from_s else scene
        for scene in frames
    ]


def test_a_clock_set_back_by_an_hour_neither_silences_nor_storms() -> None:
    frames = list(scenes([Walker("a", still(0.1, 0.7))], 120))
    _, firings = run(ruled((LOITERING,)), shifted(frames, 30, -3600))
    assert [second(firing) for firing in firings] == [20, 30 - 3600 + 20]


def test_a_clock_set_forward_by_an_hour_does_not_make_an_hour_of_loitering() -> None:
    frames = list(scenes([Walker("a", still(0.1, 0.7))], 60))
    _, firings = run(ruled((LOITERING,)), shifted(frames, 10, 3600))
    assert [second(firing) for firing in firings] == [3600 + 30]


def test_a_scene_that_comes_late_is_dropped() -> None:
    frames = list(scenes([Walker("a", still(0.1, 0.7))], 30))
    frames[40], frames[41] = frames[41], frames[40]
    _, firings = run(ruled((LOITERING,)), frames)
    assert [second(firing) for firing in firings] == [20]


def test_who_stays_for_long_rings_again_only_as_somebody_new_after_the_quiet_time() -> None:
    """The same place, three people one after the other: the second comes while the place is quiet."""
    rule = replace(LOITERING, quiet_s=60)
    people = [Walker(f"p{n}", still(0.1, 0.7, 30 * n, 30 * n + 25)) for n in range(3)]
    state, firings = run(ruled((rule,)), scenes(people, 120))
    assert [second(firing) for firing in firings] == [20, 80]
    assert state.silenced == 1


def test_another_place_is_not_quiet() -> None:
    people = [Walker("a", still(0.1, 0.4)), Walker("b", still(0.1, 0.7, began=2))]
    _, firings = run(ruled((LOITERING,)), scenes(people, 60))
    assert [firing.seen.subject for firing in firings if isinstance(firing.seen, Seen)] == ["a", "b"]


def subjects(walkers: list[Walker], seconds: float) -> dict[str, str]:
    succession, found = Succession(), dict[str, str]()
    for scene in scenes(walkers, seconds):
        succession, seen = succession.step(scene)
        found |= {one.sighting.observation_id: one.subject for one in seen}
    return found


def test_a_walker_whose_track_breaks_is_expected_farther_on() -> None:
    way = along(Point(0.1, 0.5), Point(0.9, 0.5), 0, 8)
    walkers = [
        Walker("a", lambda t: way(t) if t < 3 else None),
        Walker("b", lambda t: way(t) if t > 5 else None),
    ]
    assert subjects(walkers, 8) == {"a": "a", "b": "a"}


def test_a_newcomer_far_away_of_another_kind_or_too_late_is_somebody_else() -> None:
    lost = Walker("a", still(0.2, 0.6, ended=5))
    newcomers = [
        Walker("far", still(0.6, 0.6, began=6)),
        Walker("car", still(0.2, 0.6, began=6), ObjectKind.CAR),
        Walker("tall", still(0.2, 0.6, began=6), height=0.5),
        Walker("late", still(0.2, 0.6, began=9)),
    ]
    assert all(subjects([lost, newcomer], 12)[newcomer.id] == newcomer.id for newcomer in newcomers)


def test_one_lost_track_has_one_heir() -> None:
    walkers = [
        Walker("a", still(0.2, 0.6, ended=5)),
        Walker("b", still(0.21, 0.6, began=6)),
        Walker("c", still(0.22, 0.6, began=6)),
    ]
    assert sorted(subjects(walkers, 8).values()) == ["a", "a", "c"]


def test_who_comes_back_after_an_heir_took_over_is_somebody_else() -> None:
    walkers = [
        Walker("a", lambda t: Point(0.2, 0.6) if t < 5 else Point(0.7, 0.6) if t > 6.5 else None),
        Walker("b", still(0.21, 0.6, began=6)),
    ]
    succession, last = Succession(), dict[str, str]()
    for scene in scenes(walkers, 10):
        succession, seen = succession.step(scene)
        last = {one.sighting.observation_id: one.subject for one in seen}
        assert len(set(last.values())) == len(seen)
    assert last == {"a": "a'", "b": "a"}
