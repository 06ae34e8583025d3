"""Every cold store keeps the same promises: a folder, and a bucket of a real S3 server on a socket."""

import hashlib
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer

from sereno.core.errors import AppError
from sereno.recording.tiers.cold import ColdStore, open_cold_store
from sereno.runtime.settings import ColdSettings

pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore"),  # the S3 server's own
]

NAME = "plaza/00000007.mp4"


def s3_server() -> Iterator[str]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    try:
        httpx.put(f"http://127.0.0.1:{port}/footage", timeout=60).raise_for_status()
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()


def write_credentials(home: Path) -> None:
    path = home / "keys" / "cold.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)
    path.write_text(json.dumps({"access_key_id": "test", "secret_access_key": secrets.token_hex(8)}))


@pytest.fixture(scope="module", params=["folder", "bucket"])
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ColdSettings]:
    if request.param == "folder":
        yield ColdSettings(url=str(tmp_path_factory.mktemp("cold")))
    else:
        for endpoint in s3_server():
            yield ColdSettings(url="s3://footage/town", endpoint=endpoint)


@pytest.fixture
def store(settings: ColdSettings, tmp_path: Path) -> ColdStore:
    write_credentials(tmp_path)
    opened = open_cold_store(settings, tmp_path)
    assert opened is not None
    return opened


def test_what_was_put_is_there_whole(store: ColdStore, tmp_path: Path) -> None:
    content = os.urandom(3_000_001)
    source = tmp_path / "source.mp4"
    source.write_bytes(content)
    store.put(NAME, source)
    store.put(NAME, source)  # once more after a crash
    assert store.sha256(NAME) == hashlib.sha256(content).hexdigest()
    assert store.read(NAME, 1_234_567, 1_000) == content[1_234_567 : 1_234_567 + 1_000]
    store.fetch(NAME, tmp_path / "cache" / "back.mp4")
    assert (tmp_path / "cache" / "back.mp4").read_bytes() == content
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["back.mp4"]


def test_what_was_deleted_is_gone(store: ColdStore, tmp_path: Path) -> None:
    source = tmp_path / "source.mp4"
    source.write_bytes(b"footage")
    store.put(NAME, source)
    store.delete(NAME)
    store.delete(NAME)
    assert store.sha256(NAME) is None
    for read in (lambda: store.read(NAME, 0, 1), lambda: store.fetch(NAME, tmp_path / "none.mp4")):
        with pytest.raises(AppError) as caught:
            read()
        assert caught.value.code == "cold_missing"
    assert not (tmp_path / "none.mp4").exists()


def test_a_store_that_is_away_can_be_tried_again(tmp_path: Path) -> None:
    write_credentials(tmp_path)
    source = tmp_path / "source.mp4"
    source.write_bytes(b"footage")
    gone = open_cold_store(ColdSettings(url=str(tmp_path / "not mounted")), tmp_path)
    assert gone is not None
    with pytest.raises(AppError) as caught:
        gone.put(NAME, source)
    assert caught.value.code == "cold_unreachable"


def test_credentials_that_others_can_read_are_refused(tmp_path: Path) -> None:
    write_credentials(tmp_path)
    (tmp_path / "keys" / "cold.json").chmod(0o644)
    with pytest.raises(AppError, match="chmod 600"):
        open_cold_store(ColdSettings(url="s3://footage"), tmp_path)
    with pytest.raises(AppError, match="without credentials"):
        open_cold_store(ColdSettings(url="s3://key:secret@footage"), tmp_path)
