"""The ``Transport`` header: how packets travel. Source: RFC 2326 section 12.39."""

import re
from dataclasses import dataclass

_PAIR = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the camera answered, which need not be what it was asked for."""

    channels: tuple[int, int] | None
    server_ports: tuple[int, int]
    """(0, 0) when it did not say."""


def ask_transport(number: int, port: int | None) -> str:
    """For the track of this number; ``port`` is the even one of a pair for UDP, None for the connection itself."""
    if port is None:
        return f"RTP/AVP/TCP;unicast;interleaved={2 * number}-{2 * number + 1}"
    return f"RTP/AVP;unicast;client_port={port}-{port + 1}"


def read_transport(header: str) -> Agreed:
    parts = (part.partition("=") for part in header.split(";"))
    values = {name.strip().lower(): value.strip() for name, _, value in parts}
    ports = _pair(values.get("server_port", ""), 65_535)
    return Agreed(_pair(values.get("interleaved", ""), 255), ports or (0, 0))


def _pair(text: str, highest: int) -> tuple[int, int] | None:
    match = _PAIR.fullmatch(text)
    if match is None:
        return None
    first = int(match[1])
    second = int(match[2]) if match[2] else first + 1
    return (first, second) if max(first, second) <= highest and first != second else None
