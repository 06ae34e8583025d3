"""What goes on beyond boxes: how often it is told when it happens, and how often when it does not.

Truth is real where a clip has it (a bag that is left, shots), drawn tracks where rules are judged, and made where no
clip shows it: bags put beside real walkers, walkers laid down, walkers who run. The keys of made events say ``made``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

from bench import event_fights, event_sounds
from bench.event_clips import (
    DATA,
    LEFT_BAG,
    ORDINARY,
    SQUARE,
    SUBURB,
    TUNNEL,
    Clip,
    Timed,
    Watched,
    backwards,
    pictures,
    seconds,
    watcher,
)
from bench.event_rules import (
    LINES,
    STAYS,
    compared,
    count_errors,
    drawn_scenes,
    flights,
    flights_in,
    ways,
)
from bench.event_stories import PutDown, bags, bending, cut_out, empty_square, fall, with_bags
from bench.figures import Figure
from bench.mot import Sequence as Drawn
from bench.mot import read_sequence
from sereno.analytics.model import Happening, HappeningKind, Scene
from sereno.core.geometry import Box, Line, Point

_BAG = Box(0.60, 0.72, 0.74, 0.94)
"""Where the bag of the real clip stands, from 16 s on."""
_TOLD_WITHIN_S = 30.0
_LONGEST_S = 90.0
"""Of one ordinary clip."""
_ASPECT = 768 / 576
_TOWARDS = {TUNNEL.file: Line(Point(0.5, 0.2), Point(0.5, 0.9)), SUBURB.file: Line(Point(0.5, 0.2), Point(0.5, 0.9))}


@dataclass(frozen=True, slots=True)
class Tally:
    """Of ``wanted`` events ``right`` were told; ``told`` in all."""

    right: int
    told: int
    wanted: int

    def figures(self, name: str) -> Iterator[Figure]:
        """With the ends of Wilson's interval at 95 %."""
        for measure, of in (("recall", self.wanted), ("precision", self.told)):
            if of:
                low, high = wilson(self.right, of)
                yield Figure(key=f"{name}_{measure}", value=self.right / of, unit=f"({self.right} of {of})")
                yield Figure(key=f"{name}_{measure}_low", value=low, unit="95 %")
                yield Figure(key=f"{name}_{measure}_high", value=high, unit="95 %")


def wilson(right: int, of: int, z: float = 1.96) -> tuple[float, float]:
    share, spread = right / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def run(quick: bool) -> Sequence[Figure]:
    watched = watcher()
    square = read_sequence(DATA / "mot" / "PETS09-S2L1")
    figures = [*_real_bag(watched), *_shots(), *_made_flights(square)]
    frames = [timed for timed in pictures(SQUARE) if timed[0] < (40 if quick else 75)]
    figures += _made_bags(watched, square, frames)
    figures += _made_falls(watched, square, frames, people=2 if quick else 6)
    figures += _square_rules(watched, square, frames)
    if not quick:
        figures += _ordinary(watched)
        figures += _fight_trial()
    return figures


def _real_bag(watched: Watched) -> Iterator[Figure]:
    """The clip as it is, and played backwards: then the bag is taken away."""
    frames = list(pictures(LEFT_BAG))
    for name, kind, story in (
        ("left", HappeningKind.LEFT_OBJECT, frames),
        ("removed", HappeningKind.REMOVED_OBJECT, backwards(frames)),
    ):
        told = _episodes(watched(story))
        right = min(1, sum(1 for one in told if one.kind is kind and one.box and one.box.iou(_BAG) > 0.1))
        yield from Tally(right, len(told), 1).figures(f"{name}_real")


def _made_bags(watched: Watched, square: Drawn, frames: list[Timed]) -> Iterator[Figure]:
    put = bags(square.truth, SQUARE.fps, every_s=8.0, until_s=frames[-1][0] - 15)
    told = [one for one in _episodes(watched(with_bags(iter(frames), put))) if one.kind is HappeningKind.LEFT_OBJECT]
    found = {each.at_s for each in put if any(_is_of(one, each) for one in told)}
    false = sum(1 for one in told if not any(_is_of(one, each) for each in put))
    yield from Tally(len(found), len(found) + false, len(put)).figures("left_made")


def _is_of(one: Happening, put: PutDown) -> bool:
    if one.box is None or one.box.iou(put.box) < 0.1:
        return False
    return -5.0 < seconds(one.began) - put.at_s < _TOLD_WITHIN_S


