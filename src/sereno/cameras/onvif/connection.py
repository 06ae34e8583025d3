"""One device over HTTP: it is asked at its own address alone, for so long and so much and no more."""

import asyncio
import secrets
import ssl
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

import httpx

from sereno.cameras.onvif.faults import DeviceFault, device_fault
from sereno.cameras.onvif.soap import Credentials, envelope, read_answer, username_token
from sereno.cameras.onvif.xml_reading import MAX_BYTES, Element
from sereno.cameras.urls import check_device_url
from sereno.core.clock import Clock
from sereno.core.errors import AppError

CALL_LIMIT_S = 8.0
MAX_PICTURE_BYTES = 8 << 20
DEFAULT_PATH = "/onvif/device_service"
_NEVER = frozenset({"169.254.169.254", "fd00:ec2::254"})
"""Where clouds tell machines their secrets: no camera lives there."""


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: httpx.Headers
    content: bytes


def unverified() -> ssl.SSLContext:
    """Cameras sign their own certificates; passwords never cross in the clear, with TLS or without."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class DeviceConnection:
    """Close it after use. ``clock_ahead`` is set by who has read the device's clock: its passwords expire by it."""

    def __init__(self, url: str, clock: Clock) -> None:
        """Raises: AppError invalid for a URL that can name no device."""
        parts = urlsplit(check_device_url(url))
        if parts.hostname in _NEVER:
            raise device_fault(DeviceFault.UNREACHABLE)
        self._asked = parts
        self._clock = clock
        self._http_digest = False
        self.clock_ahead = timedelta(0)
        self.credentials = (
            Credentials(unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        )
        self._digest = httpx.DigestAuth(
            *(("", "") if self.credentials is None else (self.credentials.user, self.credentials.password))
        )
        self._client = httpx.AsyncClient(
            verify=unverified() if parts.scheme == "https" else False,
            trust_env=False,
            follow_redirects=False,
            timeout=None,  # noqa: S113 each call has its own limit: a quiet pull point answers late
            limits=httpx.Limits(max_connections=6, keepalive_expiry=20.0),
            headers={"User-Agent": "Sereno", "Accept-Encoding": "identity"},
        )

    @property
    def host(self) -> str:
        return self._asked.hostname or ""

    @property
    def device_service(self) -> str:
        path = self._asked.path if self._asked.path not in ("", "/") else DEFAULT_PATH
        return self.pinned(f"http://{self.host}{path}", keep_port=True)

    def pinned(self, told: str, *, keep_port: bool = False) -> str:
        """``told``, an address that the device gives for a part of itself, but always at the host that was asked.

        A device behind NAT, or one that lies, names another host: then its port means nothing either.
        """
        parts = _split(told)
        if parts is None or parts.scheme not in ("http", "https"):
            return self.device_service
        asked = self._asked
        same = parts.hostname == asked.hostname and not keep_port
        scheme = parts.scheme if same and asked.scheme == "http" else asked.scheme
        port = parts.port if same and scheme == parts.scheme else asked.port
        return urlunsplit((scheme, _netloc(self.host, port), parts.path or "/", parts.query, ""))

    def pinned_stream(self, told: str) -> str:
        """An RTSP address at the host that was asked. Raises: AppError garbage when it is none."""
        parts = _split(told.strip())
        if parts is None or parts.scheme not in ("rtsp", "rtsps", "http", "https"):
            raise device_fault(DeviceFault.GARBAGE, "its stream has no address")
        return urlunsplit((parts.scheme, _netloc(self.host, parts.port), parts.path, parts.query, ""))

    async def call(
        self, address: str, body: str, *, header: str = "", anonymous: bool = False, limit_s: float = CALL_LIMIT_S
    ) -> Element:
        """The answer's first element. ``address`` comes from ``device_service`` or ``pinned``.

        Raises: AppError, a device fault.
        """
        try:
            async with asyncio.timeout(limit_s):
                reply = await self._call(address, body, header, anonymous=anonymous)
                if reply.status == 401 and not anonymous and self._challenged(reply):
                    reply = await self._call(address, body, header, anonymous=False)
        except (TimeoutError, httpx.TimeoutException):
            raise device_fault(DeviceFault.TIMEOUT) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            raise device_fault(DeviceFault.UNREACHABLE) from None
        return _body_of(reply)

    async def picture(self, address: str) -> bytes:
        """A JPEG by HTTP GET. Raises: AppError, a device fault."""
        try:
            async with asyncio.timeout(CALL_LIMIT_S):
                reply = await self._send(self._client.build_request("GET", address), MAX_PICTURE_BYTES)
                if reply.status == 401 and self._challenged(reply):
                    reply = await self._send(self._client.build_request("GET", address), MAX_PICTURE_BYTES)
        except (TimeoutError, httpx.TimeoutException):
            raise device_fault(DeviceFault.TIMEOUT) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            raise device_fault(DeviceFault.UNREACHABLE) from None
        if reply.status in (401, 403):
            raise device_fault(DeviceFault.UNAUTHORIZED)
        if reply.status != 200 or not reply.content.startswith(b"\xff\xd8\xff"):
            raise device_fault(DeviceFault.GARBAGE, "its picture is no JPEG")
        return reply.content

    async def close(self) -> None:
        await self._client.aclose()

    async def _call(self, address: str, body: str, header: str, *, anonymous: bool) -> _Reply:
        if self.credentials is not None and not anonymous and not self._http_digest:
            created = self._clock.now() + self.clock_ahead
            header += username_token(self.credentials, created, secrets.token_bytes(16))
        request = self._client.build_request(
            "POST",
            address,
            content=envelope(body, header),
            headers={"Content-Type": "application/soap+xml; charset=utf-8"},
        )
        try:
            return await self._send(request, MAX_BYTES)
        except httpx.RemoteProtocolError:  # a kept connection that the device had closed meanwhile
            return await self._send(request, MAX_BYTES)

    async def _send(self, request: httpx.Request, limit_bytes: int) -> _Reply:
        if self._http_digest:
            flow = self._digest.sync_auth_flow(request)
            request = next(flow)
            flow.close()
        response = await self._client.send(request, stream=True)
        try:
            content = bytearray()
            async for part in response.aiter_raw():  # never decompressed: a bomb stays small
                content += part
                if len(content) > limit_bytes:
                    raise device_fault(DeviceFault.GARBAGE, "its answer is too long")
        finally:
            await response.aclose()
        return _Reply(response.status_code, response.headers, bytes(content))

    def _challenged(self, reply: _Reply) -> bool:
        """Whether it asks for HTTP digest, with which we can answer: from now on we do.

        A plain password (HTTP basic) is never sent.
        """
        challenges = reply.headers.get_list("www-authenticate")
        digest = next((each for each in challenges if each.lower().startswith("digest")), None)
        if self.credentials is None or digest is None:
            return False
        request = httpx.Request("POST", self.device_service)
        flow = self._digest.sync_auth_flow(request)
        next(flow)
        try:
            flow.send(httpx.Response(401, headers={"www-authenticate": digest}, request=request))
        except (httpx.HTTPError, StopIteration, ValueError, KeyError):
            return False
        self._http_digest = True
        return True


def _body_of(reply: _Reply) -> Element:
    try:
        return read_answer(reply.content)
    except AppError as error:
        # a fault in the body says more than the status, but many a 401 comes with a web page or nothing
        if reply.status in (401, 403) and error.code != DeviceFault.UNSUPPORTED:
            raise device_fault(DeviceFault.UNAUTHORIZED) from None
        if reply.status == 404:
            raise device_fault(DeviceFault.NOT_ONVIF) from None
        raise


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        _ = parts.port  # raises when it is no number below 65,536
    except ValueError:
        return None
    return parts


def _netloc(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"
