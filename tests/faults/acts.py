"""What broken devices do with a connection; each is an ``Act`` of a wire."""

import asyncio
import random
import re
from collections.abc import Callable, Iterator

from tests.faults.wires import Act, Link

CHUNK_S = 0.3


async def drips(link: Link) -> None:
    """A slow loris: an answer, byte by byte."""
    _method, cseq = await link.request()
    for byte in f"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nPublic: DESCRIBE, SETUP, PLAY\r\n\r\n".encode():
        link.writer.write(bytes([byte]))
        await asyncio.sleep(CHUNK_S)


async def never_ends_its_headers(link: Link) -> None:
    await link.request()
    link.writer.write(b"RTSP/1.0 200 OK\r\n")
    while True:
        link.writer.write(b"X-Filler: abcdefghijklmnopqrstuvwxyz\r\n" * 20)
        await link.writer.drain()
        await asyncio.sleep(0.01)


async def describes_for_ever(link: Link) -> None:
    """A session description of gigabytes."""
    while True:
        method, cseq = await link.request()
        if method != "DESCRIBE":
            await link.answer(cseq, "200 OK", "Public: DESCRIBE, SETUP, PLAY")
            continue
        await link.answer(cseq, "200 OK", "Content-Type: application/sdp", "Content-Length: 4000000000")
        while True:
            link.writer.write(b"a=filler:abcdefghijklmnopqrstuvwxyz\r\n" * 20)
            await link.writer.drain()
            await asyncio.sleep(0.01)


def storms(*, stale: bool) -> Act:
    """401 to every request, with a new nonce each time."""

    async def act(link: Link) -> None:
        while True:
            _method, cseq = await link.request()
            nonce = random.randbytes(8).hex()
            demand = f'WWW-Authenticate: Digest realm="camera", nonce="{nonce}"'
            await link.answer(cseq, "401 Unauthorized", demand + (", stale=true" if stale else ""))

    return act


def redirects(to: Callable[[Link], str]) -> Act:
    """DESCRIBE is answered with another place."""

    async def act(link: Link) -> None:
        while True:
            method, cseq = await link.request()
            if method == "DESCRIBE":
                await link.answer(cseq, "302 Moved Temporarily", f"Location: {to(link)}")
            else:
                await link.answer(cseq, "200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")

    return act


def to_itself(link: Link) -> str:
    return f"rtsp://127.0.0.1:{link.wire.port}/{link.wire.name}"


def to_the_camera(link: Link) -> str:
    return f"rtsp://127.0.0.1:{link.wire.camera_port}/{link.wire.name}"


async def closes_after_play(link: Link) -> None:
    hung_up = False

    def hang_up(received: bytes) -> bytes:
        nonlocal hung_up
        if hung_up or received.startswith(b"$"):
            raise EOFError
        said, mark, packets = received.partition(b"\r\n\r\n$")
        hung_up = bool(packets)
        return said + mark[:4]

    await link.pass_on(hang_up)


def describes(rewrite: Callable[[str], str]) -> Act:
    """The session description says something else than the camera sends."""

    def change(received: bytes) -> bytes:
        head, mark, body = received.partition(b"\r\n\r\n")
        if b"application/sdp" not in head:
            return received
        lie = rewrite(body.decode()).encode()
        return re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(lie), head) + mark + lie

    async def act(link: Link) -> None:
        await link.pass_on(change)

    return act


def other_sets(description: str) -> str:
    """Parameter sets of a stream of another size."""
    other = "Z0LAH9oBQBboQAAAAwBAAAAPA8YMqA==,aM4PyA=="
    return re.sub(r"sprop-parameter-sets=[^;\r\n]*", f"sprop-parameter-sets={other}", description)


def broken_sets(description: str) -> str:
    return re.sub(r"sprop-parameter-sets=[^;\r\n]*", "sprop-parameter-sets=%%%,AAAA,!", description)


def other_payload_type(description: str) -> str:
    return description.replace("RTP/AVP 96", "RTP/AVP 98").replace(":96 ", ":98 ")


def no_rtpmap(description: str) -> str:
    return "\r\n".join(line for line in description.split("\r\n") if not line.startswith(("a=rtpmap", "a=fmtp")))


async def mixes_noise_in(link: Link) -> None:
    """Between packets, bytes that are none: as where a camera's log leaks into its stream."""
    chance = random.Random(7)
    pending = bytearray()

    def change(received: bytes) -> bytes:
        pending.extend(received)
        out = bytearray()
        for number, frame in enumerate(_frames(pending)):
            out += frame
            if frame[:1] == b"$" and number % 40 == 7:
                out += chance.randbytes(chance.randrange(1, 3_000))
        return bytes(out)

    await link.pass_on(change)


def _frames(pending: bytearray) -> Iterator[bytes]:
    """Whole interleaved packets and messages; they are taken out."""
    while pending:
        if pending[:1] == b"$":
            size = 4 + int.from_bytes(pending[2:4], "big") if len(pending) >= 4 else 1 << 20
        else:
            end = pending.find(b"\r\n\r\n")
            length = re.search(rb"Content-Length: (\d+)", pending[: max(end, 0)])
            size = end + 4 + (int(length[1]) if length else 0) if end >= 0 else 1 << 20
        if size > len(pending):
            return
        yield bytes(pending[:size])
        del pending[:size]
