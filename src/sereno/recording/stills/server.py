"""The stills process: answers control's calls, holds no credential, and can only read the archive."""

import asyncio
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

from sereno.core.errors import AppError, invalid, not_found
from sereno.core.media_time import WallTicks
from sereno.recording.stills.calls import (
    LATEST,
    MAX_PLACES,
    MAX_WIDTH,
    MIN_WIDTH,
    STILL,
    STRIP,
    LatestQuestion,
    RawStill,
    StillQuestion,
    StripQuestion,
    pack_stills,
)
from sereno.recording.stills.decoder import Decoders, Order
from sereno.runtime.call_proof import CallKey, Doorkeeper
from sereno.runtime.confinement import confine_to_reading, program_folders
from sereno.runtime.local_call import bind_local, in_thread, serve_calls

log = logging.getLogger(__name__)

DECODERS = 2


def run_stills(socket_path: Path, key: CallKey, archives: Iterable[Path], stop: Event) -> None:
    """Until ``stop`` is set, for callers that hold ``key``.

    From its first answer on, the process reads ``archives`` and programs, nothing else.
    """
    folders = [folder.resolve() for folder in archives]
    listener = bind_local(socket_path)
    if not confine_to_reading([*folders, *program_folders()]):
        log.warning("this kernel has no Landlock: stills are decoded with all the rights of this user")
    decoders = Decoders(DECODERS)
    Thread(target=decoders.warm, daemon=True).start()
    answers = _Answers(folders, decoders)
    answering = (
        STILL.answered_by(in_thread(answers.still)),
        STRIP.answered_by(in_thread(answers.strip)),
        LATEST.answered_by(in_thread(answers.latest)),
    )
    log.info("stills ready")
    try:
        asyncio.run(serve_calls(listener, Doorkeeper(key), answering, stop))
    finally:
        decoders.close()


class _Answers:
    def __init__(self, folders: list[Path], decoders: Decoders) -> None:
        self._folders = folders
        self._decoders = decoders

    def still(self, question: StillQuestion) -> bytes:
        order = Order(self._inside(question.place.path), _width(question.width), offset=question.place.offset)
        return pack_stills([self._decoders.decode(order)])

    def strip(self, question: StripQuestion) -> bytes:
        if len(question.places) > MAX_PLACES:
            raise invalid("strip_long", f"A strip has {MAX_PLACES} pictures at most.")
        width = _width(question.width)
        orders = [Order(self._inside(place.path), width, offset=place.offset) for place in question.places]
        with ThreadPoolExecutor(DECODERS) as both:
            return pack_stills(both.map(self._try, orders))

    def latest(self, question: LatestQuestion) -> bytes:
        order = Order(self._inside(question.path), _width(question.width), until=question.until)
        return pack_stills([self._decoders.decode(order)])

    def _try(self, order: Order) -> RawStill:
        try:
            return self._decoders.decode(order)
        except AppError as error:
            log.warning("a still is left out: %s (%s)", error, error.code)
            return RawStill(WallTicks(0), b"")

    def _inside(self, path: str) -> str:
        """The path, free of links, when it lies in an archive; without Landlock this alone keeps others out."""
        whole = Path(path).resolve()
        if not any(whole.is_relative_to(folder) for folder in self._folders):
            raise not_found("still_not_found", "There is no footage of this camera at that instant.")
        return str(whole)


def _width(width: int) -> int:
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        raise invalid("still_width", f"width lies in {MIN_WIDTH} to {MAX_WIDTH}.")
    return width
