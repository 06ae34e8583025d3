"""What a recorder and its standby say to each other, sealed with a key that both hold.

The roster holds the cameras' passwords, so it is encrypted; a sealed message is good for half a minute, so that it
cannot be said again later. Both clocks must agree that well.
Source: Fernet specification (AES-128-CBC, HMAC-SHA256), from ``cryptography``.
"""

import os
from pathlib import Path
from typing import TypeVar

from cryptography.fernet import Fernet, InvalidToken
from pydantic import TypeAdapter, ValidationError

from sereno.core.errors import AppError, denied, invalid

KEY_FILE = Path("keys") / "standby.key"
LIFETIME_S = 30
SEALED_HEADER = "X-Sereno-Sealed"
"""Carries the sealed description of footage whose bytes are the body."""
T = TypeVar("T")


def make_link_key(home: Path) -> Path:
    """The file of the key, made when there is none yet; whoever stands by needs a copy of it."""
    path = home / KEY_FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key())
        os.fsync(file.fileno())
    return path


class Link:
    """Seals and opens messages of the types that both ends know."""

    def __init__(self, key: bytes) -> None:
        """Raises: AppError invalid ``standby_key_invalid``."""
        try:
            self._fernet = Fernet(key.strip())
        except ValueError:
            raise invalid(
                "standby_key_invalid",
                "The key between recorder and standby is damaged.",
                f"Copy {KEY_FILE} once more from the recorder's folder.",
            ) from None

    def seal(self, kind: type[T], value: T) -> bytes:
        return self._fernet.encrypt(TypeAdapter(kind).dump_json(value))

    def open(self, kind: type[T], sealed: bytes) -> T:
        """Raises: AppError denied ``standby_refused`` for a foreign key, a clock that is off, or another version."""
        try:
            return TypeAdapter(kind).validate_json(self._fernet.decrypt(sealed, ttl=LIFETIME_S))
        except (InvalidToken, ValidationError):
            raise denied(
                "standby_refused",
                "Recorder and standby do not understand each other.",
                f"Give both the same {KEY_FILE}, the same version, and clocks that agree within {LIFETIME_S} s.",
            ) from None


def key_missing(home: Path) -> AppError:
    return invalid(
        "standby_key_missing",
        f"There is no {home / KEY_FILE}.",
        "Make it on the recorder with: sereno standby key. Copy the file here, readable by nobody else.",
    )


def open_link(home: Path) -> Link | None:
    """None where no key was ever made: such a recorder has no standby."""
    try:
        return Link((home / KEY_FILE).read_bytes())
    except FileNotFoundError:
        return None
