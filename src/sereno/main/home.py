"""The folder of a centre: where each thing lives (see docs/design/spine.md)."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path


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
    def analyst(self) -> Path:
        return self.root / "analyst"

    @property
    def analyst_database(self) -> Path:
        return self.analyst / "analyst.db"

    @property
    def evidence(self) -> Path:
        return self.root / "evidence"

    @property
    def ticket_key(self) -> Path:
        return self.root / "keys" / "media-ticket.key"

    @property
    def site_key(self) -> Path:
        return self.root / "keys" / "site.pem"

    @property
    def crew_account(self) -> Path:
        """Name and password of the demo's crew gateway."""
        return self.root / "keys" / "crew.json"

    def prepare(self) -> None:
        """Make the folders and, once, the key that signs media tickets."""
        for folder in (self.archive, self.analyst, self.evidence, self.ticket_key.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self.ticket_key.parent.chmod(0o700)
        if not self.ticket_key.exists():
            descriptor = os.open(self.ticket_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(32))
