"""A sealed package: what it proves, and that nothing can be changed in it unnoticed."""

import hashlib
import json
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sereno.core.errors import AppError
from sereno.evidence.keys import load_or_make_site_key
from sereno.evidence.package_reader import PackageReader
from sereno.evidence.read_me import grouped
from sereno.evidence.verdict import Fault, Verdict
from sereno.evidence.verify import verify_package
from sereno.evidence.zip_layout import Entry, directory, entry_span, local_header
from tests.sealing import BEGAN, Made, chained, later, make_package, rewrite, site_key, write_segments


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_package(tmp_path_factory.mktemp("sealed"))


def faults(verdict: Verdict) -> set[Fault]:
    return {finding.fault for finding in verdict.findings}


def changed(package: Made, folder: Path, change: Callable[[bytes], bytes]) -> Verdict:
    path = folder / "changed.zip"
    path.write_bytes(change(package.path.read_bytes()))
    return verify_package(path)


def test_a_package_as_it_was_sealed_is_valid(package: Made) -> None:
    verdict = verify_package(package.path, grouped(site_key().fingerprint))

    assert verdict.valid, verdict
    assert verdict.notes == ()
    assert verdict.proof is not None
    assert (verdict.proof.camera, verdict.proof.segments, verdict.proof.began) == ("Plaza norte", 3, BEGAN)
    assert verdict.proof.key_fingerprint == site_key().fingerprint
    assert verdict.proof.last_chain == package.segments[-1][0].chain
    assert package.sealed.size == package.path.stat().st_size
    assert package.sealed.sha256 == hashlib.sha256(package.path.read_bytes()).hexdigest()


def test_any_zip_program_opens_it_and_the_footage_is_untouched(package: Made) -> None:
    with zipfile.ZipFile(package.path) as archive:
        assert archive.testzip() is None
        assert [name for name in archive.namelist() if not name.startswith("segments/")] == [
            "LEEME.txt",
            "verify.html",
            "manifest.json",
            "manifest.sig",
            "site-key.pem",
        ]
        for segment, path in package.segments:
            assert archive.read(f"segments/{segment.number:08d}.mp4") == path.read_bytes()
        letter = archive.read("LEEME.txt").decode()
    assert grouped(site_key().fingerprint) in letter
    assert "Ana Ñandú" in letter
    assert "\r\n" in letter


def test_the_same_package_is_the_same_bytes_but_for_the_signature(tmp_path: Path, package: Made) -> None:
    again = make_package(tmp_path, list(package.segments))
    with zipfile.ZipFile(package.path) as one, zipfile.ZipFile(again.path) as other:
        assert all(one.read(name) == other.read(name) for name in one.namelist() if name != "manifest.sig")
    assert again.sealed.size == package.sealed.size


