"""The HTTP floor of a process: errors as JSON, security headers, the Origin check, the limit of a body."""

import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketState

from sereno.core.errors import AppError, ErrorKind, RetryLaterError, denied, invalid

log = logging.getLogger(__name__)

STATUS_OF_KIND: dict[ErrorKind, int] = {
    ErrorKind.INVALID: 400,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.CONFLICT: 409,
    ErrorKind.DENIED: 403,
    ErrorKind.UNAVAILABLE: 503,
    ErrorKind.EXHAUSTED: 429,
    ErrorKind.DATA_LOSS: 500,
    ErrorKind.CANCELLED: 503,
    ErrorKind.INTERNAL: 500,
}
STATUS_OF_CODE: dict[str, int] = {
    "not_signed_in": 401,
    "sign_in_refused": 401,
    "body_too_large": 413,
    "disk_full": 507,
    "method_not_allowed": 405,
}
"""Codes that HTTP has a closer word for than their kind."""

CLOSE_OF_STATUS: dict[int, int] = {400: 4400, 401: 4401, 403: 4403, 404: 4404}
"""Close codes of a WebSocket whose opening is refused; 4500 for every other status."""

_STATE_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What a client gets instead of an answer; ``reference`` finds the log line of an internal error."""

    kind: str
    code: str
    message: str
    advice: str
    reference: str = ""


class Body(BaseModel):
    """Base of what a client sends: an unknown field is an error, not a surprise."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class HttpPolicy:
    """``media_port`` is where the page may open live view and clips, on the host it was loaded from."""

    media_port: int
    max_body_bytes: int = 1_048_576
    other_origins: frozenset[str] = frozenset()
    """Further origins whose pages may act, such as ``http://127.0.0.1:5173`` of a console under development."""


def install_http_floor(app: FastAPI, policy: HttpPolicy) -> None:
    """Errors, headers, Origin check and body limit for every route of ``app``."""
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(WebSocketRequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_middleware(HttpFloor, policy=policy)


def status_of(error: AppError) -> int:
    return STATUS_OF_CODE.get(error.code, STATUS_OF_KIND[error.kind])


def error_response(error: AppError) -> JSONResponse:
    """``{"kind", "code", "message", "advice", "reference"}`` with the status of the error."""
    reference = ""
    if error.kind in (ErrorKind.INTERNAL, ErrorKind.DATA_LOSS):
        reference = secrets.token_hex(4)
        log.error("reference=%s code=%s: %s", reference, error.code, error, exc_info=error)
    body = ErrorBody(error.kind.value, error.code, error.message, error.advice, reference)
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, RetryLaterError) else None
    return JSONResponse(asdict(body), status_of(error), headers)


