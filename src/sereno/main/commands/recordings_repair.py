"""``sereno recordings repair``: shows a plan; ``--yes`` carries it out. The centre must be stopped."""

import argparse
import json
import sys
from contextlib import closing

from sereno.core.clock import Clock, SystemClock
from sereno.core.errors import data_loss
from sereno.core.media_time import seconds_of_ticks
from sereno.main.home import Home
from sereno.main.settings_file import add_settings_argument, find_settings
from sereno.recording.archive import IDENTITY, open_archive
from sereno.recording.check import Check, CheckLevel, Scope
from sereno.recording.disks import configured
from sereno.recording.journal import journal_path
from sereno.recording.mending import Plan, carry_out, plan_mending
from sereno.recording.rebuilding import rebuild_journal, require_no_journal
from sereno.recording.repair import repair
from sereno.runtime.assets import Progress
from sereno.runtime.process import FolderLock
from sereno.runtime.progress import TerminalProgress
from sereno.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings_argument(parser)
    levels = [level.value for level in CheckLevel][:2]
    parser.add_argument("--level", choices=levels, default=levels[0], help="how deep to look (default: %(default)s)")
    parser.add_argument("--rebuild-journal", action="store_true", help="the journal is gone: make it from the files")
    parser.add_argument("--yes", action="store_true", help="do it, instead of showing what would be done")


def run(options: argparse.Namespace) -> int:
    """0: nothing is left wrong; 1: something is to be done, or cannot be."""
    _path, settings = find_settings(options.settings)
    if not Home(settings.home).archive.is_dir():
        raise data_loss("archive_missing", f"There is no archive in {settings.home}.", "Name the centre's settings.")
    lock = FolderLock(settings.home)
    try:
        if options.rebuild_journal:
            return _rebuild(settings, SystemClock(), sure=options.yes)
        return _mend(settings, CheckLevel(options.level), SystemClock(), sure=options.yes)
    finally:
        lock.close()


def _mend(settings: Settings, level: CheckLevel, clock: Clock, *, sure: bool) -> int:
    folder = Home(settings.home).archive
    if not journal_path(folder).exists():
        raise data_loss(
            "journal_missing", f"There is no journal in {folder}.", "Run again with --rebuild-journal to make one."
        )
    show = TerminalProgress(sys.stderr)
    archive = open_archive(settings.home, clock, settings.recording.disks)
    with closing(archive.journal.database):
        if sure:  # what the recorder does at every start: finishes deletions, closes what a crash left open
            repair(archive, clock)
        check = Check(archive.journal, archive.disks, level, lambda done, all_: show(Progress("looked at", done, all_)))
        plan = plan_mending(archive, check.faults(Scope()))
        for step in plan.steps:
            print(step.text + ".")
        for each in plan.left:
            print(f"LEFT AS IT IS: {each}")
        _tell_loss(plan)
        if not plan.steps:
            print("Nothing to repair." if not plan.left else "Nothing that can be repaired.")
        elif sure:
            carry_out(archive, clock, plan, lambda _step: None)
            print(f"Done: {len(plan.steps)} steps.")
        else:
            print(f"This is a plan of {len(plan.steps)} steps; nothing was changed. Run again with --yes to do it.")
    return 1 if plan.left or (plan.steps and not sure) else 0


def _tell_loss(plan: Plan) -> None:
    for camera_id in sorted({segment.camera_id for segment in plan.lost}):
        lost = [segment for segment in plan.lost if segment.camera_id == camera_id]
        minutes = seconds_of_ticks(sum(segment.duration for segment in lost)) / 60
        print(f"FOOTAGE LOST: {camera_id}: {minutes:.1f} minutes in {len(lost)} segments; their hashes remain.")


def _rebuild(settings: Settings, clock: Clock, *, sure: bool) -> int:
    folder = Home(settings.home).archive
    require_no_journal(folder)
    if not sure:
        identity = json.loads((folder / IDENTITY).read_bytes())["archive_id"] if (folder / IDENTITY).exists() else "?"
        print(f"The journal of archive {identity} would be made anew from the files; every chain begins anew,")
        print("earlier signed heads and the reasons of deletions are forgotten. Nothing was changed: add --yes.")
        return 1
    listed = rebuild_journal(
        settings.home,
        configured(settings.recording.disks),
        clock,
        lambda file, what: None if what == "listed" else print(f"{file.relative}: {what}."),
    )
    print(f"Done: {listed} segments are listed.")
    return 0
