"""The addresses that a person opens first."""

import socket
from contextlib import closing, suppress
from threading import Event

from sereno.access.service import People
from sereno.main.home import Home
from sereno.main.workplace import open_workplace
from sereno.runtime.settings import ServerSettings, Settings

ASK_EVERY_S = 0.1


def console_url(server: ServerSettings) -> str:
    return f"http://{server.host}:{server.port}/"


def greet(settings: Settings, stop: Event) -> None:
    """Print the addresses once the console answers, and nothing more until ``stop``."""
    link = administrator_link(settings)
    while not stop.is_set() and not _answers(settings.server):
        stop.wait(ASK_EVERY_S)
    if not stop.is_set():
        print(f"\nSereno: {console_url(settings.server)}")
        if link:
            print(f"First administrator (one use, 24 hours): {link}")
        print("Ctrl-C ends it.", flush=True)
    stop.wait()


def _answers(server: ServerSettings) -> bool:
    with suppress(OSError), socket.create_connection((server.host, server.port), timeout=1.0):
        return True
    return False


def administrator_link(settings: Settings) -> str | None:
    """The one-time link of the first administrator; None once there is one.

    The token stands behind the ``#``, which browsers never send to a server nor write in its log.
    """
    workplace = open_workplace(Home(settings.home))
    with closing(workplace.database):
        token = People(workplace).first_run_token()
    return None if token is None else f"{console_url(settings.server)}#/bienvenida?token={token}"
