"""Sealed packages of made-up footage, for tests of sealing and verifying."""

import hashlib
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from sereno.core.ids import CameraId, ExportId, HoldId, IncidentId, SegmentId
from sereno.core.media_time import MediaTicks, WallTicks, ticks_of_seconds, wall_ticks
from sereno.evidence.keys import SiteKey
from sereno.evidence.manifest import Origin
from sereno.evidence.model import Export, ExportState, Hold, HoldState
from sereno.evidence.seal import Package, Sealed, seal
from sereno.evidence.zip_layout import Entry, directory, local_header
from sereno.recording.chain import chain_value
from sereno.recording.model import GENESIS, Segment

BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SEGMENT_S = 60
CAMERA = CameraId("01camera")
HOLD = Hold(
    id=HoldId("01hold"),
    incident_id=IncidentId("01incident"),
    camera_id=CAMERA,
    began=BEGAN,
    ended=BEGAN + timedelta(seconds=3 * SEGMENT_S),
    reason="Prueba del incidente",
    placed_by_name="Ana",
    placed_at=BEGAN,
    state=HoldState.COMPLETE,
)
EXPORT = Export(
    id=ExportId("01export"),
    hold_id=HOLD.id,
    incident_id=HOLD.incident_id,
    camera_id=CAMERA,
    state=ExportState.SEALING,
    requested_by_name="Ana Ñandú",
    requested_at=BEGAN,
    purpose="Fiscalía de turno",
)


@cache
def site_key(name: str = "ours") -> SiteKey:
    """One key per name for the whole run: making one takes a second."""
    return SiteKey(rsa.generate_private_key(public_exponent=65_537, key_size=3072))


def origin(key: SiteKey) -> Origin:
    return Origin(
        tool="Sereno test",
        site="Villa Serena",
        timezone="America/Argentina/Buenos_Aires",
        key_fingerprint=key.fingerprint,
        camera_name="Plaza norte",
        incident_number="2026-000001",
    )


def write_segments(
    folder: Path, count: int = 3, first: int = 7, footage: bytes | None = None
) -> list[tuple[Segment, Path]]:
    """Chained segments with files of some hundred bytes, or all with the same ``footage``.

    The first is chained as the first version did, as in an archive that is older than the second.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made: list[tuple[Segment, Path]] = []
    previous = GENESIS
    for number in range(first, first + count):
        content = footage or hashlib.shake_128(str(number).encode()).digest(300 + number)
        path = folder / f"{number:08d}.mp4"
        path.write_bytes(content)
        started = BEGAN + timedelta(seconds=(number - first) * SEGMENT_S)
        segment = Segment(
            id=SegmentId(f"01segment{number}"),
            camera_id=CAMERA,
            number=number,
            path=path.name,
            started_wall=wall_ticks(started),
            started_media=MediaTicks((number - first) * SEGMENT_S * 90_000),
            duration=ticks_of_seconds(SEGMENT_S),
            frames=900,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            previous_chain=previous,
            chain="",
            codec="avc1.64001f" if number % 2 else "avc1.64001f,mp4a.40.2",  # every other one with sound
            end_reason="rotated",
            camera_offset=None if number == first + 1 else -4_500,
            chain_version=1 if number == first else 2,
        )
        segment = chained(segment)
        previous = segment.chain
        made.append((segment, path))
    return made


def chained(segment: Segment) -> Segment:
    return replace(segment, chain=chain_value(segment))


@dataclass(frozen=True, slots=True)
class Made:
    path: Path
    sealed: Sealed
    segments: tuple[tuple[Segment, Path], ...]


def make_package(
    folder: Path,
    segments: list[tuple[Segment, Path]] | None = None,
    key: SiteKey | None = None,
    named_key: SiteKey | None = None,
) -> Made:
    """A package in ``folder``; ``named_key`` is what the manifest says when it lies about ``key``."""
    key = key or site_key()
    made = segments if segments is not None else write_segments(folder / "archive")
    package = Package(
        origin=origin(named_key or key),
        hold=HOLD,
        export=EXPORT,
        sealed_at=BEGAN + timedelta(hours=1),
        segments=made,
    )
    path = folder / "package.zip"
    return Made(path, seal(package, key, path), tuple(made))


def rewrite(source: Path, target: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Path:
    """A package whose files were exchanged by somebody who knows the layout."""
    with zipfile.ZipFile(source) as archive:
        files = change({name: archive.read(name) for name in archive.namelist()})
    entries = [Entry(name, len(content), zlib.crc32(content)) for name, content in files.items()]
    body = b"".join(local_header(entry) + files[entry.name] for entry in entries)
    target.write_bytes(body + directory(entries))
    return target


def later(ticks: WallTicks, seconds: float) -> WallTicks:
    return WallTicks(ticks + ticks_of_seconds(seconds))
