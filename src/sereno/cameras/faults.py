"""What can be wrong with a camera's stream, in words: the one list that probe, recorder and analyst speak."""

from enum import StrEnum

from sereno.core.errors import AppError, ErrorKind


class StreamFault(StrEnum):
    UNREACHABLE = "camera_unreachable"
    TIMEOUT = "camera_timeout"
    UNAUTHORIZED = "camera_unauthorized"
    NOT_FOUND = "camera_not_found"
    NOT_RTSP = "camera_not_rtsp"
    GARBAGE = "camera_garbage"
    CODEC_UNSUPPORTED = "camera_codec_unsupported"
    STALLED = "camera_stalled"
    ENDED = "camera_ended"
    REFUSED = "camera_refused"
    NO_KEY_FRAME = "camera_no_key_frame"
    UNTRUSTED = "camera_untrusted"
    ENDS_DECODER = "camera_ends_decoder"


_U, _I, _D, _N = ErrorKind.UNAVAILABLE, ErrorKind.INVALID, ErrorKind.DENIED, ErrorKind.NOT_FOUND

_WORDS: dict[StreamFault, tuple[ErrorKind, str, str]] = {
    StreamFault.UNREACHABLE: (
        _U,
        "The camera cannot be reached.",
        "Check that it has power and network, and that address and port are right.",
    ),
    StreamFault.TIMEOUT: (
        _U,
        "The camera does not answer in time.",
        "Check the network to it, and whether too many others watch it.",
    ),
    StreamFault.UNAUTHORIZED: (
        _D,
        "The camera refuses the user name or password.",
        "Edit the camera's URL: rtsp://USER:PASSWORD@ADDRESS/PATH, with special characters written as %40 and so on.",
    ),
    StreamFault.NOT_FOUND: (
        _N,
        "The camera has no stream under this path.",
        "Look up the path of the stream in the camera's manual or its web page.",
    ),
    StreamFault.NOT_RTSP: (
        _I,
        "What answers at this address does not speak RTSP.",
        "Check the port: cameras mostly use 554 for RTSP, and 80 is their web page.",
    ),
    StreamFault.GARBAGE: (
        _I,
        "The camera sends something that is no video.",
        "Restart the camera; if that does not help, choose another stream of it.",
    ),
    StreamFault.CODEC_UNSUPPORTED: (
        _I,
        "The camera sends video in a form that is not recorded here.",
        "Set the camera to H.264 or H.265.",
    ),
    StreamFault.STALLED: (
        _U,
        "The camera is connected but sends no more pictures.",
        "Sereno connects again by itself; if it lasts, restart the camera.",
    ),
    StreamFault.ENDED: (
        _U,
        "The camera ended the stream.",
        "Sereno connects again by itself.",
    ),
    StreamFault.REFUSED: (
        _U,
        "The camera refuses to send the stream.",
        "Allow RTSP over TCP in the camera, and check how many viewers it allows.",
    ),
    StreamFault.NO_KEY_FRAME: (
        _I,
        "The camera sends no key frame, and without one its pictures cannot be shown.",
        "Set its key frame interval (GOP, I-frame interval) to one or two seconds, and smart codecs off.",
    ),
    StreamFault.UNTRUSTED: (
        _D,
        "The camera's certificate is signed by nobody who is trusted here, or is not the one that was noted.",
        "Note the certificate's SHA-256 fingerprint with the camera, or install a certificate of your authority in it.",
    ),
    StreamFault.ENDS_DECODER: (
        _I,
        "What the camera sends ended the process that looks at it again and again.",
        "It is recorded, and looked at again after a pause; restart the camera, or choose another codec in it.",
    ),
}


def stream_fault(fault: StreamFault, detail: str = "") -> AppError:
    """The fault with its words. ``detail`` is shown in brackets and must hold no URL."""
    kind, message, advice = _WORDS[fault]
    return AppError(kind, fault.value, f"{message[:-1]} ({detail})." if detail else message, advice)
