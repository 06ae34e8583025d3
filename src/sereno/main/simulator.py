"""The demo's simulator process: cameras over RTSP, and crews that drive and report through the public API."""

import asyncio
import logging
import sys
from contextlib import suppress
from threading import Event

from sereno.core.clock import SystemClock
from sereno.main.demo_plan import read_plan
from sereno.main.home import Home
from sereno.main.links import console_url
from sereno.main.process_entry import run_process
from sereno.runtime.loops import start_loop
from sereno.runtime.settings import Settings
from sereno.simulation.covered_lens import CoveredLens, cover_by_turns
from sereno.simulation.crews import run_crews
from sereno.simulation.onvif.town import DeviceFootage, town_devices
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.faults import NO_FAULTS, Faults
from sereno.simulation.rtsp.server import Mount, RtspServer, serve
from sereno.simulation.town import build_town

log = logging.getLogger(__name__)

LATE_CAMERA = "terminal"
WRONG_CLOCK = Faults(clock_jump_s=-95.0)
"""Nobody has set this camera's clock: the daily proof finds it."""


def run_simulator(settings: Settings, stop: Event) -> None:
    """Until ``stop`` is set."""
    home, clock = Home(settings.home), SystemClock()
    plan = read_plan(home)
    town = build_town("127.0.0.1", plan.rtsp_port, plan.onvif_port)
    base_url = console_url(settings.server)
    crews = start_loop("crews", lambda until: run_crews(town, base_url, home.crew_account, until, clock), stop)
    played = {clip.slug: load_clip(clip.main) for clip in plan.clips}
    pictures = {clip.slug: clip.main for clip in plan.clips}
    mounts = [
        Mount(path=f"{clip.slug}/{stream}", clip=shown, faults=WRONG_CLOCK if clip.slug == LATE_CAMERA else NO_FAULTS)
        for clip in plan.clips
        for stream, shown in (("main", played[clip.slug]), ("sub", load_clip(clip.sub)))
    ]
    footage = {slug: DeviceFootage(played[slug], pictures[slug]) for slug in played}
    with town_devices(town, footage, clock, plan.onvif_port):
        asyncio.run(_play(RtspServer(mounts, clock, port=plan.rtsp_port), plan.covered, stop))
    crews.join(2.0)


async def _play(server: RtspServer, lens: CoveredLens, stop: Event) -> None:
    covering = asyncio.create_task(cover_by_turns(server, lens))
    try:
        await serve(server, stop)
    finally:
        covering.cancel()
        with suppress(asyncio.CancelledError):
            await covering


if __name__ == "__main__":
    sys.exit(run_process("simulator", run_simulator))
