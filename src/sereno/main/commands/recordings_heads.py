"""``sereno recordings heads``: the newest signed head of every camera, to be kept outside the centre; it only reads."""

import argparse
from contextlib import closing
from pathlib import Path

from sereno.core.errors import not_found
from sereno.main.home import Home
from sereno.main.settings_file import add_settings_argument, find_settings
from sereno.recording.journal import Journal, journal_path
from sereno.recording.kept_heads import newest_heads, written
from sereno.runtime.atomic_file import replace_file
from sereno.runtime.database import Database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings_argument(parser)
    parser.add_argument("--out", type=Path, help="the file to write; else they are printed")


def run(options: argparse.Namespace) -> int:
    _path, settings = find_settings(options.settings)
    folder = Home(settings.home).archive
    if not journal_path(folder).exists():
        raise not_found("journal_missing", f"There is no journal in {folder}.", "Name the centre's settings.")
    with closing(Database(journal_path(folder), read_only=True)) as database:
        lines = [written(each) for each in newest_heads(Journal(database))]
    if options.out is None:
        print(*lines, sep="\n")
    else:
        replace_file(options.out, "".join(f"{line}\n" for line in lines).encode("ascii"), mode=0o644)
        print(f"{len(lines)} heads are in {options.out}. Keep them where the centre cannot change them.")
    return 0
