"""The archive proves itself: check, verify, repair and rebuilding, on what the recorder's own parts wrote."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from sereno.core.clock import ManualClock
from sereno.core.errors import AppError
from sereno.core.ids import CameraId
from sereno.core.media_time import wall_instant
from sereno.main.cli import main
from sereno.recording.archive import open_archive
from sereno.recording.backfill.delivery import SPOOL
from sereno.recording.check import CheckLevel, FaultKind, Scope, check_recordings, known_disks
from sereno.recording.events import FootageShed
from sereno.recording.heads import heads_of
from sereno.recording.journal import Journal, journal_path, recorder_fact_log
from sereno.recording.mending import ASIDE, Act, Plan, carry_out, plan_mending
from sereno.recording.model import EndReason, Segment
from sereno.recording.proof import FootageProof, ProofVerdict, Question, Standing, as_json, in_words, prove
from sereno.recording.rebuilding import rebuild_journal
from sereno.recording.recorder_key import certify_recorder_key, read_authority
from sereno.runtime.database import Database
from tests.recorded import Recording, deliver, listed, tick
from tests.sealing import site_key

CAMERA = CameraId("plaza")
HOUR = timedelta(hours=1)


@dataclass
class Kept:
    """An archive of two cameras with three segments each, closed for good."""

    home: Path
    clock: ManualClock

    @property
    def folder(self) -> Path:
        return self.home / "archive"

    @property
    def segments(self) -> list[Segment]:
        return listed(self.folder, CAMERA)

    def path(self, number: int) -> Path:
        return self.folder / self.segments[number - 1].path

    def faults(self, level: CheckLevel = CheckLevel.HASHES) -> list[FaultKind]:
        return [found.kind for found in check_recordings(self.folder, level)]

    def prove(self, *, certified: bool = True, began_s: float = 0.0, ended_s: float = 0.0) -> FootageProof:
        with closing(Database(journal_path(self.folder), read_only=True)) as database:
            journal = Journal(database)
            disks = known_disks(self.folder, journal)
            segments = self.segments
            began = wall_instant(segments[0].started_wall) + timedelta(seconds=began_s)
            ended = wall_instant(segments[-1].ended_wall) + timedelta(seconds=ended_s)
            authority = read_authority(site_key().public_pem) if certified else None
            question = Question(CAMERA, began, ended)
            return prove(journal, lambda s: disks.home.locate(s.path), question, authority, lambda _done, _all: None)

    def edit(self, statement: str) -> None:
        with closing(Database(journal_path(self.folder))) as database, database.write() as connection:
            connection.execute(text(statement))

    def mend(self, level: CheckLevel = CheckLevel.HASHES, *, sure: bool = True) -> Plan:
        archive = open_archive(self.home, self.clock)
        with closing(archive.journal.database):
            plan = plan_mending(archive, check_recordings(self.folder, level))
            if sure:
                carry_out(archive, self.clock, plan, lambda _step: None)
            return plan

    def facts(self) -> list[FootageShed]:
        log = recorder_fact_log()
        with closing(Database(journal_path(self.folder), read_only=True)) as database, database.read() as connection:
            facts = [log.codec.decode(each.kind, each.body) for each in log.read_after(connection, 0)]
        return [fact for fact in facts if isinstance(fact, FootageShed)]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    certify_recorder_key(tmp_path, site_key().fingerprint, site_key().sign)
    recording = Recording(tmp_path)
    recording.record("atrio", 3)
    recording.record(CAMERA, 3)
    recording.close()
    return Kept(tmp_path, recording.clock)


def test_what_was_recorded_is_proven(kept: Kept) -> None:
    proof = kept.prove()
    assert proof.verdict is ProofVerdict.PROVEN, list(in_words(proof))
    assert [each.standing for each in proof.segments] == [Standing.WHOLE] * 3
    assert proof.gaps == ()
    assert proof.heads[-1].number == 3
    assert json.loads(as_json(proof))["verdict"] == "proven"
    assert kept.faults() == []


def test_without_the_sites_word_nothing_is_proven(kept: Kept) -> None:
    assert kept.prove(certified=False).verdict is ProofVerdict.UNPROVEN
    kept.edit("UPDATE signers SET certificate = ''")
    proof = kept.prove()
    assert (proof.verdict, proof.covered) == (ProofVerdict.UNPROVEN, False)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE segments SET started_wall = started_wall + 1 WHERE camera_id = 'plaza' AND number = 2",
        "UPDATE segments SET origin = 'card' WHERE camera_id = 'plaza' AND number = 1",
        "UPDATE segments SET camera_offset = 9 WHERE camera_id = 'plaza' AND number = 1",
        "DELETE FROM segments WHERE camera_id = 'plaza' AND number = 2",
        "DELETE FROM segments WHERE camera_id = 'plaza' AND number = 3",
        "UPDATE heads SET chain = previous FROM (SELECT chain AS previous FROM segments WHERE number = 2 LIMIT 1)",
        "UPDATE heads SET at = '2026-03-01T00:00:00+00:00'",
    ],
)
def test_a_journal_that_was_edited_is_broken(kept: Kept, statement: str) -> None:
    kept.edit(statement)
    proof = kept.prove()
    assert proof.verdict is ProofVerdict.BROKEN
    assert any("BREAK" in line for line in in_words(proof))


def test_a_chain_written_anew_is_betrayed_by_its_head(kept: Kept, tmp_path: Path) -> None:
    """Somebody with the disk but without the key: all hashes follow, and no certified head vouches for them."""
    forged = Recording(tmp_path / "forged")
    tick(forged.clock, 7.0)
    forged.record(CAMERA, 3)
    forged.close()
    with closing(Database(journal_path(forged.home / "archive"), read_only=True)) as database:
        journal = Journal(database)
        ours = read_authority(site_key().public_pem)
        segments = listed(forged.home / "archive", CAMERA)
        question = Question(CAMERA, wall_instant(segments[0].started_wall), wall_instant(segments[-1].ended_wall))
        folder = forged.home / "archive"
        proof = prove(journal, lambda s: folder / s.path, question, ours, lambda _done, _all: None)
        assert heads_of(journal, CAMERA)
    assert (proof.breaks, proof.verdict) == ((), ProofVerdict.UNPROVEN)


def test_rows_that_are_gone_with_their_heads_are_betrayed_by_a_head_that_left(
    kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    segments, out, settings = kept.segments, tmp_path / "heads.txt", kept.home / "sereno.toml"
    settings.write_text(f'home = "{kept.home}"\n[site]\ntimezone = "UTC"\n')
    began, ended = (
        f"{wall_instant(each):%Y-%m-%dT%H:%M:%S}" for each in (segments[0].started_wall, segments[-1].ended_wall)
    )
    (tmp_path / "site.pem").write_bytes(site_key().public_pem)
    verify = ["recordings", "verify", "--settings", str(settings), "--site-key", str(tmp_path / "site.pem")]
    verify += [CAMERA, began, ended]
    assert main(["recordings", "heads", "--settings", str(settings), "--out", str(out)]) == 0
    assert len(out.read_text().splitlines()) == 2
    assert main([*verify, "--heads", str(out)]) == 0
    kept.edit("DELETE FROM segments WHERE camera_id = 'plaza' AND number = 3")
    kept.edit("DELETE FROM heads WHERE camera_id = 'plaza' AND number = 3")
    capsys.readouterr()
    main(verify)
    assert "BREAK" not in capsys.readouterr().out
    assert main([*verify, "--heads", str(out)]) == 1
    assert "rows were removed" in capsys.readouterr().out
    out.write_text(out.read_text().replace(" 3 ", " 2 "))
    assert main([*verify, "--heads", str(out)]) == 1
    assert "wrong signature" in capsys.readouterr().out
    out.write_text("sereno-head-1 ?\n")
    assert main([*verify, "--heads", str(out)]) == 2


def _unlink(path: Path) -> None:
    path.unlink()


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-900])


def _grow(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


@pytest.mark.parametrize(
    ("harm", "kind", "acts", "standing"),
    [
        (_unlink, FaultKind.FILE_MISSING, [Act.MARK_MISSING], Standing.MISSING),
        (_flip, FaultKind.FILE_CHANGED, [Act.MARK_DAMAGED, Act.SET_ASIDE], Standing.CHANGED),
        (_cut, FaultKind.FILE_CUT, [Act.MARK_DAMAGED, Act.ADOPT], Standing.CHANGED),
        (_grow, FaultKind.FILE_GREW, [Act.CUT_TAIL], Standing.CHANGED),
    ],
)
def test_harm_to_a_file_is_found_told_and_mended(
    kept: Kept, harm: Callable[[Path], None], kind: FaultKind, acts: list[Act], standing: Standing
) -> None:
    path = kept.path(2)
    harm(path)
    assert kept.faults() == [kind]
    assert kept.prove().segments[1].standing is standing
    before = {each: each.stat().st_size for each in kept.folder.rglob("*.mp4")}
    plan = kept.mend(sure=False)
    assert [step.act for step in plan.steps] == acts
    assert {each: each.stat().st_size for each in kept.folder.rglob("*.mp4")} == before, "a plan changes nothing"
    kept.mend()
    assert kept.faults() == []
    lost = Act.CUT_TAIL not in acts
    assert kept.prove().segments[1].standing is (Standing.LOST if lost else Standing.WHOLE)
    assert [(fact.reason, fact.cuts[0].first_number) for fact in kept.facts()] == (
        [("missing" if kind is FaultKind.FILE_MISSING else "damaged", 2)] if lost else []
    )
    kept_bytes = sum(each.stat().st_size for each in kept.folder.rglob("*") if each.is_file() and "plaza" in str(each))
    assert kept_bytes >= sum(size for each, size in before.items() if "plaza" in str(each) and each.exists())


def test_a_stray_is_taken_in_at_the_end_with_its_own_time(kept: Kept) -> None:
    """A file from somewhere else, whose own boxes tell when it was."""
    stray = kept.folder / "plaza" / "00000099.stray.mp4"
    stray.write_bytes((kept.folder / "atrio" / "00000002.mp4").read_bytes() + b"torn")
    (kept.folder / "plaza" / "notes.txt").write_text("?")
    assert kept.faults() == [FaultKind.STRAY] * 2
    kept.mend()
    assert kept.faults() == []
    taken = kept.segments[-1]
    twin = listed(kept.folder, "atrio")[1]
    assert (taken.number, taken.end_reason, taken.started_media) == (4, EndReason.ADOPTED.value, twin.started_media)
    assert abs(taken.started_wall - twin.started_wall) <= 1
    assert taken.sha256 == twin.sha256
    assert {path.name for path in (kept.folder / ASIDE).iterdir()} == {
        "plaza-notes.txt",
        "plaza-00000099.stray.mp4.tail",
    }
    again = Recording(kept.home, kept.clock)
    new = again.record(CAMERA)[0]
    again.close()
    assert new.started_media >= kept.segments[2].ended_media, "the camera's own time line goes on"


def test_a_delivery_that_a_crash_cut_off_never_comes_twice(kept: Kept) -> None:
    delivery_id = deliver(kept.home, kept.clock, CAMERA)
    cut_off = Recording(kept.home, kept.clock)
    cut_off.door.look()
    assert kept.faults() == [], "what is only arriving is no stray"
    cut_off.door.take_in(CAMERA)
    cut_off.close()  # killed: it has its name and no row
    assert kept.faults() == [FaultKind.STRAY]
    kept.mend()
    assert (kept.segments[-1].id, kept.faults()) == (delivery_id, [])
    again = Recording(kept.home, kept.clock)
    again.take_in(CAMERA)
    again.close()
    assert len(kept.segments) == 4
    assert list((kept.home / SPOOL).iterdir()) == []


def test_a_disk_that_is_away_is_not_marked_as_lost(kept: Kept) -> None:
    kept.edit("UPDATE segments SET disk = 'away' WHERE camera_id = 'plaza' AND number = 2")
    kept.path(2).unlink()
    plan = kept.mend()
    assert plan.steps == ()
    assert "mount it" in plan.left[0]


def test_a_lost_journal_is_made_anew_from_the_files(kept: Kept) -> None:
    before = kept.segments
    kept.path(2).unlink()
    with pytest.raises(AppError, match="can be read"):
        rebuild_journal(kept.home, (), kept.clock, lambda _file, _what: None)
    journal_path(kept.folder).write_bytes(b"not a database any more" * 400)
    seen: list[str] = []
    count = rebuild_journal(kept.home, (), kept.clock, lambda file, what: seen.append(f"{file.relative} {what}"))
    assert count == len(seen) == 5
    assert kept.faults() == []
    after = kept.segments
    facts = [(s.number, s.path, s.started_media, s.duration, s.frames, s.size, s.sha256, s.codec) for s in after]
    assert facts == [
        (s.number, s.path, s.started_media, s.duration, s.frames, s.size, s.sha256, s.codec)
        for s in (before[0], before[2])
    ]
    assert all(abs(s.started_wall - t.started_wall) <= 1 for s, t in zip(after, (before[0], before[2]), strict=True))
    assert "plaza-" not in "".join(path.name for path in (kept.folder / ASIDE).iterdir())
    Recording(kept.home, kept.clock).close()


def test_a_scope_looks_only_there(kept: Kept) -> None:
    _flip(kept.path(1))
    second = kept.segments[1]
    scopes = {
        Scope(): [FaultKind.FILE_CHANGED],
        Scope(CameraId("atrio")): [],
        Scope(CAMERA): [FaultKind.FILE_CHANGED],
        Scope(CAMERA, second.started_wall): [],
        Scope(CAMERA, None, second.started_wall): [FaultKind.FILE_CHANGED],
    }
    told: list[tuple[int, int]] = []
    for scope, kinds in scopes.items():
        found = check_recordings(kept.folder, CheckLevel.HASHES, scope, lambda done, total: told.append((done, total)))
        assert [each.kind for each in found] == kinds, scope
    assert all(done <= total for done, total in told)


def test_another_archives_journal_is_a_fault(kept: Kept) -> None:
    kept.edit("UPDATE archive SET archive_id = 'another'")
    assert kept.faults(CheckLevel.ROWS) == [FaultKind.IDENTITY]


def test_gaps_say_why(kept: Kept) -> None:
    again = Recording(kept.home, kept.clock)
    tick(kept.clock, 600.0)
    again.record(CAMERA)
    again.close()
    proof = kept.prove(began_s=-60.0, ended_s=60.0)
    assert [gap.reason for gap in proof.gaps] == ["not_recorded_before", "rotated", "not_recorded_yet"]
    assert proof.gaps[1].ended - proof.gaps[1].began > timedelta(minutes=9)


def test_shed_footage_leaves_its_hash_and_is_no_break(kept: Kept) -> None:
    tick(kept.clock, 2 * 86_400.0)
    again = Recording(kept.home, kept.clock)
    again.free = 1 << 18
    again.space.step(again.archive.disks.home)
    again.close()
    proof = kept.prove()
    assert {each.standing for each in proof.segments} == {Standing.SHED}
    assert proof.verdict is ProofVerdict.PROVEN
    assert proof.segments[0].reason.startswith("room ")
    assert kept.faults() == []


def test_the_command_speaks_plain_words(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    settings, pem = kept.home / "sereno.toml", kept.home / "site.pub"
    settings.write_text(f'home = "{kept.home}"\n')
    pem.write_bytes(site_key().public_pem)
    began = wall_instant(kept.segments[0].started_wall).isoformat()
    ended = wall_instant(kept.segments[-1].ended_wall).isoformat()
    ask = ["recordings", "verify", "--settings", str(settings), CAMERA, began, ended]
    assert main(ask) == 2
    assert "public key is needed" in capsys.readouterr().out
    assert main([*ask, "--site-key", str(pem)]) == 0
    assert "segments 1 to 3 (3): whole" in capsys.readouterr().out
    kept.path(2).unlink()
    assert main([*ask, "--site-key", str(pem), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "broken"
    assert main(["recordings", "check", "--settings", str(settings), "--camera", CAMERA]) == 1
    assert main(["recordings", "repair", "--settings", str(settings)]) == 1
    assert "Run again with --yes" in capsys.readouterr().out
    assert main(["recordings", "repair", "--settings", str(settings), "--yes"]) == 0
    assert "FOOTAGE LOST: plaza: 0.0 minutes in 1 segments" in capsys.readouterr().out
    assert main(["recordings", "check", "--settings", str(settings)]) == 0
