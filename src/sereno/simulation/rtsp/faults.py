"""What may be wrong with a camera; switched at run time, one at a time or together."""

from dataclasses import dataclass
from enum import IntEnum


class Refusal(IntEnum):
    """RTSP status that every request gets."""

    UNAUTHORIZED = 401
    NOT_FOUND = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    frozen: bool = False
    """No packet leaves; the connection stays and requests are answered."""
    cut: bool = False
    """Connections are dropped at once, and again after each request."""
    mute: bool = False
    """Requests are read and never answered."""
    refusal: Refusal | None = None
    garbage_answers: bool = False
    """Random bytes instead of RTSP."""
    garbage_payload: bool = False
    """RTP headers are right, what they carry is noise."""
    unknown_codec: bool = False
    """The session description names a codec that nobody knows."""
    joins_mid_gop: bool = False
    """A viewer gets no key frame first: it waits for the next one, as with cameras that do not restart a GOP."""
    clock_jump_s: float = 0.0
    """How far the camera's clock (sender reports) and RTP time stamps have jumped."""
    loss: float = 0.0
    """Share of RTP packets that never leave, 0..1."""
    swapped: float = 0.0
    """Share of pictures whose packets leave in another order, 0..1."""
    doubled: float = 0.0
    """Share of RTP packets that leave twice, 0..1."""
    stopped_time_stamps: bool = False
    """Every picture carries the same RTP time stamp."""
    dumb: bool = False
    """Pictures come, sound does not."""
    wrapping: bool = False
    """RTP time stamps of a new viewer pass 2**32 after two seconds."""
    keyless: bool = False
    """Key frames are left out: nobody can ever begin."""


NO_FAULTS = Faults()
