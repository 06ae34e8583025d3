"""Which of a device's events are told: changes, and not a flood of them. Pure."""

from dataclasses import dataclass, field

from sereno.cameras.onvif.model import DeviceEvent

BURST = 20
PER_S = 0.5
MAX_STATES = 256


@dataclass(slots=True)
class EventGate:
    """One a camera. Many cameras repeat a state each second, and some tell a hundred changes in one."""

    dropped: int = 0
    """Changes that were too many."""
    _states: dict[tuple[str, str], bool] = field(default_factory=dict)
    _room: float = BURST
    _at_s: float = 0.0

    def passes(self, event: DeviceEvent, now_s: float) -> bool:
        """``now_s`` is monotonic."""
        if event.active is not None and not self._changes(event, active=event.active):
            return False
        if event.initial and not event.active:
            return False
        self._room = min(BURST, self._room + (now_s - self._at_s) * PER_S)
        self._at_s = now_s
        if self._room < 1.0:
            self.dropped += 1
            return False
        self._room -= 1.0
        return True

    def _changes(self, event: DeviceEvent, *, active: bool) -> bool:
        key = (event.topic, event.source)
        before = self._states.get(key)
        if before is None and len(self._states) >= MAX_STATES:
            self._states.clear()
        self._states[key] = active
        return before is not active
