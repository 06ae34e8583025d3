"""``sereno models``: every detector with its licence; the site's own are loaded and tried, as the analyst would."""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from sereno.analytics.detectors.catalogue import DetectorPool, ModelFolders
from sereno.analytics.detectors.model_card import read_card
from sereno.analytics.detectors.names import DETECTORS, site_models
from sereno.analytics.detectors.sessions import Device
from sereno.core.errors import AppError
from sereno.main.settings_file import add_settings_argument, find_settings
from sereno.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings_argument(parser)


def run(options: argparse.Namespace) -> int:
    _path, settings = find_settings(options.settings)
    for spec in DETECTORS:
        state = "fetched" if (settings.assets / spec.file).is_file() else "not fetched: sereno assets"
        print(f"{spec.name:32} {spec.licence:16} {state}")
    own = site_models(settings.models)
    if not own:
        print(f"No card of a model of your own in {settings.models}.")
    with TemporaryDirectory() as cache:
        folders = ModelFolders(assets=settings.assets, cache=Path(cache), site=settings.models)
        return max((_tried(name, card, folders, settings) for name, card in own.items()), default=0)


def _tried(name: str, card: Path, folders: ModelFolders, settings: Settings) -> int:
    pool = DetectorPool(folders, threads=settings.analytics.threads, device=Device(settings.analytics.device))
    try:
        licence = read_card(card).licence
        kinds = ", ".join(sorted(pool.get(name).kinds))
    except AppError as error:
        print(f"{name:32} {error}")
        return 1
    print(f"{name:32} {licence:16} works on {pool.states()[name]}, finds {kinds}")
    return 0
