"""A loop that must not die: what it raises is logged whole, and it runs again after a pause."""

import logging
from collections.abc import Callable
from threading import Event, Thread

log = logging.getLogger(__name__)

PAUSE_S = 1.0


def start_loop(name: str, run: Callable[[Event], None], stop: Event) -> Thread:
    """A thread that calls ``run(stop)`` until ``stop`` is set, again after every failure."""

    def _supervised() -> None:
        while not stop.is_set():
            try:
                run(stop)
            except Exception:
                log.exception("loop=%s failed; again in %.0f s", name, PAUSE_S)
                stop.wait(PAUSE_S)

    thread = Thread(target=_supervised, name=name, daemon=True)
    thread.start()
    return thread
