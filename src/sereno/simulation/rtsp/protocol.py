"""RTSP 1.0 on the wire: bytes to requests, answers to bytes. No I/O. Source: RFC 2326, RFC 2617."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from sereno.core.errors import invalid

HEAD_LIMIT = 16_384
BODY_LIMIT = 65_536
REALM = "Sereno camera simulator"
TRACK = "trackID=0"
SOUND_TRACK = "trackID=1"

_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
}
_PAIR = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str]
    """Names in lower case."""

    @property
    def path(self) -> str:
        """The camera's path, without slashes at its ends, query and track."""
        path = unquote(urlsplit(self.url).path).strip("/")
        return path.removesuffix(TRACK).removesuffix(SOUND_TRACK).strip("/")

    @property
    def of_sound(self) -> bool:
        return urlsplit(self.url).path.rstrip("/").endswith(SOUND_TRACK)


@dataclass(frozen=True, slots=True)
class Interleaved:
    """What a viewer sends on a channel of its connection: receiver reports."""

    channel: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    def encode(self, cseq: str) -> bytes:
        lines = [f"RTSP/1.0 {self.status} {_REASONS[self.status]}", f"CSeq: {cseq}", "Server: Sereno simulator"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(slots=True)
class MessageReader:
    """Bytes in, whole messages out, however they were split."""

    _pending: bytearray = field(default_factory=bytearray)

    def feed(self, received: bytes) -> Iterator[Request | Interleaved]:
        """Raises: AppError invalid when it is not RTSP, or larger than a request can be."""
        self._pending += received
        while (message := self._next()) is not None:
            yield message

    def _next(self) -> Request | Interleaved | None:
        pending = self._pending
        if pending[:1] == b"$":
            if len(pending) < 4 or len(pending) < 4 + (length := pending[2] << 8 | pending[3]):
                return None
            frame = Interleaved(pending[1], bytes(pending[4 : 4 + length]))
            del pending[: 4 + length]
            return frame
        end = pending.find(b"\r\n\r\n", 0, HEAD_LIMIT)
        if end < 0:
            if len(pending) >= HEAD_LIMIT:
                raise invalid("rtsp_too_long", "The request's head is longer than 16 KiB.")
            return None
        request = parse_head(bytes(pending[:end]))
        length = _content_length(request)
        if len(pending) < end + 4 + length:
            return None
        del pending[: end + 4 + length]
        return request


def parse_head(head: bytes) -> Request:
    """Raises: AppError invalid."""
    try:
        first, *lines = head.decode().lstrip("\r\n").split("\r\n")
    except UnicodeDecodeError:
        raise invalid("rtsp_syntax", "The request is not text.") from None
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("RTSP/"):
        raise invalid("rtsp_syntax", "The request line is not RTSP.")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise invalid("rtsp_syntax", "A header has no colon.")
        headers[name.strip().lower()] = value.strip()
    try:
        urlsplit(parts[1])
    except ValueError:
        raise invalid("rtsp_syntax", "The request's URL is not one.") from None
    return Request(parts[0], parts[1], headers)


def _content_length(request: Request) -> int:
    text = request.headers.get("content-length", "0")
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) > BODY_LIMIT:
        raise invalid("rtsp_too_long", "The request's body is longer than 64 KiB.")
    return int(text)


@dataclass(frozen=True, slots=True)
class TcpTransport:
    """Packets inside the connection, on these channels."""

    rtp_channel: int
    rtcp_channel: int

    def header(self, ssrc: int) -> str:
        return f"RTP/AVP/TCP;unicast;interleaved={self.rtp_channel}-{self.rtcp_channel};ssrc={ssrc:08X}"


@dataclass(frozen=True, slots=True)
class UdpTransport:
    rtp_port: int
    rtcp_port: int

    def header(self, ssrc: int, server_ports: tuple[int, int]) -> str:
        ports = f"client_port={self.rtp_port}-{self.rtcp_port};server_port={server_ports[0]}-{server_ports[1]}"
        return f"RTP/AVP;unicast;{ports};ssrc={ssrc:08X}"


def parse_transport(header: str) -> TcpTransport | UdpTransport | None:
    """The first offer that is supported, None when there is none."""
    for offer in header.split(","):
        kind, *options = [part.strip() for part in offer.split(";")]
        values = dict(part.partition("=")[::2] for part in options)
        tcp = kind.upper() == "RTP/AVP/TCP"
        if kind.upper() not in {"RTP/AVP", "RTP/AVP/UDP", "RTP/AVP/TCP"} or "multicast" in values:
            continue
        pair = _pair(values.get("interleaved", "0-1") if tcp else values.get("client_port", ""), 255 if tcp else 65_535)
        if pair is not None:
            return TcpTransport(*pair) if tcp else UdpTransport(*pair)
    return None


def _pair(text: str, highest: int) -> tuple[int, int] | None:
    match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", text, re.ASCII)
    if match is None:
        return None
    first = int(match[1])
    second = int(match[2]) if match[2] else first + 1
    return (first, second) if max(first, second) <= highest else None


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who may look; ``schemes`` are those the camera offers, in its order."""

    name: str
    password: str = field(repr=False)
    schemes: tuple[str, ...] = ("Digest", "Basic")

    def challenges(self, nonce: str) -> list[tuple[str, str]]:
        offers = {"Digest": f'Digest realm="{REALM}", nonce="{nonce}"', "Basic": f'Basic realm="{REALM}"'}
        return [("WWW-Authenticate", offers[scheme]) for scheme in self.schemes]

    def accept(self, request: Request, nonce: str) -> bool:
        """Whether the request proves that it knows the password; ``nonce`` is the one we gave."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "digest" and "Digest" in self.schemes:
            return self._digest_matches(request.method, dict(digest_fields(rest)), nonce)
        if scheme.lower() == "basic" and "Basic" in self.schemes:
            return self._basic_matches(rest)
        return False

    def _basic_matches(self, token: str) -> bool:
        try:
            given = base64.b64decode(token.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(given, f"{self.name}:{self.password}".encode())

    def _digest_matches(self, method: str, given: Mapping[str, str], nonce: str) -> bool:
        if given.get("username") != self.name or given.get("nonce") != nonce:
            return False
        secret = _md5(f"{self.name}:{REALM}:{self.password}")
        act = _md5(f"{method}:{given.get('uri', '')}")
        middle = nonce
        if "qop" in given:
            middle = ":".join((nonce, given.get("nc", ""), given.get("cnonce", ""), given["qop"]))
        expected = _md5(f"{secret}:{middle}:{act}")
        return hmac.compare_digest(expected.encode(), given.get("response", "").encode())


def digest_fields(text: str) -> Iterator[tuple[str, str]]:
    for match in _PAIR.finditer(text):
        yield match[1].lower(), match[2] if match[2] is not None else match[3]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()  # what RFC 2617 and cameras speak
