"""A site's own plate network is used only when it is the file that the site stated."""

import hashlib
from pathlib import Path

import pytest

from sereno.access.jurisdiction import jurisdiction_names, load_jurisdiction
from sereno.analytics.plates.models import NETWORK, plate_models
from sereno.analytics.plates.patterns import PATTERNS
from sereno.core.errors import AppError, ErrorKind


def test_without_a_hash_no_network_is_used(tmp_path: Path) -> None:
    (tmp_path / NETWORK).write_bytes(b"weights")
    assert plate_models(tmp_path, tmp_path).network is None


def test_the_stated_file_is_used_and_no_other(tmp_path: Path) -> None:
    (tmp_path / NETWORK).write_bytes(b"weights")
    stated = hashlib.sha256(b"weights").hexdigest()
    assert plate_models(tmp_path, tmp_path, stated.upper()).network == tmp_path / NETWORK

    with pytest.raises(AppError) as other:
        plate_models(tmp_path, tmp_path, "0" * 64)
    assert (other.value.kind, other.value.code) == (ErrorKind.INVALID, "model_hash")

    (tmp_path / NETWORK).unlink()
    with pytest.raises(AppError) as gone:
        plate_models(tmp_path, tmp_path, stated)
    assert (gone.value.kind, gone.value.code) == (ErrorKind.NOT_FOUND, "model_missing")


def test_each_jurisdiction_names_a_country_that_has_patterns() -> None:
    known = {pattern.country for pattern in PATTERNS} | {"EU", ""}
    named = {load_jurisdiction(name).country for name in jurisdiction_names()}
    assert named <= known
    assert "AR" in named
