"""Importing this names every table of the centre's database, for migrations and for the fact log."""

from sereno.access import audit, store
from sereno.alerts import store as alerts_store
from sereno.cameras import store as cameras_store
from sereno.cameras.devices import store as devices_store
from sereno.cameras.ground import store as ground_store
from sereno.cameras.steering import store as steering_store
from sereno.cameras.walls import store as walls_store
from sereno.dispatch import store as dispatch_store
from sereno.evidence import store as evidence_store
from sereno.incidents import store as incidents_store
from sereno.playback import store as playback_store
from sereno.runtime import intake
from sereno.runtime.database import centre_metadata
from sereno.runtime.fact_log import fact_table
from sereno.upkeep import signs as upkeep_signs
from sereno.upkeep import store as upkeep_store
from sereno.watchlists import store as watchlists_store

TABLE_OWNERS = (
    audit,
    store,
    cameras_store,
    devices_store,
    steering_store,
    walls_store,
    ground_store,
    watchlists_store,
    alerts_store,
    incidents_store,
    dispatch_store,
    evidence_store,
    upkeep_signs,
    upkeep_store,
    playback_store,
    intake,
)
"""The modules whose tables ``centre_metadata`` holds once this is imported."""

centre_facts = fact_table(centre_metadata)

__all__ = ["TABLE_OWNERS", "centre_facts", "centre_metadata"]
