"""What a check of a package finds, in words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Fault(StrEnum):
    """Why a package is not valid. The verifier page knows the same codes."""

    NOT_A_PACKAGE = "not_a_package"
    LAYOUT_BROKEN = "layout_broken"
    MANIFEST_UNREADABLE = "manifest_unreadable"
    KEY_UNREADABLE = "key_unreadable"
    KEY_MISMATCH = "key_mismatch"
    FINGERPRINT_UNEXPECTED = "fingerprint_unexpected"
    SIGNATURE_WRONG = "signature_wrong"
    FILES_DIFFER = "files_differ"
    FILE_CHANGED = "file_changed"
    CHAIN_BROKEN = "chain_broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is broken. Units: ``began`` and ``ended`` are bytes of the package, ``ended`` exclusive."""

    fault: Fault
    message: str
    file: str = ""
    began: int | None = None
    ended: int | None = None

    def __str__(self) -> str:
        place = f" [{self.file}]" if self.file else ""
        span = f" (bytes {self.began}-{self.ended - 1})" if self.began is not None and self.ended is not None else ""
        return f"{self.message}{place}{span}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a valid package proves; in a broken one, only what it claims."""

    site: str
    key_fingerprint: str
    """Of the key that lies in the package, not of what the manifest says."""
    export_id: str
    purpose: str
    requested_by: str
    sealed_at: datetime
    camera: str
    began: datetime
    ended: datetime
    incident_number: str
    segments: int
    first_chain: str
    last_chain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``notes`` do not break a package: they say what its footage does not show."""

    valid: bool
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    proof: Proof | None = None

    def __str__(self) -> str:
        lines = ["VALID" if self.valid else "NOT VALID"]
        lines += [f"  broken: {finding}" for finding in self.findings]
        if self.proof is not None:
            proof = self.proof
            claim = "proves" if self.valid else "claims, without proof"
            lines += [
                f"  {claim}: camera {proof.camera}, {proof.began.isoformat()} to {proof.ended.isoformat()}, "
                f"{proof.segments} segments, sealed by {proof.site}",
                f"  export {proof.export_id} for {proof.requested_by}: {proof.purpose}",
                f"  key fingerprint: {proof.key_fingerprint}",
                "  Compare it with the one that the centre publishes elsewhere: another key means another centre.",
            ]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)
