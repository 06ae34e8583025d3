"""What the media port answers a standby: how its cameras are, which footage it lacks, and a place to put it."""

import hashlib
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from sereno.core.errors import AppError, ErrorKind, exhausted, invalid
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S
from sereno.recording.archive import Archive
from sereno.recording.backfill.delivery import MAX_FOOTAGE_BYTES, MAX_WAITING, Delivery, footage_path, hand_over
from sereno.recording.journal import find_segments
from sereno.recording.model import Origin
from sereno.recording.segment_file import SegmentFile, is_camera_folder
from sereno.recording.standby.link import SEALED_HEADER, Link
from sereno.recording.standby.messages import Offer, OfferedSegment, Question, Wanted, uncovered
from sereno.recording.standby.takeover import Answer

log = logging.getLogger(__name__)

SPOOL = Path("standby", "spool")
"""In the centre's folder: footage that came back and is not in the archive yet."""
MAX_MESSAGE_BYTES = 1_000_000
WORTH_TICKS = TICKS_PER_S // 2
"""A shorter hole is not worth a segment."""
_STATUS = {ErrorKind.DENIED: 403, ErrorKind.INVALID: 400, ErrorKind.EXHAUSTED: 507}


@dataclass(frozen=True, slots=True)
class GuardedArchive:
    """What a recorder shows its standby; ``answer`` says how its cameras are."""

    link: Link
    archive: Archive
    spool: Path
    answer: Callable[[], Answer]

    def lacks(self, segment: OfferedSegment) -> bool:
        """Whether a part of it is neither in the archive nor on its way there."""
        if not is_camera_folder(segment.camera_id) or footage_path(self.spool, segment.id).exists():
            return False
        journal = self.archive.journal
        with journal.database.read() as connection:
            rows = find_segments(connection, segment.camera_id, segment.began, segment.ended)
        have = [(int(row.started_wall), int(row.ended_wall)) for row in rows]
        have += [(int(file.started_wall), int(segment.ended)) for file in self._open(segment.camera_id)]
        return uncovered((segment.began, segment.ended), have) > WORTH_TICKS

    def place(self, segment: OfferedSegment) -> Path:
        """Where it is written while it comes. Raises: AppError exhausted when too much waits already."""
        self.spool.mkdir(parents=True, exist_ok=True)
        if len(list(self.spool.glob("*.json"))) >= MAX_WAITING:
            raise exhausted("spool_full", "Too much footage waits to be taken in.", "It is asked for again soon.")
        return self.spool / f".{segment.id}.part"

    def keep(self, segment: OfferedSegment, path: Path) -> None:
        """It came whole: the recorder takes it in."""
        path.rename(footage_path(self.spool, segment.id))
        delivery = Delivery(
            id=segment.id,
            camera_id=segment.camera_id,
            origin=Origin.STANDBY,
            camera_offset=None,
            size=segment.size,
            sha256=segment.sha256,
            wall_offset=segment.wall_offset,
        )
        hand_over(self.spool, delivery)

    def _open(self, camera_id: CameraId) -> list[SegmentFile]:
        return [file for file in self.archive.unlisted(camera_id) if file.frames]


def standby_routes(guarded: GuardedArchive) -> list[Route]:
    async def question(request: Request) -> Response:
        guarded.link.open(Question, await _message(request))
        return Response(guarded.link.seal(Answer, guarded.answer()))

    async def offer(request: Request) -> Response:
        offered = guarded.link.open(Offer, await _message(request))
        wanted = Wanted(ids=tuple(segment.id for segment in offered.segments if guarded.lacks(segment)))
        return Response(guarded.link.seal(Wanted, wanted))

    async def footage(request: Request) -> Response:
        segment = guarded.link.open(OfferedSegment, request.headers.get(SEALED_HEADER, "").encode())
        path = guarded.place(segment)
        try:
            await _receive(request, segment, path)
            guarded.keep(segment, path)
        finally:
            path.unlink(missing_ok=True)
        log.info("camera=%s footage came back from the standby: %d bytes", segment.camera_id, segment.size)
        return Response()

    answers = {"question": question, "offer": offer, "footage": footage}
    return [Route(f"/standby/{name}", _refusing(answer), methods=["POST"]) for name, answer in answers.items()]


async def _message(request: Request) -> bytes:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MAX_MESSAGE_BYTES:
            raise invalid("message_too_large", "The message is too large.")
    return bytes(content)


async def _receive(request: Request, segment: OfferedSegment, path: Path) -> None:
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        async for part in request.stream():
            size += len(part)
            if size > min(segment.size, MAX_FOOTAGE_BYTES):
                break
            digest.update(part)
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
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
