"""The devices process."""

import sys
from threading import Event

from sereno.cameras.devices.process import DevicesSetup, run_devices
from sereno.cameras.devices.store import devices_fact_log
from sereno.core.clock import SystemClock
from sereno.main.facts import DEVICES_FACTS
from sereno.main.home import Home
from sereno.main.process_entry import run_process
from sereno.runtime.settings import Settings


def run(settings: Settings, stop: Event) -> None:
    home = Home(settings.home)
    setup = DevicesSetup(home.devices, home.devices_socket, devices_fact_log(DEVICES_FACTS), settings.devices)
    run_devices(setup, SystemClock(), stop)


if __name__ == "__main__":
    sys.exit(run_process("devices", run))
