"""Secret keys of this machine's processes, each in a file that its owner alone can read."""

import os
import secrets
from pathlib import Path

from sereno.core.errors import invalid

KEY_BYTES = 32


def load_key(path: Path, *, code: str, advice: str) -> bytes:
    """The key, made when there is none yet; safe when several processes start at once.

    Raises: AppError invalid, with ``code`` and ``advice``, when the file holds something else.
    """
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise invalid(code, f"{path} does not hold a key of {KEY_BYTES} bytes.", advice)
    return key


def _make(path: Path) -> None:
    """Whoever links the finished file first wins; nobody ever reads a part of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        return
    finally:
        part.unlink()
