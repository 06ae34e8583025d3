"""The pictures that view checks are made with and leave behind: small, grey, a few for each camera.

The analyst writes them, control shows them. Names tell the instant, so that nothing else must be kept beside them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from pydantic import TypeAdapter

from sereno.analytics.views.check import Luma
from sereno.core.ids import CameraId
from sereno.runtime.atomic_file import replace_file

SEEN_KEPT = 40
_STAMP = "%Y%m%dT%H%M%SZ"
_ORDERS = TypeAdapter(dict[CameraId, datetime])


@dataclass(frozen=True, slots=True)
class StoredPicture:
    at: datetime
    path: Path


class ViewPictures:
    """``folder`` holds a folder for each camera."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def reference(self, camera_id: CameraId) -> StoredPicture | None:
        """The one in force: the newest."""
        return next(iter(self._stored(camera_id, "reference")), None)

    def seen(self, camera_id: CameraId, began: datetime, ended: datetime) -> StoredPicture | None:
        """The newest picture in a span of time that was kept because something changed."""
        return next((one for one in self._stored(camera_id, "seen") if began <= one.at < ended), None)

    def read_reference(self, camera_id: CameraId) -> tuple[datetime, Luma] | None:
        stored = self.reference(camera_id)
        if stored is None:
            return None
        with Image.open(stored.path) as picture:
            return stored.at, np.asarray(picture.convert("L"))

    def keep_reference(self, camera_id: CameraId, at: datetime, picture: Luma) -> None:
        """Earlier ones stay: who re-aimed a camera can be asked later."""
        self._write(camera_id, f"reference-{at.astimezone(UTC).strftime(_STAMP)}.png", _coded(picture, "PNG"))

    def keep_seen(self, camera_id: CameraId, at: datetime, picture: Luma) -> None:
        self._write(camera_id, f"seen-{at.astimezone(UTC).strftime(_STAMP)}.jpg", _coded(picture, "JPEG"))
        for old in self._stored(camera_id, "seen")[SEEN_KEPT:]:
            old.path.unlink(missing_ok=True)

    def _write(self, camera_id: CameraId, name: str, content: bytes) -> None:
        folder = self._folder / camera_id
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / name, content)

    def _stored(self, camera_id: CameraId, kind: str) -> list[StoredPicture]:
        """Newest first."""
        paths = sorted((self._folder / camera_id).glob(f"{kind}-*Z.*"), reverse=True)
        return [StoredPicture(_instant(path), path) for path in paths]


def write_orders(path: Path, orders: dict[CameraId, datetime]) -> None:
    """Tell the analyst which cameras need a reference picture that is younger than an instant."""
    replace_file(path, _ORDERS.dump_json(orders))


def read_orders(path: Path) -> dict[CameraId, datetime]:
    """Empty when nobody ordered anything yet."""
    return _ORDERS.validate_json(path.read_bytes()) if path.exists() else {}


def _instant(path: Path) -> datetime:
    return datetime.strptime(path.stem.partition("-")[2], _STAMP).replace(tzinfo=UTC)


def _coded(picture: Luma, form: str) -> bytes:
    file = BytesIO()
    Image.fromarray(picture).save(file, form)
    return file.getvalue()
