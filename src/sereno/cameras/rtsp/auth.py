"""Proving the password: basic and digest. Source: RFC 7616 (MD5, SHA-256; qop auth and none), RFC 7617."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_PARAMETER = re.compile(r'([A-Za-z][\w-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME = re.compile(r"(?:^|,)\s*(Digest|Basic)(?=\s|,|$)", re.IGNORECASE)
_HASHES: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    "MD5": lambda text: hashlib.md5(text, usedforsecurity=False),  # what most cameras speak
    "SHA-256": hashlib.sha256,
}


@dataclass(frozen=True, slots=True)
class Login:
    name: str
    password: str = field(repr=False)


def split_login(url: str) -> tuple[str, Login | None]:
    """``url`` without its user and password, and these."""
    parts = urlsplit(url)
    secret, at, place = parts.netloc.rpartition("@")
    if not at:
        return url, None
    name, _, password = secret.partition(":")
    return parts._replace(netloc=place).geturl(), Login(unquote(name), unquote(password))


@dataclass(frozen=True, slots=True)
class Challenge:
    """How a camera asks. ``algorithm`` is empty for basic."""

    algorithm: str
    realm: str
    nonce: str = ""
    opaque: str | None = None
    qop: bool = False
    session: bool = False
    """Whether the secret is hashed with the nonces: an algorithm that ends in ``-sess``."""
    stale: bool = False
    named: bool = False
    """Whether the algorithm was written in the challenge."""


def strongest(headers: Iterable[str]) -> Challenge | None:
    """The best of what ``WWW-Authenticate`` offers, over several headers or in one; None when none is understood."""
    found = [challenge for header in headers for challenge in _challenges(header)]
    order = {"SHA-256": 0, "MD5": 1, "": 2}
    return min(found, key=lambda challenge: order[challenge.algorithm], default=None)


def _challenges(header: str) -> Iterable[Challenge]:
    marks = list(_SCHEME.finditer(header[:4_096]))
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(header)
        values = {
            m[1].lower(): m[2] if m[2] is not None else m[3] for m in _PARAMETER.finditer(header, mark.end(), end)
        }
        realm = values.get("realm", "")
        if mark[1].lower() == "basic":
            yield Challenge("", realm)
            continue
        algorithm = values.get("algorithm", "MD5").upper()
        offers = [offer.strip().lower() for offer in values.get("qop", "").split(",")]
        if algorithm.removesuffix("-SESS") in _HASHES and "nonce" in values and offers != ["auth-int"]:
            yield Challenge(
                algorithm.removesuffix("-SESS"),
                realm,
                values["nonce"],
                values.get("opaque"),
                "auth" in offers,
                algorithm.endswith("-SESS"),
                values.get("stale", "").lower() == "true",
                "algorithm" in values,
            )


class Authorization:
    """Answers one challenge for as many requests as it is good for; ``fresh`` gives a new client nonce."""

    def __init__(self, login: Login, challenge: Challenge, fresh: Callable[[], str]) -> None:
        self.challenge = challenge
        self._login = login
        self._fresh = fresh
        self._count = 0

    def header(self, method: str, url: str) -> str:
        login, challenge = self._login, self.challenge
        if not challenge.algorithm:
            token = base64.b64encode(f"{login.name}:{login.password}".encode()).decode()
            return f"Basic {token}"
        self._count += 1
        count, client = f"{self._count:08x}", self._fresh()
        secret = self._hash(f"{login.name}:{challenge.realm}:{login.password}")
        if challenge.session:
            secret = self._hash(f"{secret}:{challenge.nonce}:{client}")
        middle = f"{challenge.nonce}:{count}:{client}:auth" if challenge.qop else challenge.nonce
        response = self._hash(f"{secret}:{middle}:{self._hash(f'{method}:{url}')}")
        parts = [
            f'username="{_quoted(login.name)}"',
            f'realm="{challenge.realm}"',
            f'nonce="{challenge.nonce}"',
            f'uri="{url}"',
            f'response="{response}"',
        ]
        if challenge.named:
            parts.append(f"algorithm={challenge.algorithm}{'-sess' if challenge.session else ''}")
        if challenge.opaque is not None:
            parts.append(f'opaque="{challenge.opaque}"')
        if challenge.qop:
            parts += ["qop=auth", f"nc={count}"]
        if challenge.qop or challenge.session:
            parts.append(f'cnonce="{client}"')
        return "Digest " + ", ".join(parts)

    def _hash(self, text: str) -> str:
        return _HASHES[self.challenge.algorithm](text.encode()).hexdigest()


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
