"""How a standby calls the recorder that it guards: short waits, sealed messages, footage in one piece."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import httpx

from sereno.core.errors import AppError, unavailable
from sereno.recording.standby.link import SEALED_HEADER, Link
from sereno.recording.standby.messages import Offer, OfferedSegment, Question, Wanted
from sereno.recording.standby.takeover import Answer

ASK_TIMEOUT_S = 1.0
GIVE_TIMEOUT_S = 30.0
MAX_ANSWER_BYTES = 4_000_000
_BLOCK = 262_144
A = TypeVar("A")


class GuardedRecorder:
    """One recorder's media port. Every method raises AppError unavailable when it does not answer as it should."""

    def __init__(self, url: str, link: Link, name: str) -> None:
        self.url = url.rstrip("/")
        self._link = link
        self._name = name
        self._client = httpx.Client(timeout=ASK_TIMEOUT_S, trust_env=False, follow_redirects=False)

    def ask(self) -> Answer:
        return self._say("question", self._link.seal(Question, Question(standby=self._name)), Answer)

    def offer(self, segments: tuple[OfferedSegment, ...]) -> Wanted:
        return self._say("offer", self._link.seal(Offer, Offer(segments=segments)), Wanted)

    def give(self, segment: OfferedSegment, file: Path) -> None:
        headers = {SEALED_HEADER: self._link.seal(OfferedSegment, segment).decode()}
        self._post("footage", _blocks(file), headers, GIVE_TIMEOUT_S)

    def close(self) -> None:
        self._client.close()

    def _say(self, what: str, sealed: bytes, kind: type[A]) -> A:
        return self._link.open(kind, self._post(what, sealed, {}, ASK_TIMEOUT_S))

    def _post(self, what: str, content: bytes | Iterator[bytes], headers: dict[str, str], timeout_s: float) -> bytes:
        try:
            answer = self._client.post(
                f"{self.url}/standby/{what}", content=content, headers=headers, timeout=timeout_s
            )
        except httpx.HTTPError as error:
            raise _silent(self.url, type(error).__name__) from None
        if answer.status_code != 200 or len(answer.content) > MAX_ANSWER_BYTES:
            raise _silent(self.url, f"status {answer.status_code}")
        return answer.content


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            yield block


def _silent(url: str, detail: str) -> AppError:
    return unavailable(
        "recorder_silent",
        f"The recorder at {url} does not answer ({detail}).",
        "Its cameras are recorded here until it does.",
    )
