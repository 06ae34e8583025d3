"""Cold footage that somebody wants to see: a wish, an empty file named after the segment; then the footage itself."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from sereno.core.errors import ErrorKind, RetryLaterError
from sereno.recording.model import Segment

ASSUMED_BYTES_A_S = 10_000_000
"""Of a town's line to its store: for saying how long it will take."""


def cached_path(home: Path, segment: Segment) -> Path:
    return home / "archivist" / "cache" / f"{segment.id}.mp4"


def wishes_folder(home: Path) -> Path:
    return home / "archivist" / "wishes"


def want(home: Path, segment: Segment) -> Path:
    """Where the footage lies or will lie soon: it is asked for when it is not there."""
    path = cached_path(home, segment)
    try:
        os.utime(path)  # it was used: others go first when room is needed
    except FileNotFoundError:
        with suppress(OSError):  # a full disk: somebody asks again
            wish = wishes_folder(home) / segment.id
            wish.parent.mkdir(parents=True, exist_ok=True)
            wish.touch()
    return path


def being_fetched(size: int) -> RetryLaterError:
    seconds = 2 + size // ASSUMED_BYTES_A_S
    return RetryLaterError(
        "footage_cold",
        f"This footage lies in the cold store and is being fetched: about {seconds} s.",
        "Play it again then.",
        seconds,
        ErrorKind.UNAVAILABLE,
    )


def keep_within(folder: Path, limit_bytes: int) -> None:
    """Deletes what was used longest ago until the rest fits."""
    found = sorted((each.stat().st_mtime, each.stat().st_size, each) for each in folder.glob("*.mp4"))
    total = sum(size for _, size, _ in found)
    for _, size, path in found:
        if total <= limit_bytes:
            return
        path.unlink(missing_ok=True)
        total -= size


def is_segment(path: Path, segment: Segment) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == segment.sha256
