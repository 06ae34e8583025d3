"""The session description of a camera. Source: RFC 4566, RFC 6184 8.2, RFC 7798 7.1, RFC 3640 4.1."""

from base64 import b64encode

from sereno.simulation.rtsp.clip import Clip, nal_kind
from sereno.simulation.rtsp.packetise import PAYLOAD_TYPE, Codec
from sereno.simulation.rtsp.protocol import SOUND_TRACK, TRACK
from sereno.simulation.rtsp.sound import PAYLOAD_TYPE as SOUND_PAYLOAD_TYPE
from sereno.simulation.rtsp.sound import SoundSource

UNKNOWN_CODEC = "X-SERENO-UNKNOWN"


def session_description(
    clip: Clip, host: str, *, sound: SoundSource | None = None, unknown_codec: bool = False
) -> bytes:
    """What DESCRIBE answers: a video track and, with ``sound``, one of it."""
    name = UNKNOWN_CODEC if unknown_codec else clip.codec.value
    lines = [
        "v=0",
        f"o=- 0 0 IN IP4 {host}",
        "s=Sereno camera simulator",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        "a=range:npt=now-",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} {name}/90000",
    ]
    if not unknown_codec:
        lines.append(f"a=fmtp:{PAYLOAD_TYPE} {_format(clip)}")
    if clip.fps:
        lines.append(f"a=framerate:{clip.fps:g}")
    lines.append(f"a=control:{TRACK}")
    if sound is not None:
        lines += _sound(sound)
    return "\r\n".join([*lines, ""]).encode()


def _sound(sound: SoundSource) -> list[str]:
    kind = f"{sound.encoding}/{sound.rate_hz}/{sound.channels}"
    lines = [f"m=audio 0 RTP/AVP {SOUND_PAYLOAD_TYPE}", f"a=rtpmap:{SOUND_PAYLOAD_TYPE} {kind}"]
    if sound.format:
        lines.append(f"a=fmtp:{SOUND_PAYLOAD_TYPE} {sound.format}")
    return [*lines, f"a=control:{SOUND_TRACK}"]


def _format(clip: Clip) -> str:
    if clip.codec is Codec.H264:
        profile = clip.parameter_sets[0][1:4].hex().upper()
        sets = ",".join(_text(nal) for nal in clip.parameter_sets)
        return f"packetization-mode=1; profile-level-id={profile}; sprop-parameter-sets={sets}"
    names = {32: "sprop-vps", 33: "sprop-sps", 34: "sprop-pps"}
    return "; ".join(
        f"{name}={','.join(_text(nal) for nal in clip.parameter_sets if nal_kind(clip.codec, nal) == kind)}"
        for kind, name in names.items()
    )


def _text(nal: bytes) -> str:
    return b64encode(nal).decode()
