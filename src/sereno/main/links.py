"""The addresses that a person opens first."""

from contextlib import closing

from sereno.access.service import People
from sereno.main.home import Home
from sereno.main.workplace import open_workplace
from sereno.runtime.settings import ServerSettings, Settings


def console_url(server: ServerSettings) -> str:
    return f"http://{server.host}:{server.port}/"


def administrator_link(settings: Settings) -> str | None:
    """The one-time link of the first administrator; None once there is one.

    The token stands behind the ``#``, which browsers never send to a server nor write in its log.
    """
    workplace = open_workplace(Home(settings.home))
    with closing(workplace.database):
        token = People(workplace).first_run_token()
    return None if token is None else f"{console_url(settings.server)}#/bienvenida?token={token}"
