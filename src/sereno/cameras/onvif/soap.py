"""SOAP 1.2 on the wire: envelopes and passwords out, bodies and faults in. No I/O.

Source: ONVIF Core Specification 5; OASIS WSS UsernameToken Profile 1.1, section 3.1.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from sereno.cameras.onvif.faults import DeviceFault, device_fault
from sereno.cameras.onvif.xml_reading import Element, read_xml
from sereno.core.errors import AppError

NAMESPACES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "wsa": "http://www.w3.org/2005/08/addressing",
    "wsnt": "http://docs.oasis-open.org/wsn/b-2",
    "tt": "http://www.onvif.org/ver10/schema",
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "trt": "http://www.onvif.org/ver10/media/wsdl",
    "tr2": "http://www.onvif.org/ver20/media/wsdl",
    "tptz": "http://www.onvif.org/ver20/ptz/wsdl",
    "tev": "http://www.onvif.org/ver10/events/wsdl",
    "tse": "http://www.onvif.org/ver10/search/wsdl",
    "trp": "http://www.onvif.org/ver10/replay/wsdl",
    "tns1": "http://www.onvif.org/ver10/topics",
}
_DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_DIGEST = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
_BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"

_NOT_AUTHORIZED = ("NotAuthorized", "FailedAuthentication", "InvalidSecurity", "InvalidSecurityToken", "FailedCheck")
_NOT_SUPPORTED = ("ActionNotSupported", "OptionalActionNotImplemented", "NoSuchService", "NoPTZProfile")


@dataclass(frozen=True, slots=True)
class Credentials:
    user: str
    password: str


def envelope(body: str, header: str = "") -> bytes:
    """``body`` and ``header`` are XML with the prefixes of ``NAMESPACES``, their values escaped."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope {_DECLARED}>'
        f"<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def username_token(credentials: Credentials, created: datetime, nonce: bytes) -> str:
    """The header that proves the password. ``created`` is by the device's own clock."""
    stamp = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # SHA-1 is what the profile says
    digest = hashlib.sha1(nonce + stamp.encode() + credentials.password.encode(), usedforsecurity=False).digest()
    return (
        f'<wsse:Security s:mustUnderstand="1" xmlns:wsse="{_WSSE}" xmlns:wsu="{_WSU}"><wsse:UsernameToken>'
        f"<wsse:Username>{escape(credentials.user)}</wsse:Username>"
        f'<wsse:Password Type="{_DIGEST}">{base64.b64encode(digest).decode()}</wsse:Password>'
        f'<wsse:Nonce EncodingType="{_BASE64}">{base64.b64encode(nonce).decode()}</wsse:Nonce>'
        f"<wsu:Created>{stamp}</wsu:Created></wsse:UsernameToken></wsse:Security>"
    )


def read_answer(content: bytes) -> Element:
    """What stands in the envelope's body.

    Raises: AppError, a device fault: also the one that the device itself tells.
    """
    try:
        root = read_xml(content)
    except AppError as error:
        looks_soap = b"Envelope" in content[:2_000]
        raise device_fault(DeviceFault.GARBAGE if looks_soap else DeviceFault.NOT_ONVIF) from error
    body = root.at("Envelope", "Body")
    if body is None:
        raise device_fault(DeviceFault.NOT_ONVIF)
    fault = body.at("Fault")
    if fault is not None:
        raise _told(fault)
    return body.children[0] if body.children else Element("")


def _told(fault: Element) -> AppError:
    codes = [each.text.strip().rpartition(":")[2] for each in fault.every("Value")]
    codes.append(fault.value("faultcode").rpartition(":")[2])
    reason = fault.value("Reason", "Text") or fault.value("faultstring")
    words = f"{' '.join(codes)} {reason}".lower()
    if any(code in _NOT_AUTHORIZED for code in codes) or "not authorized" in words or "unauthorized" in words:
        return device_fault(DeviceFault.UNAUTHORIZED)
    if any(code in _NOT_SUPPORTED for code in codes):
        return device_fault(DeviceFault.UNSUPPORTED)
    return device_fault(DeviceFault.REFUSED, printable(reason, 100))


def printable(text: str, limit: int = 120) -> str:
    """A device's own words, made fit for a screen: one line, no control characters, and no address."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return " ".join(word if "://" not in word else "…" for word in line.split())[:limit]