@settings(max_examples=150)
@given(data=st.data())
def test_one_changed_byte_is_always_found(
    package: Made, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(package.path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.getbasetemp() / "flipped.zip"
    path.write_bytes(content)

    assert not verify_package(path).valid


def test_every_byte_outside_documents_is_guarded(package: Made, tmp_path: Path) -> None:
    content = package.path.read_bytes()
    start, end = content.index(b"manifest.sig"), content.index(b"segments/")
    path = tmp_path / "flipped.zip"
    for at in [*range(64), *range(start, end + 60, 3), *range(len(content) - 700, len(content))]:
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert not verify_package(path).valid, at


@given(kept=st.floats(0, 1, exclude_max=True))
@settings(max_examples=50)
def test_a_cut_package_is_found(package: Made, tmp_path_factory: pytest.TempPathFactory, kept: float) -> None:
    content = package.path.read_bytes()
    path = tmp_path_factory.getbasetemp() / "cut.zip"
    path.write_bytes(content[: int(len(content) * kept)])

    assert faults(verify_package(path)) == {Fault.NOT_A_PACKAGE}


@pytest.mark.parametrize("added", [b"\0", b"PK\5\6" + bytes(18), b"more"])
def test_bytes_after_the_end_are_found(package: Made, tmp_path: Path, added: bytes) -> None:
    assert not changed(package, tmp_path, lambda content: content + added).valid
    assert not changed(package, tmp_path, lambda content: added + content).valid


def test_a_changed_segment_is_named_with_its_place(package: Made, tmp_path: Path) -> None:
    content = package.path.read_bytes()
    segment, path = package.segments[1]
    at = content.index(path.read_bytes())

    verdict = changed(package, tmp_path, lambda c: c[: at + 5] + bytes([c[at + 5] ^ 1]) + c[at + 6 :])

    (finding,) = verdict.findings
    assert finding.fault is Fault.FILE_CHANGED
    assert (finding.file, finding.began, finding.ended) == ("segments/00000008.mp4", at, at + segment.size)
    assert "Segment 8" in str(verdict)
    assert str(verdict).startswith("NOT VALID")


def rewritten(source: Path, target: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Verdict:
    return verify_package(rewrite(source, target, change))


def test_rewriting_nothing_stays_valid(package: Made, tmp_path: Path) -> None:
    assert rewritten(package.path, tmp_path / "p.zip", lambda files: files).valid


def test_files_dropped_added_or_moved_are_found(package: Made, tmp_path: Path) -> None:
    target = tmp_path / "p.zip"
    first, second = "segments/00000007.mp4", "segments/00000008.mp4"

    def without(files: dict[str, bytes]) -> dict[str, bytes]:
        return {name: content for name, content in files.items() if name != second}

    def swapped(files: dict[str, bytes]) -> dict[str, bytes]:
        return {**files, first: files[second], second: files[first]}

    dropped = rewritten(package.path, target, without)
    assert faults(dropped) == {Fault.FILES_DIFFER}
    assert second in dropped.findings[0].message
    assert faults(rewritten(package.path, target, lambda f: {**f, "more.txt": b"x"})) == {Fault.FILES_DIFFER}
    reordered = rewritten(package.path, target, lambda f: dict(sorted(f.items())))
    assert faults(reordered) == {Fault.FILES_DIFFER}
    assert "other order" in reordered.findings[0].message
    assert Fault.FILE_CHANGED in faults(rewritten(package.path, target, swapped))
    assert faults(rewritten(package.path, target, lambda f: {"manifest.json": f["manifest.json"]})) == {
        Fault.FILES_DIFFER
    }


def test_a_changed_manifest_is_found(package: Made, tmp_path: Path) -> None:
    target = tmp_path / "p.zip"

    def other_purpose(files: dict[str, bytes]) -> dict[str, bytes]:
        return {**files, "manifest.json": files["manifest.json"].replace("Fiscalía".encode(), b"Fiscalia")}

    assert faults(rewritten(package.path, target, other_purpose)) == {Fault.SIGNATURE_WRONG}
    noise = rewritten(package.path, target, lambda files: {**files, "manifest.json": b"{}"})
    assert faults(noise) == {Fault.SIGNATURE_WRONG, Fault.MANIFEST_UNREADABLE}


def test_a_swapped_key_is_found(package: Made, tmp_path: Path) -> None:
    other = site_key("other")

    verdict = rewritten(package.path, tmp_path / "p.zip", lambda files: {**files, "site-key.pem": other.public_pem})

    assert faults(verdict) == {Fault.SIGNATURE_WRONG, Fault.KEY_MISMATCH}
    unreadable = rewritten(package.path, tmp_path / "p.zip", lambda files: {**files, "site-key.pem": b"x"})
    assert Fault.KEY_UNREADABLE in faults(unreadable)


def test_a_package_sealed_anew_with_another_key_is_told_by_its_fingerprint(tmp_path: Path) -> None:
    forged = make_package(tmp_path, key=site_key("other"))

    assert verify_package(forged.path).valid
    verdict = verify_package(forged.path, site_key().fingerprint)
    assert faults(verdict) == {Fault.FINGERPRINT_UNEXPECTED}
    assert verdict.proof is not None
    assert verdict.proof.key_fingerprint == site_key("other").fingerprint


def test_a_manifest_that_names_a_key_it_was_not_signed_with_is_found(tmp_path: Path) -> None:
    assert faults(verify_package(make_package(tmp_path, key=site_key("other"), named_key=site_key()).path)) == {
        Fault.KEY_MISMATCH
    }


def test_a_broken_chain_is_found_even_under_a_right_signature(tmp_path: Path) -> None:
    segments = write_segments(tmp_path / "archive")
    moved = replace(segments[1][0], started_wall=later(segments[1][0].started_wall, 5))

    facts = make_package(tmp_path, [segments[0], (moved, segments[1][1]), segments[2]])
    assert faults(verify_package(facts.path)) == {Fault.CHAIN_BROKEN}
    relinked = make_package(tmp_path, [segments[0], (chained(moved), segments[1][1]), segments[2]])
    assert [finding.file for finding in verify_package(relinked.path).findings] == ["segments/00000009.mp4"]
    reordered = make_package(tmp_path, [segments[1], segments[0], segments[2]])
    assert Fault.CHAIN_BROKEN in faults(verify_package(reordered.path))


def test_what_the_footage_does_not_show_is_noted(tmp_path: Path) -> None:
    segments = write_segments(tmp_path / "archive", count=4)

    verdict = verify_package(make_package(tmp_path, [segments[1], segments[3]]).path)

    assert verdict.valid
    assert verdict.notes == (
        "Segments 9 to 9 are not in the package.",
        "There is no picture from 2026-03-01T12:02:00+00:00 to 2026-03-01T12:03:00+00:00 (rotated).",
        "The footage begins at 2026-03-01T12:01:00+00:00, later than the hold.",
    )


def test_a_segment_that_changed_on_disk_is_not_sealed(tmp_path: Path) -> None:
    segments = write_segments(tmp_path / "archive")
    content = segments[1][1].read_bytes()
    segments[1][1].write_bytes(content[:-1] + b"\0")
    with pytest.raises(AppError) as caught:
        make_package(tmp_path, segments)
    assert caught.value.code == "segment_changed"

    segments[1][1].unlink()
    with pytest.raises(AppError) as caught:
        make_package(tmp_path, segments)
    assert caught.value.code == "segment_missing"
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_large_packages_use_zip64_where_they_must() -> None:
    entries = [Entry(f"segments/{number:08d}.mp4", 1 << 30, number) for number in range(6)]
    records = directory(entries)

    assert records.count(b"PK\1\2") == 6
    assert b"PK\6\6" in records
    assert records.endswith(b"\xff\xff\xff\xff\0\0")
    far = sum(entry_span(entry) for entry in entries[:4])
    assert far > 0xFFFFFFFF
    assert far.to_bytes(8, "little") in records


@pytest.mark.parametrize("content", [b"", b"PK\5\6", b"PK\5\6" + bytes(18), bytes(100), b"PK\5\6" + b"\xff" * 18])
def test_what_is_no_package_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)

    assert not verify_package(path).valid


def test_an_ordinary_zip_is_no_package(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps({}))

    assert not verify_package(path).valid


def test_the_sites_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "site.pem"

    made = load_or_make_site_key(path)

    assert load_or_make_site_key(path).fingerprint == made.fingerprint
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(made.fingerprint) == 64
    assert "PRIVATE" not in repr(made)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"])
def test_a_broken_key_stops_with_a_message(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "site.pem"
    path.write_bytes(content)
    with pytest.raises(AppError) as caught:
        load_or_make_site_key(path)

    assert caught.value.code == "site_key_broken"


def test_a_package_above_4_gib_is_read(tmp_path: Path) -> None:
    entries = [Entry(f"segments/{number:08d}.mp4", 1 << 30, number) for number in range(6)]
    path = tmp_path / "large.zip"
    with path.open("wb") as file:  # the footage is a hole in the file
        for entry in entries:
            file.write(local_header(entry))
            file.seek(entry.size, 1)
        file.write(directory(entries))

    with PackageReader(path) as package:
        assert [(stored.name, stored.size, stored.crc32) for stored in package.files] == [
            (entry.name, entry.size, entry.crc32) for entry in entries
        ]
