"""``sereno up``: look before starting, then keep the processes of the centre running."""

import errno
import logging
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event

from sereno.core.clock import SystemClock
from sereno.core.errors import conflict, invalid
from sereno.main.home import Home
from sereno.main.schema import migrate
from sereno.runtime.database import Database
from sereno.runtime.process import FolderLock
from sereno.runtime.settings import DiskRole, Settings
from sereno.runtime.supervisor import ProcessSpec, Supervisor

log = logging.getLogger(__name__)

STANDBY_PROCESSES = ("recorder", "standby")


def centre_processes(settings: Settings) -> tuple[str, ...]:
    """Those that this centre's settings ask for, each by its module; ``analyst 0/2`` is the first of two analysts."""
    count = settings.analytics.process_count
    analysts = tuple(f"analyst {number}/{count}" for number in range(count))
    moves = settings.recording.cold.url or any(disk.role is DiskRole.SLOW for disk in settings.recording.disks)
    return ("recorder", "stills", "devices", *analysts, "control", *(("archivist",) if moves else ()))


def prepare_home(settings: Settings) -> FolderLock:
    """The lock on the centre's folder, with keys made and the database migrated.

    Raises: AppError conflict for a second centre on the folder, a busy port or a newer database.
    """
    with ExitStack() as undo:
        lock = FolderLock(settings.home)
        undo.callback(lock.close)
        require_free_port(settings.server.host, settings.server.port, "server.port")
        require_free_port(settings.server.host, settings.server.media_port, "server.media_port")
        Home(settings.home).prepare()
        with closing(Database(Home(settings.home).database)) as database:
            migrate(database)
        undo.pop_all()
        return lock


def supervise(settings_path: Path, names: Sequence[str], stop: Event) -> None:
    """Run the named processes until ``stop`` is set."""
    Supervisor([process_spec(name, settings_path) for name in names], SystemClock()).run(stop)
    log.info("stopped")


def process_spec(name: str, settings_path: Path) -> ProcessSpec:
    """It imports nothing from the folder in which it is started, nor may it read there once it is confined."""
    module, _, shard = name.partition(" ")
    argv = (sys.executable, "-P", "-m", f"sereno.main.{module}", "--settings", str(settings_path))
    return ProcessSpec(name, (*argv, "--parent", str(os.getpid()), *(("--shard", shard) if shard else ())))


def require_free_port(host: str, port: int, setting: str) -> None:
    """Raises: AppError conflict when another program listens there, invalid when the address is not ours."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                raise conflict(
                    "port_busy",
                    f"Port {port} on {host} cannot be used: {os.strerror(error.errno)}.",
                    f"Stop the program that uses it, or choose another {setting} in the settings.",
                ) from None
            raise invalid(
                "address_invalid",
                f"{host} is not an address of this machine: {error.strerror}.",
                "Set server.host to 127.0.0.1 or to an address of this machine.",
            ) from None
