"""``sereno recordings check``; it only reads."""

import argparse

from sereno.main.home import Home
from sereno.main.settings_file import add_settings_argument, find_settings
from sereno.recording.check import CheckLevel, check_recordings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings_argument(parser)
    levels = [level.value for level in CheckLevel]
    parser.add_argument("--level", choices=levels, default=levels[0], help="how deep (default: %(default)s)")


def run(options: argparse.Namespace) -> int:
    _path, settings = find_settings(options.settings)
    faults = check_recordings(Home(settings.home).archive, CheckLevel(options.level))
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults." if faults else "No fault: every row has its file and every file its row.")
    return 1 if faults else 0
