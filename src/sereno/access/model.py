"""People, roles and what they may do. Every store takes an ``Access`` and filters by it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from sereno.core.errors import denied, invalid
from sereno.core.ids import IncidentId, PersonId


class Permission(StrEnum):
    """What a route or a store asks for; the authorization matrix is generated from these and ``GRANTS``."""

    CAMERAS_VIEW = "cameras.view"
    CAMERAS_EDIT = "cameras.edit"
    CAMERAS_STEER = "cameras.steer"
    LIVE_VIEW = "live.view"
    WALLS_SHARE = "walls.share"
    PLAYBACK_VIEW = "playback.view"
    BOOKMARKS_EDIT = "bookmarks.edit"
    SEARCH_RUN = "search.run"
    SEARCH_APPEARANCE = "search.appearance"
    ALERTS_VIEW = "alerts.view"
    ALERTS_DECIDE = "alerts.decide"
    LISTS_VIEW = "lists.view"
    LISTS_PROPOSE = "lists.propose"
    LISTS_APPROVE = "lists.approve"
    INCIDENTS_VIEW = "incidents.view"
    INCIDENTS_EDIT = "incidents.edit"
    UNITS_VIEW = "units.view"
    UNITS_SEND = "units.send"
    UNITS_REPORT = "units.report"
    EVIDENCE_VIEW = "evidence.view"
    EVIDENCE_HOLD = "evidence.hold"
    EVIDENCE_EXPORT = "evidence.export"
    UPKEEP_VIEW = "upkeep.view"
    UPKEEP_EDIT = "upkeep.edit"
    AUDIT_READ = "audit.read"
    PEOPLE_EDIT = "people.edit"


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    POLICE_LIAISON = "police_liaison"
    DISPATCHER = "dispatcher"
    EVIDENCE_OFFICER = "evidence_officer"
    AUDITOR = "auditor"
    IT = "it"
    CREW = "crew"


_ROOM = {
    Permission.CAMERAS_VIEW,
    Permission.LIVE_VIEW,
    Permission.PLAYBACK_VIEW,
    Permission.ALERTS_VIEW,
    Permission.INCIDENTS_VIEW,
    Permission.UNITS_VIEW,
}
_OPERATOR = _ROOM | {Permission.ALERTS_DECIDE, Permission.INCIDENTS_EDIT, Permission.EVIDENCE_VIEW}
_OPERATOR |= {Permission.EVIDENCE_HOLD, Permission.LISTS_VIEW, Permission.UNITS_SEND, Permission.UPKEEP_VIEW}
_OPERATOR |= {Permission.CAMERAS_STEER}
_OPERATOR |= {Permission.BOOKMARKS_EDIT, Permission.SEARCH_RUN}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.SUPERVISOR: frozenset(
        _OPERATOR
        | {Permission.EVIDENCE_EXPORT, Permission.LISTS_PROPOSE, Permission.LISTS_APPROVE, Permission.AUDIT_READ}
        | {Permission.WALLS_SHARE, Permission.UPKEEP_EDIT, Permission.SEARCH_APPEARANCE}
    ),
    Role.OPERATOR: frozenset(_OPERATOR),
    Role.POLICE_LIAISON: frozenset(_OPERATOR | {Permission.LISTS_PROPOSE, Permission.SEARCH_APPEARANCE}),
    Role.DISPATCHER: frozenset(_ROOM | {Permission.INCIDENTS_EDIT, Permission.UNITS_SEND}),
    Role.EVIDENCE_OFFICER: frozenset(
        _ROOM
        | {Permission.EVIDENCE_VIEW, Permission.EVIDENCE_HOLD, Permission.EVIDENCE_EXPORT}
        | {Permission.BOOKMARKS_EDIT, Permission.SEARCH_RUN, Permission.SEARCH_APPEARANCE}
    ),
    Role.AUDITOR: frozenset({Permission.AUDIT_READ, Permission.EVIDENCE_VIEW, Permission.UPKEEP_VIEW}),
    Role.IT: frozenset(
        {Permission.CAMERAS_VIEW, Permission.CAMERAS_EDIT, Permission.CAMERAS_STEER, Permission.LIVE_VIEW}
        | {Permission.UPKEEP_VIEW, Permission.UPKEEP_EDIT}
    ),
    Role.CREW: frozenset({Permission.UNITS_REPORT}),
}


class Purpose(StrEnum):
    """Why somebody looks; written into the audit log beside who and what."""

    MONITORING = "monitoring"
    INCIDENT = "incident"
    EVIDENCE = "evidence"
    MAINTENANCE = "maintenance"
    AUDIT = "audit"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account. ``camera_groups`` empty means every group."""

    id: PersonId
    name: str
    role: Role
    camera_groups: frozenset[str] = frozenset()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks, as what, for which purpose and case; ``camera_groups`` empty means every group."""

    person_id: PersonId
    name: str
    role: Role
    purpose: Purpose
    case: IncidentId | None = None
    camera_groups: frozenset[str] = frozenset()

    def may(self, permission: Permission) -> bool:
        return self.purpose is Purpose.SYSTEM or permission in GRANTS[self.role]

    def require(self, permission: Permission) -> None:
        """Raises: AppError denied."""
        if not self.may(permission):
            raise denied("permission_missing", f"The role {self.role} does not hold {permission}.")

    def stating(self, purpose: Purpose, case: IncidentId | None) -> "Access":
        """The same person with the purpose and case that a request's body states.

        Raises: AppError invalid for the purpose ``system``, which nobody may claim.
        """
        if purpose is Purpose.SYSTEM:
            raise invalid("purpose_unknown", "The purpose system is Sereno's own.")
        return replace(self, purpose=purpose, case=case)

    def sees_group(self, group: str) -> bool:
        return not self.camera_groups or group in self.camera_groups


def system_access(part: str) -> Access:
    """The access of a part of Sereno itself (``intake``, ``exporter``); it is audited under that name."""
    return Access(PersonId(f"system:{part}"), part, Role.ADMINISTRATOR, Purpose.SYSTEM)
