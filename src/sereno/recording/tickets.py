"""Tickets: what control gives a viewer and the media port accepts. Pure; the key is the only secret.

``base64url(json) + "." + base64url(HMAC-SHA256(key, base64url(json)))``, for one camera, one kind and one span.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, ValidationError

from sereno.core.errors import AppError, denied, invalid
from sereno.core.ids import CameraId
from sereno.core.media_time import WallTicks, wall_instant, wall_ticks

LIFETIME = timedelta(seconds=60)
MAX_SPAN = timedelta(hours=24)
_MAX_LENGTH = 2_000
_MIN_KEY_BYTES = 32


class TicketKind(StrEnum):
    LIVE = "live"
    CLIP = "clip"


class StreamKind(StrEnum):
    """``main`` is what is recorded, shown in silence; ``sub`` is smaller, and read only while somebody watches it.

    ``sound`` is ``main`` with its sound. Sound is asked for, because a browser stops where it is missing, although the
    picture goes on, and because to listen is more than to look.
    """

    MAIN = "main"
    SUB = "sub"
    SOUND = "sound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """``began`` and ``ended`` are set for clips, wall time."""

    camera_id: CameraId
    kind: TicketKind
    expires_at: datetime
    stream: StreamKind = StreamKind.MAIN
    began: datetime | None = None
    ended: datetime | None = None


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    camera: str
    kind: str
    expires: int
    stream: str = StreamKind.MAIN.value
    began: int | None = None
    ended: int | None = None


def make_ticket(
    camera_id: CameraId, kind: TicketKind, now: datetime, span: tuple[datetime, datetime] | None = None
) -> Ticket:
    """A ticket that is valid from ``now`` for a minute. Raises: AppError invalid for a span that is none."""
    if (kind is TicketKind.CLIP) != (span is not None):
        raise invalid("ticket_span", "A clip needs began and ended; live view has neither.")
    if span is not None and not timedelta(0) < span[1] - span[0] <= MAX_SPAN:
        raise invalid("ticket_span", "The span must end after it begins, and be 24 hours at most.")
    began, ended = span or (None, None)
    return Ticket(camera_id=camera_id, kind=kind, expires_at=now + LIFETIME, began=began, ended=ended)


def sign(ticket: Ticket, key: bytes) -> str:
    body = _Body(
        camera=ticket.camera_id,
        kind=ticket.kind.value,
        expires=wall_ticks(ticket.expires_at),
        stream=ticket.stream.value,
        began=None if ticket.began is None else wall_ticks(ticket.began),
        ended=None if ticket.ended is None else wall_ticks(ticket.ended),
    )
    text = _encode(json.dumps(body.model_dump(exclude_none=True), separators=(",", ":")).encode())
    return f"{text}.{_encode(_mac(text, key))}"


def accept(text: str, key: bytes, kind: TicketKind, now: datetime) -> Ticket:
    """The ticket in ``text``, when it is genuine, of this kind and not expired.

    Raises: AppError denied ``ticket_invalid`` or ``ticket_expired``.
    """
    body, _, mac = text.partition(".")
    if len(text) > _MAX_LENGTH or not hmac.compare_digest(_encode(_mac(body, key)).encode(), mac.encode()):
        raise _refused()
    try:
        fields = _Body.model_validate_json(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        ticket = Ticket(
            camera_id=CameraId(fields.camera),
            kind=TicketKind(fields.kind),
            expires_at=wall_instant(fields.expires),
            stream=StreamKind(fields.stream),
            began=None if fields.began is None else wall_instant(fields.began),
            ended=None if fields.ended is None else wall_instant(fields.ended),
        )
    except (ValidationError, ValueError, binascii.Error):
        raise _refused() from None
    if ticket.kind is not kind:
        raise _refused()
    if now >= ticket.expires_at or ticket.expires_at - now > 2 * LIFETIME:
        raise denied("ticket_expired", "The ticket is no longer valid.", "Ask for another one.")
    return ticket


def span_of(ticket: Ticket) -> tuple[WallTicks, WallTicks]:
    """Raises: AppError denied for a ticket without a span."""
    if ticket.began is None or ticket.ended is None:
        raise _refused()
    return wall_ticks(ticket.began), wall_ticks(ticket.ended)


def _mac(text: str, key: bytes) -> bytes:
    if len(key) < _MIN_KEY_BYTES:
        raise invalid("ticket_key_short", f"The key of tickets has {len(key)} bytes; it needs {_MIN_KEY_BYTES}.")
    return hmac.digest(key, text.encode(), hashlib.sha256)


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _refused() -> AppError:
    return denied("ticket_invalid", "The ticket is not valid here.", "Ask for another one.")
