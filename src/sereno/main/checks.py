"""Commands that prove something; they only read."""

import argparse
from contextlib import closing
from pathlib import Path

from sereno.access.audit import verify_database
from sereno.core.errors import not_found
from sereno.evidence.verify import verify_package
from sereno.main.home import Home
from sereno.main.settings_file import find_settings
from sereno.recording.check import CheckLevel, check_recordings
from sereno.runtime.database import Database


def recordings(options: argparse.Namespace) -> int:
    """``sereno recordings check``."""
    _path, settings = find_settings(options.settings)
    faults = check_recordings(Home(settings.home).archive, CheckLevel(options.level))
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults" if faults else "No fault: every row has its file and every file its row.")
    return 1 if faults else 0


def audit(options: argparse.Namespace) -> int:
    """``sereno audit verify``."""
    _path, settings = find_settings(options.settings)
    path = Home(settings.home).database
    if not path.exists():
        raise not_found("centre_missing", f"There is no centre in {settings.home}.", "Name its settings file.")
    with closing(Database(path, read_only=True)) as database:
        report = verify_database(database, options.checkpoint)
    if report.fault is not None:
        print(report.fault.message)
        return 1
    print(f"Valid: {report.rows} rows, none edited, removed or reordered. Checkpoint: {report.checkpoint}")
    return 0


def package(options: argparse.Namespace) -> int:
    """``sereno verify FILE``."""
    path: Path = options.file
    if not path.is_file():
        raise not_found("package_missing", f"There is no file {path}.", "Name the .zip that was handed over.")
    verdict = verify_package(path)
    print(verdict)
    return 0 if verdict.valid else 1
