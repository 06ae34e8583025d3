"""The control process: API, console, the intakes of the media processes' facts, and the collection of held footage."""

import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles

from sereno.access.api import Site, access_api
from sereno.access.facts_socket import FactFeed, facts_api
from sereno.access.guard import Guard
from sereno.alerts.api import alerts_api
from sereno.analytics.api import analysis_api
from sereno.analytics.search.api import search_api
from sereno.analytics.sharding import log_name
from sereno.analytics.store import analyst_fact_log
from sereno.cameras.api import cameras_api
from sereno.cameras.devices.api import devices_api
from sereno.cameras.devices.store import devices_fact_log
from sereno.cameras.ground.api import ground_api
from sereno.cameras.probe import Probe
from sereno.cameras.steering.api import steering_api
from sereno.cameras.walls.api import walls_api
from sereno.core.ids import FactId, new_id
from sereno.dispatch.api import dispatch_api
from sereno.evidence.api import evidence_api, verifier_api
from sereno.incidents.api import incidents_api
from sereno.main.apply import applier
from sereno.main.centre import Centre, open_centre
from sereno.main.facts import ANALYST_FACTS, DEVICES_FACTS
from sereno.main.home import Home
from sereno.main.process_entry import run_process
from sereno.main.snapshot import snapshot_api
from sereno.main.visibility import visibility
from sereno.maps.api import map_api
from sereno.playback.api import playback_api
from sereno.recording.api import TicketOffice, recording_api
from sereno.recording.backfill.gaps import GapFiller
from sereno.recording.journal import recorder_fact_log
from sereno.recording.storage_api import storage_api
from sereno.recording.ticket_key import load_ticket_key
from sereno.runtime.clock_watch import ClockReading, ClockStepped
from sereno.runtime.fact_log import FactLog
from sereno.runtime.http import HttpPolicy, install_http_floor
from sereno.runtime.intake import Intake, publish_cursors
from sereno.runtime.loops import start_loop
from sereno.runtime.settings import Settings
from sereno.upkeep.api import upkeep_api
from sereno.upkeep.report import Reporter
from sereno.watchlists.api import watchlists_api

log = logging.getLogger(__name__)

CONSOLE = Path(__file__).parents[3] / "console" / "dist"
PUBLISH_EVERY_S = 1.0
COLLECT_EVERY_S = 0.5
STEERING_EVERY_S = 0.5
GAPS_EVERY_S = 20.0
CLOCK_EVERY_S = 1.0
FORGET_EVERY_S = 600.0
LOOKS_EVERY_S = 60.0
ROUNDS_EVERY_S = 15.0
STORAGE_EVERY_S = 300.0
TRACKS_KEPT = timedelta(days=2)
"""Unit positions are working data, not evidence: the log forgets them."""


def run_control(settings: Settings, stop: Event) -> None:
    """Until ``stop`` is set."""
    if not CONSOLE.is_dir():
        log.warning("the console is not built, only the API answers; run: make console")
    centre = open_centre(settings)
    centre.cameras.publish()
    centre.watch.publish()
    centre.upkeep.publish()
    loops = start_loops(centre, stop)
    server = uvicorn.Server(
        uvicorn.Config(
            control_app(centre),
            host=settings.server.host,
            port=settings.server.port,
            log_config=None,
            access_log=False,
            ws="websockets-sansio",
            proxy_headers=False,  # nobody stands before us whose word on addresses we could take
            timeout_graceful_shutdown=1,
        )
    )
    Thread(target=_end_when, args=(stop, server), daemon=True).start()
    log.info("control ready port=%d", settings.server.port)
    server.run()
    stop.set()
    for loop in loops:
        loop.join(2.0)
    centre.close()