def _made_falls(watched: Watched, square: Drawn, frames: list[Timed], people: int) -> Iterator[Figure]:
    empty = empty_square(frames)
    chosen = _walkers(square, frames, people)
    fell = bent = told_bent = 0
    for number, (at_s, box) in enumerate(chosen):
        picture = next(picture for when, picture in frames if when == at_s)
        figure = cut_out(picture, empty, box)
        told = _episodes(watched(fall(empty, figure, 1 if number % 2 else -1, lies_s=7.0)))
        fell += any(one.kind is HappeningKind.FALLEN for one in told)
        bent += 1
        told_bent += any(one.kind is HappeningKind.FALLEN for one in _episodes(watched(bending(empty, figure))))
    yield from Tally(fell, fell + told_bent, len(chosen)).figures("fallen_made")
    yield Figure(key="fallen_made_of_bending", value=float(told_bent), unit=f"of {bent} who bend")


def _walkers(square: Drawn, frames: list[Timed], people: int) -> list[tuple[float, Box]]:
    """Whole persons with nobody near, spread over the clip, the largest of their frames."""
    found: list[tuple[float, Box]] = []
    for at_s, _ in frames[20 :: max(1, len(frames) // (2 * people))]:
        rows = [box for _, box, _ in square.truth.get(round(at_s * SQUARE.fps) + 1, ())]
        free = [
            box
            for box in rows
            if box.left > 0.15 and box.right < 0.85 and box.bottom < 0.97
            if all(other is box or box.iou(other) == 0 for other in rows)
        ]
        found += [(at_s, max(free, key=lambda box: box.height))] if free else []
    return found[:people]


def _made_flights(square: Drawn) -> Iterator[Figure]:
    for speed, share in ((1.5, 1.0), (2.0, 1.0), (2.0, 0.6)):
        told, made = flights(square, speed, share, _ASPECT)
        name = f"dispersal_made_{10 * speed:.0f}_share_{100 * share:.0f}"
        yield from Tally(told, told, made).figures(name)
    drawn = drawn_scenes(square.truth, square.frames, square.fps)
    yield Figure(key="dispersal_false_drawn_tracks", value=float(flights_in(drawn, _ASPECT)), unit="in 114 s")


def _square_rules(watched: Watched, square: Drawn, frames: list[Timed]) -> Iterator[Figure]:
    """Loitering, line crossing and the number of persons: what we find against what a person drew."""
    scenes = watched(frames)
    last = round(frames[-1][0] * square.fps) + 1
    drawn = drawn_scenes(square.truth, last, square.fps)
    yield from Tally(*compared(STAYS, scenes, drawn)).figures("loitering")
    yield from Tally(*compared(LINES, scenes, drawn)).figures("line_crossing")
    errors = count_errors(scenes, square.truth, square.fps)
    yield Figure(key="crowd_count_bias", value=sum(errors) / len(errors), unit="persons")
    yield Figure(key="crowd_count_mean_error", value=sum(map(abs, errors)) / len(errors), unit="persons")
    yield Figure(key="false_square", value=float(len(_episodes(scenes))), unit=f"in {frames[-1][0]:.0f} s")


def _ordinary(watched: Watched) -> Iterator[Figure]:
    """Clips in which nothing of the kind happens."""
    false, watched_s = 0, 0.0
    for clip in ORDINARY:
        frames = [timed for timed in pictures(clip) if timed[0] < _LONGEST_S]
        scenes = watched(frames)
        false += len(_episodes(scenes))
        watched_s += frames[-1][0]
        if clip in (TUNNEL, SUBURB):
            yield from _wrong_way(watched, clip, scenes)
    yield Figure(key="false_ordinary", value=float(false), unit=f"in {watched_s:.0f} s")
    yield Figure(key="false_ordinary_an_hour_at_most", value=3600 * (false + 3) / watched_s, unit="95 %, a camera-hour")


def _wrong_way(watched: Watched, clip: Clip, scenes: list[Scene]) -> Iterator[Figure]:
    """Reference: the same way of working at every second frame; nobody drew these tracks."""
    reference = watched(pictures(clip, clip.fps / 2))
    way = _TOWARDS[clip.file]
    back = Line(way.end, way.start)
    both = [ways(scenes, reference, each) for each in (way, back)]
    name = "tunnel" if clip is TUNNEL else "suburb"
    yield from Tally(*(sum(column) for column in zip(*both, strict=True))).figures(f"wrong_way_{name}")


def _shots() -> Iterator[Figure]:
    for name, (there, not_there) in event_sounds.shots().items():
        key = "gunshot" if name == "ours" else f"gunshot_peer_{name}"
        yield from Tally(there, there + not_there, 22).figures(key)


def _fight_trial() -> Iterator[Figure]:
    right, told, wanted, false_an_hour = event_fights.trial()
    yield from Tally(right, told, wanted).figures("fight_trial")
    yield Figure(key="fight_trial_false_elsewhere", value=false_an_hour, unit="windows of 2 s an hour")


def _episodes(scenes: Iterable[Scene]) -> list[Happening]:
    """Each happening once, as it was told first."""
    told: dict[tuple[HappeningKind, float], Happening] = {}
    for scene in scenes:
        for one in scene.happenings:
            told.setdefault((one.kind, seconds(one.began)), one)
    return list(told.values())
