"""From an exception of PyAV or the system to a stream fault; never repeats the URL, which may hold credentials."""

import errno

import av.error

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.core.errors import AppError

_BY_TYPE: tuple[tuple[type[BaseException], StreamFault], ...] = (
    (av.error.HTTPUnauthorizedError, StreamFault.UNAUTHORIZED),
    (av.error.HTTPForbiddenError, StreamFault.UNAUTHORIZED),
    (av.error.HTTPNotFoundError, StreamFault.NOT_FOUND),
    (av.error.HTTPError, StreamFault.REFUSED),
    (av.error.EOFError, StreamFault.ENDED),
    (av.error.ExitError, StreamFault.TIMEOUT),  # what PyAV's own timeout raises
    (av.error.ProtocolNotFoundError, StreamFault.NOT_RTSP),
    (av.error.DecoderNotFoundError, StreamFault.CODEC_UNSUPPORTED),
    (av.error.PatchWelcomeError, StreamFault.CODEC_UNSUPPORTED),
    (av.error.InvalidDataError, StreamFault.GARBAGE),
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
    errno.EPROTONOSUPPORT: StreamFault.REFUSED,
    errno.EINVAL: StreamFault.GARBAGE,
}


def stream_error(exc: Exception) -> AppError:
    """The stream fault that ``exc`` means; an ``AppError`` is given back as it is."""
    if isinstance(exc, AppError):
        return exc
    for kind, fault in _BY_TYPE:
        if isinstance(exc, kind):
            return stream_fault(fault)
    if isinstance(exc, OSError) and exc.errno in _BY_NUMBER:
        return stream_fault(_BY_NUMBER[exc.errno])
    return stream_fault(StreamFault.GARBAGE, type(exc).__name__)
