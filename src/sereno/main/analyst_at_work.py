"""The analyst process once it is confined: see ``analyst``."""

import sys
from threading import Event

from sereno.access.jurisdiction import load_jurisdiction
from sereno.analytics.analyst import run_analyst
from sereno.analytics.analyst_setup import AnalystSetup
from sereno.analytics.appearance.vectors import allowed_hours
from sereno.analytics.days.term import observation_term
from sereno.analytics.store import analyst_fact_log
from sereno.core.clock import SystemClock
from sereno.main.facts import ANALYST_FACTS
from sereno.main.home import Home
from sereno.main.process_entry import Shard, run_sharded
from sereno.main.scene_rules import WatchRules
from sereno.recording.retention import site_term
from sereno.runtime.settings import Settings


def run(settings: Settings, stop: Event, shard: Shard) -> None:
    home, clock = Home(settings.home), SystemClock()
    law = load_jurisdiction(settings.site.jurisdiction)
    term = site_term(law, settings.recording)
    setup = AnalystSetup(
        orders=home.analyst_orders,
        folder=home.analyst_folder(shard.number),
        views=home.views,
        assets=settings.assets,
        models=settings.models,
        feed=home.feed_socket,
        settings=settings.analytics,
        country=settings.analytics.plates_of or law.country,
        shard=shard.number,
        shards=shard.count,
        appearance_hours=allowed_hours(law, settings.analytics.appearance_hours),
        keep=observation_term(settings.analytics.keep_days, term.floor, term.ceiling),
    )
    run_analyst(setup, WatchRules(home.watch, clock), analyst_fact_log(ANALYST_FACTS), clock, stop)


if __name__ == "__main__":
    sys.exit(run_sharded("analyst", run))
