"""Who may steer now: pure decisions over one lock a camera."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sereno.access.model import Access, Role
from sereno.core.ids import CameraId, PersonId

RANK: dict[Role, int] = {
    Role.POLICE_LIAISON: 3,
    Role.SUPERVISOR: 2,
    Role.ADMINISTRATOR: 2,
    Role.OPERATOR: 1,
    Role.IT: 0,
}
"""A higher rank takes a camera from a lower one. Who is not named here ranks lowest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PtzLock:
    """Who steers a camera. It ends some seconds after the last command (setting ``devices.ptz_lock_s``)."""

    camera_id: CameraId
    person_id: PersonId
    holder: str
    role: Role
    since: datetime


class Claim(StrEnum):
    FREE = "free"
    """Nobody holds it: the claim begins a session."""
    HELD = "held"
    """It is the claimant's already."""
    OUTRANKS = "outranks"
    """The claimant takes it from its holder."""
    REFUSED = "refused"


def claim(lock: PtzLock | None, access: Access) -> Claim:
    """What happens when ``access`` gives a command to a camera with ``lock``."""
    if lock is None:
        return Claim.FREE
    if lock.person_id == access.person_id:
        return Claim.HELD
    return Claim.OUTRANKS if RANK.get(access.role, 0) > RANK.get(lock.role, 0) else Claim.REFUSED
