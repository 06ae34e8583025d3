"""Starts the processes of one box and brings each back when it ends; the others do not notice."""

import logging
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event

from sereno.core.clock import Clock

log = logging.getLogger(__name__)

STOP_GRACE_S = 4.0
STABLE_S = 30.0
BACKOFF_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    name: str
    argv: tuple[str, ...]


@dataclass(slots=True)
class _Child:
    spec: ProcessSpec
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    quick_ends: int = 0
    start_at_s: float = field(default=0.0)


class Supervisor:
    """One retry policy for every process: at once, then with growing pauses while it keeps ending within 30 s."""

    def __init__(self, specs: Sequence[ProcessSpec], clock: Clock) -> None:
        self._children = [_Child(spec) for spec in specs]
        self._clock = clock

    def run(self, stop: Event, poll_s: float = 0.1) -> None:
        """Until ``stop`` is set; then every process gets SIGTERM, and SIGKILL after 4 s."""
        try:
            while not stop.is_set():
                for child in self._children:
                    self._tend(child)
                stop.wait(poll_s)
        finally:
            self._end_all()

    def _tend(self, child: _Child) -> None:
        now_s = self._clock.monotonic_s()
        if child.process is not None:
            status = child.process.poll()
            if status is None:
                return
            child.process = None
            child.quick_ends = child.quick_ends + 1 if now_s - child.started_s < STABLE_S else 0
            pause_s = BACKOFF_S[min(child.quick_ends, len(BACKOFF_S) - 1)]
            child.start_at_s = now_s + pause_s
            log.warning("process=%s ended status=%s; starting again in %.1f s", child.spec.name, status, pause_s)
        if now_s >= child.start_at_s:
            child.process = subprocess.Popen(child.spec.argv, start_new_session=True)
            child.started_s = now_s

    def _end_all(self) -> None:
        running = [c.process for c in self._children if c.process is not None]
        for process in running:
            process.terminate()
        deadline_s = self._clock.monotonic_s() + STOP_GRACE_S
        for process in running:
            try:
                process.wait(max(0.0, deadline_s - self._clock.monotonic_s()))
            except subprocess.TimeoutExpired:
                log.warning("pid=%s did not stop in %.0f s: killed", process.pid, STOP_GRACE_S)
                process.kill()
                process.wait()
