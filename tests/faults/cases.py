"""The fault bench's table: what is wrong with each camera, what must be told of it, what must be recorded still."""

from dataclasses import dataclass

from sereno.cameras.faults import StreamFault
from sereno.simulation.rtsp.faults import NO_FAULTS, Faults
from tests.faults import acts
from tests.faults.wires import Act


@dataclass(frozen=True, kw_only=True)
class Case:
    """A camera that is wrong from the start or, with ``later``, from its first segment on; then it is healed."""

    name: str
    told: StreamFault | None = None
    """The first reason that must be stored; None: it is never lost."""
    then: StreamFault | None = None
    """What the tries after it find."""
    records: bool = True
    """Whether segments are made while it is wrong."""
    whole: bool = False
    """Whether every picture is kept."""
    act: Act | None = None
    """What its wire does."""
    half_open: bool = False
    dies: bool = False
    """The cable is out in mid-stream: no packet, no FIN."""
    faults: Faults = NO_FAULTS
    later: bool = False
    clip: str = "plain"
    turns_into: str = ""
    """Another clip, in mid-stream."""
    udp: bool = False
    login: str = ""

    @property
    def wired(self) -> bool:
        return self.act is not None or self.half_open or self.dies


F = StreamFault
CASES = (
    # it cannot be reached, or does not say what a camera says
    Case(name="half-open", told=F.TIMEOUT, records=False, half_open=True),
    Case(name="mute", told=F.TIMEOUT, records=False, faults=Faults(mute=True)),
    Case(name="slow-loris", told=F.TIMEOUT, records=False, act=acts.drips),
    Case(name="endless-headers", told=F.GARBAGE, records=False, act=acts.never_ends_its_headers),
    Case(name="endless-description", told=F.GARBAGE, records=False, act=acts.describes_for_ever),
    Case(name="noise-for-answers", told=F.NOT_RTSP, records=False, faults=Faults(garbage_answers=True)),
    Case(name="storm", told=F.UNAUTHORIZED, records=False, act=acts.storms(stale=False), login="admin:word@"),
    Case(name="stale-storm", told=F.UNAUTHORIZED, records=False, act=acts.storms(stale=True), login="admin:word@"),
    Case(name="redirect-circle", told=F.REFUSED, records=False, act=acts.redirects(acts.to_itself)),
    Case(name="redirect-away", act=acts.redirects(acts.to_the_camera)),
    # its description lies
    Case(name="other-sets", act=acts.describes(acts.other_sets), whole=True),
    Case(name="broken-sets", act=acts.describes(acts.broken_sets), whole=True),
    Case(name="other-payload-type", told=F.STALLED, records=False, act=acts.describes(acts.other_payload_type)),
    Case(name="no-rtpmap", told=F.CODEC_UNSUPPORTED, records=False, act=acts.describes(acts.no_rtpmap)),
    # it says the right things and sends nothing
    Case(name="closes-after-play", told=F.ENDED, records=False, act=acts.closes_after_play),
    Case(name="silent-after-play", told=F.STALLED, records=False, faults=Faults(frozen=True)),
    Case(name="dead-cable", told=F.STALLED, then=F.TIMEOUT, dies=True, later=True),
    Case(name="freezes", told=F.STALLED, faults=Faults(frozen=True), later=True),
    Case(name="cut", told=F.ENDED, then=F.REFUSED, faults=Faults(cut=True), later=True),
    # it sends something else
    Case(name="noise-for-pictures", told=F.GARBAGE, faults=Faults(garbage_payload=True), later=True),
    Case(name="noise-between-packets", act=acts.mixes_noise_in),
    Case(name="never-a-key-frame", told=F.NO_KEY_FRAME, records=False, faults=Faults(keyless=True)),
    Case(name="no-second-key-frame", clip="one-key-frame", whole=True),
    Case(name="b-frames", clip="dense", whole=True),
    Case(name="other-size", turns_into="small", later=True),
    Case(name="other-sets-in-stream", turns_into="coded-otherwise", later=True),
    Case(name="other-codec", told=F.GARBAGE, turns_into="dense", later=True),
    # its network
    Case(name="udp", udp=True, whole=True),
    Case(name="udp-loss", udp=True, faults=Faults(loss=0.02), later=True),
    Case(name="udp-out-of-order", udp=True, faults=Faults(swapped=0.3, doubled=0.1), later=True, whole=True),
    # its clock
    Case(name="clock-ahead", faults=Faults(clock_jump_s=7_200), later=True, whole=True),
    Case(name="clock-back", faults=Faults(clock_jump_s=-7_200), later=True, whole=True),
    Case(name="clock-stands", faults=Faults(stopped_time_stamps=True), later=True),
    Case(name="clock-wraps", faults=Faults(wrapping=True), whole=True),
)
GOOD = ("good", "good-dense")
"""Cameras beside them that must not lose a picture."""
