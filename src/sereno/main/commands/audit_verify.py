"""``sereno audit verify``; it only reads."""

import argparse
from contextlib import closing

from sereno.access.audit import verify_database
from sereno.core.errors import not_found
from sereno.main.home import Home
from sereno.main.settings_file import add_settings_argument, find_settings
from sereno.runtime.database import Database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings_argument(parser)
    parser.add_argument("--checkpoint", help="what an earlier check printed, kept elsewhere: finds rows cut off since")


def run(options: argparse.Namespace) -> int:
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
