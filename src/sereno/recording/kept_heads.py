"""Chain heads that left the centre: who keeps them sees later whether a camera's newest rows were removed or changed.

A file of ASCII lines, each the line that was signed (``recording.heads``), the signer's key and the signature:

    sereno-head-1 ARCHIVE_ID CAMERA_ID NUMBER CHAIN AT SIGNER SIGNATURE
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sereno.core.errors import AppError, invalid
from sereno.core.ids import CameraId
from sereno.recording.heads import SignedHead, head_line, heads_of, signature_holds
from sereno.recording.journal import Journal
from sereno.recording.model import Segment

MAX_FILE_BYTES = 4_000_000
_MARK = "sereno-head-1"


@dataclass(frozen=True, slots=True)
class KeptHead:
    archive_id: str
    head: SignedHead


def newest_heads(journal: Journal) -> Iterator[KeptHead]:
    """Of every camera that has a signed head."""
    archive_id = journal.archive_id()
    for camera_id in sorted(journal.camera_ids()):
        for head in heads_of(journal, camera_id)[-1:]:
            yield KeptHead(archive_id, head)


def written(kept: KeptHead) -> str:
    head = kept.head
    line = head_line(kept.archive_id, head.camera_id, head.number, head.chain, head.at)
    return f"{line} {head.signer} {head.signature}"


def read_kept(content: bytes) -> tuple[KeptHead, ...]:
    """Raises: AppError invalid ``heads_garbled``."""
    try:
        return tuple(_read(line) for line in content.decode("ascii").splitlines())
    except ValueError:
        raise _garbled() from None


def _read(line: str) -> KeptHead:
    mark, archive_id, camera_id, number, chain, at, signer, signature = line.split(" ")
    if mark != _MARK:
        raise ValueError
    head = SignedHead(
        camera_id=CameraId(camera_id),
        number=int(number),
        chain=chain,
        at=datetime.fromisoformat(at),
        signer=signer,
        signature=signature,
    )
    return KeptHead(archive_id, head)


def _garbled() -> AppError:
    return invalid(
        "heads_garbled",
        "This is no file of chain heads, or it was changed.",
        "Name a file that sereno recordings heads wrote.",
    )


def contradictions(archive_id: str, kept: Sequence[KeptHead], life: Sequence[Segment]) -> Iterator[str]:
    """Where a camera's whole life is not the one that its kept heads vouch for, each a sentence."""
    chains = {segment.number: segment.chain for segment in life}
    last = max(chains, default=0)
    for each in kept:
        head = each.head
        name = f"The kept head of segment {head.number}, signed {head.at:%Y-%m-%d %H:%M}Z,"
        if each.archive_id != archive_id:
            yield f"{name} belongs to another archive."
        elif not signature_holds(archive_id, head):
            yield f"{name} has a wrong signature."
        elif head.number > last:
            yield f"{name} is newer than the journal, which ends at segment {last}: rows were removed."
        elif chains.get(head.number) != head.chain:
            yield f"{name} vouches for another segment than the journal's."
