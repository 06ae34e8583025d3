"""What an analyst is started with, and where it finds what control tells it."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sereno.analytics.decode import FFmpegDecoder, OpenDecoder
from sereno.analytics.priorities import PRIORITIES
from sereno.cameras.ground.orders import GROUNDS
from sereno.runtime.settings import AnalyticsSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalystSetup:
    """``folder`` is this analyst's own (``home/analyst/0``); ``orders`` holds what control tells all of them, ``views``
    the cameras' reference pictures, ``assets`` the fetched models; ``feed`` is the recorder's socket.
    """

    orders: Path
    folder: Path
    views: Path
    assets: Path
    feed: Path
    settings: AnalyticsSettings
    models: Path | None = None
    """The site's own detectors, and its own network for plates."""
    country: str = ""
    """Whose plates are the usual ones: see ``plates.patterns``."""
    shard: int = 0
    shards: int = 1
    """This is analyst number ``shard`` (from 0) of so many, which share the cameras."""
    keep: timedelta = timedelta(days=30)
    """How long what was seen stays."""
    appearance_hours: float = 0.0
    """How long vectors of looks live, as far as the law allows them; 0: none are made."""
    open_decoder: OpenDecoder = FFmpegDecoder

    @property
    def roster(self) -> Path:
        return self.orders / "roster.json"

    @property
    def database(self) -> Path:
        return self.folder / "analyst.db"

    @property
    def stats(self) -> Path:
        return self.folder / "stats.json"

    @property
    def followed(self) -> Path:
        """Written by control: how far it has followed each log."""
        return self.orders / "followed.json"

    @property
    def view_orders(self) -> Path:
        """Which cameras need a new reference picture."""
        return self.orders / "views.json"

    @property
    def grounds(self) -> Path:
        """Which ground each camera shows."""
        return self.orders / GROUNDS

    @property
    def priorities(self) -> Path:
        """Which cameras count more just now."""
        return self.orders / PRIORITIES

    @property
    def work_note(self) -> Path:
        return self.folder / "at-work"

    @property
    def suspicions(self) -> Path:
        return self.folder / "suspicions.json"
