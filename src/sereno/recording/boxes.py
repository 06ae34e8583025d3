"""Boxes of MP4: made and walked. Source: ISO/IEC 14496-12 section 4.2."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    kind: bytes
    offset: int
    size: int


def box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def full_box(kind: bytes, content: bytes, *, flags: int = 0) -> bytes:
    return box(kind, flags.to_bytes(4, "big"), content)


def read_boxes(content: bytes) -> Iterator[Box]:
    """Whole top-level boxes from the start; a cut or absurd one ends it."""
    at = 0
    while at + 8 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        if size < 8 or at + size > len(content):
            return
        yield Box(content[at + 4 : at + 8], at, size)
        at += size
