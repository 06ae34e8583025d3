"""Simulated devices over HTTP, one under each path, and their answers to WS-Discovery probes."""

import asyncio
import base64
import hashlib
import hmac
import secrets
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from threading import Thread
from types import TracebackType
from typing import Self, cast
from urllib.parse import quote

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sereno.cameras.onvif.soap import Credentials, envelope
from sereno.cameras.onvif.times import duration_of, instant_of
from sereno.cameras.onvif.xml_reading import Element, read_xml
from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.simulation.onvif.answers import Asked, SoapFaultError, answer, subscription_of
from sereno.simulation.onvif.device import SimulatedDevice
from sereno.simulation.rtsp.protocol import digest_fields

PASSWORD_AGE = timedelta(seconds=30)
"""A digest made longer ago, by the device's clock, is refused, as cameras do."""
_POLL_S = 0.02


class DeviceServer:
    """In a thread of its own; use it in a ``with``. Answers probes when ``discovery_port`` is not None."""

    def __init__(
        self, devices: Sequence[SimulatedDevice], clock: Clock, *, port: int = 0, discovery_port: int | None = None
    ) -> None:
        self.devices: Mapping[str, SimulatedDevice] = {device.name: device for device in devices}
        self._clock = clock
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self.discovery_port = discovery_port
        self._nonce = secrets.token_hex(16)
        app = Starlette(routes=[Route("/{name}/{part:path}", self._asked, methods=["GET", "POST"])])
        self._server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
        )
        self._thread = Thread(target=self._run, name="onvif-simulator", daemon=True)

    def url(self, name: str) -> str:
        """With the device's credentials."""
        credentials = self.devices[name].credentials
        user = f"{quote(credentials.user, '')}:{quote(credentials.password, '')}@" if credentials else ""
        return f"http://{user}127.0.0.1:{self.port}/{name}/device_service"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(5.0)
        self._socket.close()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self._socket.close)
            self._socket.listen(128)  # who connects before the loop runs waits in the queue
            self.start()
            undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        if self.discovery_port is None:
            await self._server.serve([self._socket])
            return
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Discovery(self), sock=_listener(self.discovery_port)
        )
        try:
            await self._server.serve([self._socket])
        finally:
            transport.close()

    async def _asked(self, request: Request) -> Response:
        device, part = self.devices.get(request.path_params["name"]), request.path_params["part"]
        if device is None:
            return Response(status_code=404)
        await asyncio.sleep(device.quirks.slow_s)
        if request.method == "GET":
            return self._picture(device, request, part)
        try:
            root = read_xml(await request.body())
        except AppError:
            return Response(status_code=400)
        body = root.at("Envelope", "Body")
        if body is None or not body.children:
            return Response(status_code=400)
        base = f"http://127.0.0.1:{self.port}/{device.name}"
        asked = Asked(device, body.children[0], base, part, self._clock.monotonic_s())
        refused = self._refused(device, request, root, asked.body.name)
        return refused or await self._answered(asked)

    async def _answered(self, asked: Asked) -> Response:
        try:
            if asked.body.name == "PullMessages":
                await self._wait_for_events(asked)
            content = envelope(answer(asked))
        except SoapFaultError as fault:
            return _fault(fault.code, str(fault))
        return Response(content, media_type="application/soap+xml")

    async def _wait_for_events(self, asked: Asked) -> None:
        until_s = self._clock.monotonic_s() + (duration_of(asked.body.value("Timeout")) or timedelta(0)).total_seconds()
        while not subscription_of(asked) and self._clock.monotonic_s() < until_s and not self._server.should_exit:
            await asyncio.sleep(_POLL_S)

    def _picture(self, device: SimulatedDevice, request: Request, part: str) -> Response:
        if part != "snapshot.jpg" or not device.picture:
            return Response(status_code=404)
        if device.credentials is not None and not self._http_digest(device.credentials, request):
            return self._challenge()
        return Response(device.picture, media_type="image/jpeg")

    def _refused(self, device: SimulatedDevice, request: Request, root: Element, name: str) -> Response | None:
        credentials = device.credentials
        if credentials is None or name == "GetSystemDateAndTime":
            return None
        if device.quirks.http_digest:
            return None if self._http_digest(credentials, request) else self._challenge()
        token = root.at("Envelope", "Header", "Security", "UsernameToken")
        return (
            None
            if token is not None and _token_holds(token, credentials, device)
            else _fault("NotAuthorized", "Sender not authorized")
        )

    def _challenge(self) -> Response:
        digest = f'Digest realm="onvif", qop="auth", nonce="{self._nonce}", algorithm=MD5'
        return Response(status_code=401, headers={"WWW-Authenticate": digest})

    def _http_digest(self, credentials: Credentials, request: Request) -> bool:
        """Source: RFC 7616 section 3.4, with MD5."""
        header = request.headers.get("authorization", "")
        given = dict(digest_fields(header.removeprefix("Digest ")))
        if given.get("username") != credentials.user or given.get("nonce") != self._nonce:
            return False
        ha1 = _md5(f"{credentials.user}:onvif:{credentials.password}")
        ha2 = _md5(f"{request.method}:{given.get('uri', '')}")
        parts = (ha1, self._nonce, given.get("nc", ""), given.get("cnonce", ""), "auth", ha2)
        return hmac.compare_digest(given.get("response", ""), _md5(":".join(parts)))


class _Discovery(asyncio.DatagramProtocol):
    """Answers probes for video devices."""

    def __init__(self, server: DeviceServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # which asyncio's own does not inherit from

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            root = read_xml(data)
        except AppError:
            return
        if root.at("Envelope", "Body", "Probe") is None:
            return
        relates = root.value("Envelope", "Header", "MessageID")
        for name, device in self._server.devices.items():
            address = f"http://{device.quirks.foreign_host or f'127.0.0.1:{self._server.port}'}/{name}/device_service"
            self._transport.sendto(_match(relates, address, name), addr)


def _match(relates: str, address: str, name: str) -> bytes:
    scopes = (
        f"onvif://www.onvif.org/name/{name} onvif://www.onvif.org/hardware/simulator onvif://www.onvif.org/Profile/T"
    )
    return (
        '<?xml version="1.0"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
        'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><SOAP-ENV:Header>'
        f"<a:RelatesTo>{relates}</a:RelatesTo></SOAP-ENV:Header><SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch>"
        f"<d:Scopes>{scopes}</d:Scopes><d:XAddrs>{address}</d:XAddrs></d:ProbeMatch></d:ProbeMatches>"
        "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    ).encode()


def _listener(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.setblocking(False)
    return listener


def _token_holds(token: Element, credentials: Credentials, device: SimulatedDevice) -> bool:
    created = instant_of(token.value("Created"))
    if created is None or abs(device.now() - created) > PASSWORD_AGE or token.value("Username") != credentials.user:
        return False
    nonce = base64.b64decode(token.value("Nonce"))
    content = nonce + token.value("Created").encode() + credentials.password.encode()
    digest = base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()
    return hmac.compare_digest(token.value("Password"), digest)


def _fault(code: str, reason: str) -> Response:
    body = (
        f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:{code}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en">{reason}</s:Text></s:Reason></s:Fault>'
    )
    return Response(envelope(body), status_code=400, media_type="application/soap+xml")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
