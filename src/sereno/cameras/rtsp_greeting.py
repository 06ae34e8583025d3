"""What speaks at a camera's address, asked with one RTSP OPTIONS.

FFmpeg calls silence, a web page and noise all "invalid data", and the three need different advice.
"""

import socket
import ssl
from urllib.parse import SplitResult, urlsplit

from sereno.cameras.faults import StreamFault

_MAX_REPLY_BYTES = 4_096


def greeting_fault(url: str, timeout_s: float = 4.0) -> StreamFault:
    """Why a stream that FFmpeg found invalid is invalid; ``GARBAGE`` when RTSP itself is spoken."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (322 if parts.scheme == "rtsps" else 554)
    try:
        with socket.create_connection((host, port), timeout_s) as connection:
            connection.settimeout(timeout_s)
            if parts.scheme == "rtsps":
                with _unverified().wrap_socket(connection) as secured:
                    return _ask(secured, parts)
            return _ask(connection, parts)
    except ssl.SSLError:
        return StreamFault.NOT_RTSP
    except TimeoutError:
        return StreamFault.TIMEOUT
    except OSError:
        return StreamFault.UNREACHABLE


def fault_of_reply(reply: bytes) -> StreamFault:
    """Source: RFC 2326 section 7, the status line of a response."""
    if not reply:
        return StreamFault.REFUSED
    return StreamFault.GARBAGE if reply.startswith((b"RTSP/1.", b"RTSP/2.")) else StreamFault.NOT_RTSP


def _ask(connection: socket.socket, url: SplitResult) -> StreamFault:
    """About the stream's own path, because a camera may answer ``*`` and be silent about one stream."""
    target = url._replace(netloc=url.netloc.rpartition("@")[2]).geturl()
    connection.sendall(f"OPTIONS {target} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: Sereno\r\n\r\n".encode())
    try:
        return fault_of_reply(connection.recv(_MAX_REPLY_BYTES))
    except ConnectionError:
        return StreamFault.REFUSED


def _unverified() -> ssl.SSLContext:
    """Nothing secret is said here, and cameras sign their own certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
