"""Each rule by itself: when it rings, when it does not, and that one behaviour rings once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sereno.alerts.rule_set import rules_of_place
from sereno.alerts.rules.crowd import Crowd
from sereno.alerts.rules.line_crossing import Crossing, LineCrossing
from sereno.alerts.rules.loitering import Loitering
from sereno.alerts.rules.plate_on_list import PlateOnList
from sereno.alerts.rules.seen import Seen
from sereno.alerts.rules.wrong_way import WrongWay
from sereno.analytics.model import ObjectKind, PlateReading
from sereno.cameras.model import PlaceKind
from sereno.core.geometry import Box, Line, Point, Zone
from sereno.core.ids import CameraId, ListEntryId
from sereno.watchlists.matching import PlateIndex
from sereno.watchlists.model import ListKind, SoughtPlate
from tests.alert_scenes import LEFT_HALF, START, Walker, along, fired, scenes, second, still

WHOLE = Zone((Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)))
LOITERING = Loitering(id="l", name="Permanencia", zone=LEFT_HALF, limit_s=30)
DOOR = LineCrossing(id="d", name="Puerta", line=Line(Point(0.5, 0.2), Point(0.5, 0.9)))
STREET = WrongWay(id="w", name="Contramano", zone=WHOLE, way=Line(Point(0.1, 0.5), Point(0.9, 0.5)))
PLAZA = Crowd(id="c", name="Aglomeración", zone=WHOLE, at_least=5, sustain_s=10)
PLATES = PlateOnList(id="p", name="Patentes")

coordinate = st.floats(0.05, 0.95)
few = settings(max_examples=30)


def car(path: object, **more: object) -> Walker:
    return replace(Walker("car", still(0, 0), kind=ObjectKind.CAR), path=path, **more)  # type: ignore[arg-type]


class TestLoitering:
    def test_rings_once_when_the_limit_is_reached(self) -> None:
        (firing,) = fired(LOITERING, scenes([Walker("a", still(0.2, 0.6))], 120))
        assert second(firing) == 30
        assert firing.since == START
        assert firing.why[0].name == "stayed_s"
        assert (firing.why[0].value, firing.why[0].limit) == (30, 30)

    def test_someone_who_is_lost_now_and_then_still_rings(self) -> None:
        flickers = Walker("a", lambda t: None if t % 7 > 4.5 else Point(0.2, 0.6))
        assert len(fired(LOITERING, scenes([flickers], 60))) == 1

    def test_a_visit_that_was_left_begins_anew(self) -> None:
        two_visits = Walker("a", lambda t: Point(0.8, 0.6) if 25 < t < 35 else Point(0.2, 0.6))
        (firing,) = fired(LOITERING, scenes([two_visits], 90))
        assert second(firing) == pytest.approx(65, abs=0.3)

    def test_a_foot_on_the_edge_of_the_zone_does_not_end_the_visit(self) -> None:
        trembling = Walker("a", lambda t: Point(0.499 if int(t * 5) % 3 else 0.501, 0.6))
        assert len(fired(LOITERING, scenes([trembling], 60))) == 1

    def test_a_track_that_breaks_goes_on_as_its_successor(self) -> None:
        before = Walker("a", still(0.2, 0.6, ended=20))
        after = Walker("b", still(0.21, 0.6, began=22))
        (firing,) = fired(LOITERING, scenes([before, after], 60))
        assert second(firing) == 30
        assert isinstance(firing.seen, Seen)
        assert firing.seen.sighting.observation_id == "b"

    def test_who_already_rang_does_not_ring_again_as_another_track(self) -> None:
        broken = [Walker(f"t{n}", still(0.2, 0.6, began=n * 15, ended=n * 15 + 14)) for n in range(8)]
        assert len(fired(replace(LOITERING, quiet_s=0), scenes(broken, 120))) == 1

    def test_a_standing_car_is_not_a_loiterer(self) -> None:
        assert fired(LOITERING, scenes([Walker("a", still(0.2, 0.6), kind=ObjectKind.CAR)], 60)) == ()

    def test_someone_cut_off_by_the_lower_edge_stands_in_a_zone_that_reaches_it(self) -> None:
        assert len(fired(LOITERING, scenes([Walker("a", still(0.2, 1.0))], 60))) == 1

    @few
    @given(st.lists(st.tuples(st.floats(0.51, 0.99), coordinate), min_size=1, max_size=40))
    def test_standing_outside_never_rings(self, feet: list[tuple[float, float]]) -> None:
        path = Walker("a", lambda t: Point(*feet[int(t * 5) % len(feet)]))
        assert fired(LOITERING, scenes([path], 60)) == ()

    @few
    @given(st.floats(1, 25), st.floats(0, 80), coordinate)
    def test_one_visit_rings_at_most_once(self, began: float, length: float, y: float) -> None:
        visit = Walker("a", still(0.2, y, began, began + length))
        firings = fired(LOITERING, scenes([visit], 110))
        assert len(firings) == (1 if length >= 30.2 else len(firings) if length > 29.8 else 0)


class TestLineCrossing:
    def test_rings_when_the_foot_passes(self) -> None:
        (firing,) = fired(DOOR, scenes([Walker("a", along(Point(0.2, 0.5), Point(0.8, 0.5), 0, 6))], 10))
        assert 3 <= second(firing) <= 3.5

    @pytest.mark.parametrize(
        ("direction", "to_the_left", "to_the_right"),
        # the line runs down the picture: who walks along it has the picture's left on the right hand
        [(Crossing.LEFT_TO_RIGHT, 1, 0), (Crossing.RIGHT_TO_LEFT, 0, 1), (Crossing.BOTH, 1, 1)],
    )
    def test_only_the_watched_direction_rings(self, direction: Crossing, to_the_left: int, to_the_right: int) -> None:
        rule = replace(DOOR, direction=direction)
        left = Walker("a", along(Point(0.8, 0.5), Point(0.2, 0.5), 0, 6))
        right = Walker("a", along(Point(0.2, 0.5), Point(0.8, 0.5), 0, 6))
        assert len(fired(rule, scenes([left], 10))) == to_the_left
        assert len(fired(rule, scenes([right], 10))) == to_the_right

    def test_walking_around_the_end_of_the_line_is_no_crossing(self) -> None:
        assert fired(DOOR, scenes([Walker("a", along(Point(0.2, 0.1), Point(0.8, 0.1), 0, 6))], 10)) == ()

    def test_somebody_else_after_a_while_rings_again(self) -> None:
        walkers = [Walker(f"w{n}", along(Point(0.2, 0.5), Point(0.8, 0.5), 20 * n, 20 * n + 6)) for n in range(3)]
        assert len(fired(DOOR, scenes(walkers, 70))) == 3

    @few
    @given(st.lists(st.floats(-0.014, 0.014), min_size=5, max_size=50), coordinate)
    def test_trembling_on_the_line_never_rings(self, tremble: list[float], y: float) -> None:
        path = Walker("a", lambda t: Point(0.5 + tremble[int(t * 5) % len(tremble)], y))
        assert fired(DOOR, scenes([path], 20)) == ()

    @few
    @given(st.lists(st.floats(-0.3, 0.3), min_size=5, max_size=50))
    def test_one_subject_rings_at_most_once(self, tremble: list[float]) -> None:
        path = Walker("a", lambda t: Point(0.5 + tremble[int(t * 5) % len(tremble)], 0.5))
        assert len(fired(replace(DOOR, quiet_s=0), scenes([path], 30))) <= 1

    @few
    @given(st.lists(st.tuples(st.floats(0.05, 0.48), coordinate), min_size=2, max_size=40))
    def test_staying_on_one_side_never_rings(self, feet: list[tuple[float, float]]) -> None:
        path = Walker("a", lambda t: Point(*feet[int(t * 5) % len(feet)]))
        assert fired(DOOR, scenes([path], 20)) == ()


class TestWrongWay:
    def test_a_car_against_the_way_rings_once(self) -> None:
        (firing,) = fired(STREET, scenes([car(along(Point(0.9, 0.5), Point(0.1, 0.5), 0, 8))], 10))
        assert second(firing) < 2
        assert firing.since == START
        assert [measure.name for measure in firing.why] == ["against", "off_deg"]

    @pytest.mark.parametrize("end", [Point(0.9, 0.5), Point(0.5, 0.9), Point(0.5, 0.1)])
    def test_along_or_across_the_way_does_not(self, end: Point) -> None:
        assert fired(STREET, scenes([car(along(Point(0.45, 0.5), end, 0, 8))], 10)) == ()

    def test_a_fast_car_that_is_seen_four_times_rings(self) -> None:
        assert len(fired(STREET, scenes([car(along(Point(0.9, 0.5), Point(0.1, 0.5), 0, 0.7))], 3))) == 1

    def test_a_track_that_jumps_back_to_the_next_car_does_not(self) -> None:
        jumps = car(lambda t: Point(0.1 + 0.2 * (t % 2), 0.5) if t < 8 else None)
        assert fired(STREET, scenes([jumps], 10)) == ()

    def test_a_car_that_turns_round_rings(self) -> None:
        turns = car(lambda t: Point(0.2 + 0.1 * t if t < 5 else 0.7 - 0.1 * (t - 5), 0.5) if t < 10 else None)
        (firing,) = fired(STREET, scenes([turns], 12))
        assert 6 <= second(firing) <= 6.6

    def test_a_person_walks_as_he_likes(self) -> None:
        assert fired(STREET, scenes([Walker("a", along(Point(0.9, 0.5), Point(0.1, 0.5), 0, 8))], 10)) == ()

    @few
    @given(st.lists(st.floats(-0.04, 0.04), min_size=3, max_size=40), coordinate, coordinate)
    def test_a_parked_car_whose_box_trembles_never_rings(self, tremble: list[float], x: float, y: float) -> None:
        parked = car(lambda t: Point(x + tremble[int(t * 5) % len(tremble)], y))
        assert fired(STREET, scenes([parked], 30)) == ()

    @few
    @given(st.floats(0.02, 0.5), coordinate, st.floats(-0.3, 0.3))
    def test_traffic_along_the_way_never_rings(self, speed: float, y: float, drift: float) -> None:
        def path(t: float) -> Point | None:
            x = 0.02 + speed * t
            return Point(x, y + drift * x) if x < 0.98 else None

        assert fired(STREET, scenes([car(path)], 50)) == ()


def people(count: int, began: float = 0.0, ended: float = 1e9, name: str = "p") -> list[Walker]:
    return [Walker(f"{name}{n}", still(0.05 + 0.9 * n / max(count, 1), 0.6, began, ended)) for n in range(count)]


class TestCrowd:
    def test_rings_once_when_it_lasted(self) -> None:
        (firing,) = fired(PLAZA, scenes(people(6), 300))
        assert second(firing) == 10
        assert [(m.name, m.value, m.limit) for m in firing.why] == [("persons", 6, 5), ("lasted_s", 10, 10)]

    def test_too_few_or_too_short_do_not(self) -> None:
        assert fired(PLAZA, scenes(people(4), 60)) == ()
        assert fired(PLAZA, scenes(people(4) + people(4, 10, 18, name="q"), 60)) == ()

    def test_a_count_that_swings_around_the_limit_rings_once(self) -> None:
        swinging = [*people(4), Walker("s", lambda t: Point(0.97, 0.6) if t % 4 < 2 else None)]
        assert len(fired(replace(PLAZA, quiet_s=0), scenes(swinging, 300))) == 1

    def test_people_missed_by_the_detector_in_some_frames_still_count(self) -> None:
        missed = [
            Walker(w.id, lambda t, w=w, n=n: None if int(t * 5) % 4 == n % 4 else w.path(t))  # type: ignore[misc]
            for n, w in enumerate(people(6))
        ]
        assert len(fired(PLAZA, scenes(missed, 60))) == 1

    def test_a_second_gathering_rings_again(self) -> None:
        twice = people(6, 0, 30) + people(6, 180, 220, name="q")
        assert len(fired(PLAZA, scenes(twice, 240))) == 2

    def test_a_blind_camera_does_not_lend_its_time_to_a_gathering(self) -> None:
        frames = [scene for scene in scenes(people(6), 100) if not 5 < (scene.at - START).total_seconds() < 90]
        assert fired(PLAZA, frames) == ()

    @few
    @given(st.lists(st.integers(0, 4), min_size=1, max_size=20))
    def test_fewer_never_ring(self, counts: list[int]) -> None:
        def present(n: int) -> Walker:
            return Walker(f"p{n}", lambda t: Point(0.1 + n / 10, 0.5) if n < counts[int(t) % len(counts)] else None)

        assert fired(PLAZA, scenes([present(n) for n in range(4)], 60)) == ()


def sought(plate: str, list_: ListKind = ListKind.STOLEN, lasts_s: float = 3600) -> SoughtPlate:
    expires_at = START + timedelta(seconds=lasts_s)
    return SoughtPlate(entry_id=ListEntryId(f"entry-{plate}"), plate=plate, list=list_, expires_at=expires_at)


def read(text: str, confidence: float = 0.9) -> PlateReading:
    return PlateReading(text, confidence, Box(0.4, 0.5, 0.5, 0.55))


class TestPlateOnList:
    def test_a_sought_plate_rings_once(self) -> None:
        passing = car(along(Point(0.1, 0.5), Point(0.9, 0.5), 0, 8), plate=read("AF417KD"))
        (firing,) = fired(PLATES, scenes([passing], 10), PlateIndex.of([sought("AF417KD")]))
        assert firing.match is not None
        assert firing.match.plate.entry_id == "entry-AF417KD"
        assert [(m.name, m.value) for m in firing.why] == [("confidence", 0.9), ("characters_off", 0)]

    @pytest.mark.parametrize(
        ("text", "confidence", "entry"),
        [
            ("AF417KE", 0.9, sought("AF417KD")),
            ("AF417KD", 0.5, sought("AF417KD")),
            ("AF417KD", 0.9, sought("AF417KD", ListKind.ALLOWED)),
            ("AF417KD", 0.9, sought("AF417KD", lasts_s=-1)),
        ],
        ids=["another plate", "a doubtful reading", "an allowed plate", "an expired entry"],
    )
    def test_stays_silent_for(self, text: str, confidence: float, entry: SoughtPlate) -> None:
        parked = car(still(0.5, 0.5), plate=read(text, confidence))
        assert fired(PLATES, scenes([parked], 10), PlateIndex.of([entry])) == ()

    def test_an_entry_falls_silent_the_moment_it_expires(self) -> None:
        index = PlateIndex.of([sought("AF417KD", lasts_s=5)])
        arrives = [car(still(0.5, 0.5, began=began), plate=read("AF417KD")) for began in (4.8, 5.0)]
        assert [len(fired(PLATES, scenes([one], 10), index)) for one in arrives] == [1, 0]

    def test_the_same_plate_again_within_the_quiet_time_rings_once(self) -> None:
        passes = [
            Walker(f"t{n}", along(Point(0.1, 0.5), Point(0.9, 0.5), n * 20, n * 20 + 5), ObjectKind.CAR,
                   plate=read("AF417KD"))
            for n in range(6)
        ]  # fmt: skip
        firings = fired(PLATES, scenes(passes, 120), PlateIndex.of([sought("AF417KD")]))
        assert [second(firing) for firing in firings] == [0, 60]


def test_a_place_that_needs_drawing_begins_without_rules() -> None:
    assert rules_of_place(CameraId("avenida"), PlaceKind.AVENUE).rules == ()
    assert rules_of_place(CameraId("acceso"), PlaceKind.CITY_ACCESS).reads_plates
