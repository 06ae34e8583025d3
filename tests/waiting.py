"""Waits for what another process or thread does."""

from collections.abc import Callable
from threading import Event
from typing import TypeVar

T = TypeVar("T")
PATIENCE_S = 20.0
_ASK_EVERY_S = 0.02


def until(look: Callable[[], T | None]) -> T:
    """The first thing that ``look`` finds; fails after 20 s of nothing."""
    for _ in range(int(PATIENCE_S / _ASK_EVERY_S)):
        found = look()
        if found:
            return found
        Event().wait(_ASK_EVERY_S)
    raise AssertionError(f"{look} found nothing in {PATIENCE_S:.0f} s")
