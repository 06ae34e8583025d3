"""Makes a package: checks every segment against its birth, writes a ZIP beside its place, renames it into place."""

import hashlib
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import BinaryIO

from sereno.core.errors import data_loss
from sereno.evidence.keys import SiteKey
from sereno.evidence.manifest import (
    MANIFEST,
    PUBLIC_KEY,
    READ_ME,
    SIGNATURE,
    VERIFIER,
    Origin,
    SealedFile,
    manifest_json,
    segment_file,
)
from sereno.evidence.model import Export, Hold
from sereno.evidence.read_me import read_me
from sereno.evidence.zip_layout import Entry, directory, local_header
from sereno.recording.model import Segment

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What is to be sealed: a hold's segments, each with the path of its file."""

    origin: Origin
    hold: Hold
    export: Export
    sealed_at: datetime
    segments: Sequence[tuple[Segment, Path]]


@dataclass(frozen=True, slots=True)
class Sealed:
    """The package as it was written."""

    size: int
    sha256: str


def seal(package: Package, key: SiteKey, target: Path) -> Sealed:
    """Writes the package to ``target``; nothing is there until all of it is.

    Raises: AppError data_loss when a segment is not what it was when it was recorded.
    """
    files = [(segment, path, check_segment(segment, path)) for segment, path in package.segments]
    checked = [(segment, sealed) for segment, _, sealed in files]
    documents = {READ_ME: read_me(package.origin, package.hold, package.export), VERIFIER: verifier_page()}
    listed = [sealed_file(name, content) for name, content in documents.items()]
    manifest = manifest_json(package.origin, package.hold, package.export, package.sealed_at, checked, listed)
    proof = {MANIFEST: manifest, SIGNATURE: key.sign(manifest), PUBLIC_KEY: key.public_pem}
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            written = _Hashed(file)
            _write(written, {**documents, **proof}, [(sealed, path) for _, path, sealed in files])
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(target.parent)
    return Sealed(written.size, written.digest.hexdigest())


def verifier_page() -> bytes:
    """The page that checks packages, as it lies in each of them."""
    return resources.files("sereno.evidence").joinpath(VERIFIER).read_bytes()


def sealed_file(name: str, content: bytes) -> SealedFile:
    return SealedFile(name, len(content), hashlib.sha256(content).hexdigest(), zlib.crc32(content))


def check_segment(segment: Segment, path: Path) -> SealedFile:
    """Raises: AppError data_loss when the file is missing, or not the one that was recorded."""
    digest, crc, size = hashlib.sha256(), 0, 0
    try:
        for block in _blocks(path):
            digest.update(block)
            crc = zlib.crc32(block, crc)
            size += len(block)
    except FileNotFoundError:
        raise data_loss("segment_missing", f"The file of segment {segment.number} is gone.", _ADVICE) from None
    if size != segment.size or digest.hexdigest() != segment.sha256:
        raise data_loss("segment_changed", f"Segment {segment.number} is not what the camera recorded.", _ADVICE)
    return SealedFile(segment_file(segment), size, segment.sha256, crc)


_ADVICE = "Run `sereno recordings check`: the disk may be failing, or somebody changed the archive."


class _Hashed:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, block: bytes) -> None:
        self._file.write(block)
        self.digest.update(block)
        self.size += len(block)


def _write(out: _Hashed, contents: dict[str, bytes], segments: Sequence[tuple[SealedFile, Path]]) -> None:
    entries = []
    for name, content in contents.items():
        entries.append(Entry(name, len(content), zlib.crc32(content)))
        out.write(local_header(entries[-1]))
        out.write(content)
    for sealed, path in segments:
        entries.append(Entry(sealed.file, sealed.size, sealed.crc32))
        out.write(local_header(entries[-1]))
        crc = 0
        for block in _blocks(path):
            out.write(block)
            crc = zlib.crc32(block, crc)
        if crc != sealed.crc32:
            raise data_loss("segment_changed", f"{path} changed while it was being sealed.", _ADVICE)
    out.write(directory(entries))


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
