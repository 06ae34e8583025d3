"""A process that decodes one picture after another, and may die of any: the stills process then starts another.

An ``Order`` as a line of JSON comes on standard input for each picture; what goes to standard output stands in
``decoder``. It inherits the stills process's confinement, and can write no file at all.
"""

import resource
import sys
from pathlib import Path

from pydantic import TypeAdapter

from sereno.core.errors import AppError
from sereno.core.media_time import WallTicks
from sereno.recording.stills.decoder import READY, Order, pack_refusal, pack_reply
from sereno.recording.stills.picture import latest_still, still_at

_ORDER = TypeAdapter(Order)
_MAX_LINE = 8_192


def main() -> None:
    for what, limit in ((resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, 2 << 30)):
        resource.setrlimit(what, (limit, limit))
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    while line := sys.stdin.buffer.readline(_MAX_LINE):
        sys.stdout.buffer.write(_reply(_ORDER.validate_json(line)))
        sys.stdout.buffer.flush()


def _reply(order: Order) -> bytes:
    path = Path(order.path)
    try:
        if order.offset is None:
            until = None if order.until is None else WallTicks(order.until)
            return pack_reply(latest_still(path, order.width, until))
        return pack_reply(still_at(path, order.offset, order.width))
    except AppError as error:
        return pack_refusal(error)


if __name__ == "__main__":
    main()
