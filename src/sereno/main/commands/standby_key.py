"""``sereno standby key``: the key that a recorder and its standby share."""

import argparse

from sereno.main.settings_file import add_settings_argument, find_settings
from sereno.recording.standby.link import make_link_key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings_argument(parser)


def run(options: argparse.Namespace) -> int:
    _, settings = find_settings(options.settings)
    path = make_link_key(settings.home)
    print(f"{path}\nCopy it to the same place in the standby's home, and start the recorder again.")
    return 0
