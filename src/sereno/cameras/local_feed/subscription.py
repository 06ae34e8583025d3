"""The analyst's end of the feed: one stream of one camera, for a thread that may wait."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from sereno.cameras.local_feed.wire import FEED_REFUSED, Lost, Message, Unpacker, Wanted, asking
from sereno.core.errors import AppError, unavailable
from sereno.runtime.local_call import short_name

LOOK_UP_S = 0.5
"""How soon a reader that waits notices that it is to end."""
_BLOCK = 262_144


@dataclass(frozen=True, slots=True)
class Subscription:
    """``path`` is the recorder's socket in ``home/run``."""

    path: Path
    wanted: Wanted

    def messages(self, stop: Event) -> Iterator[Message]:
        """As they come, until ``stop`` is set.

        Raises: AppError unavailable: ``recorder_away`` when there is no recorder, or it goes; ``feed_refused`` when it
        hands out no such stream.
        """
        block = memoryview(bytearray(_BLOCK))
        unpacker = Unpacker()
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(LOOK_UP_S)
                with short_name(self.path) as name:
                    connection.connect(name)
                connection.sendall(asking(self.wanted))
                while not stop.is_set():
                    try:
                        size = connection.recv_into(block)
                    except TimeoutError:
                        continue
                    if not size:
                        raise recorder_away()
                    for message in unpacker.take(block[:size]):
                        if isinstance(message, Lost) and message.code == FEED_REFUSED:
                            raise message.error
                        yield message
        except (OSError, ValueError) as error:
            raise recorder_away() from error


def recorder_away() -> AppError:
    return unavailable(
        "recorder_away",
        "The recorder, from which the pictures come, is not there.",
        "It is started again by itself; the log of the recorder tells why it ended.",
    )
