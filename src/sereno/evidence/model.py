"""Footage as proof: a hold keeps it from deletion, an export seals it for somebody who trusts nobody."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sereno.core.ids import CameraId, ExportId, HoldId, IncidentId, SegmentId


class HoldState(StrEnum):
    COLLECTING = "collecting"
    """Some of its segments are still being recorded."""
    COMPLETE = "complete"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """``segment_ids`` are kept by a hard link of their own: no retention rule can break it."""

    id: HoldId
    incident_id: IncidentId | None
    camera_id: CameraId
    began: datetime
    ended: datetime
    reason: str
    placed_by_name: str
    placed_at: datetime
    state: HoldState
    segment_ids: tuple[SegmentId, ...] = ()


class ExportState(StrEnum):
    SEALING = "sealing"
    SEALED = "sealed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A sealed package: segments as they were born, chain proof, manifest, signature, verifier page."""

    id: ExportId
    hold_id: HoldId
    incident_id: IncidentId | None
    camera_id: CameraId
    """Who may not see this camera does not see the export."""
    state: ExportState
    requested_by_name: str
    requested_at: datetime
    purpose: str
    file_name: str = ""
    size: int = 0
    sha256: str = ""
    sealed_at: datetime | None = None
    failure: str = ""
