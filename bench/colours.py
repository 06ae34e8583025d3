"""Colour words of clothes and paints on the drawn scenes, whose colours are known, under five lights.

Boxes are the true ones, so that only the words are measured; a look each 0.2 s, as the analyst takes them.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from bench.colour_truth import CLOTHES, PAINTS, Words
from bench.figures import Figure
from sereno.analytics.appearance.album import Album
from sereno.analytics.decode import Picture
from sereno.analytics.model import Colour, Description, Detection, ObjectKind
from sereno.analytics.motion import Motion
from sereno.analytics.tracker import Track
from sereno.core.geometry import Box
from sereno.runtime.progress import TerminalProgress
from sereno.simulation.scenes.clips import Clip
from sereno.simulation.scenes.prepare import prepare_scenes
from sereno.simulation.scenes.truth import TrueTrack, read_truth

_ROOT = Path(__file__).resolve().parents[1]
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_STEP = 3
"""Of 15 frames a second."""
_LEAST_LOOKS = 5

Pixels = NDArray[np.float32]
_NOISE = np.random.default_rng(11).normal(0, 5, (64, 64, 3)).astype(np.float32)


def _noisy(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    tiles = (height // 64 + 1, width // 64 + 1, 1)
    return pixels + np.tile(_NOISE, tiles)[:height, :width]


LIGHTS: dict[str, Callable[[Pixels], Pixels]] = {
    "day": lambda pixels: pixels,
    "lamp": lambda pixels: pixels * np.array([1.1, 0.95, 0.68], np.float32),
    "shade": lambda pixels: pixels * np.array([0.66, 0.76, 0.92], np.float32),
    "dusk": lambda pixels: _noisy(pixels * 0.35),
    "infrared": lambda pixels: np.broadcast_to(pixels @ np.array([[0.4], [0.5], [0.1]], np.float32), pixels.shape),
}


@dataclass(slots=True)
class Tally:
    """``asked`` regions, those that got a word, those that got a right one, and what was taken for what."""

    asked: int = 0
    told: int = 0
    right: int = 0
    confused: Counter[tuple[Colour, Colour]] = field(default_factory=Counter)

    def add(self, words: Words, told: Colour | None) -> None:
        self.asked += 1
        if told is not None:
            self.told += 1
            self.right += told in words
            if told not in words:
                self.confused[words[0], told] += 1


def run(quick: bool) -> Sequence[Figure]:
    clips = prepare_scenes(
        _ROOT / "cache" / "assets",
        _ROOT / "cache" / "scenes",
        TerminalProgress(sys.stderr),
        tuple({**CLOTHES, **PAINTS}),
    )
    lights = {name: LIGHTS[name] for name in (("day", "infrared") if quick else LIGHTS)}
    figures: list[Figure] = []
    confused: Counter[tuple[Colour, Colour]] = Counter()
    spent_s = looks = 0.0
    for light, change in lights.items():
        tallies = {"clothes": Tally(), "paint": Tally()}
        for clip in clips:
            descriptions, seconds, count = described(clip, change)
            spent_s, looks = spent_s + seconds, looks + count
            count_words(read_truth(clip.truth).slug, descriptions, tallies)
        confused += tallies["clothes"].confused + tallies["paint"].confused if light == "day" else Counter()
        for what, tally in tallies.items():
            figures += _figures(f"{what}_{light}", tally, light)
    return [
        *figures,
        *(
            Figure(key=f"taken_{true}_for_{told}", value=count, unit="tracks by day")
            for (true, told), count in sorted(confused.items())
        ),
        Figure(key="ms_a_frame", value=1000 * spent_s / max(1.0, looks), unit="ms, crops and words"),
    ]


def _figures(key: str, tally: Tally, light: str) -> list[Figure]:
    told = Figure(key=f"{key}_told", value=tally.told / max(1, tally.asked), unit=f"of {tally.asked}")
    if light == "infrared":
        return [Figure(key=told.key, value=told.value, unit=told.unit, goal=0.0, bound="at_most")]
    return [told, Figure(key=f"{key}_right", value=tally.right / max(1, tally.told), unit="of those told")]


def count_words(slug: str, descriptions: dict[str, Description], tallies: dict[str, Tally]) -> None:
    for actor, (upper, lower) in CLOTHES.get(slug, {}).items():
        if actor in descriptions:
            tallies["clothes"].add(upper, descriptions[actor].upper)
            tallies["clothes"].add(lower, descriptions[actor].lower)
    for actor, words in PAINTS.get(slug, {}).items():
        if actor in descriptions:
            tallies["paint"].add(words, descriptions[actor].body)


def described(clip: Clip, change: Callable[[Pixels], Pixels]) -> tuple[dict[str, Description], float, int]:
    """What is told of every actor in the end, the CPU seconds, and the frames looked at."""
    truth = read_truth(clip.truth)
    album, told = Album(), dict[int, Description]()
    counts: Counter[int] = Counter()
    spent_s, looks = 0.0, 0
    for number, picture in _pictures(clip.sub, change):
        tracks = list(_tracks(truth.tracks, number))
        counts.update(track.number for track in tracks)
        began_s = time.process_time()
        told |= album.look(picture, tracks, _BEGIN + timedelta(seconds=number / truth.fps))
        spent_s, looks = spent_s + time.process_time() - began_s, looks + 1
    seen = {n for n, count in counts.items() if count >= _LEAST_LOOKS}
    return {truth.tracks[n].id: told.get(n, Description()) for n in seen}, spent_s, looks


def _tracks(tracks: Sequence[TrueTrack], frame: int) -> Iterator[Track]:
    for number, track in enumerate(tracks):
        box = track.boxes[frame]
        if box is not None:
            yield _track(number, ObjectKind(track.kind), box)


def _track(number: int, kind: ObjectKind, box: Box) -> Track:
    return Track(
        number=number,
        motion=Motion.at_rest(box),
        began_at=_BEGIN,
        seen_at=_BEGIN,
        hits=5,
        best_score=0.7,
        votes=((kind, 1.0),),
        detection=Detection(box, kind, 0.7),
        believed=True,
    )


def _pictures(video: Path, change: Callable[[Pixels], Pixels]) -> Iterator[tuple[int, Picture]]:
    with av.open(str(video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % _STEP == 0:
                pixels = np.clip(change(frame.to_ndarray(format="rgb24").astype(np.float32)), 0, 255).astype(np.uint8)
                lit = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
                yield number, Picture(lit.reformat(format="yuv420p"))
