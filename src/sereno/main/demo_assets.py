"""All that the demo needs beside the models."""

from sereno.main.assets import MODELS
from sereno.runtime.assets import Asset
from sereno.simulation.assets import SIMULATION_ASSETS

ALL: tuple[Asset, ...] = (*MODELS, *SIMULATION_ASSETS)
