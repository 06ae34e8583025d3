"""The manifest: what is in a package, why it was made and by whom. The signature is over its bytes."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sereno.evidence.model import Export, Hold
from sereno.recording.model import Segment

FORMAT = "sereno-evidence-1"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
PUBLIC_KEY = "site-key.pem"
READ_ME = "LEEME.txt"
VERIFIER = "verify.html"


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file of the package that the manifest vouches for."""

    file: str
    size: int
    sha256: str
    crc32: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a package comes from."""

    tool: str
    """Name and version of the software that sealed it."""
    site: str
    """Name of the centre."""
    timezone: str
    """IANA zone in which the centre reads its clock."""
    key_fingerprint: str
    camera_name: str
    incident_number: str
    """What people call the incident; empty when the hold belongs to none."""


def segment_file(segment: Segment) -> str:
    return f"segments/{segment.number:08d}.mp4"


def manifest_json(
    origin: Origin,
    hold: Hold,
    export: Export,
    sealed_at: datetime,
    segments: Sequence[tuple[Segment, SealedFile]],
    documents: Sequence[SealedFile],
) -> bytes:
    """Units: instants ISO 8601 in UTC; ``started_*`` and ``duration`` in ticks of 1/90,000 s."""
    content = {
        "format": FORMAT,
        "tool": origin.tool,
        "site": {"name": origin.site, "timezone": origin.timezone, "key_fingerprint": origin.key_fingerprint},
        "export": {
            "id": export.id,
            "purpose": export.purpose,
            "requested_by": export.requested_by_name,
            "requested_at": export.requested_at.isoformat(),
            "sealed_at": sealed_at.isoformat(),
        },
        "hold": {
            "id": hold.id,
            "reason": hold.reason,
            "placed_by": hold.placed_by_name,
            "placed_at": hold.placed_at.isoformat(),
            "began": hold.began.isoformat(),
            "ended": hold.ended.isoformat(),
        },
        "incident": {"id": hold.incident_id, "number": origin.incident_number} if hold.incident_id else None,
        "camera": {"id": hold.camera_id, "name": origin.camera_name},
        "segments": [_segment_facts(segment, sealed) for segment, sealed in segments],
        "documents": [asdict(document) for document in documents],
    }
    return json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"


def _segment_facts(segment: Segment, sealed: SealedFile) -> dict[str, str | int | None]:
    return {
        **asdict(sealed),
        "id": segment.id,
        "number": segment.number,
        "started_wall": segment.started_wall,
        "started_media": segment.started_media,
        "duration": segment.duration,
        "frames": segment.frames,
        "codec": segment.codec,
        "end_reason": segment.end_reason,
        "origin": segment.origin,
        "camera_offset": segment.camera_offset,
        "chain_version": segment.chain_version,
        "previous_chain": segment.previous_chain,
        "chain": segment.chain,
    }
