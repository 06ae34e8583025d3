"""Exports: a complete hold, sealed for somebody outside, and handed over."""

import logging
from dataclasses import dataclass, replace
from errno import ENOSPC
from pathlib import Path

from sqlalchemy import Connection

from sereno.access.model import Access, Permission, system_access
from sereno.access.work import Workplace
from sereno.cameras.store import find_camera
from sereno.core.errors import AppError, conflict, data_loss, not_found
from sereno.core.ids import ExportId, HoldId, new_id
from sereno.evidence import holds, store
from sereno.evidence.events import ExportChanged
from sereno.evidence.keys import SiteKey
from sereno.evidence.manifest import Origin
from sereno.evidence.model import Export, ExportState
from sereno.evidence.seal import Package, seal
from sereno.evidence.store import StoredExport
from sereno.evidence.vault import Vault
from sereno.evidence.words import checked_words
from sereno.incidents.service import Incidents, TimelineNote

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingSite:
    """What a package says of the centre it comes from."""

    name: str
    timezone: str
    """IANA zone."""
    tool: str
    """Name and version of this software."""


class Exports:
    def __init__(
        self, workplace: Workplace, incidents: Incidents, vault: Vault, key: SiteKey, site: SealingSite
    ) -> None:
        self._workplace = workplace
        self._incidents = incidents
        self._vault = vault
        self._key = key
        self._site = site

    def request(self, access: Access, hold_id: HoldId, purpose: str) -> Export:
        """Sealed in the background, as soon as the hold has everything. Raises: AppError not_found, invalid."""
        words = checked_words("purpose", purpose)
        with self._workplace.work(access, Permission.EVIDENCE_EXPORT) as work:
            stored = holds.found(work.connection, access, hold_id)
            export = Export(
                id=ExportId(new_id(work.at)),
                hold_id=hold_id,
                incident_id=stored.hold.incident_id,
                camera_id=stored.hold.camera_id,
                state=ExportState.SEALING,
                requested_by_name=access.name,
                requested_at=work.at,
                purpose=words,
            )
            fact = ExportChanged(id=work.fact_id(), at=work.at, caused_by=stored.last_fact_id, export=export)
            store.add_export(work.connection, export, fact.id)
            work.tell(fact)
            work.audit("export.request", export.id, hold=hold_id, purpose=words)
        return export

    def find(self, access: Access, export_id: ExportId) -> Export:
        """Raises: AppError not_found."""
        with self._workplace.look(access, Permission.EVIDENCE_VIEW) as connection:
            return _found(connection, access, export_id).export

    def hand_over(self, access: Access, export_id: ExportId) -> Path:
        """The package's file; the audit log says who took it.

        Raises: AppError not_found, conflict while it is not sealed, data_loss when the file is gone.
        """
        with self._workplace.work(access, Permission.EVIDENCE_EXPORT) as work:
            export = _found(work.connection, access, export_id).export
            if export.state is not ExportState.SEALED:
                raise conflict("export_not_sealed", f"The export is {export.state}.", "Wait until it is sealed.")
            path = self._vault.export_path(export_id)
            if not path.is_file():
                raise data_loss("export_file_missing", f"The package {export.file_name} is gone.", "Export again.")
            work.audit("export.download", export_id, sha256=export.sha256)
        return path

    def seal_waiting(self) -> None:
        """Seals what waits and can be sealed; called again and again, by one thread."""
        with self._workplace.database.read() as connection:
            waiting = store.exports_to_seal(connection)
        for stored in waiting:
            self._settle(stored)

    def _settle(self, stored: StoredExport) -> None:
        try:
            outcome = self._sealed(stored.export)
        except AppError as error:
            outcome = replace(stored.export, state=ExportState.FAILED, failure=str(error))
        except OSError as error:
            cause = (
                "The disk is full." if error.errno == ENOSPC else f"The package cannot be written: {error.strerror}."
            )
            outcome = replace(stored.export, state=ExportState.FAILED, failure=f"{cause} Free space and export again.")
        if outcome.failure:
            log.error("export=%s failed: %s", outcome.id, outcome.failure)
        access = system_access("evidence")
        with self._workplace.work(access, Permission.EVIDENCE_EXPORT) as work:
            fact = ExportChanged(id=work.fact_id(), at=work.at, caused_by=stored.last_fact_id, export=outcome)
            store.save_export(work.connection, outcome, fact.id)
            work.tell(fact)
            act = "export.seal" if outcome.state is ExportState.SEALED else "export.fail"
            work.audit(act, outcome.id, sha256=outcome.sha256, failure=outcome.failure)
            if outcome.incident_id is not None and outcome.state is ExportState.SEALED:
                incident = self._incidents.stored(work.connection, access, outcome.incident_id).incident
                note = TimelineNote(
                    kind="ExportSealed",
                    by_name=outcome.requested_by_name,
                    refers_to=outcome.id,
                    text=outcome.purpose,
                    caused_by=fact.id,
                )
                self._incidents.add_entry(work, incident, note)

    def _sealed(self, export: Export) -> Export:
        at = self._workplace.clock.now()
        with self._workplace.database.read() as connection:
            package = self._package(connection, export)
        target = self._vault.export_path(export.id)
        written = seal(package, self._key, target)
        return replace(
            export,
            state=ExportState.SEALED,
            file_name=target.name,
            size=written.size,
            sha256=written.sha256,
            sealed_at=at,
        )

    def _package(self, connection: Connection, export: Export) -> Package:
        access = system_access("evidence")
        hold = holds.found(connection, access, export.hold_id).hold
        segments = store.segments_of(connection, hold.id)
        if not segments:
            raise data_loss("footage_missing", "The hold has no footage: the camera was away all the time.")
        number = ""
        if hold.incident_id is not None:
            number = self._incidents.stored(connection, access, hold.incident_id).incident.number
        camera = find_camera(connection, hold.camera_id)
        origin = Origin(
            tool=self._site.tool,
            site=self._site.name,
            timezone=self._site.timezone,
            key_fingerprint=self._key.fingerprint,
            camera_name=camera.name if camera is not None else hold.camera_id,
            incident_number=number,
        )
        return Package(
            origin=origin,
            hold=hold,
            export=export,
            sealed_at=self._workplace.clock.now(),
            segments=[(segment, self._vault.segment_path(hold.id, segment)) for segment in segments],
        )


def _found(connection: Connection, access: Access, export_id: ExportId) -> StoredExport:
    stored = store.find_export(connection, access, export_id)
    if stored is None:
        raise not_found("export_unknown", f"There is no export {export_id}.")
    return stored
