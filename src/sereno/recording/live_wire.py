"""Live view's bytes on the wire: a server's WebSocket frames carry no mask, so one copy serves all viewers. Pure.

Source: RFC 6455, section 5.2.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sereno.core.media_time import MediaTicks, WallTicks, wall_instant

_FIN_TEXT, _FIN_BINARY = 0x81, 0x82


@dataclass(frozen=True, slots=True)
class Opening:
    """What a player needs before chunks: sent again whenever it changes."""

    codec: str
    width: int
    height: int
    init: bytes


@dataclass(frozen=True, slots=True)
class Placed:
    """A chunk with its place in media and wall time; with ``opening`` a player begins anew."""

    content: bytes
    media: MediaTicks
    wall: WallTicks
    opening: Opening | None


def frames_of(chunks: Sequence[Placed]) -> bytes:
    """Text and init segment before a chunk that opens, then each chunk in a frame of its own."""
    parts: list[bytes] = []
    for chunk in chunks:
        if chunk.opening is not None:
            parts += (opening_frame(chunk.opening, chunk), frame_head(_FIN_BINARY, len(chunk.opening.init)))
            parts.append(chunk.opening.init)
        parts += (frame_head(_FIN_BINARY, len(chunk.content)), chunk.content)
    return b"".join(parts)


def opening_frame(opening: Opening, chunk: Placed) -> bytes:
    told: dict[str, str | int] = {"codec": opening.codec, "width": opening.width, "height": opening.height}
    return text_frame({**told, "wall": wall_instant(chunk.wall).isoformat(), "media": chunk.media})


def text_frame(content: dict[str, str | int]) -> bytes:
    text = json.dumps(content).encode()
    return frame_head(_FIN_TEXT, len(text)) + text


def frame_head(first: int, length: int) -> bytes:
    if length < 126:
        return bytes((first, length))
    if length < 65_536:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")
