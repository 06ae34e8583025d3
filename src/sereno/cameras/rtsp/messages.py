"""RTSP messages: requests to bytes, bytes to answers. Source: RFC 2326 sections 6, 7 and 12."""

from collections.abc import Sequence
from dataclasses import dataclass

from sereno.cameras.faults import StreamFault, stream_fault

MAX_HEAD_BYTES = 16_384
MAX_LINE_BYTES = 4_096
MAX_HEADERS = 64
MAX_BODY_BYTES = 65_536
_COPIES = (1_024, MAX_HEAD_BYTES + 8, MAX_HEAD_BYTES + MAX_BODY_BYTES + 8)
MAX_START_BYTES = 64
"""By then a message has said that it is RTSP."""
USER_AGENT = "Sereno"


@dataclass(frozen=True, slots=True)
class Message:
    """An answer, or a request of the camera's own."""

    start: str
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, in their order."""
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first of this name; empty when there is none."""
        return next((value for known, value in self.headers if known == name), "")

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known == name]

    @property
    def is_answer(self) -> bool:
        return self.start.startswith("RTSP/")

    @property
    def status(self) -> int:
        """Of an answer. 0 when it is none."""
        parts = self.start.split(" ", 2)
        return int(parts[1]) if self.is_answer and len(parts) > 1 and parts[1].isdecimal() else 0

    @property
    def cseq(self) -> int | None:
        text = self.header("cseq")
        return int(text) if text.isdecimal() and len(text) < 10 else None


def request(method: str, url: str, cseq: int, headers: Sequence[tuple[str, str]]) -> bytes:
    lines = [f"{method} {url} RTSP/1.0", f"CSeq: {cseq}", f"User-Agent: {USER_AGENT}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("ascii", "replace")


def answer(status: int, words: str, cseq: str) -> bytes:
    """To a request of the camera's."""
    return f"RTSP/1.0 {status} {words}\r\nCSeq: {cseq}\r\n\r\n".encode("ascii", "replace")


def find_message(content: bytes | memoryview) -> tuple[Message, int] | None:
    """The message at the start and its whole length; None while it is not all there.

    Raises: AppError invalid ``camera_not_rtsp`` for what speaks something else, ``camera_garbage`` beyond the limits.
    """
    for size in _COPIES:  # as small as will do: among noise there may be many beginnings
        found = _find(bytes(content[:size]))
        if found is not None or size >= len(content):
            return found
    return None


def _find(content: bytes) -> tuple[Message, int] | None:
    _check_start(content[:MAX_START_BYTES])
    ends = [(content.find(mark, 0, MAX_HEAD_BYTES + 4), len(mark)) for mark in (b"\r\n\r\n", b"\n\n")]
    found = [(at, at + size) for at, size in ends if at >= 0]
    if not found:
        if len(content) > MAX_HEAD_BYTES:
            raise stream_fault(StreamFault.GARBAGE, "an answer without an end")
        return None
    at, begin = min(found)
    message = _head(content[:at])
    length = _length(message)
    if len(content) < begin + length:
        return None
    return Message(message.start, message.headers, content[begin : begin + length]), begin + length


def _check_start(start: bytes) -> None:
    """Requests of a camera begin with a word in capitals, answers with RTSP/."""
    line, end, _ = start.partition(b"\n")
    if line[:5] == b"RTSP/"[: len(line)]:
        return
    word, space, _rest = line.partition(b" ")
    plausible = word.isascii() and word.replace(b"_", b"").isalpha() and word.isupper() and len(word) <= 16
    if not plausible or ((space or len(line) > 16) and b"/" in word) or (end and b" RTSP/" not in line):
        raise stream_fault(StreamFault.NOT_RTSP)


def _head(head: bytes) -> Message:
    lines = head.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_HEADERS or any(len(line) > MAX_LINE_BYTES for line in lines):
        raise stream_fault(StreamFault.GARBAGE, "an answer beyond all limits")
    headers: list[tuple[str, str]] = []
    for line in lines[1:]:
        if line[:1] in (" ", "\t") and headers:
            name, before = headers.pop()
            headers.append((name, f"{before} {line.strip()}"))
            continue
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name.strip().lower(), value.strip()))
    return Message(lines[0].strip(), tuple(headers))


def _length(message: Message) -> int:
    text = message.header("content-length") or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 8) or int(text) > MAX_BODY_BYTES:
        raise stream_fault(StreamFault.GARBAGE, "an answer beyond all limits")
    return int(text)
