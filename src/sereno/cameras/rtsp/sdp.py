"""The session description of a camera. Source: RFC 8866; RFC 6184 8.2; RFC 7798 7.1; RFC 3551."""

import base64
import binascii
import re
from dataclasses import dataclass

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.rtsp.media import Codec, MediaDescription

MAX_LINES = 500
MAX_MEDIA = 16
MAX_SETS = 16
MAX_SET_BYTES = 4_096
_STATIC = {0: ("PCMU", 8_000), 8: ("PCMA", 8_000)}
_RTPMAP = re.compile(r"(\d{1,3})\s+([\w.-]{1,40})/(\d{1,7})(?:/(\d{1,2}))?")
_SPROP = ("sprop-parameter-sets", "sprop-vps", "sprop-sps", "sprop-pps")


@dataclass(frozen=True, slots=True)
class SessionDescription:
    control: str
    """Of the whole session, as it stands there: ``*`` or empty mean the base."""
    media: tuple[MediaDescription, ...]


def parse_description(body: bytes) -> SessionDescription:
    """Raises: AppError invalid ``camera_garbage`` when it is no session description."""
    lines = [line.strip() for line in body.decode("utf-8", "replace").replace("\r", "\n").split("\n")]
    lines = [line for line in lines if line]
    if len(lines) > MAX_LINES or not any(line.startswith("m=") for line in lines):
        raise stream_fault(StreamFault.GARBAGE, "its description does not parse")
    first = next(number for number, line in enumerate(lines) if line.startswith("m="))
    sections: list[list[str]] = []
    for line in lines[first:]:
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    media = [_media(track, section) for track, section in enumerate(sections[:MAX_MEDIA])]
    control = next((line[10:].strip() for line in lines[:first] if line.startswith("a=control:")), "")
    return SessionDescription(control, tuple(each for each in media if each is not None))


def resolve_control(base: str, control: str) -> str:
    """The URL of a track. Cameras write queries into their bases, so that RFC 3986 would drop the half of it."""
    if not control or control == "*":
        return base
    if control.lower().startswith(("rtsp://", "rtsps://")):
        return control
    return base + control if base.endswith("/") else f"{base}/{control.lstrip('/')}"


def described_sets(media: MediaDescription) -> tuple[bytes, ...]:
    """The parameter sets of ``sprop-…``; what is no base64 is left out, because cameras err there."""
    sets: list[bytes] = []
    for name in _SPROP:
        for text in media.parameters.get(name, "").split(",")[:MAX_SETS]:
            try:
                unit = base64.b64decode(text.strip() + "=" * (-len(text.strip()) % 4), validate=True)
            except (binascii.Error, ValueError):
                continue
            unit = unit.removeprefix(b"\x00\x00\x00\x01").rstrip(b"\x00")
            if media.codec is Codec.H264 and unit[:1] and unit[0] & 31 not in (7, 8):
                continue
            if 4 <= len(unit) <= MAX_SET_BYTES and unit not in sets:
                sets.append(unit)
    return tuple(sets[: 3 * MAX_SETS])


def _media(track: int, section: list[str]) -> MediaDescription | None:
    parts = section[0][2:].split()
    if len(parts) < 4 or not parts[2].upper().startswith("RTP/"):
        return None
    offered = [int(part) for part in parts[3:] if part.isascii() and part.isdigit() and len(part) <= 3]
    if not offered:
        return None
    attributes = [line[2:] for line in section if line.startswith("a=")]
    maps = _maps(attributes)
    known = [number for number in offered if number in maps or number in _STATIC]
    # several may be offered for one track: the first that is recorded here, else the first
    chosen = next((n for n in known if _described(track, parts[0], n, maps, attributes).codec), offered[0])
    return _described(track, parts[0], chosen, maps, attributes)


def _described(
    track: int, kind: str, number: int, maps: dict[int, tuple[str, int, int]], attributes: list[str]
) -> MediaDescription:
    encoding, clock_rate, channels = maps.get(number) or (*_STATIC.get(number, ("", 90_000)), 1)
    return MediaDescription(
        track=track,
        kind=kind.lower(),
        payload_type=number,
        encoding=encoding,
        clock_rate=clock_rate,
        channels=channels,
        parameters=_format(number, attributes),
        control=next((a[8:].strip() for a in attributes if a.startswith("control:")), ""),
        fps=_fps(attributes),
    )


def _maps(attributes: list[str]) -> dict[int, tuple[str, int, int]]:
    found = {}
    for attribute in attributes:
        match = _RTPMAP.fullmatch(attribute[7:].strip()) if attribute.startswith("rtpmap:") else None
        if match is not None and int(match[3]):
            found[int(match[1])] = (match[2].upper(), int(match[3]), int(match[4] or 1))
    return found


def _format(number: int, attributes: list[str]) -> dict[str, str]:
    for attribute in attributes:
        kind, _, rest = attribute.partition(" ")
        if kind == f"fmtp:{number}":
            pairs = (part.strip().partition("=") for part in rest.split(";")[:64])
            return {name.strip().lower(): value.strip() for name, _, value in pairs if name}
    return {}


def _fps(attributes: list[str]) -> float:
    for attribute in attributes:
        name, _, text = attribute.partition(":")
        if name in ("framerate", "x-framerate"):
            try:
                fps = float(text.strip().removeprefix("0 "))
            except ValueError:
                continue
            if 0 < fps <= 240:
                return fps
    return 0.0
