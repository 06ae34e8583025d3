"""Where held footage and sealed packages lie; a hold has links of its own, which no deletion in the archive reaches."""

import errno
import os
import shutil
from pathlib import Path

from sereno.core.ids import ExportId, HoldId
from sereno.evidence.manifest import segment_file
from sereno.recording.model import Segment


class Vault:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def segment_path(self, hold_id: HoldId, segment: Segment) -> Path:
        return self._folder / "holds" / hold_id / Path(segment_file(segment)).name

    def export_path(self, export_id: ExportId) -> Path:
        return self._folder / "exports" / f"{export_id}.zip"

    def keep(self, hold_id: HoldId, segment: Segment, source: Path) -> bool:
        """A hard link, or a copy when the archive is on another disk; durable when this returns.

        False when the archive has just let go of the footage.
        """
        target = self.segment_path(hold_id, segment)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except FileExistsError:
            return True  # linked before a crash that came before the row
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP):
                raise
            _copy(source, target)
        _sync(target.parent)
        return True


def _copy(source: Path, target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    with source.open("rb") as original, part.open("wb") as copy:
        shutil.copyfileobj(original, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())
    part.rename(target)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
