"""``sereno up``: a real centre."""

import argparse
from contextlib import closing
from functools import partial

from sereno.main.assets import MODELS, fetch_assets
from sereno.main.links import greet
from sereno.main.settings_file import add_settings_argument, find_settings
from sereno.main.up import centre_processes, prepare_home, supervise
from sereno.runtime.loops import start_loop
from sereno.runtime.process import stop_on_signals


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings_argument(parser)


def run(options: argparse.Namespace) -> int:
    path, settings = find_settings(options.settings)
    with closing(prepare_home(settings)):
        fetch_assets(settings.assets, MODELS)
        stop = stop_on_signals()
        start_loop("greeting", partial(greet, settings), stop)
        supervise(path, centre_processes(settings), stop)
    return 0