def content_security_policy(host: str, media_port: int) -> str:
    """Only what the console is made of; live view and clips come from the media port of the same host."""
    media = f" ws://{host}:{media_port} http://{host}:{media_port}" if host else ""
    return "; ".join(
        (
            "default-src 'self'",
            f"connect-src 'self'{media}",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def origin_allowed(headers: Headers, policy: HttpPolicy) -> bool:
    """Whether the page that asks was loaded from here; a client without ``Origin`` is no browser page."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    return origin in policy.other_origins or urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""


class HttpFloor:
    """The outermost middleware."""

    def __init__(self, app: ASGIApp, policy: HttpPolicy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if origin_allowed(Headers(scope=scope), self._policy):
            await self._app(scope, receive, send)
        else:
            await WebSocket(scope, receive, send).close(4403, "Foreign origin.")

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        reply = _Reply(send, self._policy, scope["path"], headers)
        body = _LimitedBody(receive, self._policy.max_body_bytes)
        try:
            if scope["method"] in _STATE_CHANGING and not origin_allowed(headers, self._policy):
                raise denied("foreign_origin", "Another site's page may not act here.")
            body.check_announced(headers)
            await self._app(scope, body, reply)
        except AppError as error:
            await reply.instead(error_response(error), scope, receive)
        except Exception as error:  # noqa: BLE001 the API's middleware: error_response logs it with its chain
            await reply.instead(error_response(_internal(error)), scope, receive)


class _LimitedBody:
    """Passes a body on until it is longer than allowed."""

    def __init__(self, receive: Receive, limit_bytes: int) -> None:
        self._receive = receive
        self._limit_bytes = limit_bytes
        self._read_bytes = 0

    def check_announced(self, headers: Headers) -> None:
        announced = headers.get("content-length", "0")
        if not announced.isdecimal() or int(announced) > self._limit_bytes:
            raise self._too_large()

    async def __call__(self) -> Message:
        message = await self._receive()
        self._read_bytes += len(message.get("body", b""))
        if self._read_bytes > self._limit_bytes:
            raise self._too_large()
        return message

    def _too_large(self) -> AppError:
        return invalid("body_too_large", f"A request may carry at most {self._limit_bytes} bytes.")


class _Reply:
    """Adds the headers that a route did not set itself."""

    def __init__(self, send: Send, policy: HttpPolicy, path: str, request: Headers) -> None:
        self._send = send
        self._policy = policy
        self._path = path
        self._host = _host_of(request)
        self._started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._started = True
            headers = MutableHeaders(scope=message)
            for name, value in self._defaults():
                headers.setdefault(name, value)
        await self._send(message)

    async def instead(self, response: Response, scope: Scope, receive: Receive) -> None:
        """Answer ``response``, unless an answer has begun: then the connection simply ends short."""
        if not self._started:
            await response(scope, receive, self)

    def _defaults(self) -> Sequence[tuple[str, str]]:
        cache = (("Cache-Control", "no-store"),) if self._path.startswith("/api") else ()
        return (
            ("Content-Security-Policy", content_security_policy(self._host, self._policy.media_port)),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
            *cache,
        )


def _internal(cause: Exception) -> AppError:
    error = AppError(
        ErrorKind.INTERNAL,
        "internal",
        "Something failed inside Sereno.",
        "Tell your administrator the reference: the log has the details.",
    )
    error.__cause__ = cause
    return error


def _host_of(request: Headers) -> str:
    """The name the browser used, without port; empty when it is no plain host name."""
    name = re.sub(r":\d{1,5}$", "", request.get("host", ""))
    return name if _HOST.fullmatch(name) else ""


async def _on_app_error(connection: HTTPConnection, error: Exception) -> Response:
    if not isinstance(error, AppError):
        raise error
    return await _refuse(connection, error)


async def _on_invalid_request(connection: HTTPConnection, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError | WebSocketRequestValidationError):
        raise error
    return await _refuse(connection, invalid("request_invalid", in_words(error.errors())))


async def _on_http_exception(connection: HTTPConnection, error: Exception) -> Response:
    """What the router itself refuses: an unknown path or a wrong method."""
    if not isinstance(error, HTTPException):
        raise error
    if isinstance(error.__cause__, AppError):  # FastAPI wraps what reading the body raised
        return await _refuse(connection, error.__cause__)
    kinds = {404: (ErrorKind.NOT_FOUND, "route_unknown"), 405: (ErrorKind.INVALID, "method_not_allowed")}
    kind, code = kinds.get(error.status_code, (ErrorKind.INVALID, "request_invalid"))
    return await _refuse(connection, AppError(kind, code, f"{error.detail}."))


async def _refuse(connection: HTTPConnection, error: AppError) -> Response:
    response = error_response(error)
    if isinstance(connection, WebSocket):
        # accepted first, because a browser's page sees a close code but never the status of a refused opening
        if connection.application_state is WebSocketState.CONNECTING:
            await connection.accept()
        await connection.close(CLOSE_OF_STATUS.get(response.status_code, 4500), error.code)
    return response


def in_words(errors: Sequence[Any]) -> str:
    """Names each field and what is wrong with it; never repeats the value, which may be a password."""
    sentences = []
    for error in errors[:5]:
        where = [str(part) for part in error["loc"] if part not in ("body", "query", "path", "header")]
        name = ".".join(where) or "The body"
        sentences.append(f"{name}: {error['msg']}.")
    return " ".join(sentences)
