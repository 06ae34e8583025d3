"""Who may call a process of this centre: who can read its key.

Landlock cannot refuse connecting to a Unix socket by its path, and all processes of a centre run as one user, so a
process that was taken over could call any other. But it cannot read the key folder. The called process sends a nonce,
64 hexadecimal digits and a line feed; the caller answers with HMAC-SHA256 of it, as many digits and a line feed, and
then asks. Each socket has a key of its own: who was taken over holds that of its own socket at most.
"""

import asyncio
import hmac
import logging
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from sereno.core.clock import Clock, SystemClock
from sereno.core.errors import AppError, denied
from sereno.runtime.key_file import load_key

log = logging.getLogger(__name__)

NONCE_BYTES = 32
LINE_BYTES = 2 * NONCE_BYTES + 1
"""Of a nonce and of a proof: both are 32 bytes in hexadecimal digits, and a line feed."""
PROOF_WITHIN_S = 5.0
AT_DOOR = 256
"""Callers that may stand at one socket before their proof."""
SAY_EVERY_S = 60.0
_PURPOSE = b"sereno-local-call-1 "


@dataclass(frozen=True, slots=True)
class CallKey:
    """Of one socket; whoever holds it may call there."""

    _secret: bytes = field(repr=False)

    def proof(self, nonce_line: bytes) -> bytes:
        """The line that answers the line with the nonce."""
        return hmac.new(self._secret, _PURPOSE + nonce_line, sha256).hexdigest().encode() + b"\n"


def load_call_key(home: Path, called: str) -> CallKey:
    """Of the process ``called``; made when there is none yet. Before that process gives up its rights to files.

    Raises: AppError invalid when the file holds something else.
    """
    path = home / "keys" / f"call-{called}.key"
    advice = "Delete it and start again: another one is made, and nothing is lost."
    return CallKey(load_key(path, code="call_key_unreadable", advice=advice))


class Doorkeeper:
    """At one socket, for one event loop: lets in who proves to hold ``key``."""

    def __init__(self, key: CallKey, clock: Clock | None = None, within_s: float = PROOF_WITHIN_S) -> None:
        self._key = key
        self._clock = clock or SystemClock()
        self._within_s = within_s
        self._at_door = 0
        self._refused = 0
        self._say_from_s = float("-inf")

    async def admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Returns once the caller has proven itself.

        Raises: AppError denied ``call_unproven``; ConnectionError when it went, or when too many stand here.
        """
        if self._at_door >= AT_DOOR:
            raise ConnectionError("too many callers without a proof")
        nonce = secrets.token_hex(NONCE_BYTES).encode() + b"\n"
        self._at_door += 1
        try:
            writer.write(nonce)
            async with asyncio.timeout(self._within_s):
                proof = await reader.readexactly(LINE_BYTES)
        except asyncio.IncompleteReadError as error:
            if not error.partial:
                raise ConnectionError("the caller went") from error
            proof = error.partial
        except TimeoutError:
            proof = b""
        finally:
            self._at_door -= 1
        if not hmac.compare_digest(proof, self._key.proof(nonce)):
            self._say()
            raise unproven()

    def _say(self) -> None:
        """Once a minute at most, so that who is refused cannot fill the log."""
        self._refused += 1
        now_s = self._clock.monotonic_s()
        if now_s >= self._say_from_s:
            log.warning("refused local calls without the key of this socket: %d", self._refused)
            self._say_from_s, self._refused = now_s + SAY_EVERY_S, 0


def unproven() -> AppError:
    return denied(
        "call_unproven",
        "Who calls has not shown that it holds the key of this part of Sereno.",
        "If this is Sereno's own control, its key was replaced while it ran: start Sereno again.",
    )