def control_app(centre: Centre) -> FastAPI:
    """Every route of the centre; the authorization matrix and the API schema are read from it."""
    settings = centre.settings
    guard = Guard(centre.people)
    seen = visibility(centre.cameras.group_of)
    feed = FactFeed(centre.workplace.database, centre.workplace.facts, seen)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with feed.running():
            yield

    app = FastAPI(title="Sereno", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    site = Site(
        name=settings.site.name,
        timezone=settings.site.timezone,
        language=settings.site.language,
        media_port=settings.server.media_port,
        simulated=centre.cameras.has_simulated(),
    )
    office = TicketOffice(load_ticket_key(settings.home), settings.server, centre.law)
    api = APIRouter(prefix="/api")
    for routes in (
        access_api(centre.people, centre.workplace, site, guard),
        snapshot_api(centre, guard),
        facts_api(feed, centre.people, guard),
        cameras_api(centre.cameras, Probe(), guard),
        devices_api(centre.devices, guard),
        steering_api(centre.steering, guard),
        walls_api(centre.walls, guard),
        ground_api(centre.grounds, guard),
        recording_api(centre.workplace, centre.library, office, guard),
        storage_api(centre.storage, guard),
        analysis_api(
            centre.cameras,
            Home(settings.home).analyst_stats,
            centre.detectors,
            centre.workplace.clock,
            guard,
        ),
        watchlists_api(centre.plates, guard),
        alerts_api(centre.alerts, centre.rules, guard),
        incidents_api(centre.incidents, guard),
        dispatch_api(centre.dispatch, guard),
        evidence_api(centre.evidence, guard),
        upkeep_api(centre.upkeep, Reporter(settings.site.name, ZoneInfo(settings.site.timezone)), guard),
        playback_api(centre.timelines, centre.seen_stills, centre.bookmarks, guard),
        search_api(centre.followings, guard),
        map_api(centre.town, guard.signed_in()),
    ):
        api.include_router(routes)
    app.include_router(api)
    app.include_router(verifier_api(settings.site.name, centre.evidence.fingerprint))
    app.mount("/", StaticFiles(directory=CONSOLE, html=True, check_dir=False), name="console")
    install_http_floor(app, HttpPolicy(media_port=settings.server.media_port))
    return app


def start_loops(centre: Centre, stop: Event) -> list[Thread]:
    home = Home(centre.settings.home)
    intake = partial(Intake, centre=centre.workplace.database, apply=applier(centre))
    analysts = sorted({*home.analyst_shards(), *range(centre.settings.analytics.process_count)})
    logs: tuple[tuple[str, Path, FactLog], ...] = (
        ("recorder", home.journal, recorder_fact_log()),
        *((log_name(n), home.analyst_database(n), analyst_fact_log(ANALYST_FACTS)) for n in analysts),
        ("devices", home.devices_database, devices_fact_log(DEVICES_FACTS)),
    )
    loops = [start_loop(f"intake-{name}", intake(name, path, facts).run, stop) for name, path, facts in logs]
    loops.append(start_loop("watch", _each(PUBLISH_EVERY_S, centre.watch.publish), stop))
    loops.append(start_loop("grounds", _each(PUBLISH_EVERY_S, centre.grounds.publish), stop))
    loops.append(start_loop("priorities", _each(PUBLISH_EVERY_S, centre.priorities.publish), stop))
    devices = home.devices_caller()
    filler = GapFiller(centre.library, devices, centre.cameras.with_card, centre.workplace.clock)
    loops.append(start_loop("gaps", _each(GAPS_EVERY_S, filler.step), stop))
    loops.append(start_loop("steering", _each(STEERING_EVERY_S, centre.steering.end_idle), stop))
    loops.append(start_loop("holds", _each(COLLECT_EVERY_S, centre.evidence.collect), stop))
    loops.append(start_loop("rounds", _each(ROUNDS_EVERY_S, centre.rounds.make), stop))
    loops.append(start_loop("clock", partial(_watch_clock, centre), stop))
    loops.append(start_loop("storage", _each(STORAGE_EVERY_S, centre.storage.renew), stop))
    loops.append(start_loop("looks", _each(LOOKS_EVERY_S, centre.followings.forget), stop))
    loops.append(start_loop("forget", _each(FORGET_EVERY_S, partial(_forget, centre)), stop))
    return loops


def _each(pause_s: float, act: Callable[[], None]) -> Callable[[Event], None]:
    def run(stop: Event) -> None:
        while not stop.wait(pause_s):
            act()

    return run


def _watch_clock(centre: Centre, stop: Event) -> None:
    """Footage and records are kept in order whatever the clock says; people are told that the times jump."""
    workplace = centre.workplace
    before = ClockReading.of(workplace.clock)
    while not stop.wait(CLOCK_EVERY_S):
        now = ClockReading.of(workplace.clock)
        by_s = before.stepped_until(now)
        before = now
        if by_s:
            log.warning(
                "the clock was stepped by %.1f s: nothing recorded is lost, but times before and after overlap", by_s
            )
            fact = ClockStepped(id=FactId(new_id(now.wall)), at=now.wall, by_s=round(by_s, 1))
            with workplace.database.write() as connection:
                workplace.facts.append(connection, fact)


def _forget(centre: Centre) -> None:
    """What was seen lives as long as the footage of it; where units were, much shorter."""
    now = centre.workplace.clock.now()
    centre.alerts.forget_observations(now - centre.term.floor)
    with centre.workplace.database.write() as connection:
        centre.workplace.facts.drop_before(connection, "UnitsMoved", now - TRACKS_KEPT)
        centre.workplace.facts.drop_before(connection, "DeviceEventRaised", now - TRACKS_KEPT)
    publish_cursors(centre.workplace.database, Home(centre.settings.home).followed)


def _end_when(stop: Event, server: uvicorn.Server) -> None:
    stop.wait()
    server.should_exit = True


if __name__ == "__main__":
    sys.exit(run_process("control", run_control))
