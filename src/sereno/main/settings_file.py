"""Where the settings are found."""

import argparse
from pathlib import Path

from sereno.runtime.settings import Settings, load_settings

DEFAULT_FILE = Path("sereno.toml")
_FIRST_LINES = "# Every setting has a default; docs/generated/settings.md lists them.\n"


def add_settings_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--settings", type=Path, help=f"TOML file (default: {DEFAULT_FILE} here, if there is one)")


def find_settings(named: Path | None) -> tuple[Path, Settings]:
    """The named file, or ``sereno.toml`` here, which is made empty when there is none."""
    path = named or DEFAULT_FILE
    if named is None and not path.exists():
        path.write_text(_FIRST_LINES, encoding="utf-8")
    return path.resolve(), load_settings(path)
