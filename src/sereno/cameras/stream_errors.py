"""From an exception of PyAV or the system to a stream fault.

The words of those exceptions hold the URL, credentials included: raise what is made here ``from None``.
"""

import errno

import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.rtsp_greeting import greeting_fault
from sereno.core.errors import AppError

RECORDABLE_CODECS = ("h264", "hevc")

_BY_TYPE: tuple[tuple[type[BaseException], StreamFault], ...] = (
    (av.error.HTTPUnauthorizedError, StreamFault.UNAUTHORIZED),
    (av.error.HTTPForbiddenError, StreamFault.UNAUTHORIZED),
    (av.error.HTTPNotFoundError, StreamFault.NOT_FOUND),
    (av.error.HTTPClientError, StreamFault.REFUSED),
    (av.error.HTTPServerError, StreamFault.REFUSED),
    (av.error.EOFError, StreamFault.ENDED),
    (av.error.ExitError, StreamFault.TIMEOUT),  # what PyAV's own timeout raises
    (av.error.ProtocolNotFoundError, StreamFault.NOT_RTSP),
    (av.error.DecoderNotFoundError, StreamFault.CODEC_UNSUPPORTED),
    (av.error.PatchWelcomeError, StreamFault.CODEC_UNSUPPORTED),
    (TimeoutError, StreamFault.TIMEOUT),
    (ConnectionError, StreamFault.UNREACHABLE),
    (EOFError, StreamFault.ENDED),
)
_BY_NUMBER = {
    errno.EHOSTUNREACH: StreamFault.UNREACHABLE,
    errno.ENETUNREACH: StreamFault.UNREACHABLE,
    errno.EADDRNOTAVAIL: StreamFault.UNREACHABLE,
    errno.EIO: StreamFault.UNREACHABLE,  # FFmpeg's word for a name that does not resolve
    errno.ETIMEDOUT: StreamFault.TIMEOUT,
    errno.EAGAIN: StreamFault.TIMEOUT,
    errno.EPROTONOSUPPORT: StreamFault.REFUSED,  # the answer to SETUP was no, mostly 461
}


def stream_error(exc: Exception) -> AppError:
    """What ``exc`` means once a stream is open; an ``AppError`` is given back as it is."""
    if isinstance(exc, AppError):
        return exc
    for kind, fault in _BY_TYPE:
        if isinstance(exc, kind):
            return stream_fault(fault)
    if isinstance(exc, OSError) and exc.errno in _BY_NUMBER:
        return stream_fault(_BY_NUMBER[exc.errno])
    return stream_fault(StreamFault.GARBAGE)


def opening_error(exc: Exception, url: str) -> AppError:
    """What ``exc`` from ``av.open(url)`` means.

    FFmpeg says "invalid data" for silence, for a web server and for noise alike, so the address is asked once more,
    for at most 8 s.
    """
    error = stream_error(exc)
    return stream_fault(greeting_fault(url)) if error.code == StreamFault.GARBAGE else error


def recordable_stream(container: InputContainer) -> VideoStream:
    """The video of an opened camera. Raises: AppError when there is none, or none that is recorded here."""
    streams = container.streams.video
    if not streams:
        raise stream_fault(StreamFault.GARBAGE, "no video in it")
    try:
        codec = streams[0].codec_context.name
    except AttributeError:  # a codec that FFmpeg does not know has no context
        codec = "unknown"
    if codec not in RECORDABLE_CODECS:
        raise stream_fault(StreamFault.CODEC_UNSUPPORTED, codec)
    return streams[0]
