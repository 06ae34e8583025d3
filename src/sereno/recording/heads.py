"""Signed chain heads: what the recorder vouches for, at fixed intervals, so that a journal cannot be written anew.

A head is a signature by the recorder's key over one line of ASCII, fields joined by one space:

    sereno-head-1 ARCHIVE_ID CAMERA_ID NUMBER CHAIN AT

``AT`` is ISO 8601 in UTC. Whoever later changes, drops or adds a segment up to NUMBER needs that key; a copy of a head
that left the centre convicts even who has it.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Column, Connection, Integer, String, Table, insert, inspect, select

from sereno.core.clock import Clock
from sereno.core.ids import CameraId
from sereno.recording.archive import Archive
from sereno.recording.journal import Journal, journal_metadata
from sereno.recording.recorder_key import RecorderKey

log = logging.getLogger(__name__)

_signers = Table(
    "signers",
    journal_metadata,
    Column("public", String(64), primary_key=True, comment="A recorder's Ed25519 key in hex."),
    Column("certificate", String, primary_key=True, comment="The site's signature over it in hex; may be empty."),
)
_heads = Table(
    "heads",
    journal_metadata,
    Column("camera_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="Of the segment that is vouched for."),
    Column("chain", String(64), nullable=False),
    Column("at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("signer", String(64), nullable=False),
    Column("signature", String(128), nullable=False, comment="Ed25519 in hex; see recording.heads."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    camera_id: CameraId
    number: int
    chain: str
    at: datetime
    signer: str
    """The recorder's public key, 64 hexadecimal digits."""
    signature: str


def head_line(archive_id: str, camera_id: CameraId, number: int, chain: str, at: datetime) -> str:
    """The text that is signed."""
    return f"sereno-head-1 {archive_id} {camera_id} {number} {chain} {at.isoformat()}"


def signature_holds(archive_id: str, head: SignedHead) -> bool:
    line = head_line(archive_id, head.camera_id, head.number, head.chain, head.at)
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.signer))
        key.verify(bytes.fromhex(head.signature), line.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


class HeadSigner:
    """Called by the keeper's thread; a head that did not move is not signed again."""

    def __init__(self, archive: Archive, key: RecorderKey, every_s: float, clock: Clock) -> None:
        self._archive = archive
        self._archive_id = archive.journal.archive_id()
        self._key = key
        self._every_s = every_s
        self._clock = clock
        self._next_s = clock.monotonic_s() + every_s
        self._signed: dict[CameraId, int] = {}
        self._introduced = False

    def step(self) -> None:
        if self._clock.monotonic_s() >= self._next_s:
            self._next_s = self._clock.monotonic_s() + self._every_s
            self.sign_all()

    def sign_all(self) -> None:
        """The present head of every camera that recorded since."""
        moved = {
            camera_id: head
            for camera_id, head in self._archive.heads().items()
            if head.number > self._signed.get(camera_id, 0)
        }
        if not moved:
            return
        at = self._clock.now()
        heads = [
            SignedHead(
                camera_id=camera_id,
                number=head.number,
                chain=head.chain,
                at=at,
                signer=self._key.public,
                signature=self._key.sign(head_line(self._archive_id, camera_id, head.number, head.chain, at)),
            )
            for camera_id, head in moved.items()
        ]
        with self._archive.journal.database.write() as connection:
            if not self._introduced:
                signer = {"public": self._key.public, "certificate": self._key.certificate}
                connection.execute(insert(_signers).prefix_with("OR IGNORE"), signer)
            _add(connection, heads)
        self._introduced = True
        self._signed |= {camera_id: head.number for camera_id, head in moved.items()}
        log.info("signed %d chain heads", len(heads))


def _add(connection: Connection, heads: Iterable[SignedHead]) -> None:
    for head in heads:
        row = {name: getattr(head, name) for name in ("camera_id", "number", "chain", "signer", "signature")}
        # a head that was signed before this recorder started is signed for good
        connection.execute(insert(_heads).prefix_with("OR IGNORE"), {**row, "at": head.at.isoformat()})


def heads_of(journal: Journal, camera_id: CameraId) -> list[SignedHead]:
    """By number; empty for a journal that is older than signed heads."""
    if not inspect(journal.database.engine).has_table("heads"):
        return []
    query = select(_heads).where(_heads.c.camera_id == camera_id).order_by(_heads.c.number)
    with journal.database.read() as connection:
        return [
            SignedHead(**{**row._mapping, "at": datetime.fromisoformat(row.at)}) for row in connection.execute(query)
        ]


def certificates(journal: Journal) -> dict[str, tuple[str, ...]]:
    """What sites signed over each recorder's key."""
    if not inspect(journal.database.engine).has_table("signers"):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    with journal.database.read() as connection:
        for row in connection.execute(select(_signers)):
            found[row.public] = (*found.get(row.public, ()), row.certificate)
    return found
