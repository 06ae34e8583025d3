"""What the media port answers a standby: how its cameras are, which footage it lacks, and a place to put it."""

import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from sereno.core.errors import AppError, ErrorKind, invalid
from sereno.core.ids import CameraId, SegmentId
from sereno.core.media_time import TICKS_PER_S, WallTicks
from sereno.recording.standby.client import SEALED_HEADER
from sereno.recording.standby.link import Link
from sereno.recording.standby.messages import Offer, OfferedSegment, Question, Wanted, uncovered
from sereno.recording.standby.takeover import Answer

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 1_000_000
MAX_FOOTAGE_BYTES = 4_000_000_000
WORTH_TICKS = TICKS_PER_S // 2
"""A shorter hole is not worth a segment."""
_STATUS = {ErrorKind.DENIED: 403, ErrorKind.INVALID: 400, ErrorKind.EXHAUSTED: 507}


@dataclass(frozen=True, slots=True)
class GuardedArchive:
    """What a recorder offers its standby."""

    link: Link
    answer: Callable[[], Answer]
    covered: Callable[[CameraId, WallTicks, WallTicks], list[tuple[int, int]]]
    """Spans of a camera's footage that overlap a span, waiting ones included."""
    incoming: Callable[[SegmentId], Path]
    """A new file for footage that arrives, out of the way of everything else."""
    adopt: Callable[[OfferedSegment, Path], None]
    """Takes the whole, checked file over."""


def standby_routes(archive: GuardedArchive) -> list[Route]:
    async def question(request: Request) -> Response:
        archive.link.open(Question, await _message(request))
        return Response(archive.link.seal(Answer, archive.answer()))

    async def offer(request: Request) -> Response:
        offered = archive.link.open(Offer, await _message(request))
        return Response(archive.link.seal(Wanted, Wanted(ids=tuple(_lacking(archive, offered)))))

    async def footage(request: Request) -> Response:
        sealed = request.headers.get(SEALED_HEADER, "").encode()
        segment = archive.link.open(OfferedSegment, sealed)
        path = archive.incoming(segment.id)
        whole = False
        try:
            await _receive(request, segment, path)
            archive.adopt(segment, path)
            whole = True
        finally:
            if not whole:
                path.unlink(missing_ok=True)
        log.info("camera=%s footage came back from the standby: %d bytes", segment.camera_id, segment.size)
        return Response()

    answers = {"question": question, "offer": offer, "footage": footage}
    return [Route(f"/standby/{name}", _refusing(answer), methods=["POST"]) for name, answer in answers.items()]


def _lacking(archive: GuardedArchive, offered: Offer) -> list[SegmentId]:
    lacking = []
    for segment in offered.segments:
        have = archive.covered(segment.camera_id, segment.began, segment.ended)
        if uncovered((segment.began, segment.ended), have) > WORTH_TICKS:
            lacking.append(segment.id)
    return lacking


async def _message(request: Request) -> bytes:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MAX_MESSAGE_BYTES:
            raise invalid("message_too_large", "The message is too large.")
    return bytes(content)


async def _receive(request: Request, segment: OfferedSegment, path: Path) -> None:
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as file:
        async for part in request.stream():
            size += len(part)
            if size > min(segment.size, MAX_FOOTAGE_BYTES):
                break
            digest.update(part)
            file.write(part)
    if size != segment.size or digest.hexdigest() != segment.sha256:
        raise invalid("footage_damaged", "The footage is not what was announced.", "Send it again.")


def _refusing(answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except AppError as error:
            return Response(status_code=_STATUS.get(error.kind, 503))
        except ClientDisconnect:
            return Response(status_code=400)

    return guarded
