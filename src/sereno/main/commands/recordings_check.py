"""``sereno recordings check``; it only reads."""

import argparse
import sys

from sereno.core.ids import CameraId
from sereno.core.media_time import wall_ticks
from sereno.main.commands.spans import add_span_arguments, instant
from sereno.main.home import Home
from sereno.main.settings_file import add_settings_argument, find_settings
from sereno.recording.check import CheckLevel, Scope, check_recordings
from sereno.runtime.assets import Progress
from sereno.runtime.progress import TerminalProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings_argument(parser)
    levels = [level.value for level in CheckLevel]
    parser.add_argument("--level", choices=levels, default=levels[0], help="how deep (default: %(default)s)")
    parser.add_argument("--camera", help="id of one camera; else all")
    add_span_arguments(parser)


def run(options: argparse.Namespace) -> int:
    _path, settings = find_settings(options.settings)
    began, ended = (instant(each, settings.site.timezone) for each in (options.began, options.ended))
    scope = Scope(
        None if options.camera is None else CameraId(options.camera),
        None if began is None else wall_ticks(began),
        None if ended is None else wall_ticks(ended),
    )
    show = TerminalProgress(sys.stderr)
    what = "bytes looked at"
    level = CheckLevel(options.level)
    faults = check_recordings(
        Home(settings.home).archive, level, scope, lambda done, total: show(Progress(what, done, total))
    )
    if sys.stderr.isatty():
        print(file=sys.stderr)
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults." if faults else _GOOD[level])
    return 1 if faults else 0


_GOOD = {
    CheckLevel.ROWS: "No fault: every row has its file and every file its row.",
    CheckLevel.HASHES: "No fault: every file is what was recorded, and every chain follows.",
    CheckLevel.DECODE: "No fault: every file is what was recorded, and every group of pictures decodes.",
}
