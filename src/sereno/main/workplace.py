"""The centre's own database and fact log, opened."""

from sereno.access.work import Workplace
from sereno.core.clock import SystemClock
from sereno.main.facts import CENTRE_FACTS
from sereno.main.home import Home
from sereno.main.tables import centre_facts
from sereno.runtime.database import Database
from sereno.runtime.fact_log import FactCodec, FactLog


def open_workplace(home: Home) -> Workplace:
    return Workplace(Database(home.database), FactLog(centre_facts, FactCodec(CENTRE_FACTS)), SystemClock())
