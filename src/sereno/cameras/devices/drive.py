"""A camera's motors under somebody's hand: the newest order wins, and a hand that lets go stops them."""

import asyncio
import logging
from dataclasses import dataclass, field

from sereno.cameras.onvif.model import PtzVector
from sereno.cameras.onvif.ptz import Steering
from sereno.core.errors import AppError

log = logging.getLogger(__name__)

HOLD_S = 0.8
"""Without a new order a movement is stopped after this; the device stops by itself a little later."""
SAME_S = 0.35
"""The same order is sent again only after this: often enough that the device's own timeout does not end it."""


@dataclass(slots=True)
class Drive:
    """For the loop's thread."""

    steering: Steering
    _sending: asyncio.Lock = field(default_factory=asyncio.Lock)
    _newest: int = 0
    _speed: PtzVector | None = None
    _sent_s: float = 0.0
    _hold: asyncio.TimerHandle | None = None
    _letting_go: asyncio.Task[None] | None = None

    async def move(self, speed: PtzVector) -> None:
        """Raises: AppError, a device fault."""
        loop = asyncio.get_running_loop()
        self._newest += 1
        number = self._newest
        self._grip(loop)
        if speed == self._speed and loop.time() - self._sent_s < SAME_S:
            return
        async with self._sending:
            if number != self._newest:
                return  # a newer order waits, or it was stopped
            self._speed, self._sent_s = speed, loop.time()
            await self.steering.move(speed)

    async def stop(self) -> None:
        """Raises: AppError, a device fault."""
        self._newest += 1
        self._release()
        async with self._sending:
            self._speed = None
            await self.steering.stop()

    def _grip(self, loop: asyncio.AbstractEventLoop) -> None:
        self._release()
        self._hold = loop.call_later(HOLD_S, self._let_go)

    def _release(self) -> None:
        if self._hold is not None:
            self._hold.cancel()
            self._hold = None

    def _let_go(self) -> None:
        self._letting_go = asyncio.get_running_loop().create_task(self._stop_alone())

    async def _stop_alone(self) -> None:
        try:
            await self.stop()
        except AppError as error:
            log.warning("a movement could not be stopped, the device ends it by itself: %s", error)
