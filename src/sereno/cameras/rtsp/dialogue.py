"""What a session wants, knows and waits for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from sereno.cameras.rtsp.auth import Authorization, Login

_DEFAULT_TIMEOUT_S = 60.0


class Stage(Enum):
    GREETING = auto()
    DESCRIBING = auto()
    CHOOSING = auto()
    SETTING_UP = auto()
    STARTING = auto()
    PLAYING = auto()
    OVER = auto()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a camera. ``fresh`` gives a new client nonce."""

    fresh: Callable[[], str]
    sound: bool = False
    ssrc: int = 0x5E4E0
    play: tuple[tuple[str, str], ...] = (("Range", "npt=0.000-"),)
    """Headers of PLAY: from where, and for a replay how."""


@dataclass(slots=True)
class Asked:
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    proved: bool = False
    """Whether it carried a proof of the password."""
    tries: int = 0
    """How often it was asked again."""


@dataclass(slots=True)
class Dialogue:
    """What is known so far."""

    url: str
    login: Login | None
    authorization: Authorization | None = None
    trusted: bool = False
    """Whether a proof of the password was taken once."""
    methods: str = ""
    session: str = ""
    timeout_s: float = _DEFAULT_TIMEOUT_S
    controls: dict[int, str] = field(default_factory=dict)
    cseq: int = 0
