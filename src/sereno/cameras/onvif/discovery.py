"""WS-Discovery: who on the network speaks ONVIF. Source: WS-Discovery 2005/04; ONVIF Core Specification 7."""

import asyncio
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit, urlunsplit
from uuid import uuid4

from sereno.cameras.onvif.faults import DeviceFault, device_fault
from sereno.cameras.onvif.model import FoundDevice
from sereno.cameras.onvif.soap import printable
from sereno.cameras.onvif.xml_reading import Element, read_xml
from sereno.core.errors import AppError

GROUP, PORT = "239.255.255.250", 3702
LISTEN_S = 3.0
REPEATS_S = (0.0, 0.3, 1.0)
"""Datagrams get lost; a device that heard two probes answers twice and is listed once."""
MAX_DEVICES = 512
MAX_DATAGRAM = 65_536

_PROBE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
    'xmlns:dn="http://www.onvif.org/ver10/network/wsdl">'
    "<e:Header><w:MessageID>{message}</w:MessageID>"
    "<w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>"
    "<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>"
    "<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"
)


async def discover(address: str = "", port: int = PORT, listen_s: float = LISTEN_S) -> tuple[FoundDevice, ...]:
    """Devices that answered within ``listen_s``, by address. ``address`` empty asks the whole network.

    Raises: AppError invalid when ``address`` is no IP address, unavailable when the network cannot be asked.
    """
    if address:
        try:
            ip_address(address)
        except ValueError:
            raise device_fault(DeviceFault.UNREACHABLE, "an IP address is needed") from None
    asked = str(uuid4())
    loop = asyncio.get_running_loop()
    answers = _Answers(f"urn:uuid:{asked}", only_from=address)
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: answers, local_addr=("0.0.0.0", 0))  # noqa: S104
    except OSError:
        raise device_fault(DeviceFault.UNREACHABLE, "the network cannot be asked") from None
    try:
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        probe = _PROBE.format(message=f"urn:uuid:{asked}").encode()
        began = loop.time()
        for wait_s in REPEATS_S:
            await asyncio.sleep(max(0.0, began + min(wait_s, listen_s) - loop.time()))
            transport.sendto(probe, (address or GROUP, port))
        await asyncio.sleep(max(0.0, began + listen_s - loop.time()))
    finally:
        transport.close()
    return tuple(sorted(answers.found.values(), key=lambda device: device.url))


class _Answers(asyncio.DatagramProtocol):
    def __init__(self, message: str, only_from: str) -> None:
        self._message = message
        self._only_from = only_from
        self.found: dict[str, FoundDevice] = {}

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (self._only_from and addr[0] != self._only_from) or len(self.found) >= MAX_DEVICES:
            return
        for device in devices_of(data[:MAX_DATAGRAM], addr[0], self._message):
            self.found[device.url] = device

    def error_received(self, _error: Exception) -> None:
        """An address where nobody listens says so by ICMP: there is no device."""


def devices_of(answer: bytes, sender: str, message: str) -> Iterator[FoundDevice]:
    """What one answer to our probe tells; its device is sought at ``sender`` alone, whatever address it names.

    An answer to somebody else's probe, or one that cannot be read, tells nothing.
    """
    try:
        root = read_xml(answer)
    except AppError:
        return
    relates = root.value("Envelope", "Header", "RelatesTo").lower()
    if relates and relates.removeprefix("uuid:") not in (message, message.removeprefix("urn:uuid:")):
        return
    for match in root.every("ProbeMatch"):
        yield _device(match, sender)


def _device(match: Element, sender: str) -> FoundDevice:
    told = match.value("XAddrs").split()
    own = next((each for each in told if _host(each) == sender), told[0] if told else "")
    scopes = [unquote(scope) for scope in match.value("Scopes").split()]
    return FoundDevice(
        url=_at(sender, own),
        name=_scope(scopes, "/name/"),
        hardware=_scope(scopes, "/hardware/"),
        profiles=tuple(sorted({scope.rpartition("/Profile/")[2][:1] for scope in scopes if "/Profile/" in scope})),
    )


def _at(sender: str, told: str) -> str:
    try:
        parts = urlsplit(told)
        same, port = parts.hostname == sender, parts.port
    except ValueError:
        return f"http://{sender}/onvif/device_service"
    netloc = f"{sender}:{port}" if port is not None and same else sender
    if not parts.path or parts.scheme not in ("http", "https"):
        return f"http://{netloc}/onvif/device_service"
    return urlunsplit((parts.scheme, netloc, parts.path, "", ""))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _scope(scopes: list[str], word: str) -> str:
    return printable(next((scope.rpartition(word)[2] for scope in scopes if word in scope), ""), 80)
