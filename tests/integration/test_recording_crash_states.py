"""Every state that a power cut may leave of an archive is repaired at the next start, and loses nothing it promised."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from sereno.core.clock import ManualClock
from sereno.core.errors import AppError
from sereno.recording.archive import open_archive
from sereno.recording.backfill.delivery import ARRIVING, SPOOL, is_whole, waiting
from sereno.recording.check import CheckLevel, FaultKind, check_recordings
from sereno.recording.mending import carry_out, plan_mending
from sereno.recording.model import EndReason
from sereno.recording.repair import read_whole
from tests.crash_states import DiskState, Trace, crash_states
from tests.recorded import Recording, deliver, tick

pytestmark = pytest.mark.integration


def record_a_life(home: Path, trace: Trace) -> None:
    """What an archive goes through, with as few pictures as can be: the calls are what matters."""
    with trace.tracing():
        first = Recording(home)
        _two_cameras(first)
        (home / "archive" / "a" / "00000003.mp4").write_bytes(b"of unknown origin")
        trace.settle()
        first.record("a", 1, 0.6)
        _shed(first)
        last = first.begin("a")
        first.write(last, 1.0)
        last.sync()
        first.write(last, 1.0)
        last.flush()
        first.close()  # killed: the file stays open
        tick(first.clock, 2.0)
        second = Recording(home, first.clock)
        second.record("a", 1, 0.6)
        tick(second.clock, 5.0)
        deliver(home, second.clock, "a")
        tick(second.clock, 5.0)
        deliver(home, second.clock, "fresh")
        trace.settle()
        second.take_in("a")
        second.take_in("fresh")
        tick(second.clock, 5.0)
        deliver(home, second.clock, "a")
        trace.settle()
        second.door.look()
        second.close()  # killed: what was delivered waits for its place
        _harm(home / "archive")
        trace.settle()
        archive = open_archive(home, second.clock)
        with closing(archive.journal.database):
            plan = plan_mending(archive, check_recordings(archive.folder, CheckLevel.HASHES))
            carry_out(archive, second.clock, plan, lambda _step: None)
    assert len(plan.steps) == 5, plan


def _two_cameras(recording: Recording) -> None:
    one, other = recording.begin("a"), recording.begin("b")
    recording.write(one, 0.6)
    recording.write(other, 0.6)
    one.sync()
    recording.write(one, 0.6)
    other.sync()
    recording.end(one)
    recording.settle()
    recording.archive.discard(recording.begin("a"))
    recording.write(other, 0.6)
    recording.end(other, EndReason.STREAM_LOST)
    recording.settle()
    recording.record("a", 1, 0.6)


def _shed(recording: Recording) -> None:
    tick(recording.clock, 2 * 86_400.0)
    recording.record("b", 1, 0.6)
    recording.free = (1 << 20) - 5_000
    recording.space.step(recording.archive.disks.home)
    recording.free = 1 << 40


def _harm(archive: Path) -> None:
    """What others do: a file is cut, and two have no row."""
    path = max((archive / "a").glob("*.mp4"))
    (archive / "b" / "other.mp4").write_bytes(path.read_bytes())
    (archive / "b" / "notes.txt").write_bytes(b"of unknown origin")
    path.write_bytes(path.read_bytes()[:-100])


@dataclass(frozen=True)
class Promised:
    """What a disk must give back: rows that were committed, and content that was synced."""

    rows: dict[str, bool]
    """Segment id to whether it has footage."""
    contents: tuple[bytes, ...]
    harmed: bool
    """Others did harm that repair has not mended yet."""


def promises(state: DiskState, scratch: Path, *, harmed: bool) -> Promised:
    rows: dict[str, bool] = {}
    gone: set[str] = set()
    if state.database is not None:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(state.database)
            rows = {row[0]: row[1] is None for row in connection.execute("SELECT id, shed_at FROM segments")}
            gone = {row[0] for row in connection.execute("SELECT path FROM garbage")}
    contents = []
    for path, content in state.promised().items():
        if path.endswith(".mp4") and path.removeprefix("archive/") not in gone:
            scratch.write_bytes(content)
            whole = read_whole(scratch)
            if whole is not None:
                contents.append(content[: whole.size])
    return Promised(rows, tuple(contents), harmed)


def broken(home: Path, promised: Promised, clock: ManualClock) -> Iterator[str]:
    """Which invariants of docs/design/spine.md and recording.md do not hold after a start on ``home``."""
    again = Recording(home, clock)
    folder, journal = again.archive.folder, again.archive.journal
    delivered = {each.id for each in waiting(home / SPOOL) if is_whole(home / SPOOL, each)}
    try:
        for camera in ("a", "fresh") if delivered else ():
            again.take_in(camera)
        lives = {camera: journal.segments_of(camera, with_shed=True) for camera in journal.camera_ids()}
        kept = {s.id for camera in lives for s in journal.segments_of(camera, with_shed=False)}
        left = journal.garbage()
    finally:
        again.close()
    known_harm = {FaultKind.STRAY, FaultKind.FILE_CUT} if promised.harmed else {FaultKind.STRAY}
    yield from (str(fault) for fault in check_recordings(folder, CheckLevel.HASHES) if fault.kind not in known_harm)
    known = {str(s.id) for life in lives.values() for s in life}
    yield from (f"row {each} is gone" for each in promised.rows if each not in known)
    yield from (f"the delivery {each} is gone" for each in delivered if str(each) not in known)
    spans = [(s.camera_id, s.started_wall) for life in lives.values() for s in life if s.id in kept]
    yield from (f"{span} is there twice" for span in set(spans) if spans.count(span) > 1)
    yield from (f"{path} is only arriving" for path in folder.glob(f"*/*{ARRIVING}"))
    yield from (f"footage of {each} is gone" for each, has in promised.rows.items() if has and each not in kept)
    yield from (f"{each} is still to be deleted" for each in left)
    for camera, life in lives.items():
        if [segment.number for segment in life] != list(range(1, len(life) + 1)):
            yield f"{camera}: the numbers have a gap"
        live = [segment for segment in life if segment.end_reason != EndReason.ADOPTED.value]
        if any(after.started_media < before.ended_media for before, after in pairwise(live)):
            yield f"{camera}: media time goes back"
    files = [path.read_bytes() for path in folder.rglob("*.mp4*")]
    yield from (
        f"{len(content)} synced bytes are gone"
        for content in promised.contents
        if not any(file.startswith(content) for file in files)
    )


def test_no_state_that_a_power_cut_leaves_loses_what_was_promised(tmp_path: Path) -> None:
    trace = Trace(tmp_path / "home")
    trace.root.mkdir()
    record_a_life(trace.root, trace)
    memory = Path("/dev/shm")  # noqa: S108 only where syncing costs nothing is asked
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as scratch:
        found, count = explore(trace, Path(scratch))
    assert not found, f"{len(found)} of {count} states:\n" + "\n".join(found[:20])
    assert count > 200, "fewer states than a life has"


def explore(trace: Trace, scratch: Path) -> tuple[list[str], int]:
    """What is broken, and of how many states."""
    seen: set[bytes] = set()
    found: list[str] = []
    harm = max(number for number, state in enumerate(trace.states) if state.call == "settle")
    for number, state in enumerate(trace.states):
        promised = promises(state, scratch / "part", harmed=number >= harm)
        for crash in crash_states(state):
            if crash.key in seen:
                continue
            seen.add(crash.key)
            home = scratch / "home"
            crash.build(home)
            clock = ManualClock()
            tick(clock, 30 * 86_400.0)
            try:
                found += [f"{number} after {state.call!r}: {fault}" for fault in broken(home, promised, clock)]
            except AppError as error:
                found.append(f"{number} after {state.call!r}: it does not start: {error}")
            shutil.rmtree(home)
    return found, len(seen)
