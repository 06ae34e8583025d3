"""The recorder's own key: it signs chain heads, and the site's key certifies it.

The recorder reads what cameras send, so it must not hold the key that seals evidence. Its own (Ed25519) lies beside
its certificate in ``keys/``: the site's signature over the line ``sereno-recorder-key-1 PUBLIC_KEY_HEX``.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from sereno.core.errors import data_loss, invalid
from sereno.runtime.atomic_file import replace_file

KEY_BYTES = 32
_SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class RecorderKey:
    _private: Ed25519PrivateKey = field(repr=False)
    certificate: str
    """The site's signature in hex; empty while the site has not certified this key."""

    @property
    def public(self) -> str:
        """64 hexadecimal digits."""
        return self._private.public_key().public_bytes_raw().hex()

    def sign(self, line: str) -> str:
        return self._private.sign(line.encode("ascii")).hex()


def certified_line(public: str) -> str:
    """The text that the site's key signs."""
    return f"sereno-recorder-key-1 {public}"


def load_recorder_key(home: Path) -> RecorderKey:
    """The key in the home folder, made when there is none. Raises: AppError data_loss when it is broken."""
    path = _key_path(home)
    if not path.exists():
        replace_file(path, os.urandom(KEY_BYTES))
    content = path.read_bytes()
    if len(content) != KEY_BYTES:
        raise data_loss(
            "recorder_key_broken",
            f"{path} does not hold a key of {KEY_BYTES} bytes.",
            "Delete it and start again: another one is made, and what the old one signed stays provable.",
        )
    private = Ed25519PrivateKey.from_private_bytes(content)
    public = private.public_key().public_bytes_raw().hex()
    told = _read_certificate(home)
    return RecorderKey(private, told["certificate"] if told.get("public") == public else "")


def certify_recorder_key(home: Path, site_fingerprint: str, sign: Callable[[bytes], bytes]) -> None:
    """Has the site sign the recorder's key, unless this site has done so; called by who holds the site's key."""
    key = load_recorder_key(home)
    if key.certificate and _read_certificate(home).get("site_key") == site_fingerprint:
        return
    certificate = sign(certified_line(key.public).encode("ascii")).hex()
    told = {"public": key.public, "site_key": site_fingerprint, "certificate": certificate}
    replace_file(_certificate_path(home), json.dumps(told).encode())


@dataclass(frozen=True, slots=True)
class SiteAuthority:
    """The site's public key, for who checks what a recorder signed."""

    _public: RSAPublicKey
    fingerprint: str

    def certifies(self, public: str, certificate: str) -> bool:
        pss = padding.PSS(padding.MGF1(SHA256()), _SALT_BYTES)
        try:
            self._public.verify(bytes.fromhex(certificate), certified_line(public).encode("ascii"), pss, SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True


def read_authority(pem: bytes) -> SiteAuthority:
    """Raises: AppError invalid when it is no RSA public key."""
    try:
        key = load_pem_public_key(pem)
    except ValueError:
        key = None
    if not isinstance(key, RSAPublicKey):
        raise invalid("site_key_unreadable", "This is not a site's public key.", "Name the centre's site-key.pem.")
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SiteAuthority(key, sha256(der).hexdigest())


def _key_path(home: Path) -> Path:
    return home / "keys" / "recorder.key"


def _certificate_path(home: Path) -> Path:
    return home / "keys" / "recorder.cert.json"


def _read_certificate(home: Path) -> dict[str, str]:
    """Empty when there is none, or none that can be read: the site signs the key anew then."""
    try:
        told = json.loads(_certificate_path(home).read_bytes())
        return {name: str(told[name]) for name in ("public", "site_key", "certificate")}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}
