"""The site's key: made at first start, it signs every package that leaves the centre."""

import os
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from sereno.core.errors import data_loss
from sereno.runtime.atomic_file import replace_file

KEY_BITS = 3072
SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class SiteKey:
    _private: rsa.RSAPrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """RSASSA-PSS with SHA-256 and a salt of 32 bytes. Source: RFC 8017 8.1."""
        return self._private.sign(message, padding.PSS(padding.MGF1(SHA256()), SALT_BYTES), SHA256())

    @property
    def public_pem(self) -> bytes:
        """SubjectPublicKeyInfo, as it lies in each package."""
        return self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key (SubjectPublicKeyInfo, DER), 64 hexadecimal digits."""
        der = self._private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return sha256(der).hexdigest()


def load_or_make_site_key(path: Path) -> SiteKey:
    """The key in ``path``, made (and kept with mode 0600) when there is none.

    Raises: AppError data_loss when the file is there and holds no RSA key.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        private = rsa.generate_private_key(public_exponent=65_537, key_size=KEY_BITS)
        replace_file(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return SiteKey(private)
    try:
        loaded = load_pem_private_key(content, password=None)
    except (ValueError, TypeError):
        loaded = None
    if not isinstance(loaded, rsa.RSAPrivateKey) or loaded.key_size < KEY_BITS:
        raise data_loss(
            "site_key_broken",
            f"{path} holds no RSA key of {KEY_BITS} bits.",
            "Restore it from the backup: a new key has another fingerprint than the one that courts know.",
        )
    os.chmod(path, 0o600)
    return SiteKey(loaded)
