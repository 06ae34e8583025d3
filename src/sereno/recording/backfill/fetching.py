"""In the devices process: control names a gap, and what the camera's card holds of it goes to the spool."""

import asyncio
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sereno.cameras.devices.calls import CardSpan
from sereno.cameras.devices.fleet import Fleet
from sereno.cameras.onvif.card import find_recordings, replay_url
from sereno.core.clock import Clock
from sereno.core.errors import exhausted
from sereno.core.media_time import TICKS_PER_S, seconds_of_ticks, wall_ticks
from sereno.recording.backfill.card_file import CardWriter
from sereno.recording.backfill.delivery import MAX_WAITING
from sereno.recording.backfill.replay import fetch
from sereno.runtime.local_call import Answering, Call

LEAST_FREE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """How much of the span the card gave."""

    seconds: float


FETCH_CARD = Call("card_fetch", CardSpan, Fetched)


class CardFetcher:
    """One card at a time, so that recording has the network for itself."""

    def __init__(self, fleet: Fleet, spool: Path, clock: Clock) -> None:
        self._fleet = fleet
        self._spool = spool
        self._clock = clock
        self._turn = asyncio.Lock()

    @property
    def answering(self) -> Answering:
        return FETCH_CARD.answered_by(self._fetch)

    async def _fetch(self, span: CardSpan) -> Fetched:
        async with self._turn:
            self._require_room()
            device = await self._fleet.watch(span.camera_id).device()
            ahead_s = device.clock_offset_s
            ahead, ticks = round(ahead_s * TICKS_PER_S), (wall_ticks(span.began), wall_ticks(span.ended))
            by_device = timedelta(seconds=ahead_s)
            filled = 0
            for recording in await find_recordings(device, span.began + by_device, span.ended + by_device):
                writer = CardWriter(self._spool, span.camera_id, ahead, ticks, self._clock)
                try:
                    url = await replay_url(device, recording.token)
                    await fetch(url, device.connection.credentials, ticks, ahead, writer)
                    writer.end()
                finally:
                    writer.give_up()
                filled += writer.filled
            return Fetched(seconds=seconds_of_ticks(filled))

    def _require_room(self) -> None:
        """Raises: AppError exhausted."""
        self._spool.mkdir(parents=True, exist_ok=True)
        many = len(list(self._spool.glob("*.json"))) >= MAX_WAITING
        if many or shutil.disk_usage(self._spool).free < LEAST_FREE_BYTES:
            raise exhausted("spool_full", "Fetched footage waits to be taken in.", "It is tried again by itself.")
