"""The models of a centre: fetched once, checked at every start."""

import sys
from pathlib import Path

from sereno.analytics.assets import ANALYTICS_ASSETS
from sereno.runtime.assets import Asset, fetch, offline_folder
from sereno.runtime.progress import TerminalProgress
from sereno.runtime.registries import InstalledRegistries

MODELS: tuple[Asset, ...] = ANALYTICS_ASSETS


def fetch_assets(folder: Path, assets: tuple[Asset, ...]) -> None:
    """Make ``folder`` hold the assets. Raises: AppError that says what to do."""
    fetch(assets, folder, TerminalProgress(sys.stderr), InstalledRegistries(), offline_folder())
