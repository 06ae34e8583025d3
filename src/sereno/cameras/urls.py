"""URLs of camera streams: which are accepted, and how they are shown without their secrets."""

from urllib.parse import SplitResult, urlsplit

from sereno.core.errors import AppError, invalid

MAX_LENGTH = 2_000
_SCHEMES = ("rtsp", "rtsps")
_DEVICE_SCHEMES = ("http", "https")


def check_stream_url(url: str) -> str:
    """``url`` itself, when it can name a stream. Raises: AppError invalid; its words never repeat the URL."""
    if len(url) > MAX_LENGTH:
        raise _refused(f"it is longer than {MAX_LENGTH} characters")
    if any(not 0x21 <= ord(character) <= 0x7E for character in url):
        raise _refused("it holds a space, a control character or a letter outside ASCII")
    parts = _split(url)
    if parts is None or parts.scheme not in _SCHEMES:
        raise _refused("it does not begin with rtsp:// or rtsps://")
    if not parts.hostname:
        raise _refused("it names no address")
    if parts.fragment or "#" in url:
        raise _refused("it holds a #, which must be written %23")
    return url


def redacted(url: str) -> str:
    """For screens and logs: scheme, address and path; user, password and query are left out.

    So is a path with ``=`` in it, because some makers write ``/user=admin&password=…``. What is no URL at all becomes
    ``…``: it might be a password typed into the wrong field.
    """
    parts = _split(url)
    if parts is None or parts.scheme not in _SCHEMES or not parts.hostname:
        return "…" if url else ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    credentials = "…@" if "@" in parts.netloc else ""
    path = "/…" if "=" in parts.path else parts.path
    query = "?…" if parts.query or parts.fragment else ""
    return f"{parts.scheme}://{credentials}{host}{port}{path}{query}"


def check_device_url(url: str) -> str:
    """``url`` itself, when it can name an ONVIF device. Raises: AppError invalid; its words never repeat the URL."""
    parts = _split(url)
    printable = all(0x21 <= ord(character) <= 0x7E for character in url) and len(url) <= MAX_LENGTH
    if parts is None or not printable or parts.scheme not in _DEVICE_SCHEMES or not parts.hostname or "#" in url:
        raise invalid(
            "device_url_invalid",
            "The ONVIF address is refused.",
            "Write http://USER:PASSWORD@ADDRESS/onvif/device_service, with # written as %23.",
        )
    return url


def redacted_device(url: str) -> str:
    """For screens and logs: without user, password and query."""
    parts = _split(url)
    if parts is None or parts.scheme not in _DEVICE_SCHEMES or not parts.hostname:
        return "…" if url else ""
    credentials = "…@" if "@" in parts.netloc else ""
    return f"{parts.scheme}://{credentials}{parts.netloc.rpartition('@')[2]}{parts.path}"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no number below 65,536
    except ValueError:
        return None
    return parts


def _refused(why: str) -> AppError:
    return invalid("camera_url_invalid", f"The URL is refused: {why}.", "Write rtsp://USER:PASSWORD@ADDRESS:554/PATH.")
