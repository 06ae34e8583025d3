"""The key of tickets, in the home folder: control signs with it, the recorder checks with it."""

import os
import secrets
from pathlib import Path

from sereno.core.errors import invalid

KEY_BYTES = 32


def ticket_key_path(home: Path) -> Path:
    return home / "keys" / "media-ticket.key"


def load_ticket_key(home: Path) -> bytes:
    """The key, made when there is none yet; safe when several processes start at once.

    Raises: AppError invalid when the file holds something else.
    """
    path = ticket_key_path(home)
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise invalid(
            "ticket_key_unreadable",
            f"{path} does not hold a key of {KEY_BYTES} bytes.",
            "Delete it and start again: another one is made, and viewers sign in to video anew.",
        )
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
