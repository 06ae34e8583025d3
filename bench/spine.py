"""The spine at work: the demo town's eight cameras (720p, 15 fps) recorded and analysed while a real browser watches.

Recorder share: CPU time over wall time. Packets lost: gaps in the media time line of what was recorded.
Alert to browser: from the instant the rule fired to the row standing in the page, both on this machine's clock.
The peer is Debian's ffmpeg, one copying process a camera on the same streams.
"""

import subprocess
import tempfile
import time
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path

import av
from playwright.sync_api import Page

from bench.chromium import chromium, sign_in_first
from bench.figures import Figure
from bench.process_time import cpu_seconds
from bench.town import demo_town
from sereno.alerts.events import AlertRaised
from sereno.analytics.store import analyst_fact_log
from sereno.cameras.roster import read_roster
from sereno.core.facts import Fact
from sereno.main.facts import ANALYST_FACTS
from sereno.main.home import Home
from sereno.runtime.database import Database
from sereno.simulation.shift_report import percentile

WARM_UP_S = 10.0
WATCH_S, WATCH_QUICK_S = 180.0, 40.0
_NOTE_ROWS = """
() => {
  window.seenAlerts = {};
  const note = () => document.querySelectorAll('[data-testid=alert-row]').forEach(row => {
    const id = row.dataset.alert;
    if (!(id in window.seenAlerts)) window.seenAlerts[id] = Date.now();
  });
  note();
  window.alertsBefore = Object.keys(window.seenAlerts);
  new MutationObserver(note).observe(document.body, {childList: true, subtree: true, attributes: true});
}
"""


def run(quick: bool) -> list[Figure]:
    watch_s = WATCH_QUICK_S if quick else WATCH_S
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        town = stack.enter_context(demo_town(folder / "home"))
        page = stack.enter_context(chromium()).new_page(viewport={"width": 1600, "height": 900})
        sign_in_first(page, town.link)
        time.sleep(WARM_UP_S)
        page.evaluate(_NOTE_ROWS)
        share = _share([town.process_ids()["recorder"]], watch_s)
        delays = _delays_s(page, folder / "home")
        urls = [camera.main_url for camera in read_roster(folder / "home" / "roster.json")]
        peer = _ffmpeg_share(urls, folder, min(watch_s, 30.0))
        town.interrupt(10)
        lost = _lost_samples(folder / "home" / "archive")
    figures = [
        Figure(key="recorder_core_share", value=share, unit="core", goal=0.05, bound="at_most",
               peer="ffmpeg -c copy, a process a camera", peer_value=peer),
        Figure(key="packets_lost", value=lost, unit="packets", goal=0, bound="at_most"),
        Figure(key="cameras", value=len(urls), unit="cameras", goal=8, bound="at_least"),
        Figure(key="alerts_seen", value=len(delays), unit="alerts"),
    ]  # fmt: skip
    if delays:
        p99_ms = percentile(delays, 0.99) * 1000
        figures.append(Figure(key="alert_to_browser_p99_ms", value=p99_ms, unit="ms", goal=1000, bound="at_most"))
    return figures


def _share(pids: list[int], seconds: float) -> float:
    began = time.monotonic(), sum(cpu_seconds(pid) for pid in pids)
    time.sleep(seconds)
    return (sum(cpu_seconds(pid) for pid in pids) - began[1]) / (time.monotonic() - began[0])


def _delays_s(page: Page, home: Path) -> list[float]:
    seen: dict[str, float] = page.evaluate("() => window.seenAlerts")
    before: list[str] = page.evaluate("() => window.alertsBefore")
    fired = _fired_at(home)
    return [seen[id_] / 1000 - fired[id_] for id_ in seen if id_ in fired and id_ not in before]


def _fired_at(home: Path) -> dict[str, float]:
    """Alert id to the instant its rule fired (Unix seconds), out of the analysts' logs."""
    log = analyst_fact_log(ANALYST_FACTS)
    facts: list[Fact] = []
    for shard in Home(home).analyst_shards():
        path = Home(home).analyst_database(shard)
        with closing(Database(path, read_only=True)) as database, database.read() as connection:
            facts += [log.codec.decode(row.kind, row.body) for row in log.read_after(connection, 0, limit=1_000_000)]
    return {fact.alert.id: fact.at.timestamp() for fact in facts if isinstance(fact, AlertRaised)}


def _lost_samples(archive: Path) -> int:
    """Samples missing between the first and the last that were recorded of each camera."""
    return sum(_gaps(sorted(folder.glob("*.mp4"))) for folder in archive.iterdir() if folder.is_dir())


def _gaps(segments: list[Path]) -> int:
    times = [at for path in segments for at in _decode_times(path)]
    steps = [after - before for before, after in pairwise(times)]
    usual = sorted(steps)[len(steps) // 2] if steps else 1
    return sum(round(step / usual) - 1 for step in steps if step > 1.5 * usual)


def _decode_times(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [packet.dts for packet in container.demux(video=0) if packet.dts is not None]


def _ffmpeg_share(urls: list[str], folder: Path, seconds: float) -> float:
    """What copying the same streams costs with one ffmpeg each."""
    argv = ("ffmpeg", "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp", "-i")
    form = ("-an", "-c", "copy", "-movflags", "frag_keyframe+empty_moov+default_base_moof")
    copies = [
        subprocess.Popen((*argv, url, *form, str(folder / f"peer-{number}.mp4"))) for number, url in enumerate(urls)
    ]
    try:
        time.sleep(5.0)
        return _share([copy.pid for copy in copies], seconds)
    finally:
        for copy in copies:
            copy.terminate()
            copy.wait()
