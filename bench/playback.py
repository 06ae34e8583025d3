"""Looking back in a real Chromium: hours of 720p of two cameras on a local disk, made for it (``made_archive``).

Seek: from the act to a picture of the new place standing on the page, anywhere in the archive; that is the key frame
at or before it. Exact: until the very picture of that instant stands there. Where the time goes is told beside.
Thumbnails: pictures of 160 pixels out of key frames that nobody asked for before, in strips of 60.
"""

import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page

from bench.chromium import chromium
from bench.figures import Figure
from bench.made_archive import MadeSpan, moving_clip, read_footage
from bench.made_centre import MadeCentre, prepare_centre, running, sign_in
from sereno.simulation.shift_report import percentile

MINUTES, MINUTES_QUICK = 120, 20
SEEKS, SEEKS_QUICK = 60, 25
STRIPS, STRIPS_QUICK = 8, 3
CAMERAS = ("norte", "sur")
Seek = list[dict[str, float]]
"""For each tile, when it came how far, in milliseconds since the act; nothing for one that never arrived."""
LATE_MS = 10_000.0
_SEEK = "ms => Promise.race([sereno.playback.seek(ms), new Promise(late => setTimeout(() => late([]), 10000))])"
PHASES = ("ticket", "head", "key", "drawn", "first", "exact")
"""What a tile tells of a seek, in order, each since the act."""
_STRIP = """
async ([camera, began, ended]) => {
  const path = `/api/cameras/${camera}/strip?began=${began}&ended=${ended}&count=60&width=160`;
  return (await (await fetch(path)).json()).pictures.filter(one => one !== null).length;
}
"""


def run(quick: bool) -> list[Figure]:
    minutes = MINUTES_QUICK if quick else MINUTES
    with tempfile.TemporaryDirectory() as folder:
        footage = read_footage(moving_clip(Path(folder) / "clip.mp4"))
        began = datetime.now(UTC) - timedelta(minutes=minutes + 5)
        centre = prepare_centre(Path(folder), footage, [MadeSpan(name, began, minutes) for name in CAMERAS])
        with running(centre), chromium() as browser:
            page = browser.new_page(viewport={"width": 1600, "height": 900})
            sign_in(page, centre)
            count = SEEKS_QUICK if quick else SEEKS
            one = _seeks(page, centre, CAMERAS[:1], _instants(began, minutes, count))
            both = _seeks(page, centre, CAMERAS, _instants(began, minutes, count))
            _tell_phases(one)
            rate = _thumbnails_per_s(page, began, STRIPS_QUICK if quick else STRIPS)
    return [
        Figure(key="seek_p95_ms", value=_slowest(one, "first", 0.95), unit="ms", goal=150, bound="at_most"),
        Figure(key="seek_p50_ms", value=_slowest(one, "first", 0.50), unit="ms"),
        Figure(key="seek_exact_p95_ms", value=_slowest(one, "exact", 0.95), unit="ms"),
        Figure(key="seek_two_cameras_p95_ms", value=_slowest(both, "first", 0.95), unit="ms"),
        Figure(key="seek_two_cameras_exact_p95_ms", value=_slowest(both, "exact", 0.95), unit="ms"),
        Figure(key="thumbnails_per_s", value=rate, unit="pictures/s"),
    ]


def _instants(began: datetime, minutes: int, count: int) -> list[float]:
    """Unix milliseconds anywhere in the archive, the same in every run."""
    chance = random.Random(7)
    return [(began.timestamp() + chance.uniform(20, minutes * 60 - 20)) * 1000 for _ in range(count)]


def _slowest(seeks: list[Seek], phase: str, share: float) -> float:
    """Over all seeks, of the tile that was last."""
    return percentile([max((tile.get(phase, LATE_MS) for tile in seek), default=LATE_MS) for seek in seeks], share)


def _tell_phases(seeks: list[Seek]) -> None:
    for phase in PHASES:
        told = [tile[phase] for seek in seeks for tile in seek if phase in tile]
        if told:
            print(f"{phase:>6}: p50 {percentile(told, 0.5):.0f}, p95 {percentile(told, 0.95):.0f} ms", file=sys.stderr)


def _seeks(page: Page, centre: MadeCentre, cameras: tuple[str, ...], instants: list[float]) -> list[Seek]:
    at = datetime.fromtimestamp(instants[0] / 1000, UTC).isoformat().replace("+00:00", "Z")
    page.goto(f"{centre.url}#/playback?cameras={','.join(cameras)}&at={at}")
    page.reload()
    for name in cameras:
        page.locator(f"[data-testid=playback-tile-{name}][data-state=shown]").wait_for(timeout=30_000)
    page.evaluate(_SEEK, instants[1])  # the first asks the browser's leave for the media port
    return [page.evaluate(_SEEK, each) for each in instants]


def _thumbnails_per_s(page: Page, began: datetime, strips: int) -> float:
    """Each strip a stretch of 115 seconds of its own, at other instants than any before it."""
    shown, started_s = 0, time.monotonic()
    for number in range(strips):
        start = began + timedelta(seconds=120 * number)
        span = [each.isoformat().replace("+00:00", "Z") for each in (start, start + timedelta(seconds=115))]
        shown += page.evaluate(_STRIP, [CAMERAS[number % len(CAMERAS)], *span])
    return shown / (time.monotonic() - started_s)
