"""The folder of a centre: where each thing lives (see docs/design/spine.md)."""

from dataclasses import dataclass
from pathlib import Path

from sereno.analytics.priorities import PRIORITIES
from sereno.analytics.stats import AnalystStats, read_stats
from sereno.cameras.ground.orders import GROUNDS
from sereno.cameras.local_feed.wire import FEED_SOCKET
from sereno.evidence.keys import load_or_make_site_key
from sereno.recording.recorder_key import certify_recorder_key
from sereno.recording.ticket_key import load_ticket_key
from sereno.runtime.call_proof import load_call_key
from sereno.runtime.local_call import LocalCaller

DEVICES, STILLS = "devices", "stills"
"""The processes that answer local calls, as their keys and errors name them."""


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
    def analyst_orders(self) -> Path:
        """What control tells the analysts; with their own folders all that they see of the centre."""
        return self.analyst / "orders"

    @property
    def watch(self) -> Path:
        return self.analyst_orders / "watch.json"

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

    def analyst_folder(self, shard: int) -> Path:
        """One analyst's own."""
        return self.analyst / str(shard)

    def analyst_database(self, shard: int) -> Path:
        return self.analyst_folder(shard) / "analyst.db"

    def analyst_shards(self) -> tuple[int, ...]:
        """Those that have worked here."""
        return tuple(sorted(int(path.name) for path in self.analyst.glob("[0-9]*") if path.name.isdecimal()))

    def analyst_stats(self) -> tuple[AnalystStats, ...]:
        """What each of them last told of its work."""
        told = (read_stats(self.analyst_folder(shard) / "stats.json") for shard in self.analyst_shards())
        return tuple(stats for stats in told if stats is not None)

    def analyst_folders(self) -> list[Path]:
        """Of those that have worked here."""
        return [self.analyst_folder(shard) for shard in self.analyst_shards()]

    @property
    def feed_socket(self) -> Path:
        """Where the recorder hands out packets."""
        return self.root / FEED_SOCKET

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
        return self.analyst_orders / "views.json"

    @property
    def followed(self) -> Path:
        """How far control has followed the facts of each process."""
        return self.analyst_orders / "followed.json"

    @property
    def grounds(self) -> Path:
        """Which ground each camera shows, as analysts are told."""
        return self.analyst / "orders" / GROUNDS

    @property
    def priorities(self) -> Path:
        """Which cameras count more just now, as analysts are told."""
        return self.analyst_orders / PRIORITIES

    @property
    def crew_account(self) -> Path:
        """Name and password of the demo's crew gateway."""
        return self.root / "keys" / "crew.json"

    @property
    def site_key(self) -> Path:
        return self.root / "keys" / "site.pem"

    def devices_caller(self) -> LocalCaller:
        """Raises: AppError invalid when the key of its calls is no key."""
        return LocalCaller(self.devices_socket, DEVICES, load_call_key(self.root, DEVICES))

    def stills_caller(self) -> LocalCaller:
        """Raises: AppError invalid when the key of its calls is no key."""
        return LocalCaller(self.stills_socket, STILLS, load_call_key(self.root, STILLS))

    def prepare(self) -> None:
        """Make the folders and, once, the keys: of media tickets, local calls, chain heads and sealed exports."""
        self.analyst_orders.mkdir(parents=True, exist_ok=True)
        self._adopt_single_analyst()
        load_ticket_key(self.root)
        for called in (DEVICES, STILLS):
            load_call_key(self.root, called)
        site = load_or_make_site_key(self.site_key)
        certify_recorder_key(self.root, site.fingerprint, site.sign)

    def _adopt_single_analyst(self) -> None:
        """Before there were several, the analyst's files lay in ``analyst``, and what control told it in ``root``."""
        first, part = self.analyst_folder(0), self.analyst / ".0.part"
        if part.exists() or ((self.analyst / "analyst.db").exists() and not first.exists()):
            part.mkdir(exist_ok=True)
            for name in ("analyst.db-wal", "analyst.db-shm", "analyst.db", "days"):
                if (self.analyst / name).exists():
                    (self.analyst / name).rename(part / name)
            part.rename(first)
        for name in ("watch.json", "views.json"):
            (self.root / name).unlink(missing_ok=True)  # control writes them anew at its start
