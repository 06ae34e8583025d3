"""The cold store: a bucket, or a folder of another machine, in which old footage lies under its name.

What ``put`` returned from is there whole; nothing is ever there in part. Names are ``camera/number.mp4``.
"""

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from sereno.core.errors import AppError, denied, invalid, not_found, unavailable
from sereno.runtime.atomic_file import sync_folder
from sereno.runtime.settings import ColdSettings

if TYPE_CHECKING:
    from obstore.store import S3Config  # a name of its stubs only

BLOCK = 1 << 20
CREDENTIALS = Path("keys") / "cold.json"
_TIMEOUT = "60s"


class ColdStore(Protocol):
    """Every method raises AppError: ``cold_missing``, ``cold_refused``, or ``cold_unreachable``, worth another try."""

    def put(self, name: str, source: Path) -> None: ...

    def read(self, name: str, offset: int, size: int) -> bytes: ...

    def fetch(self, name: str, target: Path) -> None:
        """Into a file that is complete when this returns."""
        ...

    def sha256(self, name: str) -> str | None:
        """Of what lies there, read back; None when nothing does."""
        ...

    def delete(self, name: str) -> None:
        """Deleting what is not there is no error."""
        ...


class FolderStore:
    """A folder, such as a mount of another machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, source: Path) -> None:
        target = self._path(name)
        with _folder_faults(name):
            if not self._folder.is_dir():
                raise _unreachable(f"there is no folder {self._folder}")
            target.parent.mkdir(exist_ok=True)
            part = target.with_name(f".{target.name}.part")
            with source.open("rb") as original, part.open("wb") as copy:
                shutil.copyfileobj(original, copy, BLOCK)
                copy.flush()
                os.fsync(copy.fileno())
            part.rename(target)
            sync_folder(target.parent)

    def read(self, name: str, offset: int, size: int) -> bytes:
        with _folder_faults(name), self._path(name).open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def fetch(self, name: str, target: Path) -> None:
        with _folder_faults(name), self._path(name).open("rb") as original:
            _write_whole(target, iter(lambda: original.read(BLOCK), b""))

    def sha256(self, name: str) -> str | None:
        with _folder_faults(name):
            try:
                with self._path(name).open("rb") as file:
                    return hashlib.file_digest(file, "sha256").hexdigest()
            except FileNotFoundError:
                return None

    def delete(self, name: str) -> None:
        with _folder_faults(name):
            self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            raise invalid("cold_name", f"{name!r} is no name for footage.")
        return path


class BucketStore:
    """An S3 bucket. Source: Amazon S3 API, by ``obstore``."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    def put(self, name: str, source: Path) -> None:
        with _bucket_faults(name):
            obstore.put(self._store, name, source)

    def read(self, name: str, offset: int, size: int) -> bytes:
        with _bucket_faults(name):
            return bytes(obstore.get_range(self._store, name, start=offset, length=size))

    def fetch(self, name: str, target: Path) -> None:
        with _bucket_faults(name):
            _write_whole(
                target, (bytes(block) for block in obstore.get(self._store, name).stream(min_chunk_size=BLOCK))
            )

    def sha256(self, name: str) -> str | None:
        content = hashlib.sha256()
        try:
            with _bucket_faults(name):
                for block in obstore.get(self._store, name).stream(min_chunk_size=BLOCK):
                    content.update(block)
        except AppError as failure:
            if failure.code == "cold_missing":
                return None
            raise
        return content.hexdigest()

    def delete(self, name: str) -> None:
        try:
            with _bucket_faults(name):
                obstore.delete(self._store, name)
        except AppError as failure:
            if failure.code != "cold_missing":
                raise


def open_cold_store(settings: ColdSettings, home: Path) -> ColdStore | None:
    """None when the settings name none. Raises: AppError invalid for an address or a credentials file that is wrong."""
    if not settings.url:
        return None
    address = urlsplit(settings.url)
    if address.scheme in ("", "file"):
        return FolderStore(Path(address.path))
    if address.scheme != "s3" or not address.netloc or address.username:
        raise invalid("cold_url", "recording.cold.url is s3://bucket/prefix or a folder, without credentials.")
    endpoint = settings.endpoint
    plain = endpoint.startswith("http://")
    store = S3Store(
        address.netloc,
        prefix=address.path.strip("/") or None,
        endpoint=endpoint or None,
        virtual_hosted_style_request=not endpoint,
        client_options={"allow_http": plain, "timeout": _TIMEOUT},
        config=_credentials(home / CREDENTIALS),
    )
    return BucketStore(store)


def _credentials(path: Path) -> "S3Config":
    """From the file, or nothing: then the environment's (AWS_ACCESS_KEY_ID and so on) are taken."""
    try:
        mode = path.stat().st_mode
        table = json.loads(path.read_bytes())
        found: S3Config = {
            "access_key_id": str(table["access_key_id"]),
            "secret_access_key": str(table["secret_access_key"]),
            "region": str(table.get("region", "us-east-1")),
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError):
        raise invalid("cold_credentials", f"{path} holds no access_key_id and secret_access_key.") from None
    if stat.S_IMODE(mode) & 0o077:
        raise invalid("cold_credentials", f"{path} can be read by others.", f"Run: chmod 600 {path}")
    return found


def _write_whole(target: Path, blocks: Iterator[bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    with part.open("wb") as file:
        for block in blocks:
            file.write(block)
    part.rename(target)


@contextmanager
def _folder_faults(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise _missing(name) from None
    except OSError as error:
        raise _unreachable(error.strerror or type(error).__name__) from error


@contextmanager
def _bucket_faults(name: str) -> Iterator[None]:
    """The client's own words may hold addresses and keys: only what kind of failure it was is told."""
    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise _missing(name) from None
    except (PermissionDeniedError, UnauthenticatedError):
        raise denied("cold_refused", "The cold store refuses our credentials.", "Look at keys/cold.json.") from None
    except (BaseError, OSError) as error:
        raise _unreachable(type(error).__name__) from None


def _missing(name: str) -> AppError:
    return not_found("cold_missing", f"The cold store does not hold {name}.")


def _unreachable(why: str) -> AppError:
    return unavailable("cold_unreachable", f"The cold store does not answer ({why}).", "It is tried again by itself.")
