"""Evidence of a centre: holds and exports over one vault and one key."""

from pathlib import Path

from sqlalchemy import Connection

from sereno.access.model import Access, Permission
from sereno.access.work import Workplace
from sereno.evidence import store
from sereno.evidence.exports import Exports, SealingSite
from sereno.evidence.holds import Holds
from sereno.evidence.keys import load_or_make_site_key
from sereno.evidence.model import Export, Hold
from sereno.evidence.vault import Vault
from sereno.incidents.service import Incidents
from sereno.recording.holds import HoldsFile
from sereno.recording.library import Library


class Evidence:
    """``home`` is the centre's folder: its ``keys/site.pem`` is made when there is none."""

    def __init__(
        self, workplace: Workplace, incidents: Incidents, library: Library, home: Path, site: SealingSite
    ) -> None:
        vault = Vault(home / "evidence")
        key = load_or_make_site_key(home / "keys" / "site.pem")
        self.fingerprint = key.fingerprint
        """Of the site's key, to be published where a court can find it."""
        self.site = site
        self.holds = Holds(workplace, incidents, library, vault, HoldsFile(home))
        self.exports = Exports(workplace, incidents, vault, key, site)

    def collect(self) -> None:
        """One round of the background work: keep what was recorded since, seal what waits."""
        self.holds.collect()
        self.exports.seal_waiting()

    def holds_on(self, connection: Connection, access: Access) -> tuple[Hold, ...]:
        """For the snapshot, in its transaction."""
        if not access.may(Permission.EVIDENCE_VIEW):
            return ()
        return tuple(row.hold for row in store.newest_holds(connection, access, None, store.LATEST_ON_SCREEN))

    def exports_on(self, connection: Connection, access: Access) -> tuple[Export, ...]:
        """For the snapshot, in its transaction."""
        if not access.may(Permission.EVIDENCE_VIEW):
            return ()
        return tuple(row.export for row in store.newest_exports(connection, access, store.LATEST_ON_SCREEN))
