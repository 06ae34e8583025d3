"""Checks a package as somebody who trusts nobody would; shares no code with what seals it."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from sereno.evidence.package_reader import BrokenPackageError, PackageReader, StoredFile
from sereno.evidence.verdict import Fault, Finding, Proof, Verdict

_TICKS_PER_S = 90_000
_GAP_TICKS = _TICKS_PER_S
"""A shorter pause between two segments is not worth a note."""
_BLOCK_BYTES = 1 << 20
_SMALL_BYTES = 32 << 20
_SALT_BYTES = 32
_KEY_BITS = 3072
_PROOF_FILES = ("manifest.json", "manifest.sig", "site-key.pem")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class SiteClaim(_Strict):
    name: str
    timezone: str
    key_fingerprint: str


class ExportClaim(_Strict):
    id: str
    purpose: str
    requested_by: str
    requested_at: AwareDatetime
    sealed_at: AwareDatetime


class HoldClaim(_Strict):
    id: str
    reason: str
    placed_by: str
    placed_at: AwareDatetime
    began: AwareDatetime
    ended: AwareDatetime


class IncidentClaim(_Strict):
    id: str
    number: str


class CameraClaim(_Strict):
    id: str
    name: str


class FileClaim(_Strict):
    file: str
    size: int
    sha256: str
    crc32: int


class SegmentClaim(FileClaim):
    id: str
    number: int
    started_wall: int
    started_media: int
    duration: int
    frames: int
    codec: str
    end_reason: str
    previous_chain: str
    chain: str
    origin: str = "live"
    camera_offset: int | None = None
    chain_version: Literal[1, 2] = 1
    """Packages sealed before there was a second one do not say it."""


class ManifestClaim(_Strict):
    format: str
    tool: str
    site: SiteClaim
    export: ExportClaim
    hold: HoldClaim
    incident: IncidentClaim | None
    camera: CameraClaim
    segments: tuple[SegmentClaim, ...]
    documents: tuple[FileClaim, ...]


@dataclass(frozen=True, slots=True)
class _Seal:
    """What the key and the signature say."""

    fingerprint: str
    findings: tuple[Finding, ...]


def verify_package(path: Path, expected_fingerprint: str | None = None) -> Verdict:
    """The verdict on the package in ``path``; every fault is told, not only the first.

    ``expected_fingerprint``: of the centre's key, as it publishes it; spaces and case do not matter.
    """
    try:
        with PackageReader(path) as package:
            return _verify(package, expected_fingerprint)
    except BrokenPackageError as error:
        return Verdict(valid=False, findings=(error.finding,))


def _verify(package: PackageReader, expected_fingerprint: str | None) -> Verdict:
    stored = {file.name: file for file in package.files}
    missing = [name for name in _PROOF_FILES if name not in stored]
    if missing or len(stored) != len(package.files):
        what = f"These files are missing: {', '.join(missing)}." if missing else "Two files have the same name."
        return Verdict(valid=False, findings=(Finding(Fault.FILES_DIFFER, what),))
    manifest_file, signature_file, key_file = (stored[name] for name in _PROOF_FILES)
    content, signature, pem = (_whole(package, file) for file in (manifest_file, signature_file, key_file))
    seal = _check_seal(content, signature, pem)
    findings = [*seal.findings, *_check_crcs(package, (manifest_file, signature_file, key_file))]
    try:
        manifest = ManifestClaim.model_validate_json(content)
    except ValidationError:
        unreadable = Finding(Fault.MANIFEST_UNREADABLE, "The manifest cannot be read.", *_place(manifest_file))
        return Verdict(valid=False, findings=(*findings, unreadable))
    findings += _check_key(manifest, seal.fingerprint, expected_fingerprint)
    findings += _check_list(manifest, package.files)
    findings += _check_files(package, manifest, stored)
    findings += _check_chain(manifest.segments, manifest.camera.id)
    return Verdict(
        valid=not findings,
        findings=tuple(findings),
        notes=tuple(_notes(manifest)),
        proof=_proof(manifest, seal.fingerprint),
    )


def _whole(package: PackageReader, file: StoredFile) -> bytes:
    if file.size > _SMALL_BYTES:
        raise BrokenPackageError(Finding(Fault.LAYOUT_BROKEN, "The file is larger than it can be.", *_place(file)))
    return package.read(file.began, file.size)


def _place(file: StoredFile) -> tuple[str, int, int]:
    return file.name, file.began, file.ended


def _check_seal(manifest: bytes, signature: bytes, pem: bytes) -> _Seal:
    try:
        key = load_pem_public_key(pem)
    except ValueError:
        key = None
    if not isinstance(key, RSAPublicKey) or key.key_size < _KEY_BITS:
        return _Seal("", (Finding(Fault.KEY_UNREADABLE, "The public key cannot be read.", "site-key.pem"),))
    fingerprint = sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    findings = []
    if key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) != pem:
        findings.append(Finding(Fault.KEY_UNREADABLE, "The public key is not written as it was.", "site-key.pem"))
    try:
        key.verify(signature, manifest, padding.PSS(padding.MGF1(SHA256()), _SALT_BYTES), SHA256())
    except InvalidSignature:
        what = "The signature does not fit the manifest: one of the two, or the key, was changed."
        findings.append(Finding(Fault.SIGNATURE_WRONG, what, "manifest.json"))
    return _Seal(fingerprint, tuple(findings))


def _check_crcs(package: PackageReader, files: Sequence[StoredFile]) -> Iterator[Finding]:
    for file in files:
        if zlib.crc32(package.read(file.began, file.size)) != file.crc32:
            yield Finding(Fault.LAYOUT_BROKEN, "The file's check sum in the ZIP is wrong.", *_place(file))


def _check_key(manifest: ManifestClaim, fingerprint: str, expected: str | None) -> Iterator[Finding]:
    if manifest.format != "sereno-evidence-1":
        yield Finding(Fault.MANIFEST_UNREADABLE, f"The format {manifest.format!r} is not known here.", "manifest.json")
    if manifest.site.key_fingerprint != fingerprint:
        yield Finding(Fault.KEY_MISMATCH, "The key is not the one that the manifest names.", "site-key.pem")
    if expected is not None and "".join(expected.lower().split()) != fingerprint:
        what = "The package was sealed with another key than the one you expect: this centre did not seal it."
        yield Finding(Fault.FINGERPRINT_UNEXPECTED, what, "site-key.pem")


def _check_list(manifest: ManifestClaim, files: Sequence[StoredFile]) -> Iterator[Finding]:
    documents = [claim.file for claim in manifest.documents]
    wanted = [*documents, *_PROOF_FILES, *(claim.file for claim in manifest.segments)]
    found = [file.name for file in files]
    if found == wanted:
        return
    missing, added = [n for n in wanted if n not in found], [n for n in found if n not in wanted]
    what = [f"missing: {', '.join(missing)}"] if missing else []
    what += [f"added: {', '.join(added)}"] if added else []
    yield Finding(Fault.FILES_DIFFER, f"The files are not those of the manifest ({'; '.join(what) or 'other order'}).")


def _check_files(package: PackageReader, manifest: ManifestClaim, stored: dict[str, StoredFile]) -> Iterator[Finding]:
    for claim in (*manifest.documents, *manifest.segments):
        file = stored.get(claim.file)
        if file is None:
            continue
        if file.size != claim.size or _digest(package, file) != claim.sha256:
            named = f"Segment {claim.number}" if isinstance(claim, SegmentClaim) else "The document"
            yield Finding(Fault.FILE_CHANGED, f"{named} was changed after it was sealed.", *_place(file))
        elif file.crc32 != claim.crc32:
            yield Finding(Fault.LAYOUT_BROKEN, "The file's check sum in the ZIP is wrong.", *_place(file))


def _digest(package: PackageReader, file: StoredFile) -> str:
    digest = sha256()
    for at in range(file.began, file.ended, _BLOCK_BYTES):
        digest.update(package.read(at, min(_BLOCK_BYTES, file.ended - at)))
    return digest.hexdigest()


def _check_chain(segments: Sequence[SegmentClaim], camera_id: str) -> Iterator[Finding]:
    for claim in segments:
        if _chain(claim, camera_id) != claim.chain:
            what = f"The facts of segment {claim.number} are not those it was recorded with."
            yield Finding(Fault.CHAIN_BROKEN, what, claim.file)
    for before, after in pairwise(segments):
        if after.number <= before.number:
            yield Finding(Fault.CHAIN_BROKEN, f"Segment {after.number} stands after {before.number}.", after.file)
        elif after.number == before.number + 1 and after.previous_chain != before.chain:
            what = f"Segment {after.number} does not follow from {before.number}."
            yield Finding(Fault.CHAIN_BROKEN, what, after.file)


def _chain(claim: SegmentClaim, camera_id: str) -> str:
    """Source: docs/design/evidence.md, the chain from birth."""
    c = claim
    mark = f"sereno-segment-{c.chain_version}"
    line = f"{mark} {c.previous_chain} {camera_id} {c.number} {c.id} {c.started_wall} {c.started_media}"
    line += f" {c.duration} {c.frames} {c.size} {c.sha256} {c.codec} {c.end_reason}"
    if c.chain_version == 2:
        line += f" {c.origin} {'-' if c.camera_offset is None else c.camera_offset}"
    return sha256(line.encode()).hexdigest()


def _instant(ticks: int) -> datetime:
    return _EPOCH + timedelta(seconds=ticks // _TICKS_PER_S, microseconds=ticks % _TICKS_PER_S * 100 // 9)


def _notes(manifest: ManifestClaim) -> Iterator[str]:
    segments = manifest.segments
    for before, after in pairwise(segments):
        ended = before.started_wall + before.duration
        if after.number > before.number + 1:
            yield f"Segments {before.number + 1} to {after.number - 1} are not in the package."
        if after.started_wall - ended > _GAP_TICKS:
            gap = f"{_instant(ended).isoformat()} to {_instant(after.started_wall).isoformat()}"
            yield f"There is no picture from {gap} ({before.end_reason})."
    if segments and _instant(segments[0].started_wall) > manifest.hold.began:
        yield f"The footage begins at {_instant(segments[0].started_wall).isoformat()}, later than the hold."
    if segments and _instant(segments[-1].started_wall + segments[-1].duration) < manifest.hold.ended:
        ended_at = _instant(segments[-1].started_wall + segments[-1].duration)
        yield f"The footage ends at {ended_at.isoformat()}, earlier than the hold."


def _proof(manifest: ManifestClaim, fingerprint: str) -> Proof:
    segments = manifest.segments
    last = segments[-1].started_wall + segments[-1].duration if segments else 0
    return Proof(
        site=manifest.site.name,
        key_fingerprint=fingerprint,
        export_id=manifest.export.id,
        purpose=manifest.export.purpose,
        requested_by=manifest.export.requested_by,
        sealed_at=manifest.export.sealed_at,
        camera=manifest.camera.name,
        began=_instant(segments[0].started_wall) if segments else manifest.hold.began,
        ended=_instant(last) if segments else manifest.hold.ended,
        incident_number=manifest.incident.number if manifest.incident else "",
        segments=len(segments),
        first_chain=segments[0].chain if segments else "",
        last_chain=segments[-1].chain if segments else "",
    )
