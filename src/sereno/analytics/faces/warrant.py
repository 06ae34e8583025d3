"""The gate of face matching: a warrant, and what it allows where, for what and when. Pure; no model is near.

A watch-list of persons produces warrants. None of what is shipped does, and no jurisdiction that is shipped allows it:
what is unknown is refused.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sereno.access.jurisdiction import Jurisdiction
from sereno.core.errors import denied
from sereno.core.ids import CameraId, ListEntryId, PersonId

FaceVector = NDArray[np.float32]
"""(128,) float32 of length 1, made by SFace."""
APPROVERS = 2
"""Different persons, neither of whom asked for it."""


class FacePurpose(StrEnum):
    MISSING_PERSON = "missing_person"
    COURT_ORDER = "court_order"


@dataclass(frozen=True, slots=True)
class Approval:
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class SoughtFace:
    """One photo of one entry. An entry may have several."""

    entry_id: ListEntryId
    vector: FaceVector


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceWarrant:
    """Who is sought, why, by whose leave, on which cameras, from when until when (``expires_at`` is outside).

    ``entries`` names who may be sought; a vector of anybody else in ``sought`` is never compared.
    """

    purpose: FacePurpose
    legal_basis: str
    """The order: court or authority, number, date."""
    proposed_by: PersonId
    approvals: tuple[Approval, ...]
    cameras: frozenset[CameraId]
    valid_from: datetime
    expires_at: datetime
    entries: frozenset[ListEntryId]
    sought: tuple[SoughtFace, ...] = ()
    withdrawn_at: datetime | None = None

    @property
    def gallery(self) -> tuple[SoughtFace, ...]:
        return tuple(face for face in self.sought if face.entry_id in self.entries)


@dataclass(frozen=True, slots=True)
class FaceUse:
    """What somebody wants to do now: look for faces on this camera's picture, for this purpose."""

    camera_id: CameraId
    purpose: FacePurpose
    now: datetime
    """By our clock, not the camera's: an old picture does not bring an expired warrant back."""


def check_law(law: Jurisdiction) -> None:
    """Raises: AppError denied unless the jurisdiction is known to allow it."""
    if law.face_matching.value is not True:
        raise denied(
            "face_law",
            f"The rules of {law.title or law.name} do not allow faces to be compared.",
            "Only a law that names it opens this; see access/jurisdictions.",
        )


def check_approval(warrant: FaceWarrant, now: datetime) -> None:
    """Raises: AppError denied unless it is approved, stands and is in date."""
    approvers = {approval.by for approval in warrant.approvals if approval.at <= now} - {warrant.proposed_by}
    if len(approvers) < APPROVERS:
        raise denied(
            "face_unapproved",
            f"The warrant has {len(approvers)} of {APPROVERS} approvals by persons other than its proposer.",
            "Have it approved first.",
        )
    if not warrant.legal_basis.strip():
        raise denied("face_no_basis", "The warrant names no legal basis.", "Name the order: authority, number, date.")
    if warrant.withdrawn_at is not None and warrant.withdrawn_at <= now:
        raise denied("face_withdrawn", "The warrant was withdrawn.", "Ask for a new one.")
    if not warrant.valid_from <= now < warrant.expires_at:
        raise denied(
            "face_out_of_date",
            f"The warrant holds from {warrant.valid_from:%Y-%m-%d %H:%M} to {warrant.expires_at:%Y-%m-%d %H:%M} UTC.",
            "Ask for a new one if the order still stands.",
        )


def check_use(warrant: FaceWarrant, use: FaceUse) -> None:
    """Raises: AppError denied unless the warrant covers this camera, purpose and instant."""
    check_approval(warrant, use.now)
    if use.purpose is not warrant.purpose:
        raise denied(
            "face_purpose",
            f"The warrant is for {warrant.purpose}, not for {use.purpose}.",
            "A warrant serves the purpose it was approved for.",
        )
    if use.camera_id not in warrant.cameras:
        raise denied("face_camera", f"The warrant does not cover camera {use.camera_id}.", "Ask for one that names it.")
