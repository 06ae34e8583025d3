"""The folder of a centre: where each thing lives (see docs/design/spine.md)."""

from dataclasses import dataclass
from pathlib import Path

from sereno.cameras.ground.orders import GROUNDS
from sereno.evidence.keys import load_or_make_site_key
from sereno.recording.recorder_key import certify_recorder_key
from sereno.recording.ticket_key import load_ticket_key


@dataclass(frozen=True, slots=True)
class Home:
    root: Path

    @property
    def database(self) -> Path:
        return self.root / "centre.db"

    @property
    def roster(self) -> Path:
        return self.root / "roster.json"

    @property
    def watch(self) -> Path:
        return self.root / "watch.json"

    @property
    def town(self) -> Path:
        """The street graph and plan that the map and the travel times are made of."""
        return self.root / "town.json"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def journal(self) -> Path:
        return self.archive / "journal.db"

    @property
    def cold_cache(self) -> Path:
        """Footage that was fetched back from the cold store."""
        return self.root / "archivist" / "cache"

    @property
    def analyst(self) -> Path:
        return self.root / "analyst"

    @property
    def analyst_database(self) -> Path:
        return self.analyst / "analyst.db"

    @property
    def stills_socket(self) -> Path:
        """Where control asks for stills."""
        return self.root / "run" / "stills.sock"

    @property
    def devices(self) -> Path:
        """All that the devices process may read and write of the centre."""
        return self.root / "devices"

    @property
    def devices_database(self) -> Path:
        return self.devices / "devices.db"

    @property
    def devices_socket(self) -> Path:
        return self.root / "run" / "devices.sock"

    @property
    def views(self) -> Path:
        """Reference pictures of the cameras, and what was seen when a view changed."""
        return self.analyst / "views"

    @property
    def view_orders(self) -> Path:
        """By which control tells the analyst to take a reference picture anew."""
        return self.root / "views.json"

    @property
    def grounds(self) -> Path:
        """Which ground each camera shows, as analysts are told."""
        return self.analyst / "orders" / GROUNDS

    @property
    def crew_account(self) -> Path:
        """Name and password of the demo's crew gateway."""
        return self.root / "keys" / "crew.json"

    @property
    def site_key(self) -> Path:
        return self.root / "keys" / "site.pem"

    def prepare(self) -> None:
        """Make the folders and, once, the keys that sign media tickets, chain heads and sealed exports."""
        self.analyst.mkdir(parents=True, exist_ok=True)
        load_ticket_key(self.root)
        site = load_or_make_site_key(self.site_key)
        certify_recorder_key(self.root, site.fingerprint, site.sign)
