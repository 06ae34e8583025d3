"""A delivery: a finished file in a spool folder and, written last, a small description beside it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from sereno.core.ids import CameraId, SegmentId, is_id
from sereno.recording.model import RECORDED_HERE, Origin
from sereno.runtime.atomic_file import replace_file

SPOOL = Path("devices", "spool")
"""In the centre's folder: where the devices process puts what it fetched from cards."""
ARRIVING = ".arriving"
"""How a delivery's copy in a camera's folder is called until it has its number: it may be cut off, and is made anew."""
MAX_DESCRIPTION_BYTES = 4_096
MAX_FOOTAGE_BYTES = 512 << 20
MAX_WAITING = 64
"""Deliveries in a spool; who brings more must wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """``NAME.mp4`` is our own kind of file (``recording.chunks``) whose decode times become wall ticks by our clock."""

    id: SegmentId
    camera_id: CameraId
    origin: Origin
    camera_offset: int | None
    """The camera's clock minus ours, in ticks."""
    size: int
    sha256: str
    wall_offset: int = 0
    """What the decode times in the file need, in ticks, to become wall time."""


_DELIVERY = TypeAdapter(Delivery)


def footage_path(spool: Path, segment_id: SegmentId) -> Path:
    return spool / f"{segment_id}.mp4"


def hand_over(spool: Path, delivery: Delivery) -> None:
    """The file lies there, whole and durable: now it counts."""
    replace_file(spool / f"{delivery.id}.json", _DELIVERY.dump_json(delivery), mode=0o640)


def waiting(spool: Path) -> Iterator[Delivery]:
    """What was handed over, oldest first. A description that does not fit its file name or cannot be read is removed:
    who wrote it may have been taken over by a camera."""
    for path in sorted(spool.glob("*.json"))[:MAX_WAITING] if spool.is_dir() else ():
        delivery = _read(path)
        if delivery is None:
            path.unlink(missing_ok=True)
            path.with_suffix(".mp4").unlink(missing_ok=True)
        else:
            yield delivery


def drop(spool: Path, delivery: Delivery) -> None:
    footage_path(spool, delivery.id).unlink(missing_ok=True)
    (spool / f"{delivery.id}.json").unlink(missing_ok=True)


def is_whole(spool: Path, delivery: Delivery) -> bool:
    """The file has the size and hash that were told."""
    path = footage_path(spool, delivery.id)
    if path.is_symlink() or not path.is_file() or path.stat().st_size != delivery.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == delivery.sha256


def _read(path: Path) -> Delivery | None:
    if path.is_symlink() or path.stat().st_size > MAX_DESCRIPTION_BYTES or not is_id(path.stem):
        return None
    try:
        delivery = _DELIVERY.validate_json(path.read_bytes())
    except ValidationError:
        return None
    fits = delivery.id == path.stem and 0 < delivery.size <= MAX_FOOTAGE_BYTES and delivery.origin not in RECORDED_HERE
    return delivery if fits else None
