"""The devices process: a fleet of cameras, a fact log, and a socket; without a right to any other file."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event

from sereno.cameras.devices.fleet import Fleet
from sereno.cameras.devices.store import open_log_database
from sereno.cameras.devices.watch import Watching
from sereno.core.clock import Clock
from sereno.core.facts import Fact
from sereno.runtime.call_proof import CallKey, Doorkeeper
from sereno.runtime.confinement import confine, program_folders
from sereno.runtime.database import Database
from sereno.runtime.fact_log import FactLog
from sereno.runtime.local_call import Answering, bind_local, serve_calls
from sereno.runtime.settings import DeviceSettings

log = logging.getLogger(__name__)

FACTS_KEPT = timedelta(days=2)
FORGET_EVERY_S = 3_600.0


@dataclass(frozen=True, slots=True)
class DevicesSetup:
    """``folder`` is all that it may read and write: the roster of devices, its log, the spool.

    Who calls at ``socket`` holds ``key``.
    """

    folder: Path
    socket: Path
    key: CallKey
    facts: FactLog
    settings: DeviceSettings


def run_devices(
    setup: DevicesSetup, clock: Clock, stop: Event, more: Callable[[Fleet], Sequence[Answering]] = lambda _fleet: ()
) -> None:
    """Until ``stop`` is set. ``more`` gives further calls, of packages that know what we do not."""
    setup.folder.mkdir(parents=True, exist_ok=True)
    with closing(open_log_database(setup.folder / "devices.db")) as database:
        listener = bind_local(setup.socket)
        if not confine(reading=program_folders(), writing=(setup.folder,)):
            log.warning("this kernel has no Landlock: the devices process keeps its rights to files")
        log_book = _LogBook(database, setup.facts, clock)

        async def serve() -> None:
            watching = Watching(log_book.tell, clock, setup.settings.clock_every_s)
            doorkeeper = Doorkeeper(setup.key, clock)
            fleet = Fleet(setup.folder / "roster.json", watching, setup.settings.discovery_port)
            following = asyncio.create_task(fleet.follow())
            forgetting = asyncio.create_task(log_book.forget())
            answering = asyncio.create_task(serve_calls(listener, doorkeeper, (*fleet.answering, *more(fleet)), stop))
            log.info("devices ready")
            try:
                await asyncio.wait({following, forgetting, answering}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                stop.set()
                following.cancel()
                forgetting.cancel()
            results = await asyncio.gather(following, forgetting, answering, return_exceptions=True)
            for failure in results:
                if isinstance(failure, Exception):
                    raise failure

        asyncio.run(serve())


class _LogBook:
    def __init__(self, database: Database, facts: FactLog, clock: Clock) -> None:
        self._database = database
        self._facts = facts
        self._clock = clock

    async def tell(self, fact: Fact) -> None:
        await asyncio.to_thread(self._append, fact)

    async def forget(self) -> None:
        """Control has read them long ago, or will never."""
        while True:
            await asyncio.to_thread(self._drop_old)
            await asyncio.sleep(FORGET_EVERY_S)

    def _append(self, fact: Fact) -> None:
        with self._database.write() as connection:
            self._facts.append(connection, fact)

    def _drop_old(self) -> None:
        before = self._clock.now() - FACTS_KEPT
        with self._database.write() as connection:
            for kind in self._facts.codec.kinds:
                self._facts.drop_before(connection, kind, before)
