"""``sereno standby run``: stand by for recorders on other machines."""

import argparse
from contextlib import closing

from sereno.core.errors import invalid
from sereno.main.settings_file import add_settings_argument, find_settings
from sereno.main.up import STANDBY_PROCESSES, prepare_home, supervise
from sereno.recording.standby.link import KEY_FILE, key_missing
from sereno.runtime.process import stop_on_signals


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings_argument(parser)


def run(options: argparse.Namespace) -> int:
    path, settings = find_settings(options.settings)
    if not settings.standby.recorders:
        raise invalid(
            "standby_for_nobody",
            "The settings name no recorder to stand by for.",
            'Write under [standby]: recorders = ["http://10.0.0.5:8081"]',
        )
    if not (settings.home / KEY_FILE).exists():
        raise key_missing(settings.home)
    with closing(prepare_home(settings)):
        supervise(path, STANDBY_PROCESSES, stop_on_signals())
    return 0
