"""One simulated device: what it is, where it looks, what it tells, what its card holds."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sereno.cameras.onvif.model import PtzVector
from sereno.cameras.onvif.soap import Credentials
from sereno.core.clock import Clock

SPEED_PER_S = 0.6
"""Of the whole range that full speed covers in a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """How makers differ; the defaults are a camera as the standard has it."""

    http_digest: bool = False
    """Takes its password by HTTP digest alone."""
    foreign_host: str = ""
    """Names this host in all its addresses, as a camera behind NAT does."""
    old: bool = False
    """Profile S: no GetServices, no Media2."""
    slow_s: float = 0.0
    """Waits so long before each answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedStream:
    """One profile. ``url`` is where its RTSP is served."""

    token: str
    url: str
    width: int
    height: int
    fps: float
    codec: str = "H264"
    gop: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSpan:
    """What the card recorded, by our clock; the device tells it by its own."""

    token: str
    began: datetime
    ended: datetime | None
    """None while it still grows."""
    url: str
    """RTSP replay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event that waits to be pulled."""

    topic: str
    source: tuple[str, str]
    state: tuple[str, str]
    at: datetime


@dataclass(slots=True)
class Motors:
    """Where it looks. A movement ends at ``until_s`` when nobody stops it before."""

    position: PtzVector = field(default_factory=PtzVector)
    speed: PtzVector = field(default_factory=PtzVector)
    since_s: float = 0.0
    until_s: float = 0.0
    moves: int = 0
    stops: int = 0

    def at(self, now_s: float) -> PtzVector:
        ran_s = max(0.0, min(now_s, self.until_s) - self.since_s)
        here, speed = self.position, self.speed
        return PtzVector(
            pan=_within(here.pan + speed.pan * SPEED_PER_S * ran_s, -1.0),
            tilt=_within(here.tilt + speed.tilt * SPEED_PER_S * ran_s, -1.0),
            zoom=_within(here.zoom + speed.zoom * SPEED_PER_S * ran_s, 0.0),
        )

    def moving(self, now_s: float) -> bool:
        return now_s < self.until_s and self.speed != PtzVector()

    def move(self, speed: PtzVector, for_s: float, now_s: float) -> None:
        self.position, self.speed = self.at(now_s), speed
        self.since_s, self.until_s = now_s, now_s + for_s
        self.moves += 1

    def stop(self, now_s: float) -> None:
        self.look_at(self.at(now_s), now_s)
        self.stops += 1

    def look_at(self, position: PtzVector, now_s: float) -> None:
        """At once: a simulated motor is quick."""
        self.position = PtzVector(
            pan=_within(position.pan, -1.0), tilt=_within(position.tilt, -1.0), zoom=_within(position.zoom, 0.0)
        )
        self.speed, self.since_s, self.until_s = PtzVector(), now_s, now_s


@dataclass(slots=True)
class SimulatedDevice:
    """Changed by its server's thread alone, but for ``tell`` and what a test sets between calls."""

    name: str
    streams: tuple[SimulatedStream, ...]
    clock: Clock
    credentials: Credentials | None = None
    steerable: bool = True
    clock_ahead: timedelta = timedelta(0)
    quirks: Quirks = field(default_factory=Quirks)
    card: tuple[CardSpan, ...] = ()
    picture: bytes = b""
    """A JPEG for its snapshot; empty means that it has none."""
    motors: Motors = field(default_factory=Motors)
    presets: dict[str, tuple[str, PtzVector]] = field(default_factory=dict)
    subscriptions: dict[str, deque[Told]] = field(default_factory=dict)

    def now(self) -> datetime:
        """By its own clock."""
        return self.clock.now() + self.clock_ahead

    def tell(self, topic: str, source: tuple[str, str], state: tuple[str, str]) -> None:
        """An event for whoever listens."""
        told = Told(topic=topic, source=source, state=state, at=self.now())
        for waiting in list(self.subscriptions.values()):
            waiting.append(told)


def _within(value: float, least: float) -> float:
    return max(least, min(1.0, value))
