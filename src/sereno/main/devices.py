"""The devices process."""

import sys
from threading import Event

from sereno.cameras.devices.fleet import Fleet
from sereno.cameras.devices.process import DevicesSetup, run_devices
from sereno.cameras.devices.store import devices_fact_log
from sereno.core.clock import SystemClock
from sereno.main.facts import DEVICES_FACTS
from sereno.main.home import DEVICES, Home
from sereno.main.process_entry import run_process
from sereno.recording.backfill.delivery import SPOOL
from sereno.recording.backfill.fetching import CardFetcher
from sereno.runtime.call_proof import load_call_key
from sereno.runtime.local_call import Answering
from sereno.runtime.settings import Settings


def run(settings: Settings, stop: Event) -> None:
    home = Home(settings.home)
    key, facts = load_call_key(home.root, DEVICES), devices_fact_log(DEVICES_FACTS)
    setup = DevicesSetup(home.devices, home.devices_socket, key, facts, settings.devices)
    clock = SystemClock()

    def more(fleet: Fleet) -> tuple[Answering, ...]:
        return (CardFetcher(fleet, settings.home / SPOOL, clock).answering,)

    run_devices(setup, clock, stop, more)


if __name__ == "__main__":
    sys.exit(run_process("devices", run))
