"""The public HTTP API as a scripted person uses it: signed in, one request at a time, typed answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from sereno.core.errors import AppError, ErrorKind, unavailable

T = TypeVar("T")

TIMEOUT_S = 15.0


class ConsoleClient:
    """A session of one person. Every refusal comes back as the ``AppError`` that the centre answered."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        headers = {"Origin": self._base_url}
        self._http = httpx.Client(base_url=self._base_url, timeout=TIMEOUT_S, headers=headers, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, shape: type[T], **query: str | int) -> T:
        return self._shaped(self._sent("GET", path, params=query), shape)

    def post(self, path: str, body: dict[str, object], shape: type[T]) -> T:
        return self._shaped(self._sent("POST", path, json=body), shape)

    def act(self, path: str, body: dict[str, object]) -> None:
        """A request whose answer does not matter, only that it was taken."""
        self._sent("POST", path, json=body)

    def download(self, path: str, to: Path) -> None:
        with self._http.stream("GET", f"/api{path}") as response:
            _refuse_errors(response)
            with to.open("wb") as file:
                for block in response.iter_bytes():
                    file.write(block)

    @contextmanager
    def facts(self, after: int) -> Iterator[ClientConnection]:
        """The socket of facts appended after ``after``, with this session's cookie."""
        cookie = "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())
        url = self._base_url.replace("http", "ws", 1) + f"/api/facts?after={after}"
        origin = Origin(self._base_url)
        with connect(url, additional_headers={"Cookie": cookie}, origin=origin, proxy=None, max_size=None) as socket:
            yield socket

    def _sent(self, method: str, path: str, **parts: Any) -> httpx.Response:
        try:
            response = self._http.request(method, f"/api{path}", **parts)
        except httpx.TransportError as error:
            raise unavailable("centre_unreachable", f"The centre does not answer: {error}.") from error
        _refuse_errors(response)
        return response

    @staticmethod
    def _shaped(response: httpx.Response, shape: type[T]) -> T:
        return TypeAdapter(shape).validate_json(response.content)


def _refuse_errors(response: httpx.Response) -> None:
    if response.is_success:
        return
    response.read()
    try:
        body = response.json()
        raise AppError(ErrorKind(body["kind"]), body["code"], body["message"], body.get("advice", ""))
    except (ValueError, KeyError):
        raise unavailable("centre_answer", f"The centre answered {response.status_code} without a reason.") from None
